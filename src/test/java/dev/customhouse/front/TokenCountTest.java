package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.dialect.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many tokens a prompt has: told for every model, exactly where its provider can. */
class TokenCountTest {
  private static final String MESSAGES = "/v1/messages/count_tokens?beta=true";
  private static final String RESPONSES = "/v1/responses/input_tokens";
  private static final String GEMINI = "/v1beta/models/m:countTokens";

  private static final String MESSAGES_PROMPT =
      """
      {"model":"m","system":"Be brief.","tools":[{"name":"look","input_schema":{"type":"object"}}],\
      "messages":[{"role":"user","content":"foo"}]}\
      """;

  private static final String RESPONSES_PROMPT =
      "{\"model\":\"m\",\"instructions\":\"Be brief.\",\"input\":\"foo\"}";

  private static final String GEMINI_PROMPT =
      """
      {"generateContentRequest":{"model":"models/m","systemInstruction":{"parts":[{"text":\
      "Be brief."}]},"contents":[{"role":"user","parts":[{"text":"foo"}]}]}}\
      """;

  private static House house(String type, FakeUpstream upstream) {
    return House.of(
        """
        providers:
          p: { %s, base_url: "%s", api_keys: [sk-p] }
        models:
          m: { provider: p, model: upstream-model, retry: { attempts: 3, backoff: 1ms } }
        """
            .formatted(type, upstream.root()));
  }

  private static String compatible(String dialect) {
    return "type: compatible, dialect: " + dialect;
  }

  private static FakeUpstream answering(String json) {
    return FakeUpstream.of((request, connection) -> connection.json(200, json));
  }

  private static boolean isEstimated(HttpResponse<String> answer) {
    return answer.headers().firstValue("x-customhouse-estimated").isPresent();
  }

