package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.provider.sandbox.Talk.Told;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every dialect and every model that talks. */
class ConversationsTest {
  private static final String TEXT = "Twice two, füglich 数, is four: said by \\\"nobody\\\".";
  private static final String SAID = "Twice two, füglich 数, is four: said by \"nobody\".";
  private static final String SCHEMA =
      """
      {"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":3}},\
      "required":["city","days"],"additionalProperties":false}\
      """;
  private static final String FILLED = "{\"city\":\"text\",\"days\":3}";

  private final Talk talk = new Talk();

  /** The dialects, each with its way to ask and to read. */
  enum Dialect {
    CHAT("/v1/chat/completions") {
      @Override
      String ask(String model, String text, String extra) {
        return """
        {"model":"%s","messages":[{"role":"system","content":"Be kind."},\
        {"role":"user","content":"%s"}]%s}\
        """
            .formatted(model, text, extra);
      }

      @Override
      String toolResult(String model, String extra) {
        return """
        {"model":"%s","messages":[{"role":"user","content":"Weather?"},\
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",\
        "function":{"name":"weather","arguments":"{}"}}]},\
        {"role":"tool","tool_call_id":"c1","content":"It rains."}]%s}\
        """
            .formatted(model, extra);
      }

      @Override
      String tools() {
        return ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":"
            + SCHEMA
            + "}},{\"type\":\"function\",\"function\":{\"name\":\"other\"}}]";
      }

      @Override
      String form() {
        return ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":"
            + SCHEMA
            + "}}";
      }

      @Override
      String limit(int tokens) {
        return ",\"max_tokens\":" + tokens;
      }

      @Override
      String stop(String stop) {
        return ",\"stop\":[\"" + stop + "\"]";
      }

      @Override
      Seen whole(JsonNode answer) throws IOException {
        JsonNode choice = answer.at("/choices/0");
        JsonNode usage = answer.path("usage");
        return new Seen(
            answer.path("id").asText(),
            choice.at("/message/content").asText(""),
            choice.at("/message/tool_calls/0/function/name").asText(),
            choice.at("/message/tool_calls/0/function/arguments").asText(),
            choice.path("finish_reason").asText(),
            usage.path("prompt_tokens").asLong(),
            usage.path("completion_tokens").asLong());
      }

      @Override
      Seen pieced(Told told) throws IOException {
        assertThat(told.text()).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = told.events();
        assertThat(events.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        JsonNode last = events.removeLast();
        assertThat(last.path("choices")).isEmpty();
        assertThat(events).allSatisfy(e -> assertThat(e.path("usage").isNull()).isTrue());
        return new Seen(
            last.path("id").asText(),
            joined(events, "/choices/0/delta/content"),
            joined(events, "/choices/0/delta/tool_calls/0/function/name"),
            joined(events, "/choices/0/delta/tool_calls/0/function/arguments"),
            events.getLast().at("/choices/0/finish_reason").asText(),
            last.at("/usage/prompt_tokens").asLong(),
            last.at("/usage/completion_tokens").asLong());
      }

      @Override
      String streaming() {
        return ",\"stream\":true,\"stream_options\":{\"include_usage\":true}";
      }
    },

    RESPONSES("/v1/responses") {
      @Override
      String ask(String model, String text, String extra) {
        return """
        {"model":"%s","instructions":"Be kind.","input":"%s"%s}\
        """
            .formatted(model, text, extra);
      }

      @Override
      String toolResult(String model, String extra) {
        return """
        {"model":"%s","input":[{"role":"user","content":"Weather?"},\
        {"type":"function_call","call_id":"c1","name":"weather","arguments":"{}"},\
        {"type":"function_call_output","call_id":"c1","output":"It rains."}]%s}\
        """
            .formatted(model, extra);
      }

      @Override
      String tools() {
        return ",\"tools\":[{\"type\":\"web_search\"},{\"type\":\"function\",\"name\":\"weather\",\"parameters\":"
            + SCHEMA
            + "}]";
      }

      @Override
      String form() {
        return ",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"schema\":"
            + SCHEMA
            + "}}";
      }

      @Override
      String limit(int tokens) {
        return ",\"max_output_tokens\":" + tokens;
      }

      @Override
      Seen whole(JsonNode answer) {
        JsonNode item = answer.at("/output/0");
        return new Seen(
            answer.path("id").asText() + item.path("id").asText() + item.path("call_id").asText(),
            item.at("/content/0/text").asText(),
            item.path("name").asText(),
            item.path("arguments").asText(),
            answer.path("status").asText()
                + answer.at("/incomplete_details/reason").asText("").replace("null", ""),
            answer.at("/usage/input_tokens").asLong(),
            answer.at("/usage/output_tokens").asLong());
      }

      @Override
      Seen pieced(Told told) throws IOException {
        List<JsonNode> events = told.events();
        for (int i = 0; i < events.size(); i++) {
          assertThat(events.get(i).path("sequence_number").asInt()).isEqualTo(i);
        }
        assertThat(told.eventNames().toList())
            .isEqualTo(events.stream().map(event -> event.path("type").asText()).toList());
        assertThat(told.text()).doesNotContain("[DONE]");
        Seen seen = whole(events.getLast().path("response"));
        String text = joined(events, "response.output_text.delta");
        String arguments = joined(events, "response.function_call_arguments.delta");
        assertThat(text).isEqualTo(seen.text());
        assertThat(arguments).isEqualTo(seen.arguments());
        return seen;
      }

      @Override
      String streaming() {
        return ",\"stream\":true";
      }
    },

    MESSAGES("/v1/messages") {
      @Override
      String ask(String model, String text, String extra) {
        return """
        {"model":"%s","system":"Be kind.","messages":[{"role":"user","content":[\
        {"type":"text","text":"%s","cache_control":{"type":"ephemeral"}}]}]%s}\
        """
            .formatted(model, text, extra.contains("max_tokens") ? extra : extra + limit(500));
      }

      @Override
      String toolResult(String model, String extra) {
        return """
        {"model":"%s","max_tokens":500,"messages":[{"role":"user","content":"Weather?"},\
        {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"weather","input":{}}]},\
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1",\
        "content":[{"type":"text","text":"It rains."}]}]}]%s}\
        """
            .formatted(model, extra);
      }

      @Override
      String tools() {
        return ",\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"},{\"name\":\"weather\",\"input_schema\":"
            + SCHEMA
            + "}]";
      }

      @Override
      String form() {
        return ",\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":"
            + SCHEMA
            + "}}";
      }

      @Override
      String limit(int tokens) {
        return ",\"max_tokens\":" + tokens;
      }

      @Override
      String stop(String stop) {
        return ",\"stop_sequences\":[\"" + stop + "\"]";
      }

      @Override
      Seen whole(JsonNode answer) throws IOException {
        JsonNode block = answer.at("/content/0");
        JsonNode input = block.path("input");
        return new Seen(
            answer.path("id").asText() + block.path("id").asText(),
            block.path("text").asText(),
            block.path("name").asText(),
            input.isMissingNode() ? "" : Talk.MAPPER.writeValueAsString(input),
            answer.path("stop_reason").asText(),
            answer.at("/usage/input_tokens").asLong(),
            answer.at("/usage/output_tokens").asLong());
      }

      @Override
      Seen pieced(Told told) throws IOException {
        List<String> names = told.eventNames().distinct().toList();
        assertThat(names)
            .startsWith("message_start", "ping")
            .endsWith("message_delta", "message_stop");
        List<JsonNode> events = told.events();
        JsonNode start = events.getFirst().path("message");
        JsonNode delta = events.get(events.size() - 2);
        assertThat(start.at("/usage/input_tokens")).isEqualTo(delta.at("/usage/input_tokens"));
        assertThat(start.at("/usage/output_tokens").asInt()).isLessThan(2);
        return new Seen(
            start.path("id").asText() + joined(events, "/content_block/id"),
            joined(events, "/delta/text"),
            joined(events, "/content_block/name"),
            joined(events, "/delta/partial_json"),
            delta.at("/delta/stop_reason").asText(),
            delta.at("/usage/input_tokens").asLong(),
            delta.at("/usage/output_tokens").asLong());
      }

      @Override
      String streaming() {
        return ",\"stream\":true";
      }
    },

    GEMINI("/v1beta/models/%s:generateContent") {
      @Override
      String ask(String model, String text, String extra) {
        return """
        {"systemInstruction":{"parts":[{"text":"Be kind."}]},\
        "contents":[{"role":"user","parts":[{"text":"%s"}]}]%s}\
        """
            .formatted(text, extra);
      }

      @Override
      String toolResult(String model, String extra) {
        return """
        {"contents":[{"role":"user","parts":[{"text":"Weather?"}]},\
        {"role":"model","parts":[{"functionCall":{"name":"weather","args":{}}}]},\
        {"role":"user","parts":[{"functionResponse":{"name":"weather",\
        "response":{"result":"It rains."}}}]}]%s}\
        """
            .formatted(extra);
      }

      @Override
      String tools() {
        return ",\"tools\":[{\"googleSearch\":{}},{\"functionDeclarations\":[{\"name\":\"weather\",\"parametersJsonSchema\":"
            + SCHEMA
            + "}]}]";
      }

      @Override
      String form() {
        return ",\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseJsonSchema\":"
            + SCHEMA
            + "}";
      }

      @Override
      String limit(int tokens) {
        return ",\"generationConfig\":{\"maxOutputTokens\":" + tokens + "}";
      }

      @Override
      String stop(String stop) {
        return ",\"generationConfig\":{\"stopSequences\":[\"" + stop + "\"]}";
      }

      @Override
      Seen whole(JsonNode answer) throws IOException {
        JsonNode part = answer.at("/candidates/0/content/parts/0");
        JsonNode args = part.at("/functionCall/args");
        return new Seen(
            answer.path("responseId").asText() + part.at("/functionCall/id").asText(),
            part.path("text").asText(),
            part.at("/functionCall/name").asText(),
            args.isMissingNode() ? "" : Talk.MAPPER.writeValueAsString(args),
            answer.at("/candidates/0/finishReason").asText(),
            answer.at("/usageMetadata/promptTokenCount").asLong(),
            answer.at("/usageMetadata/candidatesTokenCount").asLong());
      }

      @Override
      Seen pieced(Told told) throws IOException {
        return pieced(told.events());
      }

      private Seen pieced(List<JsonNode> events) throws IOException {
        Seen first = whole(events.getFirst());
        Seen last = whole(events.getLast());
        return new Seen(
            first.ids(),
            joined(events, "/candidates/0/content/parts/0/text"),
            first.tool(),
            first.arguments(),
            last.finish(),
            last.input(),
            last.output());
      }

      @Override
      String streaming() {
        return "";
      }
    };

    final String path;

    Dialect(String path) {
      this.path = path;
    }

    abstract String ask(String model, String text, String extra);

    abstract String toolResult(String model, String extra);

    abstract String tools();

    abstract String form();

    abstract String limit(int tokens);

    String stop(String stop) {
      return "";
    }

    abstract Seen whole(JsonNode answer) throws IOException;

    abstract Seen pieced(Told told) throws IOException;

    abstract String streaming();

    String path(String model) {
      return path.formatted(model);
    }

    String streamPath(String model) {
      return this == GEMINI
          ? "/v1/models/" + model + ":streamGenerateContent?alt=sse"
          : path(model);
    }
  }

