import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The load generator. It checks every answer (status, whole body, end of stream; with {@code
 * --expect-crc32c} also its bytes: a checksum, or {@code first} for those of the first answer) and
 * prints {@code begin} and {@code end} around the measured time, then one line of JSON. Four modes:
 *
 * <ul>
 *   <li>{@code closed}: every connection sends as soon as it has its answer. Tells CPU per request
 *       and the highest rate; its latencies only say how long the queue is.
 *   <li>{@code open}: requests start by the clock at {@code --rate}, whether or not earlier ones
 *       are answered. A latency counts from the time the request should have started, so a stall is
 *       not hidden by the requests that could not be sent during it (coordinated omission).
 *   <li>{@code idle}: opens {@code --connections} streams, waits for the first event of each,
 *       prints {@code open N} and holds them until standard input ends.
 *   <li>{@code storm}: the same, but then leaves all at once and asks the upstream's {@code
 *       /_stats} how long after that it saw each of them go.
 * </ul>
 *
 * <p>Run: {@code BENCH_KEY=... java bench/Load.java --target 127.0.0.1:8080 --mode open --rate 500}
 */
final class Load {
  private static final Set<String> FLAGS = Set.of("--stream", "--usage");
  private static final Set<String> OPTIONS =
      Set.of(
          "--target",
          "--upstream",
          "--mode",
          "--path",
          "--model",
          "--prompt-bytes",
          "--connections",
          "--threads",
          "--rate",
          "--warmup",
          "--seconds",
          "--expect-crc32c");

  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long CANCEL_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int ERROR_LIMIT = 10_000;

  private enum Mode {
    CLOSED,
    OPEN,
    HOLD
  }

  private final Map<String, String> options;
  private final InetSocketAddress target;
  private final boolean stream;
  private final int connections;