  private static JsonNode json(String text) {
    return Json.read(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anthropicCountsForClientsOfOtherDialects() {
    try (FakeUpstream upstream = answering("{\"input_tokens\":17}");
        House house = house("type: anthropic", upstream)) {
      HttpResponse<String> responses = house.post(RESPONSES, RESPONSES_PROMPT);
      assertThat(responses.statusCode()).isEqualTo(200);
      assertThat(responses.body())
          .isEqualTo("{\"object\":\"response.input_tokens\",\"input_tokens\":17}");
      assertThat(isEstimated(responses)).isFalse();
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/v1/messages/count_tokens");
      assertThat(sent.headers()).containsEntry("anthropic-version", "2023-06-01");
      assertThat(json(sent.text()))
          .isEqualTo(
              json(
                  """
                  {"model":"upstream-model","system":"Be brief.",\
                  "messages":[{"role":"user","content":"foo"}]}\
                  """));

      HttpResponse<String> gemini = house.post(GEMINI, GEMINI_PROMPT);
      assertThat(gemini.body()).isEqualTo("{\"totalTokens\":17}");
      assertThat(json(upstream.next().text()).path("messages").get(0).path("content").asText())
          .isEqualTo("foo");
    }
  }

  @Test
  void geminiCountsForClientsOfOtherDialects() {
    try (FakeUpstream upstream = answering("{\"totalTokens\":18,\"promptTokensDetails\":[]}");
        House house = house("type: gemini", upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.body()).isEqualTo("{\"input_tokens\":18}");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/v1beta/models/upstream-model:countTokens");
      JsonNode request = json(sent.text()).path("generateContentRequest");
      assertThat(request.path("model").asText()).isEqualTo("models/upstream-model");
      assertThat(request.path("systemInstruction").toString()).contains("Be brief.");
      assertThat(request.path("tools").toString()).contains("look");
    }
  }

  @Test
  void openAiCountsForClientsOfOtherDialects() {
    try (FakeUpstream upstream =
            answering("{\"object\":\"response.input_tokens\",\"input_tokens\":19}");
        House house = house("type: openai", upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.body()).isEqualTo("{\"input_tokens\":19}");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/v1/responses/input_tokens");
      List<String> members = new ArrayList<>();
      json(sent.text()).fieldNames().forEachRemaining(members::add);
      assertThat(members)
          .contains("model", "input", "tools")
          .isSubsetOf("model", "input", "instructions", "tools", "reasoning");
    }
  }

  @Test
  void bedrockCountsForClientsOfOtherDialects() {
    try (FakeUpstream upstream = answering("{\"inputTokens\":21}");
        House house = house("type: bedrock, region: us-east-1", upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.body()).isEqualTo("{\"input_tokens\":21}");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/model/upstream-model/count-tokens");
      JsonNode request = json(sent.text()).path("input").path("converse");
      assertThat(request.path("messages").toString()).contains("foo");
      assertThat(request.path("toolConfig").toString()).contains("look");
      assertThat(request.has("inferenceConfig")).isFalse();
    }
  }

  @Test
  void aHostOfTheClientsOwnDialectIsAskedInTheClientsWords() {
    try (FakeUpstream upstream = answering("{\"input_tokens\": 20}");
        House house = house("type: anthropic", upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.body()).isEqualTo("{\"input_tokens\": 20}");
      assertThat(isEstimated(answer)).isFalse();
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo(MESSAGES);
      assertThat(sent.text()).isEqualTo(MESSAGES_PROMPT.replace("\"m\"", "\"upstream-model\""));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai-chat, /v1/messages/count_tokens, input_tokens",
    "openai-chat, /v1/responses/input_tokens, input_tokens",
    "openai-chat, /v1beta/models/m:countTokens, totalTokens",
    "openai-responses, /v1/messages/count_tokens, input_tokens"
  })
  void whereNoProviderCanTellTheGatewayEstimates(String dialect, String path, String member) {
    try (FakeUpstream upstream = answering("{}");
        House house = house(compatible(dialect), upstream)) {
      String prompt =
          path.contains("messages")
              ? MESSAGES_PROMPT
              : path.contains("responses") ? RESPONSES_PROMPT : GEMINI_PROMPT;
      HttpResponse<String> answer = house.post(path, prompt);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(json(answer.body()).path(member).asInt()).isBetween(5, 60);
      assertThat(answer.headers().firstValue("x-customhouse-estimated")).hasValue("true");
      assertThat(upstream.pending()).isZero();
      RequestRecord record =
          house.record(answer.headers().firstValue("x-request-id").orElseThrow());
      assertThat(record.translation()).isEqualTo("local");
      assertThat(record.usage()).isNull();
      assertThat(record.error()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "404 {\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"Not Found\"}}",
        "401 {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"no\"}}",
        "403 {\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"no\"}}",
        "429 {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}",
        "500 {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"broken\"}}",
        "405 nothing",
        "200 {\"error\":\"Unexpected endpoint\"}",
        "200 {}"
      })
  void aCountThatFailsIsEstimatedAndSaysNothingAboutTheModel(String told) {
    int status = Integer.parseInt(told.substring(0, 3));
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (request.target().contains("count")) {
                connection.json(status, told.substring(4));
              } else {
                chat(connection);
              }
            });
        House house = house(compatible("anthropic-messages"), upstream)) {
      for (int i = 0; i < 8; i++) {
        HttpResponse<String> answer = house.post(RESPONSES, RESPONSES_PROMPT);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer.body()).path("input_tokens").asInt()).isPositive();
        assertThat(isEstimated(answer)).isTrue();
        RequestRecord record =
            house.record(answer.headers().firstValue("x-request-id").orElseThrow());
        assertThat(record.error()).isNull();
        assertThat(record.usage()).isNull();
        assertThat(record.attempts()).as("asked once, and each time").hasSize(1);
      }
      assertThat(house.post("/v1/responses", RESPONSES_PROMPT).statusCode())
          .as("neither key nor model is in disgrace")
          .isEqualTo(200);
    }
  }

  private static void chat(FakeUpstream.Connection connection) throws IOException {
    connection.json(
        200,
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"x","content":\
        [{"type":"text","text":"Hello"}],"stop_reason":"end_turn",\
        "usage":{"input_tokens":10,"output_tokens":3}}\
        """);
  }

  @Test
  void aCountInTheClientsOwnDialectThatIsNotServedIsEstimatedToo() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(404, "{\"error\":{\"message\":\"no such route\"}}"));
        House house = house(compatible("anthropic-messages"), upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(isEstimated(answer)).isTrue();
    }
  }

  @Test
  void whatTheProviderSaysOfThePromptItselfIsPassedOn() {
    String error =
        """
        {"type":"error","error":{"type":"invalid_request_error","message":"tools.0: bad"}}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(400, error));
        House house = house("type: anthropic", upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, MESSAGES_PROMPT);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).isEqualTo(error);
    }
  }

  @Test
  void whatIsNoPromptIsRefusedInTheClientsDialect() {
    try (FakeUpstream upstream = answering("{}");
        House house = house(compatible("openai-chat"), upstream)) {
      HttpResponse<String> answer = house.post(MESSAGES, "{\"model\":\"m\",\"messages\":7}");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("\"type\":\"invalid_request_error\"");
      assertThat(house.post(MESSAGES, MESSAGES_PROMPT.replace("\"m\"", "\"x\"")).statusCode())
          .as("a model that nobody knows")
          .isEqualTo(404);
    }
  }

  @Test
  void countsAreNotAmongTheRequestsOfTheMinute() {
    try (FakeUpstream upstream = answering("{}");
        House house =
            House.of(
                """
                  - { name: few, key: "sk-few-0123456789abcdef0123456789abcdef", limits: { rpm: 1 } }
                providers:
                  p: { type: compatible, dialect: openai-chat, base_url: "%s", api_keys: [sk-p] }
                models:
                  m: { provider: p }
                """
                    .formatted(upstream.root()))) {
      for (int i = 0; i < 25; i++) {
        HttpResponse<String> answer =
            house.post(
                MESSAGES,
                "{\"model\":\"m\",\"tools\":[],\"messages\":[{\"role\":\"user\",\"content\":\"foo\"}]}",
                "authorization",
                "Bearer sk-few-0123456789abcdef0123456789abcdef");
        assertThat(answer.statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void theAddressOfAPictureIsNotFetchedToCountIt() {
    try (FakeUpstream upstream = answering("{\"totalTokens\":18}");
        FakeUpstream files = answering("{}");
        House house =
            House.of(
                "  egress: { allow: [\"*\", \"*:*\"] }",
                """
                providers:
                  p: { type: gemini, base_url: "%s", api_keys: [sk-p] }
                models:
                  m: { provider: p }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer =
          house.post(
              MESSAGES,
              """
              {"model":"m","messages":[{"role":"user","content":[{"type":"image","source":\
              {"type":"url","url":"%s/cat.png"}}]}]}\
              """
                  .formatted(files.root()));
      assertThat(json(answer.body()).path("input_tokens").asInt()).isGreaterThan(1_000);
      assertThat(isEstimated(answer)).isTrue();
      assertThat(files.pending() + upstream.pending()).isZero();
    }
  }
}
