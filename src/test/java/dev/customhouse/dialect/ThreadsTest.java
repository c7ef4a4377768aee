package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a provider would have to keep, and the refusals by which clients send it themselves. */
class ThreadsTest {
  private static final Target TARGET = new Target("groq", "groq", "llama");
  private static final LossTable TABLE = LossTable.load();

  private static Losses lost(
      DialectId from, String field, String json, OnUnsupported policy, DialectId to) {
    ChatRequest request =
        ChatRequest.builder("m")
            .extras(
                Extras.of(
                    from,
                    Map.of(
                        field, Json.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)))))
            .build();
    Losses losses = new Losses(TABLE, from, to, TARGET, policy);
    losses.foreign(request);
    return losses;
  }

  @ParameterizedTest
  @EnumSource(OnUnsupported.class)
  void aThreadAtAProviderThatKeepsNoneIsRefusedSoThatTheClientSendsAllOfIt(OnUnsupported policy) {
    for (DialectId to : new DialectId[] {DialectId.OPENAI_CHAT, DialectId.GEMINI}) {
      assertThatThrownBy(() ->
              lost(DialectId.ANTHROPIC_MESSAGES, "thread", "{\"type\":\"create\"}", policy, to))
          .isInstanceOfSatisfying(
              Refusal.class,
              refusal -> {
                assertThat(refusal.code()).isEqualTo("thread_unsupported_request");
                JsonNode body = body(refusal, 400);
                assertThat(body.at("/error/type").asText()).isEqualTo("invalid_request_error");
                assertThat(body.at("/error/details").toString())
                    .isEqualTo(
                        "{\"error_code\":\"thread_unsupported_request\",\"unsupported\":[]}");
              });
    }
  }

  @Test
  void anUnknownThreadIsToldByItsCode() {
    JsonNode body =
        body(new Refusal(ErrorKind.NOT_FOUND, "thread_not_found", "The thread is not known."), 404);

    assertThat(body.at("/error/type").asText()).isEqualTo("not_found_error");
    assertThat(body.at("/error/details").toString())
        .isEqualTo("{\"error_code\":\"thread_not_found\"}");
  }

  @Test
  void otherErrorsHaveNoDetails() {
    JsonNode body = body(new Refusal(ErrorKind.NOT_FOUND, "model_not_found", "No."), 404);

    assertThat(body.path("error").has("details")).isFalse();
  }

  private static JsonNode body(Refusal refusal, int status) {
    ErrorAnswer answer = new AnthropicMessages().refusal(refusal, "req_1");
    assertThat(answer.status()).isEqualTo(status);
    JsonNode body = Json.read(answer.body());
    assertThat(body.path("type").asText()).isEqualTo("error");
    return body;
  }

  @ParameterizedTest
  @CsvSource({
    "conversation, '\"conv_1\"', LISTED",
    "conversation, '\"conv_1\"', DROP",
    "prompt, '{\"id\":\"pmpt_1\"}', LISTED",
    "prompt, '{\"id\":\"pmpt_1\"}', DROP"
  })
  void whatIsKeptAtOpenAiIsRefusedElsewhereByItsName(
      String field, String json, OnUnsupported policy) {
    assertThatThrownBy(() ->
            lost(DialectId.OPENAI_RESPONSES, field, json, policy, DialectId.ANTHROPIC_MESSAGES))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
              assertThat(refusal.code()).isEqualTo("unsupported_parameter");
              assertThat(refusal.param()).isEqualTo(field);
            });
  }

  @Test
  void whatTheGatewayKeepsItselfIsNoLoss() {
    for (String field : new String[] {"store", "previous_response_id", "background"}) {
      Losses losses =
          lost(
              DialectId.OPENAI_RESPONSES,
              field,
              "true",
              OnUnsupported.ERROR,
              DialectId.ANTHROPIC_MESSAGES);
      assertThat(losses.dropped()).isEmpty();
      assertThat(losses.unlisted()).isEmpty();
    }
  }
}
