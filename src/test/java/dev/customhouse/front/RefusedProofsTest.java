package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.dialect.Json;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * A conversation whose earlier turns another account answered, where both ends speak one dialect:
 * the provider refuses the proofs of that reasoning, and is asked once more without them.
 */
class RefusedProofsTest {
  private static final String MESSAGES = "/v1/messages";
  private static final String RESPONSES = "/v1/responses";

  private static final String MESSAGE =
      """
      {"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text",\
      "text":"Seen."}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}\
      """;

  private static final String RESPONSE =
      """
      {"id":"resp_1","object":"response","status":"completed","model":"g","output":[{"type":\
      "message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":\
      "output_text","text":"Seen.","annotations":[]}]}],"usage":{"input_tokens":1,\
      "output_tokens":2,"total_tokens":3}}\
      """;

  private static final String THOUGHT =
      """
      {"model":"%s","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},\
      "x_new":[1.50],"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[\
      {"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"tool_use","id":"t1",\
      "name":"look","input":{}}]},{"role":"user","content":[{"type":"tool_result",\
      "tool_use_id":"t1","content":"seen"}]}],"tools":[{"name":"look","input_schema":{"type":"object"}}]}\
      """;

  private static final String REASONED =
      """
      {"model":"m","store":false,"input":[{"role":"user","content":"Hi"},{"type":"reasoning",\
      "id":"rs_1","summary":[],"encrypted_content":"gAAA"},{"type":"function_call","id":"fc_1",\
      "call_id":"c1","name":"look","arguments":"{}"},{"type":"function_call_output",\
      "call_id":"c1","output":"seen"}],"tools":[{"type":"function","name":"look",\
      "parameters":{"type":"object","properties":{}},"strict":false}]}\
      """;

  private static House house(FakeUpstream first, FakeUpstream second, String dialect, String type) {
    return House.of(
        """
        providers:
          first: { type: %2$s, %3$sbase_url: "%1$s/v1", api_keys: [a] }
          second: { type: %2$s, %3$sbase_url: "%4$s/v1", api_keys: [b] }
        models:
          one: { provider: first, model: claude-sonnet-4-5, retry: { attempts: 1 } }
          two: { provider: second, model: claude-sonnet-4-5, retry: { attempts: 1 } }
          m: { targets: [{ provider: first, model: claude-sonnet-4-5 }, { provider: second, model: claude-sonnet-4-5 }], strategy: ordered, retry: { attempts: 1 } }
          strict: { provider: second, model: claude-sonnet-4-5, on_unsupported: error }
        """
            .formatted(
                first.root(),
                type,
                dialect.isEmpty() ? "" : "dialect: " + dialect + ", ",
                second.root()));
  }

  private static FakeUpstream ill() {
    return FakeUpstream.of((request, connection) ->
        connection.json(503, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}"));
  }

  /** One that takes no proof of another account. */
  private static FakeUpstream other(String proof, String words, String answer) {
    return FakeUpstream.of((request, connection) -> {
      if (request.text().contains(proof)) {
        connection.json(
            400,
            "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"%s\"}}"
                .formatted(words));
      } else {
        connection.json(200, answer);
      }
    });
  }

  private static JsonNode body(FakeUpstream.Request request) {
    return Json.read(request.text().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void thinkingThatTheSecondAccountRefusesIsLeftOutAndTold() {
    try (FakeUpstream first = ill();
        FakeUpstream second =
            other(
                "c2ln", "messages.1.content.0: Invalid `signature` in `thinking` block", MESSAGE);
        House house = house(first, second, "", "anthropic")) {
      HttpResponse<String> answer = house.post(MESSAGES, THOUGHT.formatted("m"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(MESSAGE);
      assertThat(answer.headers().firstValue("x-customhouse-dropped"))
          .hasValueSatisfying(
              dropped -> assertThat(dropped).contains("messages[].content[].signature"));
      assertThat(first.next().text()).contains("c2ln");
      assertThat(second.next().text())
          .isEqualTo(THOUGHT.formatted("claude-sonnet-4-5"))
          .contains("1.50");
      JsonNode again = body(second.next());
      assertThat(again.at("/messages/1/content")).hasSize(1);
      assertThat(again.at("/messages/1/content/0/id").asText()).isEqualTo("t1");
      assertThat(again.at("/x_new/0").asDouble()).isEqualTo(1.5);
      // Claude does not go on thinking in a loop of tools that has no thought in it.
      assertThat(again.at("/thinking/type").asText()).isNotEqualTo("enabled");
      assertThat(house.anyRecord().attempts()).hasSize(2);
    }
  }

  @Test
  void encryptedReasoningThatTheSecondAccountRefusesIsLeftOutWithTheIdsBoundToIt() {
    try (FakeUpstream first = ill();
        FakeUpstream second =
            other("gAAA", "The encrypted content gAAA could not be verified.", RESPONSE);
        House house = house(first, second, "", "openai")) {
      HttpResponse<String> answer = house.post(RESPONSES, REASONED);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-customhouse-dropped"))
          .hasValue("input[].encrypted_content");
      assertThat(second.next().text()).contains("gAAA");
      JsonNode again = body(second.next());
      assertThat(again.path("input")).hasSize(3);
      assertThat(again.at("/input/1/type").asText()).isEqualTo("function_call");
      assertThat(again.at("/input/1").has("id")).isFalse();
      assertThat(again.at("/input/2/output").asText()).isEqualTo("seen");
      assertThat(again.path("store").asBoolean(true)).isFalse();
    }
  }

  @Test
  void whereNothingIsToBeLeftOutTheProvidersOwnWordsAreToldAndItIsNotAskedAgain() {
    String words = "Invalid `signature` in `thinking` block";
    try (FakeUpstream first = ill();
        FakeUpstream second = other("c2ln", words, MESSAGE);
        House house = house(first, second, "", "anthropic")) {
      HttpResponse<String> answer = house.post(MESSAGES, THOUGHT.formatted("strict"));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains(words);
      second.next();
      assertThat(second.pending()).isZero();
    }
  }

  @Test
  void aRequestWithoutProofsIsNotAskedAgain() {
    try (FakeUpstream first = ill();
        FakeUpstream second = other("Hi", "A tool's signature is missing.", MESSAGE);
        House house = house(first, second, "", "anthropic")) {
      HttpResponse<String> answer =
          house.post(
              MESSAGES,
              "{\"model\":\"two\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

      assertThat(answer.statusCode()).isEqualTo(400);
      second.next();
      assertThat(second.pending()).isZero();
    }
  }
}
