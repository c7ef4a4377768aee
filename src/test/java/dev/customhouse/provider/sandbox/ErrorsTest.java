package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.provider.sandbox.Talk.Told;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The model {@code error} does what its text asks for, in each dialect's own shape. */
class ErrorsTest {
  private final Talk talk = new Talk();

  private Told chat(String text, boolean stream) throws Exception {
    return talk.post(
        "/v1/chat/completions",
        """
        {"model":"error","stream":%s,"messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(stream, text));
  }

  private Told responses(String text, boolean stream) throws Exception {
    return talk.post(
        "/v1/responses",
        """
        {"model":"error","stream":%s,"input":"%s"}\
        """
            .formatted(stream, text));
  }

  private Told messages(String text, boolean stream) throws Exception {
    return talk.post(
        "/v1/messages",
        """
        {"model":"error","max_tokens":99,"stream":%s,"messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(stream, text));
  }

  private Told gemini(String text, boolean stream) throws Exception {
    return talk.post(
        "/v1beta/models/error:" + (stream ? "streamGenerateContent?alt=sse" : "generateContent"),
        """
        {"contents":[{"role":"user","parts":[{"text":"%s"}]}]}\
        """
            .formatted(text));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "401,invalid_request_error,invalid_api_key,authentication_error,UNAUTHENTICATED",
        "403,invalid_request_error,missing_scope,permission_error,PERMISSION_DENIED",
        "404,invalid_request_error,model_not_found,not_found_error,NOT_FOUND",
        "429,requests,rate_limit_exceeded,rate_limit_error,RESOURCE_EXHAUSTED",
        "500,server_error,null,api_error,INTERNAL",
        "503,server_error,null,api_error,UNAVAILABLE",
        "529,server_error,server_is_overloaded,overloaded_error,UNAVAILABLE"
      })
  void aStatusInTheTextIsTheStatusOfTheAnswer(
      int status, String type, String code, String anthropic, String google) throws Exception {
    for (boolean stream : List.of(false, true)) {
      String text = "please answer " + status + " now";
      for (Told told : List.of(chat(text, stream), responses(text, stream))) {
        assertThat(told.status()).isEqualTo(status);
        assertThat(told.json().at("/error/type").asText()).isEqualTo(type);
        assertThat(told.json().at("/error/code").textValue()).isEqualTo(code);
        assertThat(told.json().path("error").has("param")).isTrue();
        assertThat(told.headers().get("retry-after")).isEqualTo(status == 429 ? "1" : null);
        assertThat(told.headers().get("x-request-id")).startsWith("req_");
      }
      Told messages = messages(text, stream);
      assertThat(messages.status()).isEqualTo(status);
      assertThat(messages.json().path("type").asText()).isEqualTo("error");
      assertThat(messages.json().at("/error/type").asText()).isEqualTo(anthropic);
      assertThat(messages.json().path("request_id").asText())
          .isEqualTo(messages.headers().get("request-id"));
      Told gemini = gemini(text, stream);
      assertThat(gemini.status()).isEqualTo(status);
      assertThat(gemini.json().at("/error/code").asInt()).isEqualTo(status);
      assertThat(gemini.json().at("/error/status").asText()).isEqualTo(google);
      assertThat(gemini.json().at("/error/details/0/retryDelay").asText())
          .isEqualTo(status == 429 ? "1s" : "");
    }
  }

  @Test
  void aPromptThatIsTooLongIsSaidInEachDialectsWords() throws Exception {
    assertThat(chat("this is too long", false).json().at("/error/code").asText())
        .isEqualTo("context_length_exceeded");
    assertThat(responses("this is too long", true).json().at("/error/code").asText())
        .isEqualTo("context_length_exceeded");
    assertThat(messages("this is too long", false).json().at("/error/message").asText())
        .isEqualTo("prompt is too long: 200008 tokens > 200000 maximum");
    assertThat(gemini("this is too long", false).json().at("/error/message").asText())
        .startsWith("The input token count (1048584) exceeds");
    assertThat(gemini("this is too long", false).status()).isEqualTo(400);
  }

  @Test
  void aCutStreamBreaksOffAfterSomeContent() throws Exception {
    String text = "cut stream one two three four";
    Told chat = chat(text, true);
    Told responses = responses(text, true);
    Told messages = messages(text, true);
    Told gemini = gemini(text, true);

    assertThat(List.of(chat, responses, messages, gemini))
        .allSatisfy(told -> {
          assertThat(told.cut()).isTrue();
          assertThat(told.status()).isEqualTo(200);
          assertThat(told.text()).contains("cut", " stream").doesNotContain("four");
        });
    assertThat(chat.text()).doesNotContain("[DONE]").doesNotContain("\"finish_reason\":\"stop\"");
    assertThat(responses.eventNames()).doesNotContain("response.completed");
    assertThat(messages.eventNames()).doesNotContain("message_stop", "content_block_stop");
    assertThat(gemini.text()).doesNotContain("finishReason");
  }

  @Test
  void aCutAnswerWithoutStreamIsHalfAJson() throws Exception {
    for (Told told :
        List.of(
            chat("cut stream", false),
            responses("cut stream", false),
            messages("cut stream", false),
            gemini("cut stream", false))) {
      assertThat(told.cut()).isTrue();
      assertThat(told.text()).startsWith("{").doesNotEndWith("}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"error event", "error event 529"})
  void anErrorEventCanBeTheFirst(String text) throws Exception {
    boolean overloaded = text.endsWith("529");
    Told chat = chat(text, true);
    Told messages = messages(text, true);
    Told responses = responses(text, true);
    Told gemini = gemini(text, true);

    assertThat(chat.status()).isEqualTo(200);
    assertThat(chat.events()).singleElement().satisfies(e -> assertThat(e.has("error")).isTrue());
    assertThat(messages.eventNames()).containsExactly("error");
    assertThat(messages.events().getFirst().at("/error/type").asText())
        .isEqualTo(overloaded ? "overloaded_error" : "api_error");
    assertThat(responses.eventNames()).containsExactly("error", "response.failed");
    assertThat(responses.events().getLast().at("/response/error/code").asText())
        .isEqualTo(overloaded ? "server_is_overloaded" : "server_error");
    assertThat(gemini.events())
        .singleElement()
        .satisfies(e -> assertThat(e.at("/error/code").asInt()).isEqualTo(overloaded ? 529 : 500));
  }

  @Test
  void anErrorEventCanComeAfterContent() throws Exception {
    String text = "error event after content";
    Told chat = chat(text, true);
    Told responses = responses(text, true);

    assertThat(chat.text()).contains("\"content\":\"error\"").doesNotContain("[DONE]");
    assertThat(chat.events().getLast().has("error")).isTrue();
    assertThat(messages(text, true).eventNames())
        .startsWith("message_start", "ping", "content_block_start", "content_block_delta")
        .endsWith("error");
    assertThat(responses.eventNames())
        .startsWith("response.created", "response.in_progress")
        .contains("response.output_text.delta")
        .endsWith("error", "response.failed");
    assertThat(gemini(text, true).events().getLast().at("/error/status").asText())
        .isEqualTo("INTERNAL");
    assertThat(chat.cut()).isFalse();
  }

  @Test
  void anErrorEventWithoutStreamIsAPlainError() throws Exception {
    assertThat(chat("error event", false).status()).isEqualTo(500);
  }

  @Test
  void theOtherOperationsFailToo() throws Exception {
    assertThat(talk.post("/v1/embeddings", "{\"model\":\"error\",\"input\":\"429\"}").status())
        .isEqualTo(429);
    assertThat(
            talk.post("/v1/images/generations", "{\"model\":\"error\",\"prompt\":\"503\"}")
                .status())
        .isEqualTo(503);
    assertThat(
            talk.post(
                    "/v1beta/models/error:embedContent",
                    "{\"content\":{\"parts\":[{\"text\":\"429\"}]}}")
                .json()
                .at("/error/status")
                .asText())
        .isEqualTo("RESOURCE_EXHAUSTED");
    assertThat(talk.post("/v1/embeddings", "{\"model\":\"error\",\"input\":\"cut stream\"}").cut())
        .isTrue();
  }

  @Test
  void anUnknownModelIsNotFoundInTheDialectsShape() throws Exception {
    Told chat =
        talk.post(
            "/v1/chat/completions",
            "{\"model\":\"gpt-9\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    Told messages = talk.post("/v1/messages", "{\"model\":\"embed\",\"messages\":[]}");
    Told gemini = talk.post("/v1beta/models/nobody:generateContent", "{\"contents\":[]}");

    assertThat(List.of(chat.status(), messages.status(), gemini.status())).containsOnly(404);
    assertThat(chat.json().at("/error/code").asText()).isEqualTo("model_not_found");
    assertThat(chat.json().at("/error/message").asText()).contains("`gpt-9`", "echo");
    assertThat(messages.json().at("/error/type").asText()).isEqualTo("not_found_error");
    assertThat(gemini.json().at("/error/status").asText()).isEqualTo("NOT_FOUND");
  }

  @Test
  void anUnknownPathIsNotFoundAndAWrongMethodIsNotAllowed() throws Exception {
    assertThat(talk.post("/v1/nothing", "{}").json().at("/error/code").asText())
        .isEqualTo("unknown_url");
    assertThat(
            talk.post("/v1/nothing", "{}", "anthropic-version", "2023-06-01")
                .json()
                .path("type")
                .asText())
        .isEqualTo("error");
    assertThat(talk.post("/v1beta/models/echo:dance", "{}").status()).isEqualTo(404);
    assertThat(talk.call("GET", "/v1/chat/completions").status()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"model\":",
        "{\"messages\":[]}",
        "{\"model\":\"echo\",\"messages\":[]}",
        "{\"model\":\"echo\",\"messages\":[{\"role\":\"wizard\",\"content\":\"secret words\"}]}",
        "{\"model\":\"echo\",\"n\":0,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "{\"model\":\"echo\",\"max_tokens\":\"many\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "{\"model\":\"slow\",\"metadata\":{\"chunk_ms\":\"soon\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
      })
  void nonsenseIsABadRequestThatSaysWhatWasExpectedAndQuotesNothing(String body) throws Exception {
    Told told = talk.post("/v1/chat/completions", body);

    assertThat(told.status()).isEqualTo(400);
    JsonNode error = told.json().path("error");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asText()).contains("must").doesNotContain("secret");
  }
}
