package dev.customhouse.recorded;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.FakeUpstream;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI Responses: checklist A 9 and E 50 to 57. */
class ResponsesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String PATH = "/v1/responses";
  private static final String STREAM = "{\"model\":\"gpt\",\"stream\":true,\"input\":\"x\"}";
  private static final String USAGE =
      "{\"input_tokens\":30,\"input_tokens_details\":{\"cached_tokens\":8},\"output_tokens\":12,"
          + "\"output_tokens_details\":{\"reasoning_tokens\":7},\"total_tokens\":42}";
  private static final Usage TOLD = new Usage(30, 12, 8L, null, 7L, false);
  private static final String BEGUN =
      event("response.created", 0, "\"response\":" + response("in_progress", "null"))
          + event("response.in_progress", 1, "\"response\":" + response("in_progress", "null"));
  private static final String CONTENT =
      event(
              "response.output_item.added",
              2,
              "\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":\"message\"}")
          + event(
              "response.content_part.added",
              3,
              "\"item_id\":\"i\",\"part\":{\"type\":\"output_text\",\"text\":\"\"}")
          + event("response.output_text.delta", 4, "\"item_id\":\"i\",\"delta\":\"Hi\"")
          + event("response.output_text.done", 5, "\"item_id\":\"i\",\"text\":\"Hi\"")
          + event("response.content_part.done", 6, "\"item_id\":\"i\",\"part\":{}")
          + event(
              "response.output_item.done",
              7,
              "\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":\"message\"}");

  private static String event(String type, int number, String more) {
    return "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n"
        .formatted(type, type, number, more);
  }

  private static String response(String status, String usage) {
    return ("{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"%s\",\"model\":\"gpt-real-1\","
            + "\"output\":[],\"usage\":%s}")
        .formatted(status, usage);
  }

  private static String last(String status, String more) {
    String whole = response(status, USAGE).replace("\"output\"", more + "\"output\"");
    return event("response." + status, 8, "\"response\":" + whole);
  }

  @Test
  void eventsPassInTheirOrderAndNoDoneIsAdded() {
    String stream = BEGUN + CONTENT + last("completed", "");
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(stream).doesNotContain("[DONE]");
      RequestRecord record = desk.record(answer);
      assertThat(record.usage()).isEqualTo(TOLD);
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
      assertThat(record.responseModel()).isEqualTo("gpt-real-1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"function_call", "custom_tool_call"})
  void callsOfToolsAreTheReasonToStop(String kind) {
    String call =
        event(
            "response.output_item.done",
            3,
            "\"output_index\":0,\"item\":{\"type\":\"" + kind + "\",\"call_id\":\"c\"}");
    try (Desk desk = Desk.ofEvents(BEGUN + call + last("completed", ""))) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(desk.record(answer).finish()).isEqualTo(FinishReason.TOOL_CALLS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "incomplete, '\"incomplete_details\":{\"reason\":\"max_output_tokens\"},', LENGTH",
    "incomplete, '\"incomplete_details\":{\"reason\":\"content_filter\"},', CONTENT_FILTER",
    "failed, '\"error\":{\"code\":\"server_error\",\"message\":\"m\"},', ERROR",
    "cancelled, '', ERROR"
  })
  void everyTerminalEventEndsTheStreamAndIsCounted(
      String status, String more, FinishReason reason) {
    String stream = BEGUN + CONTENT + last(status, more);
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(stream);
      RequestRecord record = desk.record(answer);
      assertThat(record.usage()).isEqualTo(TOLD);
      assertThat(record.finish()).isEqualTo(reason);
    }
  }

  @Test
  void anErrorEventDoesNotHideTheFailedResponseBehindIt() {
    String error = event("error", 8, "\"error\":{\"code\":\"server_error\",\"message\":\"m\"}");
    String stream = BEGUN + CONTENT + error + last("failed", "").replace(":8,", ":9,");
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(stream);
      RequestRecord record = desk.record(answer);
      assertThat(record.error()).isEqualTo(ErrorKind.BAD_GATEWAY);
      assertThat(record.usage()).isEqualTo(TOLD);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"type\":\"error\",\"code\":\"context_length_exceeded\",\"message\":\"Long.\"",
        "\"type\":\"error\",\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"Long.\"}"
      })
  void anErrorBehindTheBeginningIsAnAnswerWithAStatus(String error) throws IOException {
    try (Desk desk = Desk.ofEvents(BEGUN, "event: error\ndata: {" + error + "}\n\n")) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.status()).isEqualTo(400);
      JsonNode told = MAPPER.readTree(answer.bytes()).path("error");
      assertThat(told.path("message").asText()).isEqualTo("Long.");
      assertThat(told.path("code").asText()).isEqualTo("context_length_exceeded");
      assertThat(told.has("type") && told.has("param")).isTrue();
    }
  }

  @Test
  void aStreamThatBreaksOffEndsWithAFailedResponseAndTheNextSequenceNumber() throws IOException {
    try (Desk desk = Desk.ofEvents(BEGUN, CONTENT)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).startsWith(BEGUN + CONTENT + "event: response.failed\ndata: ");
      String data = answer.text().substring(answer.text().lastIndexOf("data: ") + 6);
      JsonNode failed = MAPPER.readTree(data);
      assertThat(failed.path("type").asText()).isEqualTo("response.failed");
      assertThat(failed.path("sequence_number").asInt()).isEqualTo(8);
      assertThat(failed.path("response").path("id").asText()).isEqualTo("resp_1");
      assertThat(failed.path("response").path("status").asText()).isEqualTo("failed");
      assertThat(failed.path("response").path("error").path("code").asText())
          .isEqualTo("server_error");
    }
  }

  @Test
  void aSilentUpstreamIsBridgedWithCommentsAndAnErrorBehindThemIsAFailedResponse() {
    CountDownLatch read = new CountDownLatch(1);
    try (Desk desk =
            Desk.of(
                "keep_alive_interval: 50ms",
                (request, connection) -> {
                  read.await();
                  connection.json(
                      400, "{\"error\":{\"message\":\"No such tool.\",\"code\":\"x\"}}");
                });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.event()).isEqualTo(": keep-alive\n\n");
      read.countDown();

      assertThat(reading.rest().replace(": keep-alive\n\n", ""))
          .startsWith("event: response.failed\ndata: {\"type\":\"response.failed\"")
          .contains("No such tool.");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"input\":\"text\"",
        "\"input\":[{\"role\":\"user\",\"content\":\"x\"}]",
        "\"input\":[{\"type\":\"agent_message\",\"v\":1},{\"type\":\"custom\",\"x\":null}]",
        "\"input\":[{\"type\":\"reasoning\",\"encrypted_content\":\"gAAA\",\"summary\":[]}]",
        "\"store\":false,\"include\":[\"reasoning.encrypted_content\"],\"input\":[]"
      })
  void everyFormOfInputReachesTheUpstreamAsItIs(String input) {
    try (Desk desk = Desk.ofJson(200, response("completed", USAGE))) {
      desk.post(PATH, "{\"model\":\"gpt\"," + input + "}");

      assertThat(desk.upstream().next().text()).isEqualTo("{\"model\":\"real-gpt\"," + input + "}");
    }
  }

  /** Makes responses named after a counter and answers looks at them. */
  private static Desk maker() {
    AtomicInteger made = new AtomicInteger();
    return Desk.of((request, connection) -> {
      boolean makes = request.method().equals("POST") && request.target().equals(PATH);
      String id = makes ? "resp_" + made.incrementAndGet() : "resp_looked_at";
      connection.json(200, response("completed", USAGE).replace("resp_1", id));
    });
  }

  @Test
  void aPreviousResponseIsFoundAgainAtTheUpstreamKeyThatMadeIt() {
    try (Desk desk = maker()) {
      Set<String> makers = new HashSet<>();
      for (int i = 1; i <= 6; i++) {
        desk.post(PATH, "{\"model\":\"gpt\",\"input\":\"x\"}");
        String maker = authorization(desk);
        makers.add(maker);
        String id = "resp_" + (2 * i - 1);
        Desk.Answer next =
            desk.post(PATH, "{\"model\":\"gpt\",\"previous_response_id\":\"" + id + "\"}");
        assertThat(next.status()).isEqualTo(200);
        assertThat(authorization(desk)).isEqualTo(maker);
        assertThat(desk.get(PATH + "/" + id).status()).isEqualTo(200);
        assertThat(authorization(desk)).isEqualTo(maker);
      }
      assertThat(makers).hasSize(3);
    }
  }

  private static String authorization(Desk desk) {
    return requireNonNull(desk.upstream().next().headers().get("authorization"));
  }

  @Test
  void aResponseBelongsToTheKeyThatMadeItAndIsUnknownToOthers() {
    try (Desk desk = maker()) {
      desk.post(PATH, "{\"model\":\"gpt\",\"input\":\"x\"}");
      FakeUpstream.Request unused = desk.upstream().next();
      String other = "Bearer " + Desk.OTHER_KEY;

      Desk.Answer built =
          desk.post(
              PATH,
              "{\"model\":\"gpt\",\"previous_response_id\":\"resp_1\"}",
              "authorization",
              other);
      assertThat(built.status()).isEqualTo(400);
      assertThat(built.text())
          .contains("previous_response_not_found", "\"param\":\"previous_response_id\"");
      for (Desk.Answer look :
          new Desk.Answer[] {
            desk.get(PATH + "/resp_1", "authorization", other),
            desk.delete(PATH + "/resp_1", "authorization", other),
            desk.get(PATH + "/resp_1/input_items", "authorization", other),
            desk.post(PATH + "/resp_1/cancel", "", "authorization", other),
            desk.get(PATH + "/resp_never_made")
          }) {
        assertThat(look.status()).isEqualTo(404);
        assertThat(look.text()).contains("response_not_found");
      }
      assertThat(desk.upstream().pending()).isZero();
      assertThat(unused.method()).isEqualTo("POST");
    }
  }

  @Test
  void aStreamedResponseCanBeBuiltOnToo() {
    try (Desk desk = Desk.ofEvents(BEGUN + CONTENT + last("completed", ""))) {
      desk.post(PATH, STREAM);

      assertThat(
              desk.post(PATH, STREAM.replace("}", ",\"previous_response_id\":\"resp_1\"}"))
                  .status())
          .isEqualTo(200);
      assertThat(authorization(desk)).isEqualTo(authorization(desk));
    }
  }

  @Test
  void looksAtAStoredResponseReachTheirPlaceAndAreBookedToNobody() {
    try (Desk desk = maker()) {
      desk.post(PATH, "{\"model\":\"gpt\",\"input\":\"x\"}");
      assertThat(desk.upstream().next().target()).isEqualTo(PATH);

      Desk.Answer got = desk.get(PATH + "/resp_1?include[]=x&stream=false");
      assertThat(desk.upstream().next().target())
          .isEqualTo(PATH + "/resp_1?include%5B%5D=x&stream=false");
      assertThat(desk.record(got).usage()).isNull();
      Desk.Answer items = desk.get(PATH + "/resp_1/input_items?limit=2");
      assertThat(desk.upstream().next().target()).isEqualTo(PATH + "/resp_1/input_items?limit=2");
      assertThat(desk.record(items).usage()).isNull();
      Desk.Answer cancelled = desk.post(PATH + "/resp_1/cancel", "");
      assertThat(desk.upstream().next().method()).isEqualTo("POST");
      assertThat(desk.record(cancelled).usage()).isNull();
      Desk.Answer deleted = desk.delete(PATH + "/resp_1");
      assertThat(desk.upstream().next().method()).isEqualTo("DELETE");
      assertThat(desk.record(deleted).usage()).isNull();
    }
  }

  @Test
  void requestsOfOneConversationKeepTheirUpstreamKeyAndOthersSpread() {
    try (Desk desk = maker()) {
      Set<String> all = new HashSet<>();
      for (int conversation = 0; conversation < 12; conversation++) {
        Set<String> own = new HashSet<>();
        for (int turn = 0; turn < 3; turn++) {
          desk.post(
              PATH,
              "{\"model\":\"gpt\",\"prompt_cache_key\":\"conversation-%d\",\"input\":[]}"
                  .formatted(conversation));
          own.add(authorization(desk));
        }
        assertThat(own).hasSize(1);
        all.addAll(own);
      }
      assertThat(all).hasSizeGreaterThan(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session-id", "session_id", "x-session-affinity"})
  void aConversationMayBeNamedByAHeaderToo(String header) {
    try (Desk desk = maker()) {
      Set<String> own = new HashSet<>();
      for (int turn = 0; turn < 5; turn++) {
        desk.post(PATH, "{\"model\":\"gpt\",\"input\":[]}", header, "s-1");
        own.add(authorization(desk));
      }
      assertThat(own).hasSize(1);
    }
  }

  @Test
  void inputTokensAreCountedByTheUpstream() {
    String count = "{\"object\":\"response.input_tokens\",\"input_tokens\":11}";
    try (Desk desk = Desk.ofJson(200, count)) {
      Desk.Answer answer = desk.post(PATH + "/input_tokens", "{\"model\":\"gpt\",\"input\":\"x\"}");

      assertThat(answer.text()).isEqualTo(count);
      assertThat(desk.upstream().next().target()).isEqualTo(PATH + "/input_tokens");
      assertThat(desk.record(answer).usage()).isNull();
    }
  }

  @Test
  void aResponseThatIsStillUnderWayHasNoFinishReason() {
    try (Desk desk = Desk.ofJson(200, response("queued", "null"))) {
      Desk.Answer answer =
          desk.post(PATH, "{\"model\":\"gpt\",\"background\":true,\"input\":\"x\"}");

      assertThat(desk.record(answer).finish()).isNull();
    }
  }
}