  /** What a client understands of an answer. */
  record Seen(
      String ids,
      String text,
      String tool,
      String arguments,
      String finish,
      long input,
      long output) {}

  private static String joined(List<JsonNode> events, String where) {
    return events.stream()
        .map(event ->
            where.startsWith("/")
                ? event.at(where)
                : event.path("type").asText().equals(where)
                    ? event.path("delta")
                    : event.path("absent"))
        .map(node -> node.isNull() ? "" : node.asText())
        .collect(Collectors.joining());
  }

  /** The answer in one piece, after the stream of the same request has been held against it. */
  private Seen bothWays(Dialect dialect, String model, String request) throws Exception {
    Told whole = talk.post(dialect.path(model), request);
    assertThat(whole.status()).isEqualTo(200);
    Seen seen = dialect.whole(whole.json());
    String streaming = request.substring(0, request.length() - 1) + dialect.streaming() + "}";
    Told stream = talk.post(dialect.streamPath(model), streaming);
    assertThat(stream.headers().get("content-type")).startsWith("text/event-stream");
    assertThat(dialect.pieced(stream)).isEqualTo(seen);
    assertThat(talk.post(dialect.path(model), request).bytes()).isEqualTo(whole.bytes());
    assertThat(talk.post(dialect.streamPath(model), streaming).bytes()).isEqualTo(stream.bytes());
    return seen;
  }

