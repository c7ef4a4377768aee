package dev.customhouse.flow;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.Codecs;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.anthropicmessages.MessagesCodec;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.dialect.openaichat.ChatCodec;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.dialect.openairesponses.ResponsesCodec;
import dev.customhouse.flow.api.Api;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.flow.quota.Quota;
import dev.customhouse.flow.recall.Recall;
import dev.customhouse.flow.route.Router;
import dev.customhouse.flow.translate.MediaFetcher;
import dev.customhouse.flow.translate.Seals;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Shadow;
import dev.customhouse.flow.upstream.Timeouts;
import dev.customhouse.flow.upstream.Upstream;
import dev.customhouse.flow.usage.Counter;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.KeyHasher;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.TextSeal;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Egress;
import dev.customhouse.wire.Exchange;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The whole flow without a socket at either end: what our own code costs a request. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowBenchmark {
  private static final byte[] STREAM = "\"stream\":true".getBytes(UTF_8);
  private static final String CHAT = "/v1/chat/completions";
  private static final byte[] ANSWER =
      """
      {"id":"chatcmpl-1","object":"chat.completion","created":1795200000,"model":"m-2026",
       "choices":[{"index":0,"message":{"role":"assistant","content":"Hello! How can I help?"},
       "finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16}}
      """
          .getBytes(UTF_8);

  private final Path folder;
  private final Storage storage;
  private final Flow flow;
  private final Headers headers;
  private final byte[] small = chat(false);
  private final byte[] streamed = chat(true);
  private final byte[] messages =
      json("{'model':'m','max_tokens':1000,'messages':[{'role':'user','content':'Hello there'}]}");
  private final byte[] responses = json("{'model':'m','input':'Hello there','store':false}");
  private final byte[] gemini =
      json("{'contents':[{'role':'user','parts':[{'text':'Hello there'}]}]}");
  private final byte[][] events = new byte[52][];
  private long sent;

  /** A flow with one key, one model and an upstream that has its answers ready. */
  public FlowBenchmark() {
    try {
      folder = Files.createTempDirectory("customhouse-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Clock clock = Clock.systemUTC();
    Random random = new Random(1);
    storage = Storage.open(folder, clock);
    Keyring keyring = new Keyring(new KeyHasher(new byte[32]), clock);
    String key = KeyFormat.generate(random);
    Caller caller = new Caller("key_1", "bench", null, List.of(), null, 100);
    keyring.put(new Keyring.Entry(keyring.hash(key), caller, null, null, false));
    headers =
        Headers.of(
            "host", "127.0.0.1:8080",
            "authorization", "Bearer " + key,
            "content-type", "application/json",
            "content-length", "120",
            "accept", "application/json",
            "user-agent", "OpenAI/Python 2.0");
    for (int i = 0; i < 50; i++) {
      events[i] = event("{\"content\":\" word%d\"}".formatted(i), "null");
    }
    events[50] = event("{}", "\"stop\"");
    events[51] = "data: [DONE]\n\n".getBytes(UTF_8);

    Dialects dialects =
        new Dialects(
            new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new Gemini());
    Timeouts timeouts =
        new Timeouts(
            Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(5), 1 << 26);
    Provider provider =
        new Provider(
            "upstream",
            CompatibleHosts.speaking(DialectId.OPENAI_CHAT),
            URI.create("http://127.0.0.1:9/v1"),
            Headers.EMPTY,
            List.of(new Secret("sk-upstream")),
            List.of(1),
            request -> new Ready(isStreamed(request.body()) ? events : new byte[][] {ANSWER}),
            null,
            1_000,
            1_000);
    Settings.Model model =
        new Settings.Model(
            "m",
            List.of(new Settings.Target("upstream", "m-upstream", 1)),
            List.of(),
            Settings.Strategy.WEIGHTED,
            new Settings.Retry(2, Set.of(), Duration.ofMillis(200)),
            null,
            OnUnsupported.LISTED);
    Events silent = new Silent();
    Router router =
        new Router(
            Map.of("m", model),
            List.of(),
            new Fleet(List.of(provider)),
            storage.origins(),
            random,
            clock);
    flow =
        new Flow(
            new Flow.Stages(
                new Api(dialects, List.of(), 1 << 25, Duration.ofSeconds(15)),
                keyring,
                new Quota(1_000, System::nanoTime, silent),
                new Recall(
                    storage.responses(),
                    storage.origins(),
                    new TextSeal(new KeyHasher(new byte[32])),
                    new Settings.State(true, Duration.ofDays(30), 1L << 30),
                    1 << 25,
                    clock),
                new Translator(
                    dialects,
                    new Codecs(
                        new ChatCodec(),
                        new ResponsesCodec(),
                        new MessagesCodec(),
                        new GeminiCodec()),
                    LossTable.load(),
                    new Seals(System::nanoTime),
                    new MediaFetcher(
                        new Egress(
                            request -> {
                              throw new IllegalStateException();
                            },
                            (host, timeout) -> List.of(),
                            new Egress.Rules(List.of(), List.of()),
                            "customhouse/bench",
                            System::nanoTime),
                        new Settings.Egress(
                            false, 1, 1, Duration.ofSeconds(1), List.of(), List.of()),
                        System::nanoTime),
                    "customhouse/bench",
                    clock),
                new Upstream(dialects, timeouts, time -> {}, random, clock, silent),
                new Shadow(Runnable::run, timeouts, silent),
                new Counter()),
            router,
            Runnable::run,
            clock,
            random,
            record -> sent += record.bytesOut());
  }

  private static byte[] event(String delta, String finish) {
    return ("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795200000,"
            + "\"model\":\"m-2026\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n")
        .formatted(delta, finish)
        .getBytes(UTF_8);
  }

  private static byte[] chat(boolean stream) {
    return ("{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\",\"content\":\"Hello there\"}]}"
            .formatted(stream ? "\"stream\":true," : ""))
        .getBytes(UTF_8);
  }

  private static boolean isStreamed(byte[] body) {
    return SseEvent.indexOf(body, 0, body.length, STREAM) >= 0;
  }

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }

  /** Removes the database. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    storage.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A small request and a whole answer. */
  @Benchmark
  public long small() {
    flow.handle(new InMemory(CHAT, headers, small));
    return sent;
  }

  /** A stream of fifty chunks, each of which arrives alone. */
  @Benchmark
  public long stream() {
    flow.handle(new InMemory(CHAT, headers, streamed));
    return sent;
  }

  /** A small request of Messages, which goes on as one of Chat Completions. */
  @Benchmark
  public long messages() {
    flow.handle(new InMemory("/v1/messages", headers, messages));
    return sent;
  }

  /** A small request of Responses, which goes on as one of Chat Completions. */
  @Benchmark
  public long responses() {
    flow.handle(new InMemory("/v1/responses", headers, responses));
    return sent;
  }

  /** A small request of Gemini, which goes on as one of Chat Completions. */
  @Benchmark
  public long gemini() {
    flow.handle(new InMemory("/v1beta/models/m:generateContent", headers, gemini));
    return sent;
  }

  private static final class Ready implements UpstreamAnswer {
    private static final Headers JSON = Headers.of("content-type", "application/json");
    private static final Headers EVENTS = Headers.of("content-type", "text/event-stream");
    private final ArrayDeque<byte[]> pieces;
    private final boolean stream;

    Ready(byte[][] pieces) {
      this.pieces = new ArrayDeque<>(List.of(pieces));
      this.stream = pieces.length > 1;
    }

    @Override
    public int status() {
      return 200;
    }

    @Override
    public Headers headers() {
      return stream ? EVENTS : JSON;
    }

    @Override
    public byte @Nullable [] next(Duration timeout) {
      return pieces.poll();
    }

    @Override
    public void close() {}
  }

  private static final class InMemory implements Exchange {
    private final String path;
    private final Headers headers;
    private final byte[] body;
    private boolean begun;

    InMemory(String path, Headers headers, byte[] body) {
      this.path = path;
      this.headers = headers;
      this.body = body;
    }

    @Override
    public String id() {
      return "req_00000000000000000000000000000000";
    }

    @Override
    public String method() {
      return "POST";
    }

    @Override
    public String rawPath() {
      return path;
    }

    @Override
    public @Nullable String rawQuery() {
      return null;
    }

    @Override
    public Headers headers() {
      return headers;
    }

    @Override
    public String remoteAddress() {
      return "127.0.0.1";
    }

    @Override
    public boolean fromLoopback() {
      return true;
    }

    @Override
    public long arrivedNanos() {
      return System.nanoTime();
    }

    @Override
    public byte[] body(int maxBytes) {
      return body;
    }

    @Override
    public void keepAlive(Duration interval, Headers fields, byte[] bytes) {}

    @Override
    public boolean answer(int status, Headers fields, byte[] bytes) {
      if (status != 200) {
        throw new IllegalStateException(new String(bytes, UTF_8));
      }
      begun = true;
      return true;
    }

    @Override
    public void begin(int status, Headers fields) {
      begun = true;
    }

    @Override
    public boolean begun() {
      return begun;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {}

    @Override
    public void patience(long untilNanos) {}

    @Override
    public void end() {}

    @Override
    public void abort() {
      throw new IllegalStateException("aborted");
    }
  }

  private static final class Silent implements Events {
    @Override
    public void keySetAside(String provider, String upstreamKey, ErrorKind why) {}

    @Override
    public void circuitOpened(String provider, String model) {}

    @Override
    public void shadowed(String provider, String model, int status, long durationMicros) {}

    @Override
    public void shadowSkipped(String provider, String model) {}

    @Override
    public void shed(String where) {}
  }
}