  private Load(Map<String, String> options) {
    this.options = options;
    this.target = address(option("--target", "127.0.0.1:8080"));
    this.stream = options.containsKey("--stream");
    this.connections = Integer.parseInt(option("--connections", "1"));
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (FLAGS.contains(name)) {
        options.put(name, "true");
      } else if (OPTIONS.contains(name) && i + 1 < arguments.length) {
        options.put(name, arguments[++i]);
      } else {
        throw new IllegalArgumentException(
            "unknown option " + name + ", expected one of " + FLAGS + " " + OPTIONS);
      }
    }
    Load load = new Load(options);
    String json =
        switch (load.option("--mode", "closed")) {
          case "closed" -> load.measure(Mode.CLOSED);
          case "open" -> load.measure(Mode.OPEN);
          case "idle" -> load.hold(false);
          case "storm" -> load.hold(true);
          default -> throw new IllegalArgumentException("--mode: closed, open, idle or storm");
        };
    System.out.println(json);
  }

  private String option(String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  private static InetSocketAddress address(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    return new InetSocketAddress(
        hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
  }

  // ---------------------------------------------------------------- closed and open loop

  private String measure(Mode mode) throws Exception {
    int threads = Integer.parseInt(option("--threads", "1"));
    double rate = Double.parseDouble(option("--rate", "500"));
    double seconds = Double.parseDouble(option("--seconds", "5"));
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(new Worker(mode));
    }
    ByteBuffer request = request(-1);
    for (int i = 0; i < connections; i++) {
      workers.get(i % threads).connect(request);
    }
    long beginNanos =
        System.nanoTime() + (long) (Double.parseDouble(option("--warmup", "1")) * 1e9);
    long endNanos = beginNanos + (long) (seconds * 1e9);
    List<Thread> running = new ArrayList<>();
    for (Worker worker : workers) {
      worker.intervalNanos = (long) (1e9 * threads / rate);
      worker.window(beginNanos, endNanos);
      running.add(Thread.ofPlatform().name("load").start(worker));
    }
    sleepUntil(beginNanos);
    System.out.println("begin");
    // CPU time is read at both marks. What is under way at one is under way at the other, so a
    // warm-up longer than an answer makes the time between them that of the requests between them.
    sleepUntil(endNanos);
    System.out.println("end");
    join(running);
    Worker total = workers.getFirst();
    workers.subList(1, threads).forEach(total::addAll);
    return total.json(seconds);
  }

  private static void sleepUntil(long atNanos) {
    for (long left; (left = atNanos - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
    }
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  // ---------------------------------------------------------------- idle streams, cancel storm

  private String hold(boolean storm) throws Exception {
    if (storm) {
      get(address(options.get("--upstream")), "/_stats"); // forgets the cancels of earlier runs
    }
    Worker worker = new Worker(Mode.HOLD);
    worker.window(System.nanoTime(), Long.MAX_VALUE);
    Thread running = Thread.ofPlatform().name("load").unstarted(worker);
    for (int i = 0; i < connections; i++) {
      worker.connect(request(i));
    }
    running.start();
    long deadline = System.nanoTime() + OPEN_NANOS;
    while (worker.opened + worker.errorCount < connections && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    System.out.println("open " + worker.opened);
    while (!storm && System.in.read() >= 0) {
      // Held until the driver closes its end.
    }
    worker.leave = true;
    worker.selector.wakeup();
    running.join();
    return storm ? cancelDelays(worker) : worker.json(1);
  }

  private String cancelDelays(Worker worker) throws Exception {
    Map<Integer, Long> leftNanos = worker.leftNanos;
    Histogram delays = new Histogram();
    Pattern pair = Pattern.compile("\\[(-?\\d+),(-?\\d+)]");
    long deadline = System.nanoTime() + CANCEL_NANOS;
    while (!leftNanos.isEmpty() && System.nanoTime() < deadline) {
      Matcher cancels = pair.matcher(get(address(options.get("--upstream")), "/_stats"));
      while (cancels.find()) {
        Long left = leftNanos.remove(Integer.valueOf(cancels.group(1)));
        if (left != null) {
          delays.add(Long.parseLong(cancels.group(2)) - left);
        }
      }
      Thread.sleep(20);
    }
    return "{\"opened\":%d,\"never_cancelled\":%d,\"cancel_delay_us\":%s,\"errors\":%s}"
        .formatted(worker.opened, leftNanos.size(), delays.json(), worker.errorsJson());
  }

  private static String get(InetSocketAddress address, String path) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                  .getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  // ---------------------------------------------------------------- the request

  /** The whole request. {@code id} names a stream to the upstream; -1 is no name. */
  private ByteBuffer request(int id) {
    String path = option("--path", "/v1/chat/completions");
    StringBuilder body = new StringBuilder(512);
    body.append("{\"model\":\"").append(option("--model", "bench-small"));
    body.append("\",\"max_tokens\":256,\"temperature\":0.2");
    if (id >= 0) {
      body.append(",\"user\":\"bench-").append(id).append('"');
    }
    if (stream) {
      body.append(",\"stream\":true");
    }
    if (options.containsKey("--usage")) {
      body.append(",\"stream_options\":{\"include_usage\":true}");
    }
    // The Anthropic dialect knows no system role in messages.
    body.append(",\"messages\":[");
    if (path.endsWith("/chat/completions")) {
      body.append("{\"role\":\"system\",\"content\":\"You weigh what passes the gate.\"},");
    }
    body.append("{\"role\":\"user\",\"content\":\"");
    body.append(prompt(Integer.parseInt(option("--prompt-bytes", "60"))));
    body.append("\"}]}");
    String head =
        "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n".formatted(path, key())
            + "Content-Type: application/json\r\nAccept: %s\r\n"
                .formatted(stream ? "text/event-stream" : "application/json")
            + "User-Agent: customhouse-bench\r\nanthropic-version: 2023-06-01\r\n"
            + "Content-Length: %d\r\n\r\n".formatted(body.toString().getBytes(UTF_8).length);
    byte[] bytes = (head + body).getBytes(UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static String key() {
    return System.getenv().getOrDefault("BENCH_KEY", "bench");
  }

  /** Text as prompts are: words, some escapes, some letters of more than one byte. */
  private static String prompt(int bytes) {
    String page =
        "How long is the gate open today, and what is weighed first? The harbour office said "
            + "\\\"before noon\\\" \\u2013 caf\\u00e9, tea and cloth.\\n"
            + "Gr\u00fc\u00dfe: for (int i = 0; i < n; i++) { sum += load[i]; }\\n";
    StringBuilder text = new StringBuilder(bytes + page.length());
    while (text.length() < bytes) {
      text.append(page);
    }
    return bytes < page.length() ? page.substring(0, 60) : text.toString();
  }

  // ---------------------------------------------------------------- connections

  /** One thread with its connections and what it counted. */
  private final class Worker implements Runnable {
    private final Mode mode;
    private final Selector selector = Selector.open();
    private final List<Connection> all = new ArrayList<>();
    private final ArrayDeque<Connection> free = new ArrayDeque<>();
    private final ByteBuffer input = ByteBuffer.allocateDirect(128 * 1024);
    private final byte[] bytes = new byte[128 * 1024];
    private long beginNanos;
    private long endNanos;
    private long intervalNanos;
    private long nextStartNanos;

    private final Histogram latency = new Histogram();
    private final Histogram firstByte = new Histogram();
    private final Histogram gaps = new Histogram();
    private final Histogram lag = new Histogram();
    private final Map<String, Integer> errors = new TreeMap<>();
    private final Map<Integer, Long> leftNanos = new HashMap<>();
    private long bytesIn;
    private long events;
    private final boolean sameBytes = options.containsKey("--expect-crc32c");
    private String crc32c = option("--expect-crc32c", "first");
    private volatile int opened;
    private volatile int errorCount;
    private volatile boolean leave;

    Worker(Mode mode) throws IOException {
      this.mode = mode;
    }

    void connect(ByteBuffer request) throws IOException {
      Connection connection = new Connection(this, all.size(), request);
      all.add(connection);
      free.add(connection);
    }

    void window(long beginNanos, long endNanos) {
      this.beginNanos = beginNanos;
      this.endNanos = endNanos;
      this.nextStartNanos = System.nanoTime();
    }

    @Override
    public void run() {
      Thread pacer = mode == Mode.OPEN ? Thread.ofPlatform().daemon().start(this::pace) : null;
      try {
        while (!over(System.nanoTime())) {
          startDue();
          selector.select(this::ready, 50);
        }
        if (pacer != null) {
          pacer.join();
        }
        for (Connection connection : all) {
          if (mode == Mode.OPEN && connection.busy
              || mode == Mode.CLOSED && System.nanoTime() - connection.startNanos > DRAIN_NANOS) {
            error("no answer");
          }
          if (connection.events > 0) {
            leftNanos.put(connection.id, System.nanoTime());
          }
          connection.channel.close();
        }
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("the load generator ends", e);
      }
    }

    private boolean over(long now) {
      return switch (mode) {
        case HOLD -> leave;
        case CLOSED -> now >= endNanos;
        case OPEN ->
            now >= endNanos + DRAIN_NANOS
                || nextStartNanos >= endNanos && free.size() == all.size();
      };
    }

    /** Wakes the selector at every start; its own time-out knows only whole milliseconds. */
    private void pace() {
      for (long at = nextStartNanos; at < endNanos; at += intervalNanos) {
        sleepUntil(at);
        selector.wakeup();
      }
    }

    private void startDue() {
      long now = System.nanoTime();
      while (!free.isEmpty() && mode != Mode.OPEN) {
        free.poll().send(now);
      }
      // While no connection is free the schedule stays behind: that is the queue.
      while (!free.isEmpty() && nextStartNanos <= now && nextStartNanos < endNanos) {
        if (nextStartNanos >= beginNanos) {
          lag.add(now - nextStartNanos);
        }
        free.poll().send(nextStartNanos);
        nextStartNanos += intervalNanos;
      }
    }

    private void ready(SelectionKey key) {
      ((Connection) key.attachment()).ready();
    }

    private void answered(Connection connection, long now) {
      if (connection.ok && measuring(mode == Mode.OPEN ? connection.startNanos : now)) {
        latency.add(now - connection.startNanos);
        firstByte.add(connection.firstNanos - connection.startNanos);
        bytesIn += connection.bodyBytes;
        events += connection.events;
      }
      if (mode == Mode.CLOSED) {
        connection.send(now);
      } else {
        free.addLast(connection);
      }
    }

    private boolean measuring(long now) {
      return now >= beginNanos && now < endNanos;
    }

    private void sameBytes(long crc) {
      String seen = "%08x".formatted(crc);
      if (crc32c.equals("first")) {
        crc32c = seen;
      } else if (sameBytes && !crc32c.equals(seen)) {
        error("different bytes");
      }
    }

    /** {@code errorCount} has this one writer; the main thread only reads it. */
    private void error(String what) {
      errors.merge(what, 1, Integer::sum);
      errorCount++;
      if (errorCount > ERROR_LIMIT) {
        throw new IllegalStateException("more than " + ERROR_LIMIT + " errors: " + errors);
      }
    }

    void addAll(Worker other) {
      latency.addAll(other.latency);
      firstByte.addAll(other.firstByte);
      gaps.addAll(other.gaps);
      lag.addAll(other.lag);
      other.errors.forEach((what, count) -> errors.merge(what, count, Integer::sum));
      bytesIn += other.bytesIn;
      events += other.events;
      if (sameBytes && !crc32c.equals(other.crc32c)) {
        error("different bytes");
      }
    }

    String errorsJson() {
      List<String> list = new ArrayList<>();
      errors.forEach((what, count) -> list.add("\"%s\":%d".formatted(what, count)));
      return "{" + String.join(",", list) + "}";
    }

    String json(double seconds) {
      return String.format(
          Locale.ROOT,
          "{\"requests\":%d,\"seconds\":%.3f,\"per_second\":%.1f,\"opened\":%d,\"errors\":%s,"
              + "\"bytes_in\":%d,\"events\":%d,\"crc32c\":\"%s\",\"latency_us\":%s,"
              + "\"first_byte_us\":%s,\"gap_us\":%s,\"send_lag_us\":%s}",
          latency.count(),
          seconds,
          latency.count() / seconds,
          opened,
          errorsJson(),
          bytesIn,
          events,
          crc32c,
          latency.json(),
          firstByte.json(),
          gaps.json(),
          lag.json());
    }
  }

  /** One connection, one request at a time. */
  private final class Connection implements Http.Sink {
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);
    private static final byte[] MESSAGE_STOP = "{\"type\":\"message_stop\"}\n\n".getBytes(US_ASCII);

    private final Worker worker;
    private final int id;
    private final ByteBuffer request;
    private final Http.Body body = new Http.Body();
    private final CRC32C crc = new CRC32C();
    private final byte[] tail = new byte[MESSAGE_STOP.length];
    private SocketChannel channel;
    private SelectionKey key;
    private byte[] headSoFar;
    private boolean busy;
    private boolean inBody;
    private boolean ok;
    private byte lastByte;
    private int events;
    private long bodyBytes;
    private long startNanos;
    private long firstNanos;
    private long lastEventNanos;

    Connection(Worker worker, int id, ByteBuffer request) throws IOException {
      this.worker = worker;
      this.id = id;
      this.request = request.duplicate();
      open();
    }

    private void open() throws IOException {
      channel = SocketChannel.open(target);
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(worker.selector, SelectionKey.OP_READ, this);
    }

    /** Sends the request, which should have started at {@code startNanos}. */
    void send(long startNanos) {
      this.startNanos = startNanos;
      busy = true;
      inBody = false;
      headSoFar = null;
      lastByte = 0;
      events = 0;
      bodyBytes = 0;
      lastEventNanos = 0;
      crc.reset();
      request.rewind();
      try {
        write();
      } catch (IOException e) {
        failed("cannot send");
      }
    }

    private void write() throws IOException {
      channel.write(request);
      key.interestOps(
          request.hasRemaining()
              ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
              : SelectionKey.OP_READ);
    }

    void ready() {
      try {
        if (key.isWritable()) {
          write();
        }
        if (key.isValid() && key.isReadable()) {
          int count = channel.read(worker.input.clear());
          if (count < 0) {
            failed(inBody ? "cut off" : "closed without an answer");
          } else {
            worker.input.flip().get(worker.bytes, 0, count);
            read(worker.bytes, count);
          }
        }
      } catch (IOException | IllegalStateException e) {
        failed(inBody ? "cut off" : "closed without an answer");
      }
    }

    private void read(byte[] input, int count) {
      byte[] bytes = input;
      int to = count;
      int at = 0;
      long now = System.nanoTime();
      if (!inBody) {
        if (headSoFar != null) {
          bytes = Arrays.copyOf(headSoFar, headSoFar.length + count);
          System.arraycopy(input, 0, bytes, headSoFar.length, count);
          to = bytes.length;
        } else {
          firstNanos = now;
        }
        at = Http.headEnd(bytes, to);
        if (at < 0) {
          headSoFar = Arrays.copyOf(bytes, to);
          return;
        }
        String head = Http.head(bytes, at);
        ok = head.startsWith("http/1.1 200 ");
        if (!ok) {
          worker.error("status " + head.substring(9, 12));
        }
        body.begin(head);
        inBody = true;
      }
      int eventsBefore = events;
      at = body.read(bytes, at, to, this);
      if (events > eventsBefore) {
        arrived(events - eventsBefore, now);
      }
      if (at < to) {
        failed("more bytes than the answer has");
      } else if (body.complete()) {
        complete(now);
      }
    }

    /** Gaps between events: those that come in one read have none between them. */
    private void arrived(int count, long now) {
      if (lastEventNanos == 0) {
        firstNanos = now;
        if (worker.mode == Mode.HOLD) {
          worker.opened++;
          worker.firstByte.add(now - startNanos);
        }
      } else if (worker.measuring(now)) {
        worker.gaps.add(now - lastEventNanos);
      }
      for (int i = 1; i < count && worker.measuring(now); i++) {
        worker.gaps.add(0);
      }
      lastEventNanos = now;
    }

    @Override
    public void accept(byte[] bytes, int from, int to) {
      bodyBytes += to - from;
      crc.update(bytes, from, to - from);
      if (!stream) {
        return;
      }
      byte last = lastByte;
      for (int i = from; i < to; i++) {
        if (bytes[i] == '\n' && last == '\n') {
          events++;
        }
        last = bytes[i];
      }
      lastByte = last;
      int added = Math.min(to - from, tail.length);
      System.arraycopy(tail, added, tail, 0, tail.length - added);
      System.arraycopy(bytes, to - added, tail, tail.length - added, added);
    }

    private void complete(long now) {
      busy = false;
      inBody = false;
      headSoFar = null;
      if (worker.mode == Mode.HOLD) {
        failed("ended early");
        return;
      }
      if (ok && stream && !endsWith(DONE) && !endsWith(MESSAGE_STOP)) {
        worker.error("no end of stream");
      }
      if (ok) {
        worker.sameBytes(crc.getValue());
      }
      worker.answered(this, now);
    }

    private boolean endsWith(byte[] end) {
      return Arrays.equals(tail, tail.length - end.length, tail.length, end, 0, end.length);
    }

    /** Counts the error; a measured connection is made anew and goes on. */
    private void failed(String what) {
      worker.error(what);
      busy = false;
      inBody = false;
      headSoFar = null;
      try {
        channel.close();
        if (worker.mode != Mode.HOLD) {
          open();
          worker.free.addLast(this);
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot connect to " + target, e);
      }
    }
  }
}
