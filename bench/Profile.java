import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/**
 * Sums up a flight recording of the gateway: samples of CPU time ({@code jdk.CPUTimeSample}, Linux
 * and JDK 25; else {@code jdk.ExecutionSample}, which misses native code) and of allocation, each
 * by the package and method that did the work and by the frame of our own that had it done.
 *
 * <p>Run: {@code java bench/Profile.java RECORDING [REQUESTS CPU_SECONDS]}; with the last two the
 * shares are also given per request.
 */
final class Profile {
  private static final String OWN = "dev.customhouse";
  private static final int ROWS = 20;

  /** One table: weights by name. */
  private static final class Table {
    private final Map<String, Double> weights = new HashMap<>();
    private double total;

    void add(String name, double weight) {
      weights.merge(name, weight, Double::sum);
      total += weight;
    }

    /** {@code perRequest}: what the whole is per request, or 0 when not known. */
    void print(String title, double perRequest, String unit) {
      System.out.println("\n" + title);
      weights.entrySet().stream()
          .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
          .limit(ROWS)
          .forEach(row -> {
            double share = row.getValue() / total;
            String each =
                perRequest == 0
                    ? ""
                    : String.format(Locale.ROOT, "%10.1f %s", share * perRequest, unit);
            System.out.printf(Locale.ROOT, "  %5.1f %%%s  %s%n", share * 100, each, row.getKey());
          });
    }
  }

  private Profile() {}

  public static void main(String[] arguments) throws IOException {
    double requests = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0;
    double cpuSeconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 0;
    Map<String, List<RecordedEvent>> events = new TreeMap<>();
    try (RecordingFile file = new RecordingFile(Path.of(arguments[0]))) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        switch (event.getEventType().getName()) {
          case "jdk.CPUTimeSample", "jdk.ExecutionSample", "jdk.ObjectAllocationSample" ->
              events
                  .computeIfAbsent(event.getEventType().getName(), name -> new ArrayList<>())
                  .add(event);
          default -> {}
        }
      }
    }
    boolean cpuTime = events.containsKey("jdk.CPUTimeSample");
    List<RecordedEvent> samples =
        events.getOrDefault(cpuTime ? "jdk.CPUTimeSample" : "jdk.ExecutionSample", List.of());
    System.out.printf(
        "%n%d samples of %s%n", samples.size(), cpuTime ? "CPU time" : "execution (no CPU time)");
    cpu(samples, requests == 0 ? 0 : cpuSeconds * 1e6 / requests);
    allocation(events.getOrDefault("jdk.ObjectAllocationSample", List.of()), requests);
  }

  private static void cpu(List<RecordedEvent> samples, double microsPerRequest) {
    Table packages = new Table();
    Table methods = new Table();
    Table owners = new Table();
    Table stages = new Table();
    Table threads = new Table();
    for (RecordedEvent sample : samples) {
      List<RecordedFrame> frames = frames(sample);
      // Without a stack: the JVM's own threads (compiler, collector) and stubs it cannot walk.
      packages.add(frames.isEmpty() ? "(no Java stack)" : packageOf(frames.getFirst()), 1);
      methods.add(frames.isEmpty() ? "(no Java stack)" : nameOf(frames.getFirst()), 1);
      RecordedFrame own = ownFrame(frames);
      owners.add(own == null ? "(none of ours on the stack)" : nameOf(own), 1);
      stages.add(own == null ? "(none of ours on the stack)" : packageOf(own), 1);
      String thread = sample.hasField("eventThread") ? "eventThread" : "sampledThread";
      String name =
          sample.getThread(thread) == null ? null : sample.getThread(thread).getJavaName();
      threads.add(name == null || name.isEmpty() ? "(virtual or the JVM's)" : name, 1);
    }
    packages.print("CPU by the package at work", microsPerRequest, "us");
    methods.print("CPU by the method at work", microsPerRequest, "us");
    stages.print("CPU by the package of ours that had it done", microsPerRequest, "us");
    owners.print("CPU by the method of ours that had it done", microsPerRequest, "us");
    threads.print("CPU by thread", microsPerRequest, "us");
  }

  private static void allocation(List<RecordedEvent> samples, double requests) {
    Table classes = new Table();
    Table owners = new Table();
    double bytes = 0;
    for (RecordedEvent sample : samples) {
      double weight = sample.getLong("weight");
      bytes += weight;
      classes.add(sample.getClass("objectClass").getName(), weight);
      List<RecordedFrame> frames = frames(sample);
      RecordedFrame own = ownFrame(frames);
      String above = frames.isEmpty() ? "(no stack)" : nameOf(frames.getFirst());
      owners.add(own == null ? above : nameOf(own), weight);
    }
    double perRequest = requests == 0 ? 0 : bytes / requests;
    System.out.printf(
        Locale.ROOT, "%n%.1f MB allocated, %.0f bytes per request%n", bytes / 1e6, perRequest);
    classes.print("Allocation by class", perRequest, "bytes");
    owners.print(
        "Allocation by the method of ours, or else the allocating one", perRequest, "bytes");
  }

  private static List<RecordedFrame> frames(RecordedEvent event) {
    return event.getStackTrace() == null
        ? List.of()
        : event.getStackTrace().getFrames().stream().filter(RecordedFrame::isJavaFrame).toList();
  }

  private static RecordedFrame ownFrame(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      if (frame.getMethod().getType().getName().startsWith(OWN)) {
        return frame;
      }
    }
    return null;
  }

  private static String nameOf(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    return method.getType().getName() + "." + method.getName();
  }

  /** Three steps of the name at most, but all of them for our own: they are the stages. */
  private static String packageOf(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    String name = type.substring(0, Math.max(0, type.lastIndexOf('.')));
    if (name.startsWith(OWN)) {
      return name;
    }
    String[] steps = name.split("\\.");
    return String.join(".", List.of(steps).subList(0, Math.min(3, steps.length)));
  }
}
