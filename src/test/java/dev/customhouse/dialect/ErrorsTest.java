package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What each kind of error becomes in each dialect: the status by which the SDKs choose the class
 * they throw, and the word by which people tell it from others.
 */
class ErrorsTest {
  /** A line for each kind: its name, then status and word for OpenAI, Anthropic and Gemini. */
  private static final String TABLE =
      """
      INVALID_REQUEST     400 invalid_request_error  400 invalid_request_error  400 INVALID_ARGUMENT
      UNAUTHORIZED        401 invalid_request_error  401 authentication_error   401 UNAUTHENTICATED
      FORBIDDEN           403 permission_error       403 permission_error       403 PERMISSION_DENIED
      INSUFFICIENT_CREDIT 403 insufficient_quota     402 billing_error          403 PERMISSION_DENIED
      NOT_FOUND           404 invalid_request_error  404 not_found_error        404 NOT_FOUND
      METHOD_NOT_ALLOWED  405 invalid_request_error  405 invalid_request_error  405 INVALID_ARGUMENT
      TOO_LARGE           413 invalid_request_error  413 request_too_large      413 INVALID_ARGUMENT
      UNSUPPORTED_MEDIA   415 invalid_request_error  415 invalid_request_error  415 INVALID_ARGUMENT
      CONTEXT_TOO_LONG    400 invalid_request_error  400 invalid_request_error  400 INVALID_ARGUMENT
      CONTENT_FILTERED    400 invalid_request_error  400 invalid_request_error  400 INVALID_ARGUMENT
      RATE_LIMITED        429 rate_limit_error       429 rate_limit_error       429 RESOURCE_EXHAUSTED
      OVERLOADED          503 server_error           529 overloaded_error       503 UNAVAILABLE
      TIMEOUT             504 server_error           504 timeout_error          504 DEADLINE_EXCEEDED
      BAD_GATEWAY         502 server_error           502 api_error              502 UNAVAILABLE
      NETWORK             502 server_error           502 api_error              502 UNAVAILABLE
      UNAVAILABLE         503 server_error           503 overloaded_error       503 UNAVAILABLE
      INTERNAL            500 server_error           500 api_error              500 INTERNAL
      """;

  private static final List<Dialect> OPENAI = List.of(new OpenAiChat(), new OpenAiResponses());
  private static final Dialect ANTHROPIC = new AnthropicMessages();
  private static final Dialect GEMINI = new Gemini();

  private static Refusal refusal(ErrorKind kind, Duration retryAfter) {
    return new Refusal(kind, "the_code", "what was wrong", "field", retryAfter);
  }

  @Test
  void everyKindHasItsStatusAndItsWordInEveryDialect() {
    List<String[]> rows = TABLE.lines().map(line -> line.split("\\s+", -1)).toList();
    assertThat(rows.stream().map(row -> ErrorKind.valueOf(row[0])))
        .containsExactlyInAnyOrder(ErrorKind.values());
    for (String[] row : rows) {
      Refusal refusal = refusal(ErrorKind.valueOf(row[0]), Duration.ofSeconds(3));
      for (Dialect dialect : OPENAI) {
        ErrorAnswer answer = dialect.refusal(refusal, "req_1");
        JsonNode error = Json.read(answer.body()).path("error");
        assertThat(answer.status()).as(Arrays.toString(row)).isEqualTo(Integer.parseInt(row[1]));
        assertThat(error.path("type").asText()).as(Arrays.toString(row)).isEqualTo(row[2]);
        assertThat(error.path("code").asText()).isEqualTo("the_code");
        assertThat(error.path("param").asText()).isEqualTo("field");
        assertThat(error.path("message").asText()).isEqualTo("what was wrong");
      }
      ErrorAnswer anthropic = ANTHROPIC.refusal(refusal, "req_1");
      JsonNode body = Json.read(anthropic.body());
      assertThat(anthropic.status()).as(Arrays.toString(row)).isEqualTo(Integer.parseInt(row[3]));
      assertThat(body.path("type").asText()).isEqualTo("error");
      assertThat(body.at("/error/type").asText()).as(Arrays.toString(row)).isEqualTo(row[4]);
      assertThat(body.at("/error/message").asText()).isEqualTo("what was wrong");
      assertThat(body.path("request_id").asText()).isEqualTo("req_1");
      ErrorAnswer gemini = GEMINI.refusal(refusal, "req_1");
      JsonNode error = Json.read(gemini.body()).path("error");
      assertThat(gemini.status()).as(Arrays.toString(row)).isEqualTo(Integer.parseInt(row[5]));
      assertThat(error.path("code").asInt()).isEqualTo(gemini.status());
      assertThat(error.path("status").asText()).as(Arrays.toString(row)).isEqualTo(row[6]);
      assertThat(error.at("/details/0/reason").asText()).isEqualTo("the_code");
    }
  }

  @Test
  void aSlowClientsTimeOutIsNotTheGateways() {
    Refusal slow = new Refusal(ErrorKind.TIMEOUT, "request_timeout", "too slow");

    assertThat(OPENAI.getFirst().refusal(slow, "req_1").status()).isEqualTo(408);
    assertThat(ANTHROPIC.refusal(slow, "req_1").status()).isEqualTo(408);
    assertThat(GEMINI.refusal(slow, "req_1").status()).isEqualTo(408);
  }

  @Test
  void geminiIsToldTheWaitInWholeSecondsThatAreNeverTooShort() {
    assertThat(delay(Duration.ofMillis(1))).isEqualTo("1s");
    assertThat(delay(Duration.ofMillis(1_000))).isEqualTo("1s");
    assertThat(delay(Duration.ofMillis(1_001))).isEqualTo("2s");
    assertThat(delay(Duration.ofSeconds(31))).isEqualTo("31s");
    JsonNode details =
        Json.read(
                GEMINI
                    .refusal(new Refusal(ErrorKind.RATE_LIMITED, "code", "message"), "req_1")
                    .body())
            .at("/error/details");
    assertThat(details).hasSize(1);
  }

  private static String delay(Duration wait) {
    JsonNode info =
        Json.read(GEMINI.refusal(refusal(ErrorKind.RATE_LIMITED, wait), "req_1").body())
            .at("/error/details/1");
    assertThat(info.path("@type").asText()).isEqualTo("type.googleapis.com/google.rpc.RetryInfo");
    return info.path("retryDelay").asText();
  }
}
