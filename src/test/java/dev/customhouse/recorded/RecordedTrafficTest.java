package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What real providers were recorded to answer goes through the gateway, cut into pieces at awkward
 * places, and arrives as it was; and the gateway understood of it what an independent reader did.
 */
@Tag("recorded")
class RecordedTrafficTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Dialects DIALECTS =
      new Dialects(new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new Gemini());

  /** A split behind each byte is for streams up to this size. */
  private static final int BYTEWISE_BYTES = 8_000;

  private static final int CLIENTS = 4;

  /** Marks the request that makes a response which the recorded request builds on. */
  private static final String MAKE_FIRST = "\"input\":\"make it first\"";

  /** What becomes of a recorded case. */
  private enum Outcome {
    WHOLE,
    STREAM,
    /** The stream has no proper end. */
    BROKEN_STREAM,
    /** The stream holds an error behind its first content. */
    ERROR_AFTER_CONTENT,
    /** The stream holds an error and nothing before it. */
    ERROR_BEFORE_CONTENT,
    /** The client's mistake, in the provider's words. */
    OWN_WORDS,
    /** Trouble of the gateway's account at the provider, which is not the client's business. */
    OUR_ACCOUNT,
    /** An error that is no JSON. */
    NO_WORDS,
    /** The provider does not tell how many tokens there are; the gateway estimates. */
    ESTIMATED;

    static Outcome of(Recording recording) {
      JsonNode facts = recording.facts();
      JsonNode stream = facts.path("stream_info");
      JsonNode error = facts.path("error");
      boolean ofRequest = recording.status() == 400 || recording.status() == 413;
      if (recording.status() >= 400
          && recording.operation() == Operation.COUNT_TOKENS
          && !ofRequest) {
        return ESTIMATED;
      }
      if (recording.status() >= 400) {
        if (isAccount(recording.status(), error)) {
          return OUR_ACCOUNT;
        }
        return recording.body()[0] == '{' || recording.body()[0] == '[' ? OWN_WORDS : NO_WORDS;
      }
      if (!recording.events()) {
        return WHOLE;
      }
      if (error.isObject()) {
        boolean content =
            !facts.path("text").asText().isEmpty()
                || !facts.path("reasoning").path("text").asText().isEmpty();
        return content ? ERROR_AFTER_CONTENT : ERROR_BEFORE_CONTENT;
      }
      boolean ended =
          !stream.path("terminator").isNull() && !stream.path("terminator").isMissingNode()
              || !facts.path("finish").path("native").isNull();
      return ended ? STREAM : BROKEN_STREAM;
    }

    static boolean isAccount(int status, JsonNode error) {
      String words = error.toString().toLowerCase(Locale.ROOT);
      return status == 401
          || status == 402
          || status == 403
          || words.contains("insufficient_quota")
          || words.contains("incorrect api key")
          || words.contains("api key not valid");
    }
  }

  @Test
  void recordedAnswersPassAsTheyAreAndAreUnderstood() throws Exception {
    List<Recording> recordings = Recording.all();
    if (recordings.isEmpty()) {
      System.out.println("recorded: not run, the folder fixtures of the shared data is absent");
      return;
    }
    AtomicReferenceArray<List<byte[]>> pieces = new AtomicReferenceArray<>(recordings.size());
    List<String> failures = Collections.synchronizedList(new ArrayList<>());
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    Map<String, Integer> dialects = new TreeMap<>();
    int runs = 0;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              int number = Integer.parseInt(request.target().split("/", 3)[1]);
              Recording recording = recordings.get(number);
              String expected = expectedRequest(recording);
              if (expected != null
                  && !request.text().contains(MAKE_FIRST)
                  && !request.text().equals(expected)) {
                failures.add(recording + " was asked for by\n" + request.text());
              }
              replay(recording, pieces.get(number), request, connection);
            });
        House house = House.of(sections(recordings, upstream.root()));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < recordings.size(); i++) {
        int number = i;
        Recording recording = recordings.get(i);
        counts.merge(Outcome.of(recording), 1, Integer::sum);
        dialects.merge(recording.dialect().label(), 1, Integer::sum);
        Callable<Integer> work = () -> run(house, number, recording, pieces);
        results.add(clients.submit(work));
      }
      for (int i = 0; i < results.size(); i++) {
        try {
          runs += results.get(i).get();
        } catch (ExecutionException e) {
          failures.add(recordings.get(i) + ": " + e.getCause());
        }
      }
    }
    System.out.println(
        "recorded: %d cases %s in %d runs, %s"
            .formatted(recordings.size(), dialects, runs, counts));
    assertThat(String.join("\n\n", failures)).isEmpty();
  }

  @Test
  void observersUnderstandRecordedAnswersHoweverTheyAreCut() throws IOException {
    List<String> failures = new ArrayList<>();
    for (Recording recording : Recording.all()) {
      Outcome outcome = Outcome.of(recording);
      if (recording.status() >= 400 || outcome == Outcome.ERROR_BEFORE_CONTENT) {
        continue;
      }
      Dialect dialect = DIALECTS.get(recording.dialect());
      for (Split split : recording.events() ? Split.values() : new Split[] {Split.WHOLE}) {
        Observation seen =
            recording.events()
                ? observed(dialect, recording, split)
                : dialect.observe(recording.operation(), recording.body());
        Facts expected = Facts.of(recording);
        Facts actual = Facts.of(seen, recording);
        if (!expected.equals(actual)) {
          failures.add(
              "%s %s\n  expected %s\n  seen     %s".formatted(recording, split, expected, actual));
        }
      }
    }
    assertThat(String.join("\n", failures)).isEmpty();
  }

  private static Observation observed(Dialect dialect, Recording recording, Split split)
      throws IOException {
    StreamObserver observer = dialect.observer(call(recording));
    SseSplitter splitter = new SseSplitter();
    SseSplitter.Sink sink =
        (buffer, start, end) -> {
          var unused = observer.event(buffer, start, end);
        };
    for (byte[] piece : split.pieces(recording.body())) {
      splitter.feed(piece, 0, piece.length, sink);
    }
    splitter.finish(sink);
    return observer.observation();
  }

  private static Call call(Recording recording) throws IOException {
    return new Call(
        "req",
        recording.operation(),
        recording.dialect(),
        "POST",
        recording.path("model"),
        null,
        Headers.EMPTY,
        new byte[0],
        "model",
        null,
        true,
        !recording.withholdsUsage(),
        Call.Marks.NONE,
        null,
        null);
  }

  /** Each case has a provider and a model of its own: an error of one is not another's. */
  private static String sections(List<Recording> recordings, String root) throws IOException {
    StringBuilder providers = new StringBuilder("providers:\n");
    StringBuilder models = new StringBuilder("models:\n");
    for (int i = 0; i < recordings.size(); i++) {
      Recording recording = recordings.get(i);
      String type =
          switch (recording.dialect()) {
            case OPENAI_CHAT, OPENAI_RESPONSES -> "openai";
            case ANTHROPIC_MESSAGES -> "anthropic";
            case GEMINI -> "gemini";
            case BEDROCK -> "bedrock";
          };
      providers.append(
          "  case%d: { type: %s, base_url: \"%s/%d/v1\", api_keys: [\"upstream-key\"] }\n"
              .formatted(i, type, root, i));
      models.append(
          ("  case%d: { targets: [{ provider: case%d, model: %s }],"
                  + " retry: { attempts: 1 } }\n")
              .formatted(i, i, MAPPER.writeValueAsString(recording.model())));
    }
    return providers.append(models).toString();
  }

  private static void replay(
      Recording recording,
      List<byte[]> pieces,
      FakeUpstream.Request request,
      FakeUpstream.Connection connection)
      throws IOException {
    if (request.text().contains(MAKE_FIRST)) {
      connection.json(
          200,
          "{\"id\":\"%s\",\"object\":\"response\",\"status\":\"completed\",\"output\":[]}"
              .formatted(recording.priorId()));
      return;
    }
    StringBuilder head =
        new StringBuilder(
            "HTTP/1.1 %d X\r\ncontent-type: %s\r\n"
                .formatted(recording.status(), recording.contentType()));
    List<String> fields = recording.headers();
    for (int i = 0; i < fields.size(); i += 2) {
      head.append(fields.get(i)).append(": ").append(fields.get(i + 1)).append("\r\n");
    }
    if (pieces.size() == 1 && !recording.events()) {
      head.append("content-length: ").append(pieces.getFirst().length).append("\r\n\r\n");
      connection.raw(head.toString().getBytes(ISO_8859_1));
      connection.raw(pieces.getFirst());
      return;
    }
    connection.raw((head + "transfer-encoding: chunked\r\n\r\n").getBytes(ISO_8859_1));
    for (byte[] piece : pieces) {
      connection.chunk(piece);
    }
    connection.end();
  }

  /** The recorded request as it was, but that usage is asked for; null for a look at a response. */
  private static @Nullable String expectedRequest(Recording recording) throws IOException {
    if (recording.storedId() != null) {
      return null;
    }
    String recorded = new String(recording.requestFor(recording.model()), UTF_8);
    JsonNode tree = MAPPER.readTree(recorded);
    boolean adds = recording.withholdsUsage() && tree.path("stream").asBoolean();
    if (adds && tree.path("stream_options").has("include_usage")) {
      return recorded.replace("\"include_usage\": false", "\"include_usage\": true");
    }
    return adds
        ? "{\"stream_options\":{\"include_usage\":true}," + recorded.substring(1)
        : recorded;
  }

  private static Set<Split> splits(Recording recording, Outcome outcome) {
    return switch (outcome) {
      // These set keys aside or open circuits: they are asked for once.
      case OWN_WORDS, OUR_ACCOUNT, NO_WORDS, ESTIMATED -> EnumSet.of(Split.WHOLE);
      case ERROR_BEFORE_CONTENT -> EnumSet.of(Split.EVENTS);
      case WHOLE -> EnumSet.of(Split.WHOLE, Split.RANDOM, Split.SEAMS);
      case STREAM, BROKEN_STREAM, ERROR_AFTER_CONTENT ->
          recording.body().length <= BYTEWISE_BYTES
              ? EnumSet.allOf(Split.class)
              : EnumSet.complementOf(EnumSet.of(Split.BYTES));
    };
  }

  private static int run(
      House house, int number, Recording recording, AtomicReferenceArray<List<byte[]>> pieces)
      throws IOException {
    Outcome outcome = Outcome.of(recording);
    Set<Split> splits = splits(recording, outcome);
    for (Split split : splits) {
      pieces.set(number, split.pieces(recording.body()));
      String model = "case" + number;
      if (recording.priorId() != null) {
        house.post("/v1/responses", "{\"model\":\"%s\",%s}".formatted(model, MAKE_FIRST));
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(house.root() + recording.path(model)))
              .header("authorization", "Bearer " + House.KEY)
              .header("content-type", "application/json");
      HttpResponse<byte[]> answer =
          house.send(
              recording.storedId() != null
                  ? request.build()
                  : request
                      .POST(HttpRequest.BodyPublishers.ofByteArray(recording.requestFor(model)))
                      .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      RequestRecord record =
          house.record(answer.headers().firstValue("x-request-id").orElseThrow());
      check(recording, outcome, split, answer, record);
    }
    return splits.size();
  }

  private static void check(
      Recording recording,
      Outcome outcome,
      Split split,
      HttpResponse<byte[]> answer,
      RequestRecord record)
      throws IOException {
    String text = new String(answer.body(), UTF_8);
    switch (outcome) {
      case WHOLE -> {
        assertThat(answer.statusCode()).isEqualTo(recording.status());
        same(answer.body(), recording.body(), split);
        understood(recording, record);
      }
      case STREAM -> {
        assertThat(answer.statusCode()).isEqualTo(200);
        same(answer.body(), shown(recording), split);
        understood(recording, record);
        assertThat(record.error()).isNull();
      }
      case ERROR_AFTER_CONTENT -> {
        assertThat(answer.statusCode()).isEqualTo(200);
        same(answer.body(), shown(recording), split);
        assertThat(record.error()).isNotNull();
      }
      case BROKEN_STREAM -> {
        assertThat(answer.statusCode()).isEqualTo(200);
        String recorded = new String(recording.body(), UTF_8);
        String events = recorded.substring(0, recorded.lastIndexOf("\n\n") + 2);
        assertThat(text).startsWith(events);
        assertThat(text.substring(events.length())).contains("The upstream's stream ");
        assertThat(Objects.requireNonNull(record.error()).label()).isEqualTo("network");
      }
      case ERROR_BEFORE_CONTENT -> {
        assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
        JsonNode error = recording.facts().path("error");
        boolean account = Outcome.isAccount(0, error);
        assertThat(answer.statusCode() == 503).as(text).isEqualTo(account);
        assertThat(text.contains(error.path("message").asText())).isEqualTo(!account);
        inDialect(recording.dialect(), MAPPER.readTree(answer.body()));
      }
      case OWN_WORDS -> {
        assertThat(answer.statusCode()).isEqualTo(recording.status());
        same(answer.body(), recording.body(), split);
      }
      case ESTIMATED -> {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-customhouse-estimated")).hasValue("true");
        assertThat(record.error()).isNull();
        assertThat(record.usage()).isNull();
      }
      case OUR_ACCOUNT, NO_WORDS -> {
        assertThat(answer.statusCode()).isIn(502, 503);
        String words = recording.facts().path("error").path("message").asText();
        assertThat(words.isBlank() || !text.contains(words)).isTrue();
        inDialect(recording.dialect(), MAPPER.readTree(answer.body()));
      }
    }
  }

  private static void same(byte[] actual, byte[] expected, Split split) {
    assertThat(new String(actual, ISO_8859_1))
        .as("split %s", split)
        .isEqualTo(new String(expected, ISO_8859_1));
  }

  private static void understood(Recording recording, RequestRecord record) {
    Facts expected = Facts.of(recording);
    assertThat(record.responseModel()).isEqualTo(expected.model());
    assertThat(record.finish()).isEqualTo(expected.finish());
    Usage usage = record.usage();
    if (recording.operation() == Operation.RESPONSE_GET) {
      assertThat(usage).isNull();
    } else if (expected.usage() != null) {
      assertThat(usage).isEqualTo(expected.usage());
    } else {
      assertThat(usage == null || usage.estimated()).isTrue();
    }
    assertThat(record.translation()).isEqualTo("bytes");
  }

  private static void inDialect(DialectId dialect, JsonNode body) {
    assertThat(body.path("error").path("message").asText()).isNotEmpty();
    switch (dialect) {
      case OPENAI_CHAT, OPENAI_RESPONSES ->
          assertThat(body.path("error").path("code").asText()).isNotEmpty();
      case ANTHROPIC_MESSAGES -> assertThat(body.path("type").asText()).isEqualTo("error");
      case GEMINI -> assertThat(body.path("error").path("code").asInt()).isGreaterThan(399);
    }
  }

  /** The recorded stream without a usage chunk nobody asked for, and with a chat's usual end. */
  private static byte[] shown(Recording recording) throws IOException {
    if (recording.dialect() != DialectId.OPENAI_CHAT) {
      return recording.body();
    }
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    boolean done = false;
    for (byte[] event : Split.EVENTS.pieces(recording.body())) {
      JsonNode chunk = data(new String(event, UTF_8));
      done |= chunk == null && new String(event, UTF_8).contains("[DONE]");
      boolean usageAlone =
          chunk != null
              && (chunk.path("usage").isObject() || chunk.path("x_groq").has("usage"))
              && chunk.path("choices").isEmpty();
      if (!usageAlone || !recording.withholdsUsage()) {
        shown.writeBytes(event);
      }
    }
    String end = shown.toString(UTF_8);
    if (!end.endsWith("\n\n")) {
      shown.write('\n');
    }
    boolean failed = recording.facts().path("error").isObject();
    if (!done && !failed) {
      shown.writeBytes("data: [DONE]\n\n".getBytes(UTF_8));
    }
    return shown.toByteArray();
  }

  private static @Nullable JsonNode data(String event) throws IOException {
    int at = event.indexOf("data: {");
    return at < 0 ? null : MAPPER.readTree(event.substring(at + "data: ".length()));
  }
}
