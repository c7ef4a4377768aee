import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model provider that costs as little as possible: HTTP/1.1 keep-alive on selectors, every answer
 * made beforehand. What it does is chosen by the model's name in the request, because a name passes
 * every gateway: {@code bench-200x5ms} streams 200 chunks, one every 5 ms (0 ms: as fast as they
 * go); {@code bench-delay800} waits 800 ms before the first byte; {@code bench-idle} streams one
 * chunk and is then silent until the client leaves; {@code bench-fail10} answers 10 of 100
 * requests with 503. The parts combine with dashes.
 *
 * <p>{@code GET /_stats} tells what was seen. Its times are {@link System#nanoTime}, which on Linux
 * is one clock for all processes, so that the load generator can subtract its own from them.
 *
 * <p>Run: {@code java bench/FakeUpstream.java --port 9000 [--threads 1] [--chunks 50]}
 */
final class FakeUpstream {
  /** Enough of a body's two ends to hold {@code model}, {@code stream} and the like. */
  private static final int EXCERPT_BYTES = 2048;

  private static final int HEAD_LIMIT_BYTES = 64 * 1024;
  private static final int CHUNK_LIMIT = 100_000;
  private static final int CANCELS_LIMIT = 100_000;

  private static final Pattern CHUNKS = Pattern.compile("-(\\d{1,6})x(\\d{1,6})ms");
  private static final Pattern DELAY = Pattern.compile("-delay(\\d{1,6})");
  private static final Pattern FAIL = Pattern.compile("-fail(\\d{1,2})");
  private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]{1,200})\"");
  private static final Pattern USER = Pattern.compile("\"user\"\\s*:\\s*\"bench-(\\d{1,9})\"");
  private static final Pattern STREAM = Pattern.compile("\"stream\"\\s*:\\s*true");
  private static final Pattern USAGE = Pattern.compile("\"include_usage\"\\s*:\\s*true");

  private static final AtomicLong requests = new AtomicLong();
  private static final AtomicLong openConnections = new AtomicLong();
  private static final AtomicLong openStreams = new AtomicLong();
  private static final AtomicLong cancelledStreams = new AtomicLong();
  private static final Queue<Cancel> cancels = new ConcurrentLinkedQueue<>();

  private FakeUpstream() {}

  public static void main(String[] arguments) throws IOException {
    int port = 9000;
    int threads = 1;
    int chunks = 50;
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      int value = Integer.parseInt(arguments[i + 1]);
      switch (arguments[i]) {
        case "--port" -> port = value;
        case "--threads" -> threads = value;
        case "--chunks" -> chunks = value;
        default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 8192);
    List<Loop> loops = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      loops.add(new Loop(chunks));
    }
    loops.getFirst().accept(listener, loops);
    loops.forEach(loop -> Thread.ofPlatform().name("upstream").start(loop));
    System.out.println(
        "fake upstream on port " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  /** A stream whose client left early: its {@code "user":"bench-ID"}, or -1, and when. */
  private record Cancel(long id, long atNanos) {}

  /** What a model's name asks for. */
  private record Plan(int chunks, long paceNanos, long delayNanos, boolean idle, int failPercent) {
    static Plan of(String model, int defaultChunks) {
      Matcher chunks = CHUNKS.matcher(model);
      Matcher delay = DELAY.matcher(model);
      Matcher fail = FAIL.matcher(model);
      boolean counted = chunks.find();
      return new Plan(
          counted ? Math.clamp(Long.parseLong(chunks.group(1)), 1, CHUNK_LIMIT) : defaultChunks,
          counted ? Long.parseLong(chunks.group(2)) * 1_000_000 : 0,
          delay.find() ? Long.parseLong(delay.group(1)) * 1_000_000 : 0,
          model.contains("-idle"),
          fail.find() ? Integer.parseInt(fail.group(1)) : 0);
    }
  }

  /** An answer made beforehand: direct memory, and where each write of it ends. */
  private record Script(ByteBuffer bytes, int[] ends) {
    static Script of(List<String> writes) {
      int[] ends = new int[writes.size()];
      int length = 0;
      for (int i = 0; i < ends.length; i++) {
        length += writes.get(i).getBytes(UTF_8).length;
        ends[i] = length;
      }
      // Direct, because writing from the heap copies into a direct buffer first.
      ByteBuffer bytes = ByteBuffer.allocateDirect(length);
      writes.forEach(write -> bytes.put(write.getBytes(UTF_8)));
      return new Script(bytes.flip(), ends);
    }

    static Script json(String status, String body) {
      return of(
          List.of(
              ("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: ")
                  + body.getBytes(UTF_8).length
                  + "\r\nx-request-id: req_0123456789abcdef\r\n\r\n"
                  + body));
    }

    /** Every event in an HTTP chunk and a write of its own, as providers send them. */
    static Script stream(List<String> events) {
      List<String> writes = new ArrayList<>();
      for (String event : events) {
        writes.add(Integer.toHexString(event.getBytes(UTF_8).length) + "\r\n" + event + "\r\n");
      }
      writes.set(
          0,
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
              + "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n"
              + "x-request-id: req_0123456789abcdef\r\n\r\n"
              + writes.getFirst());
      writes.set(writes.size() - 1, writes.getLast() + "0\r\n\r\n");
      return of(writes);
    }
  }

  /** The texts. Ids and times never change, so that two runs can be compared byte by byte. */
  private static final class Answers {
    private static final String[] WORDS = {
      "The", " gate", " stands", " open", " from", " dawn", " until", " the", " last", " ship", ","
    };

    static final Script CHAT =
        Script.json(
            "200 OK",
            """
            {"id":"chatcmpl-BenchAnswer0123456789abcdef","object":"chat.completion",\
            "created":1795000000,"model":"bench-small-2026-11-20","choices":[{"index":0,"message":\
            {"role":"assistant","content":"The gate stands open from dawn until the last ship is \
            in, and whoever passes is weighed.","refusal":null,"annotations":[]},"logprobs":null,\
            "finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":19,\
            "total_tokens":40,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
            "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},\
            "service_tier":"default","system_fingerprint":"fp_bench0123456"}
            """);

    static final Script MESSAGE =
        Script.json(
            "200 OK",
            """
            {"id":"msg_BenchAnswer0123456789","type":"message","role":"assistant",\
            "model":"bench-small-2026-11-20","content":[{"type":"text","text":"The gate stands \
            open from dawn until the last ship is in, and whoever passes is weighed."}],\
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":21,\
            "cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":19}}
            """);

    static final Script MODELS =
        Script.json(
            "200 OK",
            """
            {"object":"list","data":[{"id":"bench-small","object":"model",\
            "created":1795000000,"owned_by":"bench"}]}
            """);

    static final Script NOT_FOUND =
        Script.json(
            "404 Not Found",
            """
            {"error":{"message":"no such path","type":"invalid_request_error","code":null}}
            """);

    static final Script OVERLOADED =
        Script.json(
            "503 Service Unavailable",
            """
            {"error":{"message":"overloaded","type":"server_error","code":null}}
            """);

    static Script chatStream(int chunks, boolean usage) {
      List<String> events = new ArrayList<>();
      for (int i = 0; i < chunks; i++) {
        String delta =
            (i == 0 ? "\"role\":\"assistant\",\"content\":\"" : "\"content\":\"") + word(i) + "\"";
        String finish = i == chunks - 1 ? "\"stop\"" : "null";
        events.add(
            chunk(
                "[{\"index\":0,\"delta\":{%s},\"logprobs\":null,\"finish_reason\":%s}]"
                    .formatted(delta, finish),
                usage ? ",\"usage\":null" : ""));
      }
      if (usage) {
        events.add(
            chunk(
                "[]",
                ",\"usage\":{\"prompt_tokens\":21,\"completion_tokens\":%d,\"total_tokens\":%d}"
                    .formatted(chunks, chunks + 21)));
      }
      events.add("data: [DONE]\n\n");
      return Script.stream(events);
    }

    private static String chunk(String choices, String usage) {
      return "data: {\"id\":\"chatcmpl-BenchAnswer0123456789abcdef\",\"object\":"
          + "\"chat.completion.chunk\",\"created\":1795000000,\"model\":\"bench-small-2026-11-20\","
          + "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench0123456\",\"choices\":"
          + choices
          + usage
          + "}\n\n";
    }

    static Script messageStream(int chunks) {
      List<String> events = new ArrayList<>();
      events.add(
          event(
              "message_start",
              ",\"message\":{\"id\":\"msg_BenchAnswer0123456789\",\"type\":\"message\",\"role\":"
                  + "\"assistant\",\"model\":\"bench-small-2026-11-20\",\"content\":[],"
                  + "\"stop_reason\":null,\"stop_sequence\":null,"
                  + "\"usage\":{\"input_tokens\":21,\"output_tokens\":1}}"));
      events.add(
          event(
              "content_block_start",
              ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
      for (int i = 0; i < chunks; i++) {
        events.add(
            event(
                "content_block_delta",
                ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + word(i) + "\"}"));
      }
      events.add(event("content_block_stop", ",\"index\":0"));
      events.add(
          event(
              "message_delta",
              ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                  + "\"usage\":{\"output_tokens\":"
                  + chunks
                  + "}"));
      events.add(event("message_stop", ""));
      return Script.stream(events);
    }

    private static String event(String type, String rest) {
      return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
    }

    private static String word(int i) {
      return WORDS[i % WORDS.length];
    }
  }

  /** One thread: its connections, its timers and the streams that have no pace. */
  private static final class Loop implements Runnable {
    private final Selector selector = Selector.open();
    private final int defaultChunks;
    private final Queue<SocketChannel> handedOver = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Connection> timers =
        new PriorityQueue<>((a, b) -> Long.compare(a.dueNanos - b.dueNanos, 0));
    private final ArrayDeque<Connection> bursting = new ArrayDeque<>();
    private final Map<String, Plan> plans = new HashMap<>();
    private final Map<String, Script> streams = new HashMap<>();
    private final ByteBuffer input = ByteBuffer.allocate(128 * 1024);
    private ServerSocketChannel listener;
    private List<Loop> loops;
    private int accepted;

    /** Hundredths of an answer that has yet to fail. */
    private int failDebt;

    Loop(int defaultChunks) throws IOException {
      this.defaultChunks = defaultChunks;
    }

    /** Makes this loop the one that accepts, for all of them in turn. */
    void accept(ServerSocketChannel listener, List<Loop> loops) throws IOException {
      this.listener = listener;
      this.loops = loops;
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    @Override
    public void run() {
      try {
        while (true) {
          select();
          for (SocketChannel channel; (channel = handedOver.poll()) != null; ) {
            new Connection(this, channel);
          }
          long now = System.nanoTime();
          while (!timers.isEmpty() && timers.peek().dueNanos - now <= 0) {
            timers.poll().turn();
          }
          // One chunk of every stream in turn: the chunks of many streams come mixed, as they do
          // from a server that decodes a batch.
          for (int i = bursting.size(); i > 0; i--) {
            bursting.poll().turn();
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException("the upstream's loop ends", e);
      }
    }

    private void select() throws IOException {
      if (!bursting.isEmpty()) {
        selector.selectNow(this::ready);
      } else if (timers.isEmpty()) {
        selector.select(this::ready);
      } else {
        long waitNanos = timers.peek().dueNanos - System.nanoTime();
        if (waitNanos <= 0) {
          selector.selectNow(this::ready);
        } else {
          selector.select(this::ready, (waitNanos + 999_999) / 1_000_000);
        }
      }
    }

    private void ready(SelectionKey key) {
      if (key.attachment() instanceof Connection connection) {
        connection.ready();
        return;
      }
      try {
        for (SocketChannel channel; (channel = listener.accept()) != null; ) {
          Loop loop = loops.get(accepted++ % loops.size());
          if (loop == this) {
            new Connection(this, channel);
          } else {
            loop.handedOver.add(channel);
            loop.selector.wakeup();
          }
        }
      } catch (IOException e) {
        System.err.println("cannot accept a connection: " + e);
      }
    }

    Plan plan(String model) {
      return plans.size() < 1000
          ? plans.computeIfAbsent(model, name -> Plan.of(name, defaultChunks))
          : Plan.of(model, defaultChunks);
    }

    Script stream(boolean anthropic, int chunks, boolean usage) {
      return streams.computeIfAbsent(
          (anthropic ? "a" : usage ? "u" : "c") + chunks,
          name -> anthropic ? Answers.messageStream(chunks) : Answers.chatStream(chunks, usage));
    }
  }

  /** The two ends of a body, where the fields stand that matter here. Reused. */
  private static final class Excerpt implements Http.Sink {
    private final byte[] head = new byte[EXCERPT_BYTES];
    private final byte[] tail = new byte[EXCERPT_BYTES];
    private int headLength;
    private int tailLength;

    void clear() {
      headLength = 0;
      tailLength = 0;
    }

    @Override
    public void accept(byte[] bytes, int from, int to) {
      int first = Math.min(to - from, EXCERPT_BYTES - headLength);
      System.arraycopy(bytes, from, head, headLength, first);
      headLength += first;
      int last = Math.min(to - from - first, EXCERPT_BYTES);
      int kept = Math.min(tailLength, EXCERPT_BYTES - last);
      System.arraycopy(tail, tailLength - kept, tail, 0, kept);
      System.arraycopy(bytes, to - last, tail, kept, last);
      tailLength = kept + last;
    }

    String text() {
      return new String(head, 0, headLength, ISO_8859_1)
          + new String(tail, 0, tailLength, ISO_8859_1);
    }
  }

  /** One connection, one request at a time: pipelined bytes end it. */
  private static final class Connection {
    private enum State {
      HEAD,
      BODY,
      ANSWER
    }

    private final Loop loop;
    private final SocketChannel channel;
    private final SelectionKey key;
    private State state = State.HEAD;
    private byte[] headSoFar;
    private String requestLine = "";
    private boolean lastOnConnection;
    private final Http.Body body = new Http.Body();
    private final Excerpt excerpt = new Excerpt();

    private Plan plan;
    private Script script;
    private ByteBuffer output;
    private int nextWrite;
    private boolean streaming;
    private long userId;
    private long dueNanos;

    Connection(Loop loop, SocketChannel channel) throws IOException {
      this.loop = loop;
      this.channel = channel;
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(loop.selector, SelectionKey.OP_READ, this);
      openConnections.incrementAndGet();
    }

    void ready() {
      try {
        if (key.isWritable()) {
          key.interestOps(SelectionKey.OP_READ);
          write();
        }
        if (key.isValid() && key.isReadable()) {
          int count = channel.read(loop.input.clear());
          if (count < 0) {
            close();
          } else {
            read(loop.input.array(), count);
          }
        }
      } catch (IOException | RuntimeException e) {
        if (e instanceof RuntimeException) {
          System.err.println("bad request: " + e);
        }
        close();
      }
    }

    private void read(byte[] input, int count) throws IOException {
      byte[] bytes = input;
      int to = count;
      int at = 0;
      if (state == State.HEAD) {
        if (headSoFar != null) {
          bytes = Arrays.copyOf(headSoFar, headSoFar.length + count);
          System.arraycopy(input, 0, bytes, headSoFar.length, count);
          to = bytes.length;
          headSoFar = null;
        }
        at = Http.headEnd(bytes, to);
        if (at < 0) {
          headSoFar = Arrays.copyOf(bytes, to);
          if (to > HEAD_LIMIT_BYTES) {
            throw new IllegalStateException("head longer than " + HEAD_LIMIT_BYTES + " bytes");
          }
          return;
        }
        begin(Http.head(bytes, at));
      }
      if (state == State.BODY) {
        at = body.read(bytes, at, to, excerpt);
        if (body.complete()) {
          answer();
        }
      }
      if (at < to) {
        throw new IllegalStateException(to - at + " bytes before the answer was complete");
      }
    }

    private void begin(String head) {
      requestLine = head.substring(0, head.indexOf('\r'));
      String connection = Http.header(head, "connection");
      lastOnConnection = connection != null && connection.contains("close");
      excerpt.clear();
      body.begin(head);
      state = State.BODY;
    }

    private void answer() throws IOException {
      state = State.ANSWER;
      nextWrite = 0;
      output = null;
      streaming = false;
      plan = null;
      boolean anthropic = requestLine.startsWith("post /v1/messages ");
      if (anthropic || requestLine.startsWith("post /v1/chat/completions ")) {
        answerModel(anthropic);
        return;
      }
      if (requestLine.startsWith("get /_stats")) {
        script = stats();
      } else if (requestLine.startsWith("get /v1/models")) {
        script = Answers.MODELS;
      } else {
        script = Answers.NOT_FOUND;
      }
      write();
    }

    private void answerModel(boolean anthropic) throws IOException {
      requests.incrementAndGet();
      String text = excerpt.text();
      Matcher model = MODEL.matcher(text);
      plan = loop.plan(model.find() ? model.group(1) : "");
      loop.failDebt += plan.failPercent;
      if (loop.failDebt >= 100) {
        loop.failDebt -= 100;
        script = Answers.OVERLOADED;
        write();
        return;
      }
      streaming = STREAM.matcher(text).find();
      if (streaming) {
        Matcher user = USER.matcher(text);
        userId = user.find() ? Long.parseLong(user.group(1)) : -1;
        script = loop.stream(anthropic, plan.chunks, USAGE.matcher(text).find());
        openStreams.incrementAndGet();
      } else {
        script = anthropic ? Answers.MESSAGE : Answers.CHAT;
      }
      if (plan.delayNanos > 0) {
        schedule(System.nanoTime() + plan.delayNanos);
      } else {
        write();
      }
    }

    private void schedule(long dueNanos) {
      this.dueNanos = dueNanos;
      loop.timers.add(this);
    }

    /** A timer's or a burst's turn. The stream may have ended since it was put in line. */
    void turn() {
      if (!channel.isOpen()) {
        return;
      }
      try {
        write();
      } catch (IOException e) {
        close();
      }
    }

    /** Writes the next piece, or the rest of the last one, and arranges what comes after it. */
    private void write() throws IOException {
      if (output == null) {
        int start = nextWrite == 0 ? 0 : script.ends[nextWrite - 1];
        output = script.bytes.slice(start, script.ends[nextWrite] - start);
        nextWrite++;
      }
      channel.write(output);
      if (output.hasRemaining()) {
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        return;
      }
      output = null;
      if (nextWrite == script.ends.length) {
        finish();
      } else if (plan.paceNanos > 0) {
        // From the time it was due, not from now: the pace does not drift.
        schedule((nextWrite == 1 ? System.nanoTime() : dueNanos) + plan.paceNanos);
      } else if (!plan.idle) {
        loop.bursting.add(this);
      }
    }

    private void finish() {
      if (streaming) {
        openStreams.decrementAndGet();
      }
      state = State.HEAD;
      if (lastOnConnection) {
        close();
      }
    }

    private void close() {
      if (!channel.isOpen()) {
        return;
      }
      openConnections.decrementAndGet();
      if (state == State.ANSWER && streaming) {
        openStreams.decrementAndGet();
        if (cancelledStreams.incrementAndGet() <= CANCELS_LIMIT) {
          cancels.add(new Cancel(userId, System.nanoTime()));
        }
      }
      try {
        channel.close();
      } catch (IOException e) {
        System.err.println("cannot close a connection: " + e);
      }
    }

    /** The counters, and the cancels since the last time they were asked for. */
    private Script stats() {
      StringBuilder list = new StringBuilder();
      for (Cancel cancel; (cancel = cancels.poll()) != null; ) {
        list.append(list.isEmpty() ? "" : ",")
            .append("[%d,%d]".formatted(cancel.id, cancel.atNanos));
      }
      return Script.json(
          "200 OK",
          """
          {"requests":%d,"open_connections":%d,"open_streams":%d,"cancelled_streams":%d,\
          "cancels":[%s]}
          """
              .formatted(
                  requests.get(),
                  openConnections.get(),
                  openStreams.get(),
                  cancelledStreams.get(),
                  list));
    }
  }
}