  @ParameterizedTest
  @EnumSource
  void echoRepeatsTheLastUserText(Dialect dialect) throws Exception {
    Seen seen = bothWays(dialect, "echo", dialect.ask("echo", TEXT, ""));

    assertThat(seen.text()).isEqualTo(SAID);
    assertThat(seen.finish()).isIn("stop", "completed", "end_turn", "STOP");
  }

  @ParameterizedTest
  @EnumSource
  void theModelMayHaveItsPrefix(Dialect dialect) throws Exception {
    assertThat(bothWays(dialect, "sandbox/echo", dialect.ask("sandbox/echo", TEXT, "")).text())
        .isEqualTo(SAID);
  }

  @ParameterizedTest
  @EnumSource
  void echoSaysASentenceWhereThereIsNoText(Dialect dialect) throws Exception {
    assertThat(bothWays(dialect, "echo", dialect.ask("echo", " ", "")).text())
        .isEqualTo("You said nothing.");
  }

  @ParameterizedTest
  @EnumSource
  void toolsCallsTheFirstToolWithArgumentsOfItsSchema(Dialect dialect) throws Exception {
    Seen seen = bothWays(dialect, "tools", dialect.ask("tools", TEXT, dialect.tools()));

    assertThat(seen.tool()).isEqualTo("weather");
    assertThat(seen.arguments()).isEqualTo(FILLED);
    assertThat(seen.finish()).isIn("tool_calls", "completed", "tool_use", "STOP");
    assertThat(seen.output()).isEqualTo(Tokens.of("weather") + Tokens.of(FILLED));
  }

