package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.SealBox;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.anthropicmessages.InvokedAnswer;
import dev.customhouse.dialect.bedrock.Bedrock;
import dev.customhouse.dialect.bedrock.ConverseCodec;
import dev.customhouse.provider.ScriptedAnswer;
import dev.customhouse.provider.bedrock.BedrockHost;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Recorded conversations with Bedrock: what was understood, and what is written again. */
@Tag("recorded")
class BedrockConverseTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ConverseCodec CODEC = new ConverseCodec();
  private static final Bedrock DIALECT = new Bedrock();
  private static final LossTable TABLE = LossTable.load();

  /** Members that recorded answers, or SDKs that recorded them, have beyond the description. */
  private static final Set<String> UNDESCRIBED =
      Set.of(
          "serverToolUsage",
          "cacheReadInputTokenCount",
          "cacheWriteInputTokenCount",
          "type",
          "$metadata");

  /**
   * What was recorded, of a case or of a pair.
   *
   * @param request null when it was not kept
   * @param body null when only the request was kept
   */
  private record Case(
      String name,
      JsonNode facts,
      int status,
      Headers headers,
      byte @Nullable [] request,
      byte @Nullable [] body,
      boolean stream,
      String model) {
    @Override
    public String toString() {
      return name;
    }

    boolean isCompletion() {
      return body != null && facts.path("kind").asText().equals("completion");
    }

    byte[] answer() {
      return Objects.requireNonNull(body);
    }

    Call call() {
      byte[] asked = request == null ? "{}".getBytes(UTF_8) : request;
      String path = "/model/" + model + (stream ? "/converse-stream" : "/converse");
      return DIALECT.read(
          new Inbound(
              "req_1", Operation.CHAT, "POST", path, null, Headers.EMPTY, asked, model, null));
    }

    Target target() {
      return new Target("aws", "bedrock", model);
    }
  }

  private static List<Case> cases() throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path fixtures = Path.of(root, "fixtures");
    if (!Files.isDirectory(fixtures)) {
      System.out.println("not run: the recorded conversations are absent");
      return List.of();
    }
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> files = Files.walk(fixtures, 3)) {
      for (Path file : files.filter(each -> each.endsWith("meta.json")).sorted().toList()) {
        JsonNode meta = MAPPER.readTree(file.toFile());
        Path folder = Objects.requireNonNull(file.getParent());
        if (meta.path("facts_dialect").asText().equals("bedrock-converse")) {
          cases.add(read(folder, meta));
        } else if (meta.path("dialects").has("bedrock")) {
          pair(folder, meta.path("dialects").path("bedrock"), cases);
        }
      }
    }
    return cases;
  }

  private static Case read(Path folder, JsonNode meta) throws IOException {
    byte[] stream = bytes(folder.resolve("stream.bin"));
    byte[] request = bytes(folder.resolve("request.json"));
    Headers.Builder headers = Headers.builder();
    for (var field : meta.path("response_headers").properties()) {
      headers.add(field.getKey(), field.getValue().asText());
    }
    return new Case(
        folder.getFileName().toString(),
        meta.path("facts"),
        meta.path("http_status").asInt(),
        headers.build(),
        request,
        stream != null ? stream : bytes(folder.resolve("response.json")),
        stream != null,
        model(meta, request));
  }

  private static void pair(Path folder, JsonNode files, List<Case> cases) throws IOException {
    byte[] request = bytes(folder.resolve("bedrock.request.json"));
    for (String kind : new String[] {"response", "stream"}) {
      JsonNode told = files.path(kind);
      if (told.has("file")) {
        cases.add(
            new Case(
                folder.getFileName() + "/" + kind,
                told.path("facts"),
                200,
                Headers.EMPTY,
                request,
                bytes(folder.resolve(told.path("file").asText())),
                kind.equals("stream"),
                MAPPER.readTree(request).path("modelId").asText()));
      }
    }
  }

  private static byte @Nullable [] bytes(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllBytes(file) : null;
  }

  private static String model(JsonNode meta, byte @Nullable [] request) throws IOException {
    String url = meta.path("request").path("url").asText("");
    int at = url.indexOf("/model/");
    if (at >= 0) {
      String behind = url.substring(at + "/model/".length());
      return URLDecoder.decode(behind.substring(0, behind.indexOf('/')), UTF_8);
    }
    String named = request == null ? "" : MAPPER.readTree(request).path("modelId").asText("");
    return named.isEmpty() ? "anthropic.claude-sonnet-4-20250514-v1:0" : named;
  }

  private static List<byte[]> frames(byte[] body) {
    List<byte[]> frames = new ArrayList<>();
    AwsEventSplitter splitter = new AwsEventSplitter();
    splitter.feed(
        body,
        0,
        body.length,
        (buffer, start, end) -> frames.add(Arrays.copyOfRange(buffer, start, end)));
    assertThat(splitter.restLength()).isZero();
    return frames;
  }

  private static List<StreamPart> parts(byte[] body) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader("aws/m");
    frames(body).forEach(frame -> reader.event(frame, 0, frame.length, parts::add));
    reader.end(parts::add);
    return parts;
  }

  private static ChatAnswer answer(boolean stream, byte[] body) {
    if (!stream) {
      return CODEC.readAnswer(body, "aws/m");
    }
    Gathering gathering = new Gathering();
    parts(body).forEach(gathering);
    return gathering.answer();
  }

  private static JsonNode expected(Case recorded) {
    ObjectNode expected = MAPPER.createObjectNode();
    JsonNode facts = recorded.facts();
    expected.set("text", facts.path("text"));
    expected.set("reasoning", facts.path("reasoning"));
    expected.set("finish", facts.path("finish").path("normal"));
    expected.set("citations", facts.path("citations"));
    ArrayNode calls = expected.putArray("calls");
    for (JsonNode call : facts.path("tool_calls")) {
      ObjectNode told = calls.addObject();
      told.set("id", call.path("id"));
      told.set("name", call.path("name"));
      told.set("arguments", call.path("arguments"));
    }
    expected.put("server_tools", facts.path("server_tools").size());
    return expected;
  }

  private static final Map<String, String> FINISH =
      Map.of("content_filter", "content_filter", "context_window", "context_window");

  private static JsonNode seen(ChatAnswer answer) throws IOException {
    ObjectNode seen = MAPPER.createObjectNode();
    StringBuilder text = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    int signatures = 0;
    int opaque = 0;
    int citations = 0;
    int natives = 0;
    ArrayNode calls = MAPPER.createArrayNode();
    for (Content content : answer.content()) {
      switch (content) {
        case Content.Text told -> {
          text.append(told.text());
          citations += told.citations().size();
        }
        case Content.Reasoning told -> {
          reasoning.append(told.text());
          Seal seal = told.seal();
          signatures += seal != null && !seal.redacted() ? 1 : 0;
          opaque += seal != null && seal.redacted() ? 1 : 0;
        }
        case Content.ToolCall call -> {
          ObjectNode told = calls.addObject().put("id", call.id()).put("name", call.name());
          String arguments = call.arguments().isEmpty() ? "{}" : call.arguments();
          told.set("arguments", MAPPER.readTree(arguments));
        }
        case Content.Native ignored -> natives++;
        case Content.Media ignored -> {}
        case Content.Declined ignored -> {}
        case Content.ToolResult ignored -> {}
      }
    }
    seen.put("text", text.toString());
    seen.putObject("reasoning")
        .put("text", reasoning.toString())
        .put("signatures", signatures)
        .put("opaque", opaque);
    String finish = answer.finish() == null ? null : answer.finish().label();
    seen.put("finish", finish == null ? null : FINISH.getOrDefault(finish, finish));
    seen.put("citations", citations);
    seen.set("calls", calls);
    seen.put("server_tools", natives);
    return seen;
  }

  private static @Nullable Usage usage(JsonNode facts) {
    JsonNode usage = facts.path("usage");
    return usage.isObject()
        ? new Usage(
            usage.path("input").asLong(),
            usage.path("output").asLong(),
            usage.path("cache_read").isNumber() ? usage.path("cache_read").asLong() : null,
            usage.path("cache_write").isNumber() ? usage.path("cache_write").asLong() : null,
            null,
            false)
        : null;
  }

  @Test
  void everyAnswerIsUnderstoodAsAnIndependentReaderUnderstoodIt() throws IOException {
    for (Case recorded : cases()) {
      if (recorded.isCompletion()) {
        ChatAnswer answer = answer(recorded.stream(), recorded.answer());
        assertThat(MAPPER.readTree(MAPPER.writeValueAsString(seen(answer))))
            .as(recorded.name())
            .isEqualTo(MAPPER.readTree(MAPPER.writeValueAsString(expected(recorded))));
        assertThat(answer.usage()).as(recorded.name()).isEqualTo(usage(recorded.facts()));
      }
    }
  }

  @Test
  void everyAnswerIsTheSameWhenItIsWrittenAndReadAgain() throws IOException {
    for (Case recorded : cases()) {
      if (recorded.isCompletion() && !recorded.facts().path("error").isObject()) {
        ChatAnswer answer = answer(recorded.stream(), recorded.answer());
        byte[] written = written(recorded, answer);
        ChatAnswer again = answer(recorded.stream(), written);
        assertThat(opened(again))
            .as(recorded.name())
            .isEqualTo(withUsage(answer, recorded.stream()));
      }
    }
  }

  private static byte[] written(Case recorded, ChatAnswer answer) {
    ChatRequest request = ChatRequest.builder("m").build();
    Reply reply =
        new Reply("req_1", "m", recorded.stream(), true, false, Instant.EPOCH, 0, request);
    if (!recorded.stream()) {
      return CODEC.writeAnswer(answer, reply);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply);
    parts(recorded.answer()).forEach(part -> writer.part(part, out));
    return out.toByteArray();
  }

  /**
   * An answer must have usage and metrics; where a recording has none they are written as zero, and
   * in a stream the frame of both is left out.
   */
  private static ChatAnswer withUsage(ChatAnswer answer, boolean stream) {
    Usage usage = answer.usage();
    if (usage == null && stream && answer.extras().of(DialectId.BEDROCK).isEmpty()) {
      return answer;
    }
    Map<String, JsonNode> fields = new LinkedHashMap<>(answer.extras().of(DialectId.BEDROCK));
    fields.putIfAbsent("metrics", MAPPER.createObjectNode().put("latencyMs", 0));
    return new ChatAnswer(
        null,
        null,
        answer.content(),
        answer.finish(),
        answer.stopSequence(),
        usage == null ? Usage.of(0, 0) : usage,
        Extras.of(DialectId.BEDROCK, fields));
  }

  /** The answer with its seals out of their boxes. */
  private static ChatAnswer opened(ChatAnswer answer) {
    List<Content> content = new ArrayList<>();
    for (Content each : answer.content()) {
      content.add(
          each instanceof Content.Reasoning reasoning && reasoning.seal() != null
              ? new Content.Reasoning(
                  reasoning.text(),
                  SealBox.unpack(
                      reasoning.seal().data(), DialectId.BEDROCK, reasoning.seal().redacted()),
                  reasoning.extras())
              : each);
    }
    return new ChatAnswer(
        answer.id(),
        answer.model(),
        content,
        answer.finish(),
        answer.stopSequence(),
        answer.usage(),
        answer.extras());
  }

  @Test
  void everyStreamIsWatchedToItsEnd() throws IOException {
    for (Case recorded : cases()) {
      if (recorded.isCompletion() && recorded.stream()) {
        StreamObserver observer = DIALECT.observer(recorded.call());
        List<EventRole> roles = new ArrayList<>();
        frames(recorded.answer())
            .forEach(frame -> roles.add(observer.event(frame, 0, frame.length)));
        boolean failed = recorded.facts().path("error").isObject();
        Observation seen = observer.observation();
        ChatAnswer answer = answer(true, recorded.answer());

        assertThat(observer.mayEndHere()).as(recorded.name()).isEqualTo(!failed);
        assertThat(seen.finish()).isEqualTo(answer.finish());
        assertThat(seen.usage()).isEqualTo(answer.usage());
        assertThat(roles.getLast()).isEqualTo(failed ? EventRole.ERROR : EventRole.CONTENT);
      } else if (recorded.isCompletion()) {
        Observation seen = DIALECT.observe(Operation.CHAT, recorded.answer());
        assertThat(seen.usage()).as(recorded.name()).isEqualTo(usage(recorded.facts()));
      }
    }
  }

  @Test
  void everyErrorIsOfTheKindThatItsStatusAndItsWordsTell() throws IOException {
    for (Case recorded : cases()) {
      if (recorded.facts().path("kind").asText().equals("error")) {
        ErrorKind kind = DIALECT.classify(recorded.status(), recorded.headers(), recorded.answer());
        String message = recorded.facts().path("error").path("message").asText();
        ErrorKind expected =
            switch (recorded.status()) {
              case 429 -> ErrorKind.RATE_LIMITED;
              case 403 -> message.contains("token") ? ErrorKind.UNAUTHORIZED : ErrorKind.FORBIDDEN;
              case 400 ->
                  message.contains("Input Tokens Exceeded")
                      ? ErrorKind.CONTEXT_TOO_LONG
                      : message.contains("identifier is invalid")
                          ? ErrorKind.NOT_FOUND
                          : ErrorKind.INVALID_REQUEST;
              default -> kind;
            };
        assertThat(kind).as(recorded.name()).isEqualTo(expected);
      }
    }
  }

  private static boolean isConverse(Case recorded) throws IOException {
    return recorded.request() != null
        && MAPPER.readTree(recorded.request()).path("messages").isArray();
  }

  @Test
  void everyRequestIsTheSameWhenItIsWrittenAndReadAgain() throws IOException {
    for (Case recorded : cases()) {
      if (isConverse(recorded)) {
        ChatRequest request = CODEC.readRequest(recorded.call());
        Losses losses =
            new Losses(
                TABLE,
                DialectId.BEDROCK,
                DialectId.BEDROCK,
                recorded.target(),
                OnUnsupported.LISTED);
        byte[] written = CODEC.writeRequest(request, recorded.target(), losses).body();
        Call again =
            DIALECT.read(
                new Inbound(
                    "req_1",
                    Operation.CHAT,
                    "POST",
                    recorded.call().path(),
                    null,
                    Headers.EMPTY,
                    written,
                    recorded.model(),
                    null));
        assertThat(joined(CODEC.readRequest(again))).as(recorded.name()).isEqualTo(joined(request));
        assertThat(losses.dropped()).as(recorded.name()).isEmpty();
        assertThat(losses.unlisted()).as(recorded.name()).isEmpty();
      }
    }
  }

  /** Turns of one role are joined when they are written. */
  private static ChatRequest joined(ChatRequest request) {
    var turns = Turns.of(request.messages(), true);
    List<Message> all = new ArrayList<>(turns.instructions());
    all.addAll(turns.turns());
    return request.toBuilder().messages(all).build();
  }

  @Test
  void everyMemberThatIsWrittenIsInAmazonsDescription() throws IOException {
    var model = BedrockServiceModel.load();
    if (model.isEmpty()) {
      System.out.println("not run: Amazon's description is absent");
      return;
    }
    for (Case recorded : cases()) {
      if (isConverse(recorded)) {
        ChatRequest request = CODEC.readRequest(recorded.call());
        Losses losses =
            new Losses(
                TABLE,
                DialectId.OPENAI_CHAT,
                DialectId.BEDROCK,
                recorded.target(),
                OnUnsupported.DROP);
        JsonNode written =
            MAPPER.readTree(CODEC.writeRequest(request, recorded.target(), losses).body());
        assertThat(model.get().strangers("ConverseRequest", written)).as(recorded.name()).isEmpty();
      }
      if (recorded.isCompletion() && !recorded.facts().path("error").isObject()) {
        described(model.get(), recorded);
      }
    }
  }

  private static void described(BedrockServiceModel model, Case recorded) throws IOException {
    byte[] written = written(recorded, answer(recorded.stream(), recorded.answer()));
    List<String> strangers = new ArrayList<>();
    if (recorded.stream()) {
      for (byte[] frame : frames(written)) {
        AwsEvent event = AwsEvent.parse(frame, 0, frame.length);
        ObjectNode union = MAPPER.createObjectNode();
        union.set(event.type(), MAPPER.readTree(event.payload()));
        strangers.addAll(model.strangers("ConverseStreamOutput", union));
      }
    } else {
      strangers.addAll(model.strangers("ConverseResponse", MAPPER.readTree(written)));
    }
    strangers.removeIf(stranger -> {
      String place =
          stranger.contains(" ") ? stranger.substring(0, stranger.indexOf(' ')) : stranger;
      return UNDESCRIBED.contains(place.substring(place.lastIndexOf('.') + 1));
    });
    assertThat(strangers).as(recorded.name()).isEmpty();
  }

  /** The events within the frames of a body. */
  private static List<String> invoked(byte[] body) throws IOException {
    List<String> events = new ArrayList<>();
    for (byte[] frame : frames(body)) {
      JsonNode payload = MAPPER.readTree(AwsEvent.parse(frame, 0, frame.length).payload());
      events.add(new String(payload.path("bytes").binaryValue(), UTF_8));
    }
    return events;
  }

  @Test
  void everyStreamOfInvokeModelIsTheSameWhenItWasAStreamOfAnthropics() throws Exception {
    BedrockHost host = new BedrockHost("us-east-1", Instant::now);
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path others = Path.of(root, "fixtures", "other");
    if (!Files.isDirectory(others)) {
      System.out.println("not run: the recorded streams of InvokeModel are absent");
      return;
    }
    try (Stream<Path> files = Files.walk(others)) {
      for (Path file : files.filter(each -> each.endsWith("stream.bin")).sorted().toList()) {
        byte[] body = Files.readAllBytes(file);
        UpstreamAnswer answer =
            host.received(
                new ScriptedAnswer(
                    200,
                    Headers.of("content-type", "application/vnd.amazon.eventstream"),
                    List.of(body)),
                new UpstreamRequest(
                    "POST",
                    URI.create("http://h/model/m/invoke-with-response-stream"),
                    Headers.EMPTY,
                    new byte[0],
                    Duration.ofSeconds(1)),
                DialectId.ANTHROPIC_MESSAGES);
        byte[] events = Objects.requireNonNull(answer.next(Duration.ofSeconds(1)));
        Kept client = new Kept();
        new InvokedAnswer(client).answer(200, answer.headers(), events);
        assertThat(invoked(client.body)).as(file.toString()).isEqualTo(invoked(body));
      }
    }
  }

  /** Keeps a whole answer. */
  private static final class Kept implements AnswerWriter {
    private byte[] body = {};

    @Override
    public boolean answer(int status, Headers headers, byte[] bytes) {
      body = bytes;
      return true;
    }

    @Override
    public void begin(int status, Headers headers) {}

    @Override
    public boolean begun() {
      return false;
    }

    @Override
    public void patience(long untilNanos) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {}

    @Override
    public void end() {}

    @Override
    public void abort() {}
  }
}
