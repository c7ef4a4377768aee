package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Usage;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anthropic Messages: checklist A 9 and D 39 to 49. */
class MessagesTest {
  private static final String PATH = "/v1/messages";
  private static final String STREAM =
      "{\"model\":\"claude\",\"stream\":true,\"max_tokens\":9,\"messages\":[]}";
  private static final String START =
      event(
          "message_start",
          ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
              + "\"model\":\"claude-real-1\",\"content\":[],\"stop_reason\":null,\"usage\":{"
              + "\"input_tokens\":10,\"cache_read_input_tokens\":200,"
              + "\"cache_creation_input_tokens\":30,\"cache_creation\":{"
              + "\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":20},"
              + "\"output_tokens\":1}}");
  private static final String BLOCK =
      event(
              "content_block_start",
              ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
          + event(
              "content_block_delta",
              ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}")
          + event("content_block_stop", ",\"index\":0");
  private static final String STOP = event("message_stop", "");

  private static String event(String type, String more) {
    return "event: %s\ndata: {\"type\":\"%s\"%s}\n\n".formatted(type, type, more);
  }

  private static String delta(String reason, String usage) {
    return event(
        "message_delta", ",\"delta\":{\"stop_reason\":\"" + reason + "\"},\"usage\":" + usage);
  }

  @Test
  void theUsageOfTheStartAndTheFinalOneReachTheClientAndTheRecord() {
    String stream = START + BLOCK + delta("end_turn", "{\"output_tokens\":42}") + STOP;
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(stream);
      RequestRecord record = desk.record(answer);
      assertThat(record.usage()).isEqualTo(new Usage(240, 42, 200L, 30L, null, false));
      assertThat(record.responseModel()).isEqualTo("claude-real-1");
    }
  }

  @Test
  void aStreamWithoutItsLastEventEndsWithAnError() {
    String begun = START + BLOCK + delta("end_turn", "{\"output_tokens\":42}");
    try (Desk desk = Desk.ofEvents(begun)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text())
          .startsWith(
              begun + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"");
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.NETWORK);
    }
  }

  @Test
  void aSecondStartIsNotShown() {
    String end = delta("end_turn", "{\"output_tokens\":2}") + STOP;
    try (Desk desk = Desk.ofEvents(START, BLOCK, START.replace("msg_1", "msg_2"), end)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(START + BLOCK + end);
    }
  }

  @Test
  void aClientSeesOneStartWhenTheFirstProviderFailsBehindItsOwn() {
    String whole = START.replace("msg_1", "msg_b") + BLOCK + delta("end_turn", "{}") + STOP;
    FakeUpstream.Script script =
        (request, connection) -> {
          connection.beginEvents();
          if (request.target().startsWith("/a")) {
            connection.chunk(
                START
                    + event("ping", "")
                    + event(
                        "error",
                        ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}"));
          } else {
            connection.chunk(whole);
          }
          connection.end();
        };
    try (FakeUpstream upstream = FakeUpstream.of(script);
        House house =
            House.of(
                """
                providers:
                  a: { type: anthropic, base_url: "ROOT/a/v1", api_keys: ["k"] }
                  b: { type: anthropic, base_url: "ROOT/b/v1", api_keys: ["k"] }
                models:
                  claude: { targets: [{ provider: a }, { provider: b }], strategy: ordered, retry: { attempts: 1 } }
                """
                    .replace("ROOT", upstream.root()))) {
      HttpResponse<String> answer = house.post(PATH, STREAM);

      assertThat(answer.body()).isEqualTo(whole);
      assertThat(answer.headers().firstValue("x-customhouse-attempts")).hasValue("2");
    }
  }

  @Test
  void clientsBetasGoOnByteForByteAndTheProvidersOwnAreAddedToThem() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(200, "{\"id\":\"m\",\"stop_reason\":\"end_turn\"}"));
        House house =
            House.of(
                """
                providers:
                  a: { type: anthropic, base_url: "ROOT", api_keys: ["k"], headers: { anthropic-beta: "files-api" } }
                models:
                  claude: { targets: [{ provider: a }] }
                """
                    .replace("ROOT", upstream.root()))) {
      house.post(
          PATH,
          "{\"model\":\"claude\"}",
          "anthropic-version",
          "2026-10-21",
          "anthropic-beta",
          "context-1m-2025-08-07, unknown-2027-01-01");

      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.headers())
          .containsEntry("anthropic-beta", "context-1m-2025-08-07, unknown-2027-01-01, files-api")
          .containsEntry("anthropic-version", "2026-10-21")
          .containsEntry("x-api-key", "k");
    }
  }

  @Test
  void aClientThatNamesNoVersionGetsOne() {
    try (Desk desk = Desk.ofJson(200, "{\"id\":\"m\",\"stop_reason\":\"end_turn\"}")) {
      desk.post(PATH, "{\"model\":\"claude\"}");

      assertThat(desk.upstream().next().headers())
          .containsEntry("anthropic-version", "2023-06-01")
          .doesNotContainKeys("anthropic-beta", "authorization");
    }
  }

  @Test
  void aSilentUpstreamIsNotBridgedBecausePingsHideDeadUpstreams() {
    CountDownLatch chatRead = new CountDownLatch(1);
    String stream = START + BLOCK + delta("end_turn", "{}") + STOP;
    try (Desk desk =
        Desk.of(
            "keep_alive_interval: 50ms",
            (request, connection) -> {
              if (request.target().endsWith("/messages")) {
                connection.beginEvents();
                connection.chunk(START + BLOCK);
                // As long as three comments of a chat stream that began later.
                chatRead.await();
                connection.chunk(delta("end_turn", "{}") + STOP);
                connection.end();
              } else {
                chatRead.await();
                connection.cut();
              }
            })) {
      try (Desk.Reading messages = desk.open(PATH, STREAM)) {
        assertThat(messages.event()).isEqualTo(START);
        try (Desk.Reading chat =
            desk.open("/v1/chat/completions", "{\"model\":\"gpt\",\"stream\":true}")) {
          for (int i = 0; i < 3; i++) {
            assertThat(chat.event()).isEqualTo(": keep-alive\n\n");
          }
          chatRead.countDown();
        }
        assertThat(START + messages.rest()).isEqualTo(stream);
      }
    }
  }

  @Test
  void theUpstreamsOwnPingsPass() {
    String ping = event("ping", "");
    String stream = START + ping + BLOCK + ping + delta("end_turn", "{}") + STOP;
    try (Desk desk = Desk.ofEvents(stream)) {
      assertThat(desk.post(PATH, STREAM).text()).isEqualTo(stream);
    }
  }

  @Test
  void tokensAreCountedByTheUpstreamAndBookedToNobody() {
    try (Desk desk = Desk.ofJson(200, "{\"input_tokens\":2095}")) {
      Desk.Answer answer =
          desk.post(PATH + "/count_tokens?beta=true", "{\"model\":\"claude\",\"messages\":[]}");

      assertThat(answer.text()).isEqualTo("{\"input_tokens\":2095}");
      assertThat(desk.upstream().next().target()).isEqualTo("/v1/messages/count_tokens?beta=true");
      assertThat(desk.record(answer).usage()).isNull();
    }
  }

  @Test
  void claudeCodesTelemetryIsTakenAndGoesNowhere() {
    try (Desk desk = Desk.ofJson(500, "{}")) {
      Desk.Answer answer = desk.post("/api/event_logging/batch", "{\"events\":[]}");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(desk.upstream().pending()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "end_turn, stop",
    "stop_sequence, stop_sequence",
    "max_tokens, length",
    "tool_use, tool_calls",
    "pause_turn, paused",
    "refusal, refusal",
    "model_context_window_exceeded, context_window",
    "compaction, compaction",
    "something_new, other"
  })
  void everyStopReasonIsKnownForWhatItIs(String reason, String label) {
    String stream = START + BLOCK + delta(reason, "{\"output_tokens\":2}") + STOP;
    String whole =
        "{\"id\":\"m\",\"stop_reason\":\"%s\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}"
            .formatted(reason);
    try (Desk desk =
        Desk.of((request, connection) -> {
          if (request.text().contains("\"stream\":true")) {
            connection.beginEvents();
            connection.chunk(stream);
            connection.end();
          } else {
            connection.json(200, whole);
          }
        })) {
      Desk.Answer streamed = desk.post(PATH, STREAM);
      Desk.Answer unstreamed = desk.post(PATH, "{\"model\":\"claude\",\"messages\":[]}");

      assertThat(streamed.text()).isEqualTo(stream);
      assertThat(unstreamed.text()).isEqualTo(whole);
      assertThat(Objects.requireNonNull(desk.record(streamed).finish()).label()).isEqualTo(label);
      assertThat(Objects.requireNonNull(desk.record(unstreamed).finish()).label()).isEqualTo(label);
    }
  }

  @Test
  void itemsOfClaudeCodeAndFieldsNamedLikeTheGatewaysOwnReachAnthropicUntouched() {
    String request =
        """
        {"model":"MODEL","max_tokens":1,"fallbacks":[{"model":"claude-other"}],
         "system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2"},
                   {"type":"text","text":"","cache_control":{"type":"ephemeral","scope":"global"}}],
         "messages":[{"role":"system","content":"s"},{"role":"user","content":[]}]}
        """;
    try (Desk desk = Desk.ofJson(200, "{\"id\":\"m\",\"stop_reason\":\"end_turn\"}")) {
      desk.post(PATH, request.replace("MODEL", "claude"));

      assertThat(desk.upstream().next().text()).isEqualTo(request.replace("MODEL", "real-claude"));
    }
  }

  @Test
  void anErrorBehindContentIsTheLastEvent() {
    String error =
        event("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}");
    try (Desk desk = Desk.ofEvents(START, BLOCK, error)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(START + BLOCK + error);
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.OVERLOADED);
    }
  }

  @Test
  void anErrorBeforeContentIsAnAnswerWithTheStatusOfAnthropic() {
    String error =
        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"O\"}}";
    try (Desk desk = Desk.ofEvents(START, "event: error\ndata: " + error + "\n\n")) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.status()).isEqualTo(529);
      assertThat(answer.text()).isEqualTo(error);
      assertThat(answer.header("x-should-retry")).isEqualTo("true");
    }
  }
}