  @ParameterizedTest
  @EnumSource
  void toolsQuotesTheResultsItIsGiven(Dialect dialect) throws Exception {
    Seen seen = bothWays(dialect, "tools", dialect.toolResult("tools", dialect.tools()));

    assertThat(seen.text()).isEqualTo("The tools answered: It rains.");
    assertThat(seen.tool()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void toolsEchoesWhereNoToolIsOffered(Dialect dialect) throws Exception {
    assertThat(bothWays(dialect, "tools", dialect.ask("tools", TEXT, "")).text()).isEqualTo(SAID);
  }

  @ParameterizedTest
  @EnumSource
  void jsonFillsTheSchema(Dialect dialect) throws Exception {
    assertThat(bothWays(dialect, "json", dialect.ask("json", TEXT, dialect.form())).text())
        .isEqualTo(FILLED);
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerThatIsTooLongIsCutAndSaysSo(Dialect dialect) throws Exception {
    Seen seen = bothWays(dialect, "echo", dialect.ask("echo", TEXT, dialect.limit(3)));

    assertThat(seen.text()).isEqualTo("Twice two, f");
    assertThat(seen.output()).isEqualTo(3);
    assertThat(seen.finish())
        .isIn("length", "incompletemax_output_tokens", "max_tokens", "MAX_TOKENS");
  }

  @ParameterizedTest
  @EnumSource
  void aToolCallThatDoesNotFitIsNotBegun(Dialect dialect) throws Exception {
    Seen seen =
        bothWays(dialect, "tools", dialect.ask("tools", TEXT, dialect.tools() + dialect.limit(3)));

    assertThat(seen.tool() + seen.text()).isEmpty();
    assertThat(seen.output()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = "RESPONSES", mode = EnumSource.Mode.EXCLUDE)
  void anAnswerStopsAtAStopSequence(Dialect dialect) throws Exception {
    Seen seen = bothWays(dialect, "echo", dialect.ask("echo", TEXT, dialect.stop(" is four")));

    assertThat(seen.text()).isEqualTo("Twice two, füglich 数,");
    assertThat(seen.finish()).isIn("stop", "stop_sequence", "STOP");
  }

  @Test
  void theSameConversationHasTheSameCountInEveryDialect() throws Exception {
    List<Seen> seen = new ArrayList<>();
    for (Dialect dialect : Dialect.values()) {
      seen.add(bothWays(dialect, "tools", dialect.ask("tools", TEXT, dialect.tools())));
      seen.add(bothWays(dialect, "echo", dialect.toolResult("echo", "")));
    }

    assertThat(seen.stream().map(Seen::output).distinct()).hasSize(2);
    // Chat offers a second tool: its name and its empty schema are two tokens and one.
    assertThat(seen.stream().map(Seen::input).distinct()).hasSize(3);
  }

  @Test
  void tokenCountsAreThoseOfTheUsage() throws Exception {
    long messages =
        bothWays(Dialect.MESSAGES, "echo", Dialect.MESSAGES.ask("echo", TEXT, "")).input();
    long gemini = bothWays(Dialect.GEMINI, "echo", Dialect.GEMINI.ask("echo", TEXT, "")).input();
    ObjectNode wrapped = Talk.MAPPER.createObjectNode();
    wrapped.set(
        "generateContentRequest", Talk.MAPPER.readTree(Dialect.GEMINI.ask("echo", TEXT, "")));

    assertThat(
            talk.post("/v1/messages/count_tokens", Dialect.MESSAGES.ask("echo", TEXT, ""))
                .json()
                .path("input_tokens")
                .asLong())
        .isEqualTo(messages);
    assertThat(
            talk.post("/v1beta/models/echo:countTokens", wrapped.toString())
                .json()
                .path("totalTokens")
                .asLong())
        .isEqualTo(gemini);
    assertThat(
            talk.post("/v1/responses/input_tokens", Dialect.RESPONSES.ask("echo", TEXT, ""))
                .json()
                .path("input_tokens")
                .asLong())
        .isEqualTo(messages)
        .isEqualTo(gemini);
  }

  @Test
  void severalChoicesAreTheSameTextUnderSeveralIndexes() throws Exception {
    Told whole = talk.post("/v1/chat/completions", Dialect.CHAT.ask("echo", "one two", ",\"n\":2"));
    Told stream =
        talk.post(
            "/v1/chat/completions",
            Dialect.CHAT.ask("echo", "one two", ",\"n\":2,\"stream\":true"));

    assertThat(whole.json().path("choices")).hasSize(2);
    assertThat(whole.json().at("/choices/1/message/content").asText()).isEqualTo("one two");
    assertThat(
            stream.events().stream()
                .filter(event -> event.at("/choices/0/index").asInt() == 1)
                .map(event -> event.at("/choices/0/delta/content").asText())
                .collect(Collectors.joining()))
        .isEqualTo("one two");
    assertThat(stream.events()).noneMatch(event -> event.has("usage"));
  }

  @Test
  void geminiStreamsOneJsonArrayUnlessEventsAreAsked() throws Exception {
    Told told =
        talk.post(
            "/v1beta/models/echo:streamGenerateContent", Dialect.GEMINI.ask("echo", TEXT, ""));

    assertThat(told.headers().get("content-type")).isEqualTo("application/json");
    assertThat(told.chunks().size()).isGreaterThan(3);
    assertThat(told.json()).hasSizeGreaterThan(3);
    assertThat(joined(children(told.json()), "/candidates/0/content/parts/0/text")).isEqualTo(SAID);
  }

  private static List<JsonNode> children(JsonNode array) {
    List<JsonNode> children = new ArrayList<>();
    array.forEach(children::add);
    return children;
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"one two\"", "[\"one two\"]"})
  void textCompletionsEchoTheirPrompt(String prompt) throws Exception {
    String request = "{\"model\":\"echo\",\"prompt\":" + prompt + ",\"max_tokens\":50}";
    Told whole = talk.post("/v1/completions", request);
    Told stream = talk.post("/v1/completions", request.replace("50", "50,\"stream\":true"));

    assertThat(whole.json().path("object").asText()).isEqualTo("text_completion");
    assertThat(whole.json().at("/choices/0/text").asText()).isEqualTo("one two");
    assertThat(whole.json().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(joined(stream.events(), "/choices/0/text")).isEqualTo("one two");
    assertThat(stream.text()).endsWith("data: [DONE]\n\n");
  }

  @Test
  void textCompletionsAnswerEachPromptIncludingTokenNumbers() throws Exception {
    Told told = talk.post("/v1/completions", "{\"model\":\"echo\",\"prompt\":[[1,2],[3]],\"n\":2}");

    assertThat(told.json().path("choices")).hasSize(4);
    assertThat(told.json().at("/choices/3/text").asText()).isEqualTo("3");
  }

  @Test
  void freeformToolsAreCalledWithTheUsersText() throws Exception {
    Told chat =
        talk.post(
            "/v1/chat/completions",
            Dialect.CHAT.ask(
                "tools", "ls", ",\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"sh\"}}]"));
    Told responses =
        talk.post(
            "/v1/responses",
            Dialect.RESPONSES.ask(
                "tools",
                "ls",
                ",\"stream\":true,\"tools\":[{\"type\":\"namespace\",\"name\":\"functions\","
                    + "\"tools\":[{\"type\":\"custom\",\"name\":\"exec\"}]}]"));

    assertThat(chat.json().at("/choices/0/message/tool_calls/0/custom/input").asText())
        .isEqualTo("ls");
    JsonNode item = responses.events().getLast().at("/response/output/0");
    assertThat(item.path("type").asText()).isEqualTo("custom_tool_call");
    assertThat(item.path("namespace").asText()).isEqualTo("functions");
    assertThat(item.path("input").asText()).isEqualTo("ls");
    assertThat(responses.eventNames())
        .contains("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done");
  }

  @Test
  void aToolIsNotCalledWhereThatIsForbiddenAndTheNamedOneIsWhereOneIsNamed() throws Exception {
    String tools = Dialect.CHAT.tools();
    Told none =
        talk.post(
            "/v1/chat/completions",
            Dialect.CHAT.ask("tools", "hi", tools + ",\"tool_choice\":\"none\""));
    Told named =
        talk.post(
            "/v1/chat/completions",
            Dialect.CHAT.ask(
                "tools",
                "hi",
                tools
                    + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"other\"}}"));

    assertThat(none.json().at("/choices/0/message/content").asText()).isEqualTo("hi");
    assertThat(named.json().at("/choices/0/message/tool_calls/0/function/name").asText())
        .isEqualTo("other");
  }

  @Test
  void jsonWithoutASchemaIsASmallObject() throws Exception {
    Told told =
        talk.post(
            "/v1/chat/completions",
            Dialect.CHAT.ask("json", "hi", ",\"response_format\":{\"type\":\"json_object\"}"));

    assertThat(told.json().at("/choices/0/message/content").asText())
        .isEqualTo("{\"answer\":\"hi\"}");
  }

  @Test
  void longTextsAreStreamedInABoundedNumberOfPieces() throws Exception {
    String text = "word ".repeat(40_000).strip();
    Told told =
        talk.post("/v1/chat/completions", Dialect.CHAT.ask("echo", text, ",\"stream\":true"));

    assertThat(told.chunks().size()).isLessThan(Pieces.MAX_PIECES + 10);
    assertThat(joined(told.events(), "/choices/0/delta/content")).isEqualTo(text);
  }

  @Test
  void aMessageThreadIsRefusedSoThatTheClientSendsItsHistory() throws Exception {
    Told told =
        talk.post(
            "/v1/messages",
            Dialect.MESSAGES.ask("echo", "hi", ",\"thread\":{\"type\":\"create\"}"));

    assertThat(told.status()).isEqualTo(400);
    assertThat(told.json().at("/error/details/error_code").asText())
        .isEqualTo("thread_unsupported_request");
    assertThat(told.json().at("/error/details/unsupported").isArray()).isTrue();
  }
}
