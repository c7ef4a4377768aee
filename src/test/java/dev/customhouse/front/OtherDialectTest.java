package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.SealBox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A client of one dialect and a model of another, over real sockets. */
class OtherDialectTest {
  private static final String CHAT = "/v1/chat/completions";

  private static final String MESSAGE =
      """
      {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":\
      [{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,\
      "usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":3}}\
      """;

  private static final String STREAM =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",\
      "model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static House house(FakeUpstream upstream, String more) {
    return House.of(
        """
        providers:
          p: { type: compatible, dialect: anthropic-messages, base_url: "%s", api_keys: [sk-p] }
        models:
          m: { provider: p, model: claude-sonnet-4-5, retry: { attempts: 1 } }
          strict: { provider: p, model: claude-sonnet-4-5, on_unsupported: error }
          lenient: { provider: p, model: claude-sonnet-4-5, on_unsupported: drop }
          old: { provider: p, model: claude-3-5-sonnet-20241022 }
        %s\
        """
            .formatted(upstream.root(), more));
  }

  private static String chat(String model, String members) {
    return """
    {"model":"%s","messages":[{"role":"system","content":"Be brief."},\
    {"role":"user","content":"Hi"}]%s}\
    """
        .formatted(model, members);
  }

  @Test
  void aChatClientAsksAModelOfMessages() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, MESSAGE));
        House house = house(upstream, "")) {
      HttpResponse<String> answer = house.post(CHAT, chat("m", ",\"max_tokens\":50,\"seed\":7"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("\"object\":\"chat.completion\"")
          .contains("\"content\":\"Hello\"")
          .contains("\"finish_reason\":\"stop\"")
          .contains("\"prompt_tokens\":15");
      assertThat(answer.headers().firstValue("x-customhouse-dropped")).hasValue("seed");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/v1/messages");
      assertThat(sent.headers())
          .containsEntry("x-api-key", "sk-p")
          .containsEntry("anthropic-version", "2023-06-01")
          .doesNotContainKey("authorization");
      assertThat(sent.text())
          .contains("\"model\":\"claude-sonnet-4-5\"", "\"system\":\"Be brief.\"")
          .contains("\"max_tokens\":50")
          .doesNotContain("seed");
      RequestRecord record =
          house.record(answer.headers().firstValue("x-request-id").orElseThrow());
      assertThat(record.translation()).isEqualTo("translated");
      assertThat(record.dropped()).containsExactly("seed");
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
      assertThat(record.usage()).extracting(Usage::inputTokens).isEqualTo(15L);
    }
  }

  @Test
  void aStreamThatGeminiSendsAsAnArrayIsAStreamOfChunks() {
    String array =
        """
        [{"responseId":"r","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hel"}]}}]},
        {"responseId":"r","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"lo"}]},\
        "finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":2,"totalTokenCount":12}}]
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, array));
        House house =
            House.of(
                """
                providers:
                  p: { type: compatible, dialect: gemini, base_url: "%s", api_keys: [sk-p] }
                models:
                  m: { provider: p, model: gemini-2.5-flash }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer = house.post(CHAT, chat("m", ",\"stream\":true"));

      assertThat(answer.headers().firstValue("content-type").orElseThrow())
          .startsWith("text/event-stream");
      assertThat(answer.body())
          .contains("Hel", "lo", "\"finish_reason\":\"stop\"")
          .endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void aStreamOfMessagesIsAStreamOfChunks() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(STREAM);
              connection.end();
            });
        House house = house(upstream, "")) {
      String body =
          house
              .post(CHAT, chat("m", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
              .body();

      assertThat(body).contains("\"role\":\"assistant\"", "\"content\":\"Hel\"", "\"lo\"");
      assertThat(body).contains("\"finish_reason\":\"stop\"", "\"prompt_tokens\":10");
      assertThat(body).endsWith("data: [DONE]\n\n").doesNotContain("message_start");
    }
  }

  @Test
  void aStreamThatBreaksOffIsNotEndedPolitely() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(STREAM.substring(0, STREAM.indexOf("event: content_block_stop")));
              connection.end();
            });
        House house = house(upstream, "")) {
      String body = house.post(CHAT, chat("m", ",\"stream\":true")).body();

      assertThat(body).contains("Hel").contains("\"error\"").doesNotContain("[DONE]");
    }
  }

  @Test
  void anErrorOfTheUpstreamIsAnErrorOfTheClientsDialect() {
    String told =
        """
        {"type":"error","error":{"type":"invalid_request_error",\
        "message":"prompt is too long: 210000 tokens > 200000 maximum"}}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(400, told));
        House house = house(upstream, "")) {
      HttpResponse<String> answer = house.post(CHAT, chat("m", ""));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body())
          .contains("\"code\":\"context_length_exceeded\"", "prompt is too long")
          .doesNotContain("\"type\":\"error\"");
    }
  }

  @Test
  void troubleOfOurAccountThereIsNotTheClients() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    402,
                    """
                    {"type":"error","error":{"type":"billing_error","message":"Pay for org-9"}}\
                    """));
        House house = house(upstream, "")) {
      HttpResponse<String> answer = house.post(CHAT, chat("m", ""));

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("'p'").doesNotContain("org-9");
    }
  }

  @Test
  void whatWouldChangeTheAnswerIsRefusedOrLeftOutAsTheModelHasIt() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, MESSAGE));
        House house = house(upstream, "")) {
      HttpResponse<String> refused = house.post(CHAT, chat("m", ",\"logit_bias\":{\"5\":1}"));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("'logit_bias'", "\"param\":\"logit_bias\"");

      HttpResponse<String> hint = house.post(CHAT, chat("strict", ",\"seed\":1"));
      assertThat(hint.statusCode()).isEqualTo(400);
      assertThat(hint.body()).contains("'seed'");
      assertThat(upstream.pending()).isZero();

      HttpResponse<String> dropped = house.post(CHAT, chat("lenient", ",\"logit_bias\":{\"5\":1}"));
      assertThat(dropped.statusCode()).isEqualTo(200);
      assertThat(dropped.headers().firstValue("x-customhouse-dropped")).hasValue("logit_bias");
    }
  }

  @Test
  void aWayThatCannotCarryTheRequestIsPassedOver() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, MESSAGE));
        FakeUpstream other =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    200,
                    """
                    {"id":"c","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,\
                    "message":{"role":"assistant","content":"native"},"finish_reason":"stop"}]}\
                    """));
        House house =
            House.of(
                """
                providers:
                  p: { type: compatible, dialect: anthropic-messages, base_url: "%s", api_keys: [a] }
                  q: { type: compatible, dialect: openai-chat, base_url: "%s/v1", api_keys: [b] }
                models:
                  m: { strategy: ordered, targets: [{ provider: p }, { provider: q }] }
                """
                    .formatted(upstream.root(), other.root()))) {
      HttpResponse<String> answer = house.post(CHAT, chat("m", ",\"logit_bias\":{\"5\":1}"));

      assertThat(answer.body()).contains("native");
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void anAnswerThatDoesNotFitTheSchemaIsAskedForOnceMore() {
    AtomicInteger asked = new AtomicInteger();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    200, message(asked.getAndIncrement() == 0 ? "{}" : "{\\\"n\\\":5}")));
        House house = house(upstream, "")) {
      String format =
          """
          ,"stream":true,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":\
          {"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}}\
          """;
      HttpResponse<String> answer = house.post(CHAT, chat("old", format));

      assertThat(answer.headers().firstValue("x-customhouse-structured-output"))
          .hasValue("repaired");
      assertThat(answer.body()).contains("{\\\"n\\\":5}").endsWith("data: [DONE]\n\n");
      assertThat(upstream.next().text()).contains("\"stream\":false");
      assertThat(upstream.next().text()).contains("That answer cannot be used", "n");
      RequestRecord record =
          house.record(answer.headers().firstValue("x-request-id").orElseThrow());
      assertThat(record.usage()).extracting(Usage::outputTokens).isEqualTo(6L);
    }
  }

  @Test
  void reasoningComesBackToTheModelThatMadeItAlthoughTheClientCannotEchoIt() throws IOException {
    String called =
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":\
        [{"type":"thinking","thinking":"I look.","signature":"c2lnbmF0dXJl"},\
        {"type":"tool_use","id":"toolu_1","name":"look","input":{}}],"stop_reason":"tool_use",\
        "usage":{"input_tokens":1,"output_tokens":1}}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, called));
        House house = house(upstream, "")) {
      String tools =
          """
          ,"reasoning_effort":"high","tools":[{"type":"function","function":{"name":"look"}}]\
          """;
      assertThat(house.post(CHAT, chat("m", tools)).body()).contains("toolu_1");
      var unused = upstream.next();
      house.post(
          CHAT,
          """
          {"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,\
          "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"look","arguments":"{}"}}]},\
          {"role":"tool","tool_call_id":"toolu_1","content":"seen"}]%s}\
          """
              .formatted(tools));

      assertThat(upstream.next().text()).contains("\"signature\":\"c2lnbmF0dXJl\"", "I look.");
    }
  }

  @Test
  void aProofOfReasoningThatItsProviderRefusesIsLeftOut() {
    AtomicInteger asked = new AtomicInteger();
    String refused =
        """
        {"type":"error","error":{"type":"invalid_request_error",\
        "message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (asked.getAndIncrement() == 0) {
                connection.json(400, refused);
              } else {
                connection.json(200, MESSAGE);
              }
            });
        House house = house(upstream, "")) {
      String seal =
          SealBox.pack(
              new Seal(DialectId.ANTHROPIC_MESSAGES, "p/claude-sonnet-4-5", "c2ln", false),
              DialectId.OPENAI_RESPONSES);
      HttpResponse<String> answer =
          house.post(
              "/v1/responses",
              """
              {"model":"m","store":false,"reasoning":{"effort":"high"},"input":[\
              {"role":"user","content":"Hi"},\
              {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],\
              "encrypted_content":"%s"},\
              {"type":"function_call","call_id":"c1","name":"look","arguments":"{}"},\
              {"type":"function_call_output","call_id":"c1","output":"seen"}],\
              "tools":[{"type":"function","name":"look","parameters":{},"strict":false}]}\
              """
                  .formatted(seal));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(upstream.next().text()).contains("\"signature\":\"c2ln\"");
      assertThat(upstream.next().text()).doesNotContain("signature");
      assertThat(answer.headers().firstValue("x-customhouse-dropped"))
          .hasValueSatisfying(dropped -> assertThat(dropped).contains("input[].encrypted_content"));
    }
  }

  @Test
  void theProofOfAGeminiCallComesBackThroughAClientOfResponses() throws IOException {
    String called =
        """
        {"candidates":[{"index":0,"content":{"role":"model","parts":[{"functionCall":{"id":"g1",\
        "name":"look","args":{}},"thoughtSignature":"c2lnbmVk"}]},"finishReason":"STOP"}],\
        "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1},"responseId":"r"}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, called));
        House house =
            House.of(
                """
                providers:
                  p: { type: compatible, dialect: gemini, base_url: "%s", api_keys: [sk-p] }
                models:
                  m: { provider: p, model: gemini-3-pro-preview }
                """
                    .formatted(upstream.root()))) {
      String asked =
          """
          {"model":"m","store":false,"tools":[{"type":"function","name":"look","parameters":null}],\
          "input":[{"role":"user","content":"Hi"}%s]}\
          """;
      String first = house.post("/v1/responses", asked.formatted("")).body();
      var unused = upstream.next();
      JsonNode output = Json.read(first.getBytes(UTF_8)).path("output");
      assertThat(output)
          .extracting(item -> item.path("type").asText())
          .containsExactly("reasoning", "function_call");
      String echoed =
          ",%s,%s,{\"type\":\"function_call_output\",\"call_id\":\"g1\",\"output\":\"seen\"}"
              .formatted(output.get(0), output.get(1));
      house.post("/v1/responses", asked.formatted(echoed));

      JsonNode parts = Json.read(upstream.next().body()).at("/contents/1/parts");
      assertThat(parts).hasSize(1);
      assertThat(parts.at("/0/thoughtSignature").asText()).isEqualTo("c2lnbmVk");
    }
  }

  @Test
  void googleIsAskedInItsOwnDialectByClientsOfOthersThanOpenAisChats() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    200,
                    """
                    {"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},\
                    "finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,\
                    "candidatesTokenCount":1,"totalTokenCount":2}}\
                    """));
        House house =
            House.of(
                """
                providers:
                  p: { type: gemini, base_url: "%s", api_keys: [a] }
                models:
                  m: { provider: p, model: gemini-2.5-pro }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer =
          house.post(
              "/v1/messages",
              "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

      assertThat(answer.body()).contains("Hello");
      assertThat(upstream.next().target())
          .isEqualTo("/v1beta/models/gemini-2.5-pro:generateContent");
    }
  }

  @Test
  void whatOnlyOpenAiTakesIsToldToClientsOfAnotherHostOfChats() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    200,
                    """
                    {"id":"c","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,\
                    "message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}\
                    """));
        House house =
            House.of(
                """
                providers:
                  p: { type: compatible, dialect: openai-chat, base_url: "%s/v1", api_keys: [a] }
                models:
                  m: { provider: p }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":\"Hi\",\"store\":false,\"metadata\":{\"a\":\"b\"}}");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-customhouse-dropped")).hasValue("metadata");
      assertThat(upstream.next().text()).doesNotContain("metadata", "store");
    }
  }

  private static String message(String text) {
    return MESSAGE.replace("Hello", text);
  }
}
