package dev.customhouse.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The promises of ARCHITECTURE.md, read from the class files. */
class ArchitectureTest {
  private static final Path CLASSES = Path.of("target/classes");
  private static final String ROOT = "dev/customhouse/";

  /** A package uses only those that stand before it. */
  private static final List<String> ORDER =
      List.of(
          "canonical",
          "wire",
          "dialect",
          "secret",
          "config",
          "store",
          "provider",
          "audit",
          "observe",
          "flow",
          "admin");

  private static final Pattern OURS = Pattern.compile("dev/customhouse/([a-z]+/)*[A-Z][\\w$]*");

  @Test
  void aPackageUsesOnlyPackagesThatStandBeforeIt() {
    List<String> breaches = new ArrayList<>();
    uses()
        .forEach((from, targets) -> {
          for (String to : targets) {
            String fromTop = top(from);
            String toTop = top(to);
            if (!fromTop.isEmpty()
                && !fromTop.equals(toTop)
                && (toTop.isEmpty() || ORDER.indexOf(toTop) > ORDER.indexOf(fromTop))) {
              breaches.add(from + " uses " + to);
            }
          }
        });
    assertThat(breaches).isEmpty();
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    Set<String> found = new TreeSet<>();
    uses().keySet().forEach(name -> found.add(top(name)));
    found.remove("");
    assertThat(ORDER).containsAll(found);
  }

  @Test
  void onlyWireKnowsTheEngine() {
    List<String> breaches = new ArrayList<>();
    for (Map.Entry<String, Set<String>> type : references().entrySet()) {
      boolean permitted = packageOf(type.getKey()).equals("dev/customhouse/wire");
      for (String reference : type.getValue()) {
        if (!permitted && reference.startsWith("io/netty/")) {
          breaches.add(type.getKey() + " knows " + reference);
        }
      }
    }
    assertThat(breaches).isEmpty();
  }

  @Test
  void dialectsAndProvidersAndStagesDoNotKnowEachOther() {
    List<String> breaches = new ArrayList<>();
    uses()
        .forEach((from, targets) -> {
          for (String to : targets) {
            boolean siblings =
                !from.equals(to) && isRoom(from) && isRoom(to) && parent(from).equals(parent(to));
            if (siblings) {
              breaches.add(from + " uses " + to);
            }
          }
        });
    assertThat(breaches).isEmpty();
  }

  private static boolean isRoom(String name) {
    return List.of("dialect", "provider", "flow").contains(top(name))
        && !parent(name).equals("dev/customhouse");
  }

  @Test
  void onlyFlowCallsTheStages() {
    List<String> breaches = new ArrayList<>();
    uses()
        .forEach((from, targets) -> {
          for (String to : targets) {
            boolean stage = top(to).equals("flow") && !to.equals("dev/customhouse/flow");
            boolean permitted =
                from.equals(to)
                    || from.equals("dev/customhouse/flow")
                    || from.equals("dev/customhouse")
                    || from.equals("dev/customhouse/admin")
                        && to.equals("dev/customhouse/flow/auth");
            if (stage && !permitted) {
              breaches.add(from + " uses " + to);
            }
          }
        });
    assertThat(breaches).as("the admin API may hang keys into the keyring").isEmpty();
  }

  @Test
  void thereIsNoCycleOfPackages() {
    Map<String, Set<String>> uses = uses();
    for (String start : uses.keySet()) {
      Set<String> reached = new LinkedHashSet<>();
      List<String> open = new ArrayList<>(uses.get(start));
      while (!open.isEmpty()) {
        String next = open.removeLast();
        if (reached.add(next)) {
          open.addAll(uses.getOrDefault(next, Set.of()));
        }
      }
      assertThat(reached).as("packages that %s leads to", start).doesNotContain(start);
    }
  }

  @Test
  void theStagesSortByNameInTheOrderTheyRun() throws IOException {
    List<String> folders;
    try (Stream<Path> rooms = Files.list(Path.of("src/main/java/dev/customhouse/flow"))) {
      folders =
          rooms
              .filter(Files::isDirectory)
              .map(room -> room.getFileName().toString())
              .sorted()
              .toList();
    }
    assertThat(firstCalls()).isEqualTo(folders);
  }

  /** The stages in the order in which the text of Flow first calls them, top to bottom. */
  private static List<String> firstCalls() throws IOException {
    String text = Files.readString(Path.of("src/main/java/dev/customhouse/flow/Flow.java"));
    Map<String, Integer> first = new HashMap<>();
    Matcher call =
        Pattern.compile(
                "stages\\s*\\.(api|auth|quota|recall|translate|upstream|usage)\\(\\)|(route)\\.plan")
            .matcher(text.substring(text.indexOf("public void handle")));
    while (call.find()) {
      String stage = call.group(1) == null ? "route" : call.group(1);
      first.putIfAbsent(stage, call.start());
    }
    return first.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void theMiddleOfFlowIsOneScreen() throws IOException {
    List<String> lines =
        Files.readAllLines(Path.of("src/main/java/dev/customhouse/flow/Flow.java"));
    int start = lines.indexOf("  public void handle(Exchange exchange) {");
    int end = lines.indexOf("  private Trace trace(Exchange exchange) {");

    assertThat(start).isPositive();
    assertThat(end - start).isBetween(20, 90);
  }

  /** Package to the packages of ours that it uses, itself left out. */
  private static Map<String, Set<String>> uses() {
    Map<String, Set<String>> uses = new TreeMap<>();
    references()
        .forEach((type, referenced) -> {
          Set<String> targets = uses.computeIfAbsent(packageOf(type), name -> new TreeSet<>());
          for (String name : referenced) {
            if (name.startsWith(ROOT) && !packageOf(name).equals(packageOf(type))) {
              targets.add(packageOf(name));
            }
          }
        });
    return uses;
  }

  /** Class to all the classes its constant pool names, in descriptors and signatures too. */
  private static Map<String, Set<String>> references() {
    Map<String, Set<String>> references = new TreeMap<>();
    try (Stream<Path> files = Files.walk(CLASSES)) {
      for (Path file :
          files
              .filter(path -> path.toString().endsWith(".class"))
              .sorted(Comparator.naturalOrder())
              .toList()) {
        ClassModel model = ClassFile.of().parse(file);
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
          if (entry instanceof ClassEntry type) {
            names.add(type.asInternalName());
          } else if (entry instanceof Utf8Entry text) {
            Matcher ours = OURS.matcher(text.stringValue());
            while (ours.find()) {
              names.add(ours.group());
            }
          }
        }
        references.put(model.thisClass().asInternalName(), names);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(references).isNotEmpty();
    return references;
  }

  private static String packageOf(String type) {
    return type.substring(0, type.lastIndexOf('/'));
  }

  private static String parent(String name) {
    return name.substring(0, name.lastIndexOf('/'));
  }

  /** The first folder below the root; empty for the root itself. */
  private static String top(String name) {
    if (name.length() <= ROOT.length()) {
      return "";
    }
    String rest = name.substring(ROOT.length());
    int slash = rest.indexOf('/');
    return slash < 0 ? rest : rest.substring(0, slash);
  }
}
