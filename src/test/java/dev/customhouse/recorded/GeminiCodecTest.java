package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Recorded requests and answers of Gemini through the codec. */
@Tag("recorded")
class GeminiCodecTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path SHARED =
      Path.of(System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared"));
  private static final String MAKER = "google/gemini-2.5-flash";

  private final Codec codec = new GeminiCodec();
  private final LossTable table = LossTable.load();

  /** An answer and what was found in it. */
  private record Answer(String name, byte[] body, boolean events, JsonNode facts) {}

  private static boolean isAbsent() {
    if (Files.isDirectory(SHARED.resolve("fixtures"))) {
      return false;
    }
    System.out.println("GeminiCodecTest did not run: there are no recordings.");
    return true;
  }

  private static List<Answer> answers() throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (Recording each : Recording.all()) {
      boolean answered =
          each.dialect() == DialectId.GEMINI
              && each.facts().path("kind").asText().equals("completion");
      if (answered) {
        answers.add(new Answer(each.name(), each.body(), each.events(), each.facts()));
      }
    }
    for (Path pair : pairs()) {
      JsonNode google =
          MAPPER.readTree(pair.resolve("meta.json").toFile()).path("dialects").path("google");
      for (String kind : List.of("response", "stream")) {
        JsonNode told = google.path(kind);
        if (told.path("facts").path("kind").asText().equals("completion")) {
          Path body = pair.resolve(told.path("file").asText());
          answers.add(
              new Answer(
                  body.toString(),
                  Files.readAllBytes(body),
                  kind.equals("stream"),
                  told.path("facts")));
        }
      }
    }
    return answers;
  }

  private static List<Path> pairs() throws IOException {
    try (Stream<Path> pairs = Files.list(SHARED.resolve("fixtures/pairs"))) {
      return pairs
          .filter(pair -> Files.exists(pair.resolve("google.request.json")))
          .sorted()
          .toList();
    }
  }

  private ChatAnswer read(byte[] body, boolean events) {
    if (!events) {
      return codec.readAnswer(body, MAKER);
    }
    Gathering gathering = new Gathering();
    PartReader reader = codec.partReader(MAKER);
    SseSplitter splitter = new SseSplitter();
    SseSplitter.Sink sink = (buffer, start, end) -> reader.event(buffer, start, end, gathering);
    splitter.feed(body, 0, body.length, sink);
    byte[] blankLine = {10, 10};
    splitter.feed(blankLine, 0, 2, sink);
    splitter.finish(sink);
    reader.end(gathering);
    assertThat(gathering.isWhole()).isTrue();
    return gathering.answer();
  }

  @Test
  void everyRecordedAnswerIsUnderstoodAsTheIndependentReaderDoes() throws IOException {
    if (isAbsent()) {
      return;
    }
    int read = 0;
    for (Answer recorded : answers()) {
      ChatAnswer answer = read(recorded.body(), recorded.events());

      assertThat(facts(answer)).as(recorded.name()).isEqualTo(facts(recorded.facts()));
      read++;
    }
    assertThat(read).isGreaterThan(50);
  }

  @Test
  void everyRecordedAnswerThatIsWrittenAgainIsReadAsTheSame() throws IOException {
    if (isAbsent()) {
      return;
    }
    for (Answer recorded : answers()) {
      ChatAnswer answer = read(recorded.body(), recorded.events());

      assertThat(facts(codec.readAnswer(codec.writeAnswer(answer, reply(false)), MAKER)))
          .as(recorded.name())
          .isEqualTo(facts(answer));
      assertThat(facts(read(streamed(answer, false), true)))
          .as(recorded.name())
          .isEqualTo(facts(answer));
      assertThat(facts(codec.readAnswer(streamed(answer, true), MAKER)))
          .as(recorded.name())
          .isEqualTo(facts(answer));
    }
  }

  private byte[] streamed(ChatAnswer answer, boolean array) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = codec.partWriter(reply(array));
    Gathering.takeApart(answer, part -> writer.part(part, out));
    return out.toByteArray();
  }

  private static Reply reply(boolean array) {
    return new Reply(
        "req_1",
        "asked",
        true,
        true,
        array,
        Instant.EPOCH,
        0,
        ChatRequest.builder("asked")
            .thinking(new Thinking(null, null, null, true, Extras.NONE))
            .build());
  }

  private static Map<String, Object> facts(ChatAnswer answer) {
    StringBuilder text = new StringBuilder();
    StringBuilder thoughts = new StringBuilder();
    int signatures = 0;
    List<Object> calls = new ArrayList<>();
    for (Content content : answer.content()) {
      switch (content) {
        case Content.Text each -> text.append(each.text());
        case Content.Reasoning each -> {
          thoughts.append(each.text());
          signatures += each.seal() == null ? 0 : 1;
        }
        case Content.ToolCall each -> {
          calls.add(List.of(each.name(), tree(each.arguments())));
          signatures += each.seal() == null ? 0 : 1;
        }
        case Content.Native each -> signatures += each.raw().has("thoughtSignature") ? 1 : 0;
        default -> {}
      }
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("text", text.toString());
    facts.put("reasoning", thoughts.toString());
    facts.put("signatures", signatures);
    facts.put("calls", calls);
    facts.put("finish", String.valueOf(answer.finish()));
    facts.put("usage", String.valueOf(answer.usage()));
    return facts;
  }

  private static Map<String, Object> facts(JsonNode told) {
    List<Object> calls = new ArrayList<>();
    told.path("tool_calls")
        .forEach(call ->
            calls.add(List.of(call.path("name").asText(), call.path("arguments").toString())));
    JsonNode usage = told.path("usage");
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("text", told.path("text").asText());
    facts.put("reasoning", told.path("reasoning").path("text").asText());
    facts.put("signatures", told.path("reasoning").path("signatures").asInt());
    facts.put("calls", calls);
    String finish = told.path("finish").path("normal").asText();
    facts.put(
        "finish", finish.equals("unknown") ? "OTHER" : finish.toUpperCase(java.util.Locale.ROOT));
    facts.put(
        "usage",
        usage.isObject()
            ? new Usage(
                    usage.path("input").asLong(),
                    usage.path("output").asLong(),
                    count(usage.path("cache_read")),
                    null,
                    count(usage.path("reasoning")),
                    false)
                .toString()
            : "null");
    return facts;
  }

  private static @Nullable Long count(JsonNode node) {
    return node.isNumber() ? Long.valueOf(node.asLong()) : null;
  }

  private static String tree(String json) {
    try {
      return MAPPER.readTree(json).toString();
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  /** Requests for chats that Google itself answered, by name. */
  private static Map<String, byte[]> requests() throws IOException {
    Map<String, byte[]> requests = new LinkedHashMap<>();
    for (Recording each : Recording.all()) {
      byte[] request = each.request();
      if (each.dialect() == DialectId.GEMINI
          && each.operation() == Operation.CHAT
          && request != null) {
        requests.put(each.name(), request);
      }
    }
    for (Path pair : pairs()) {
      requests.put(pair.toString(), Files.readAllBytes(pair.resolve("google.request.json")));
    }
    return requests;
  }

  @Test
  void everyRecordedRequestThatIsWrittenAgainIsReadAsTheSame() throws IOException {
    if (isAbsent()) {
      return;
    }
    int same = 0;
    for (Map.Entry<String, byte[]> each : requests().entrySet()) {
      ChatRequest request;
      try {
        request = codec.readRequest(call(each.getValue()));
      } catch (Refusal refusal) {
        // One recording is of a role that Google refuses too.
        assertThat(refusal.param()).as(each.getKey()).isEqualTo("contents[].role");
        continue;
      }
      byte[] written = write(request);
      ChatRequest again = codec.readRequest(call(written));

      assertThat(normal(again)).as(each.getKey()).isEqualTo(normal(request));
      assertThat(write(again)).as(each.getKey()).isEqualTo(written);
      same++;
    }
    assertThat(same).isGreaterThan(40);
  }

  private byte[] write(ChatRequest request) {
    Thinking thinking = request.thinking();
    boolean level = thinking != null && thinking.effort() != null;
    String model = level ? "gemini-3-flash-preview" : "gemini-2.5-flash";
    Target target = new Target("google", "gemini", model);
    Losses losses =
        new Losses(table, DialectId.GEMINI, DialectId.GEMINI, target, OnUnsupported.LISTED);
    byte[] body = codec.writeRequest(request, target, losses).body();
    assertThat(losses.dropped()).isEmpty();
    assertThat(losses.unlisted()).isEmpty();
    return body;
  }

  private static Call call(byte[] body) {
    return new Call(
        "req_1",
        Operation.CHAT,
        DialectId.GEMINI,
        "POST",
        "/v1beta/models/asked:generateContent",
        null,
        Headers.EMPTY,
        body,
        "asked",
        null,
        false,
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  /**
   * With turns that alternate, schemas without the name of their language, and media without the
   * type that a client guessed: one recording has a PNG that is said to be a JPEG.
   */
  private static ChatRequest normal(ChatRequest request) {
    Turns turns = Turns.of(request.messages(), false);
    List<Message> messages = new ArrayList<>(turns.instructions());
    messages.addAll(turns.turns());
    List<Tool> tools = new ArrayList<>();
    for (Tool tool : request.tools()) {
      tools.add(
          tool instanceof Tool.Function function
              ? new Tool.Function(
                  function.name(),
                  null,
                  function.description(),
                  withoutLanguage(function.schema()),
                  function.strict(),
                  function.deferred(),
                  function.extras())
              : tool);
    }
    messages.replaceAll(message ->
        message.with(message.content().stream().map(GeminiCodecTest::unguessed).toList()));
    return request.toBuilder().messages(messages).tools(tools).build();
  }

  private static Content unguessed(Content content) {
    return content instanceof Content.Media media && media.source() instanceof Content.Source.Inline
        ? new Content.Media(media.kind(), media.source(), null, media.name(), media.extras())
        : content;
  }

  private static @Nullable JsonNode withoutLanguage(@Nullable JsonNode schema) {
    return schema instanceof ObjectNode object ? object.deepCopy().without("$schema") : schema;
  }

  @Test
  void everyMemberThatIsWrittenIsInTheDiscoveryDocument() throws IOException {
    if (isAbsent()) {
      return;
    }
    JsonNode schemas = schemas();
    for (Map.Entry<String, byte[]> each : requests().entrySet()) {
      ChatRequest request;
      try {
        request = codec.readRequest(call(each.getValue()));
      } catch (Refusal refusal) {
        continue;
      }
      Set<String> unknown = new TreeSet<>();
      unknown(schemas, "GenerateContentRequest", MAPPER.readTree(write(request)), "", unknown);
      Set<String> asked = new TreeSet<>();
      unknown(schemas, "GenerateContentRequest", MAPPER.readTree(each.getValue()), "", asked);
      unknown.removeAll(asked);

      assertThat(unknown).as("members of our own in %s", each.getKey()).isEmpty();
    }
  }

  private static JsonNode schemas() throws IOException {
    return MAPPER
        .readTree(SHARED.resolve("specs/gemini-discovery-v1beta.json").toFile())
        .path("schemas");
  }

  private static void unknown(
      JsonNode schemas, String schema, JsonNode value, String path, Set<String> unknown) {
    JsonNode properties = schemas.path(schema).path("properties");
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      String name = member.getKey();
      JsonNode property = properties.path(name);
      String inner = path + "." + name;
      if (property.isMissingNode()) {
        unknown.add(inner);
        continue;
      }
      String of = property.path("$ref").asText(property.path("items").path("$ref").asText());
      if (!of.isEmpty() && !of.equals("Schema")) {
        JsonNode items = member.getValue();
        for (JsonNode item : items.isArray() ? items : List.of(items)) {
          unknown(schemas, of, item, inner, unknown);
        }
      }
    }
  }

  @Test
  void everyMemberOfARequestIsUnderstoodOrInTheTableOfLosses() throws IOException {
    if (isAbsent()) {
      return;
    }
    JsonNode schemas = schemas();
    Set<String> unlisted = new TreeSet<>();
    int looked = 0;
    for (Probe probe : PROBES) {
      for (Map.Entry<String, JsonNode> property :
          schemas.path(probe.schema()).path("properties").properties()) {
        if (probe.pattern().contains("text") && DATA.contains(property.getKey())) {
          continue;
        }
        JsonNode sample = sample(property.getKey(), property.getValue());
        JsonNode body = probe.body(property.getKey(), sample);
        ChatRequest request = codec.readRequest(call(MAPPER.writeValueAsBytes(body)));
        carried(request).stream()
            .filter(path -> table.of(DialectId.GEMINI, path) == table.unknown())
            .forEach(unlisted::add);
        looked++;
      }
    }
    assertThat(unlisted).isEmpty();
    assertThat(looked).isGreaterThan(60);
  }

  /** A request that holds one member of a schema. */
  private record Probe(String schema, String pattern) {
    JsonNode body(String name, JsonNode sample) throws IOException {
      ObjectNode body =
          (ObjectNode) MAPPER.readTree(pattern.replace("@", "\"" + name + "\":" + sample));
      if (!body.has("contents")) {
        body.putArray("contents");
      }
      return body;
    }
  }

  private static final String PART = "{\"contents\":[{\"parts\":[%s]}]}";

  /** A part holds one of these. */
  private static final Set<String> DATA =
      Set.of(
          "text",
          "inlineData",
          "fileData",
          "functionCall",
          "functionResponse",
          "executableCode",
          "codeExecutionResult",
          "toolCall",
          "toolResponse");

  private static final List<Probe> PROBES =
      List.of(
          new Probe("GenerateContentRequest", "{@}"),
          new Probe("GenerationConfig", "{\"generationConfig\":{@}}"),
          new Probe("ThinkingConfig", "{\"generationConfig\":{\"thinkingConfig\":{@}}}"),
          new Probe("ResponseFormatConfig", "{\"generationConfig\":{\"responseFormat\":{@}}}"),
          new Probe("ToolConfig", "{\"toolConfig\":{@}}"),
          new Probe("FunctionCallingConfig", "{\"toolConfig\":{\"functionCallingConfig\":{@}}}"),
          new Probe("Tool", "{\"tools\":[{@}]}"),
          new Probe(
              "FunctionDeclaration",
              "{\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",@}]}]}"),
          new Probe("Content", "{\"contents\":[{\"parts\":[{\"text\":\"x\"}],@}]}"),
          new Probe("Part", PART.formatted("{@}")),
          new Probe("Part", PART.formatted("{\"text\":\"x\",@}")),
          new Probe("Blob", PART.formatted("{\"inlineData\":{@}}")),
          new Probe("FileData", PART.formatted("{\"fileData\":{@}}")),
          new Probe("FunctionCall", PART.formatted("{\"functionCall\":{@}}")),
          new Probe("FunctionResponse", PART.formatted("{\"functionResponse\":{@}}")));

  private static JsonNode sample(String name, JsonNode property) {
    return switch (name) {
      case "role" -> MAPPER.getNodeFactory().textNode("user");
      case "name" -> MAPPER.getNodeFactory().textNode("f");
      case "mode" -> MAPPER.getNodeFactory().textNode("VALIDATED");
      case "thinkingLevel" -> MAPPER.getNodeFactory().textNode("LOW");
      default ->
          switch (property.path("type").asText("object")) {
            case "string" -> MAPPER.getNodeFactory().textNode("QUJD");
            case "boolean" -> MAPPER.getNodeFactory().booleanNode(true);
            case "integer", "number" -> MAPPER.getNodeFactory().numberNode(1);
            case "array" -> array(property.path("items"));
            default -> MAPPER.createObjectNode();
          };
    };
  }

  private static ArrayNode array(JsonNode items) {
    ArrayNode array = MAPPER.createArrayNode();
    if (items.path("type").asText().equals("string")) {
      array.add("x");
    } else if (items.path("$ref").asText().equals("FunctionDeclaration")) {
      array.addObject().put("name", "f");
    } else {
      array.addObject();
    }
    return array;
  }

  private static Set<String> carried(ChatRequest request) {
    Set<String> paths = new TreeSet<>(request.extras().fields().keySet());
    for (Message message : request.messages()) {
      message.extras().fields().keySet().forEach(name -> paths.add("messages[]." + name));
      for (Content content : message.content()) {
        content.extras().fields().keySet().forEach(name -> paths.add("content[]." + name));
      }
    }
    for (Tool tool : request.tools()) {
      if (tool instanceof Tool.Function function) {
        function.extras().fields().keySet().forEach(name -> paths.add("tools[]." + name));
      }
    }
    Thinking thinking = request.thinking();
    if (thinking != null) {
      thinking.extras().fields().keySet().forEach(name -> paths.add("thinking." + name));
    }
    return paths;
  }
}
