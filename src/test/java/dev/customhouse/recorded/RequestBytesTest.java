package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.FakeUpstream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a request reaches an upstream of the same dialect: checklist A 14, 15 and 17. */
class RequestBytesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String OK =
      "{\"id\":\"x\",\"choices\":[{\"finish_reason\":\"stop\"}],\"status\":\"completed\"}";

  /** Everything that a careless gateway would change. */
  private static final String STRANGE =
      """
      { "zeta" : 1.0e+2 ,\t"seed": -0, "n":1E3, "big": 12345678901234567890.00100,
        "null":null,"empty":{},"list":[ ], "esc":"\\u00e9\\/\\ud83d\\ude00", "utf":"é😀",
        "model" : %s, "messages":[{"role":"user","content":null,"x_vendor":{"b":1,"a":2}}],
        "temperature":0.70, "encoding_format": null, "max_tokens":64  }
      """;

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, gpt",
    "/v1/completions, gpt",
    "/v1/embeddings, gpt",
    "/v1/moderations, gpt",
    "/v1/images/generations, gpt",
    "/v1/responses, gpt",
    "/v1/messages, claude",
    "/v1/messages/count_tokens, claude"
  })
  void onlyTheModelsNameIsReplacedInABody(String path, String model) {
    try (Desk desk = Desk.ofJson(200, OK)) {
      assertThat(desk.post(path, STRANGE.formatted("\"" + model + "\"")).status()).isEqualTo(200);

      FakeUpstream.Request sent = desk.upstream().next();
      assertThat(sent.text()).isEqualTo(STRANGE.formatted("\"real-" + model + "\""));
      assertThat(sent.target()).isEqualTo(path);
    }
  }

  @Test
  void aModelWrittenWithEscapesIsReplacedToo() {
    try (Desk desk = Desk.ofJson(200, OK)) {
      desk.post("/v1/chat/completions", STRANGE.formatted("\"\\u0067pt\""));

      assertThat(desk.upstream().next().text()).isEqualTo(STRANGE.formatted("\"real-gpt\""));
    }
  }

  @Test
  void aGeminiBodyIsLeftAloneBecauseThePathNamesTheModel() {
    String body = STRANGE.formatted("\"anything\"");
    try (Desk desk = Desk.ofJson(200, "{\"candidates\":[]}")) {
      desk.post("/v1beta/models/gemini:generateContent", body);

      FakeUpstream.Request sent = desk.upstream().next();
      assertThat(sent.text()).isEqualTo(body);
      assertThat(sent.target()).isEqualTo("/v1beta/models/real-gemini:generateContent");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"include_obfuscation\":false}",
        "{ \"include_usage\" : false, \"include_obfuscation\":false}",
        "{}",
        "null"
      })
  void usageIsAskedForBesideTheOtherStreamOptions(String options) throws IOException {
    String request = "{\"model\":\"gpt\",\"stream_options\":%s,\"stream\":true,\"n\":1.0}";
    try (Desk desk = Desk.ofEvents(Chunks.ROLE, Chunks.FINISH, Chunks.DONE)) {
      desk.post("/v1/chat/completions", request.formatted(options));

      String sent = desk.upstream().next().text();
      assertThat(sent)
          .startsWith("{\"model\":\"real-gpt\",\"stream_options\":{")
          .endsWith("},\"stream\":true,\"n\":1.0}");
      var sentOptions = MAPPER.readTree(sent).path("stream_options");
      assertThat(sentOptions.path("include_usage").asBoolean()).isTrue();
      assertThat(sentOptions.has("include_obfuscation"))
          .isEqualTo(options.contains("include_obfuscation"));
    }
  }

  @Test
  void usageIsNotAskedForWhereThereIsNoStream() {
    try (Desk desk = Desk.ofJson(200, OK)) {
      desk.post("/v1/chat/completions", "{\"model\":\"gpt\",\"stream\":false}");

      assertThat(desk.upstream().next().text())
          .isEqualTo("{\"model\":\"real-gpt\",\"stream\":false}");
    }
  }

  @Test
  void theUpstreamGetsItsOwnKeyAndNothingOfTheClientsCredentials() {
    try (Desk desk = Desk.ofJson(200, OK)) {
      desk.post(
          "/v1/chat/completions",
          "{\"model\":\"gpt\"}",
          "cookie",
          "session=1",
          "openai-beta",
          "assistants=v2",
          "x-forwarded-for",
          "10.0.0.1",
          "x-stainless-lang",
          "java");

      assertThat(desk.upstream().next().headers())
          .containsEntry("authorization", "Bearer upstream-1")
          .containsEntry("openai-beta", "assistants=v2")
          .doesNotContainKeys("cookie", "x-forwarded-for", "x-stainless-lang", "x-api-key");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[0.0023064255,-0.009327292,1.0E-7,-0.0,3.4028234663852886e+38,0.1]",
        "\"PLcXPdKCGLzNzMw9zcxMPg==\""
      })
  void embeddingsKeepEveryDigitInBothEncodings(String vector) {
    String answer =
        "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":"
            + vector
            + "}],"
            + "\"model\":\"e\",\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}";
    try (Desk desk = Desk.ofJson(200, answer)) {
      Desk.Answer got =
          desk.post("/v1/embeddings", "{\"model\":\"gpt\",\"input\":[[1,2]],\"dimensions\":6}");

      assertThat(got.text()).isEqualTo(answer);
      var usage = java.util.Objects.requireNonNull(desk.record(got).usage());
      assertThat(usage.inputTokens()).isEqualTo(4);
      assertThat(usage.outputTokens()).isZero();
    }
  }

  @Test
  void anAnswersUnknownMembersAndFormAreKept() {
    String answer =
        "{ \"zeta\":1.50, \"id\" : \"c\", \"choices\": [ {\"finish_reason\" :\r\n\t\"stop\","
            + " \"message\":{\"content\":\"\\u00e9 \\\"finish_reason\\\":\\\"length\\\"\"}} ],"
            + " \"refusal\":null }\n";
    try (Desk desk = Desk.ofJson(200, answer)) {
      Desk.Answer got = desk.post("/v1/chat/completions", "{\"model\":\"gpt\"}");

      assertThat(got.text()).isEqualTo(answer);
      assertThat(java.util.Objects.requireNonNull(desk.record(got).finish()).label())
          .isEqualTo("stop");
    }
  }
}
