package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Google's generateContent. */
class GeminiTest {
  private static final String STREAM = "/v1beta/models/gemini:streamGenerateContent?alt=sse";
  private static final String ASK = "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}]}";

  private static String chunk(String text, String finish, int output) {
    return ("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]}%s}],\"usageMetadata\":"
            + "{\"promptTokenCount\":20,\"cachedContentTokenCount\":8,\"candidatesTokenCount\":%d,"
            + "\"thoughtsTokenCount\":3,\"toolUsePromptTokenCount\":2,\"totalTokenCount\":%d},"
            + "\"modelVersion\":\"gemini-real-1\",\"responseId\":\"r1\"}")
        .formatted(text, finish, output, 25 + output);
  }

  private static String event(String json) {
    return "data: " + json + "\r\n\r\n";
  }

  private static final String FINISH = ",\"finishReason\":\"STOP\"";

  @Test
  void theUsageOfTheLastChunkCounts() {
    String stream = event(chunk("a", "", 1)) + event(chunk("b", FINISH, 5));
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(STREAM, ASK);

      assertThat(answer.text()).isEqualTo(stream);
      RequestRecord record = desk.record(answer);
      assertThat(record.usage()).isEqualTo(new Usage(22, 8, 8L, null, 3L, false));
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
      assertThat(record.responseModel()).isEqualTo("gemini-real-1");
      assertThat(desk.upstream().next().target())
          .isEqualTo("/v1beta/models/real-gemini:streamGenerateContent?alt=sse");
    }
  }

  @Test
  void aClientThatAsksForNoEventsGetsTheArrayAsItGrows() {
    String array = "[" + chunk("a", "", 1) + ",\r\n" + chunk("b", FINISH, 5) + "]";
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.begin("application/json; charset=UTF-8");
          for (byte[] piece :
              Split.RANDOM.pieces(array.getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
            connection.chunk(piece);
          }
          connection.end();
        })) {
      Desk.Answer answer = desk.post("/v1beta/models/gemini:streamGenerateContent", ASK);

      assertThat(answer.text()).isEqualTo(array);
      assertThat(desk.record(answer).usage()).isEqualTo(new Usage(22, 8, 8L, null, 3L, false));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "STOP, stop",
    "MAX_TOKENS, length",
    "SAFETY, content_filter",
    "MALFORMED_FUNCTION_CALL, error",
    "SOMETHING_NEW, other"
  })
  void everyFinishReasonIsKnownForWhatItIs(String reason, String label) {
    String whole = chunk("a", ",\"finishReason\":\"" + reason + "\"", 5);
    try (Desk desk = Desk.ofJson(200, whole)) {
      Desk.Answer answer = desk.post("/v1beta/models/gemini:generateContent", ASK);

      assertThat(answer.text()).isEqualTo(whole);
      assertThat(Objects.requireNonNull(desk.record(answer).finish()).label()).isEqualTo(label);
    }
  }

  @Test
  void aPromptThatWasBlockedIsAnAnswerThoughItHasNoCandidates() {
    String blocked =
        event(
            "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":"
                + "{\"promptTokenCount\":4,\"totalTokenCount\":4}}");
    try (Desk desk = Desk.ofEvents(blocked)) {
      Desk.Answer answer = desk.post(STREAM, ASK);

      assertThat(answer.text()).isEqualTo(blocked);
      assertThat(desk.record(answer).finish()).isEqualTo(FinishReason.CONTENT_FILTER);
    }
  }

  @Test
  void aStreamWithoutAFinishReasonIsBroken() {
    String begun = event(chunk("a", "", 1));
    try (Desk desk = Desk.ofEvents(begun)) {
      Desk.Answer answer = desk.post(STREAM, ASK);

      assertThat(answer.text())
          .startsWith(begun + "data: {\"error\":{\"code\":502,")
          .endsWith("}}\r\n\r\n");
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.NETWORK);
    }
  }

  @Test
  void anErrorAsTheFirstChunkIsAnAnswerWithAStatus() {
    String error =
        "{\"error\":{\"code\":503,\"message\":\"High demand.\",\"status\":\"UNAVAILABLE\"}}";
    try (Desk desk = Desk.ofEvents(event(error))) {
      Desk.Answer answer = desk.post(STREAM, ASK);

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text()).isEqualTo(error);
    }
  }

  @Test
  void anErrorBehindContentIsTheLastChunk() {
    String stream =
        event(chunk("a", "", 1)) + event("{\"error\":{\"code\":500,\"status\":\"INTERNAL\"}}");
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(STREAM, ASK);

      assertThat(answer.text()).isEqualTo(stream);
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.BAD_GATEWAY);
    }
  }
}
