package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.audit.RequestRecord;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors in the shape of the surface they are met at: checklist D 49 and G 67. */
class ErrorShapesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, '{\"model\":\"none\"}', 404",
    "/v1/chat/completions, '{\"model\":', 400",
    "/v1/completions, '{}', 400",
    "/v1/embeddings, '[]', 400",
    "/v1/moderations, '{\"model\":7}', 400",
    "/v1/responses, '{\"model\":\"none\"}', 404",
    "/v1/messages, '{\"model\":\"none\"}', 404",
    "/v1/messages, '{\"stream\":1,\"model\":\"claude\"}', 400",
    "/v1/messages/count_tokens, '{}', 400",
    "/v1beta/models/none:generateContent, '{}', 404",
    "/v1beta/models/gemini:generateContent, 'x', 400"
  })
  void aRefusalOfTheGatewayHasTheShapeOfItsSurface(String path, String body, int status)
      throws IOException {
    try (Desk desk = Desk.ofJson(200, "{}")) {
      Desk.Answer answer = desk.post(path, body);

      assertThat(answer.status()).isEqualTo(status);
      shaped(path, answer, status);
      assertThat(answer.header("x-should-retry")).isEqualTo("false");
      assertThat(desk.upstream().pending()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/messages",
        "/v1beta/models/gemini:generateContent"
      })
  void aWrongKeyIsToldInTheShapeOfTheSurface(String path) throws IOException {
    try (Desk desk = Desk.ofJson(200, "{}")) {
      Desk.Answer answer =
          desk.post(path, "{\"model\":\"gpt\"}", "authorization", "Bearer sk-wrong");

      assertThat(answer.status()).isEqualTo(401);
      shaped(path, answer, 401);
    }
  }

  private static void shaped(String path, Desk.Answer answer, int status) throws IOException {
    JsonNode body = MAPPER.readTree(answer.bytes());
    JsonNode error = body.path("error");
    assertThat(error.path("message").asText()).isNotEmpty();
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    if (path.startsWith("/v1/messages")) {
      assertThat(body.path("type").asText()).isEqualTo("error");
      assertThat(error.path("type").asText()).endsWith("_error");
      assertThat(body.path("request_id").asText()).isEqualTo(answer.header("request-id"));
    } else if (path.startsWith("/v1beta")) {
      assertThat(error.path("code").asInt()).isEqualTo(status);
      assertThat(error.path("status").asText()).isUpperCase();
      assertThat(error.path("details").isArray()).isTrue();
    } else {
      assertThat(error.path("type").asText()).isNotEmpty();
      assertThat(error.path("code").asText()).isNotEmpty();
      assertThat(error.has("param")).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, gpt, 400",
    "/v1/chat/completions, gpt, 422",
    "/v1/chat/completions, gpt, 429",
    "/v1/chat/completions, gpt, 500",
    "/v1/responses, gpt, 404",
    "/v1/messages, claude, 413",
    "/v1/messages, claude, 529",
    "/v1/messages, claude-again, 429",
    "/v1/messages, claude-again, 529",
    "/v1beta/models/gemini:generateContent, gemini, 503"
  })
  void anErrorOfTheProviderPassesWithItsStatusItsWordsAndItsFields(
      String path, String model, int status) {
    String words = "{\"error\": {\"message\":\"Own words.\", \"zeta\":1.0}}";
    try (Desk desk =
        Desk.ofJson(
            status,
            words,
            "retry-after",
            "7",
            "x-ratelimit-remaining-tokens",
            "0",
            "anthropic-ratelimit-requests-remaining",
            "0",
            "openai-organization",
            "org-ours",
            "set-cookie",
            "a=b")) {
      Desk.Answer answer = desk.post(path, "{\"model\":\"" + model + "\"}");

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.text()).isEqualTo(words);
      assertThat(answer.header("retry-after")).isEqualTo("7");
      assertThat(answer.header("x-ratelimit-remaining-tokens")).isEqualTo("0");
      assertThat(answer.header("anthropic-ratelimit-requests-remaining")).isEqualTo("0");
      assertThat(answer.header("openai-organization")).isNull();
      assertThat(answer.header("set-cookie")).isNull();
      assertThat(desk.record(answer).errorCode()).isEqualTo("upstream_error");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, gpt, 401, '{\"error\":{\"message\":\"Incorrect API key: sk-up\"}}'",
    "/v1/chat/completions, gpt, 403, '{\"error\":{\"message\":\"Country not supported\"}}'",
    "/v1/chat/completions, gpt, 429, '{\"error\":{\"code\":\"insufficient_quota\"}}'",
    "/v1/responses, gpt, 400, '{\"error\":\"Incorrect API key provided: sk-up\",\"code\":\"x\"}'",
    "/v1/messages, claude, 402, '{\"error\":{\"type\":\"billing_error\",\"message\":\"Pay.\"}}'",
    "/v1/messages, claude, 400, '{\"error\":{\"message\":\"Your credit balance is too low\"}}'",
    "/v1beta/models/gemini:generateContent, gemini, 400,"
        + " '{\"error\":{\"code\":400,\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}'"
  })
  void troubleOfOurAccountIsNotTheClientsBusiness(
      String path, String model, int status, String words) throws IOException {
    try (Desk desk = Desk.ofJson(status, words)) {
      Desk.Answer answer = desk.post(path, "{\"model\":\"" + model + "\"}");

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text())
          .doesNotContain("sk-up", "Country", "quota", "Pay.", "credit", "KEY");
      shaped(path, answer, 503);
      RequestRecord record = desk.record(answer);
      assertThat(record.attempts().getFirst().status()).isEqualTo(status);
    }
  }

  @Test
  void whatIsNoErrorOfAnApiIsToldInTheGatewaysWords() throws IOException {
    try (Desk desk =
        Desk.of((request, connection) ->
            connection.whole(502, "text/html", "<html>nginx/1.25 at 10.0.0.7</html>"))) {
      Desk.Answer answer = desk.post("/v1/chat/completions", "{\"model\":\"gpt\"}");

      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.text()).doesNotContain("nginx", "10.0.0.7");
      shaped("/v1/chat/completions", answer, 502);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "not JSON"})
  void anAnswerThatIsNoneIsABadGateway(String body) throws IOException {
    try (Desk desk = Desk.ofJson(200, body)) {
      Desk.Answer answer = desk.post("/v1/chat/completions", "{\"model\":\"gpt\"}");

      assertThat(answer.status()).isEqualTo(502);
      shaped("/v1/chat/completions", answer, 502);
    }
  }

  @Test
  void aLostConnectionIsNeverASuccess() throws IOException {
    try (Desk desk = Desk.of((request, connection) -> connection.cut())) {
      Desk.Answer answer = desk.post("/v1/chat/completions", "{\"model\":\"gpt\"}");

      assertThat(answer.status()).isEqualTo(502);
      shaped("/v1/chat/completions", answer, 502);
    }
  }
}
