package dev.customhouse.recorded;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request used: checklist F 58 and 60 to 63. */
class UsageTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String ASK = "{\"model\":\"gpt\",\"messages\":[]}";
  private static final String STREAM = "{\"model\":\"gpt\",\"stream\":true,\"messages\":[]}";

  private static @org.jspecify.annotations.Nullable Usage used(
      String path, String request, String answer) {
    try (Desk desk = Desk.ofJson(200, answer)) {
      Desk.Answer got = desk.post(path, request);
      // What is booked is what the client is told: the same bytes.
      assertThat(got.text()).isEqualTo(answer);
      return desk.record(got).usage();
    }
  }

  private static String chat(String usage) {
    return "{\"id\":\"c\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":" + usage + "}";
  }

  private static String message(String usage) {
    return "{\"id\":\"m\",\"stop_reason\":\"end_turn\",\"usage\":" + usage + "}";
  }

  @Test
  void openAisPromptTokensHoldCachedOnesAlready() {
    assertThat(
            used(
                CHAT,
                ASK,
                chat(
                    "{\"prompt_tokens\":100,\"completion_tokens\":9,\"total_tokens\":109,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":60,\"cache_write_tokens\":30},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":4}}")))
        .isEqualTo(new Usage(100, 9, 60L, 30L, 4L, false));
  }

  @Test
  void anthropicsInputTokensDoNotHoldTheCache() {
    assertThat(
            used(
                "/v1/messages",
                "{\"model\":\"claude\"}",
                message(
                    "{\"input_tokens\":10,\"cache_read_input_tokens\":60,"
                        + "\"cache_creation_input_tokens\":30,\"output_tokens\":9}")))
        .isEqualTo(new Usage(100, 9, 60L, 30L, null, false));
  }

  @Test
  void whatAHostLeavesOutIsAdded() {
    // xAI leaves reasoning out of completion_tokens; its total shows it.
    assertThat(
            used(
                CHAT,
                ASK,
                chat(
                    "{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":52,"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":40}}")))
        .isEqualTo(new Usage(10, 42, null, null, 40L, false));
    // Grok on Azure leaves cached tokens out of prompt_tokens.
    assertThat(
            used(
                CHAT,
                ASK,
                chat(
                    "{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":90}}")))
        .isEqualTo(new Usage(100, 2, 90L, null, null, false));
    // Some hosts leave reasoning out of everything.
    assertThat(
            used(
                CHAT,
                ASK,
                chat(
                    "{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":5}}")))
        .isEqualTo(new Usage(10, 7, null, null, 5L, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // message_start | message_delta | input | output
        "{\"input_tokens\":50,\"output_tokens\":1} | {\"output_tokens\":9} | 50 | 9",
        "{\"input_tokens\":50,\"output_tokens\":1} | {\"input_tokens\":50,\"output_tokens\":9} | 50 | 9",
        "{\"input_tokens\":50,\"output_tokens\":1} | {\"input_tokens\":0,\"output_tokens\":9} | 50 | 9",
        "{\"input_tokens\":0,\"output_tokens\":0} | {\"input_tokens\":50,\"output_tokens\":9} | 50 | 9",
        "{\"input_tokens\":50,\"output_tokens\":9} | {\"output_tokens\":0} | 50 | 9",
        "{\"input_tokens\":50,\"output_tokens\":1} | {\"input_tokens\":70,\"output_tokens\":9} | 70 | 9",
        "null | {\"input_tokens\":50,\"output_tokens\":9} | 50 | 9",
        "{\"input_tokens\":50,\"output_tokens\":9} | null | 50 | 9"
      })
  void theUsageOfSeveralEventsIsMergedAndNotAdded(
      String start, String delta, long input, long output) {
    String stream =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":%s}}\n\n"
                .formatted(start)
            + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{}}\n\n"
            + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":%s}\n\n"
                .formatted(delta)
            + "data: {\"type\":\"message_stop\"}\n\n";
    try (Desk desk = Desk.ofEvents(stream)) {
      Desk.Answer answer = desk.post("/v1/messages", "{\"model\":\"claude\",\"stream\":true}");

      assertThat(desk.record(answer).usage()).isEqualTo(Usage.of(input, output));
    }
  }

  @Test
  void anExplicitZeroIsZero() {
    assertThat(used(CHAT, ASK, chat("{\"prompt_tokens\":0,\"completion_tokens\":0}")))
        .isEqualTo(Usage.of(0, 0));
    assertThat(
            used(
                "/v1/messages",
                "{\"model\":\"claude\"}",
                message("{\"input_tokens\":0,\"output_tokens\":0}")))
        .isEqualTo(Usage.of(0, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{}", "{\"prompt_tokens\":null}"})
  void missingUsageIsEstimatedAndSaysSo(String usage) {
    Usage estimated = requireNonNull(used(CHAT, ASK, chat(usage)));

    assertThat(estimated.estimated()).isTrue();
    assertThat(estimated.inputTokens()).isEqualTo(Math.ceilDiv(ASK.length(), 4));
    assertThat(estimated.outputTokens()).isEqualTo(chat(usage).length() / 4);
  }

  @Test
  void aStreamWithoutUsageIsEstimatedByItsEvents() {
    try (Desk desk =
        Desk.ofEvents(
            Chunks.ROLE, Chunks.text("a"), Chunks.text("b"), Chunks.FINISH, Chunks.DONE)) {
      Desk.Answer answer = desk.post(CHAT, STREAM);

      Usage usage = requireNonNull(desk.record(answer).usage());
      assertThat(usage.estimated()).isTrue();
      assertThat(usage.outputTokens()).isEqualTo(4);
    }
  }

  @Test
  void aClientThatLeavesIsBookedOnceForWhatItGot() {
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.beginEvents();
          connection.chunk(Chunks.ROLE + Chunks.text("a") + Chunks.text("b"));
          connection.awaitDeparture();
        })) {
      Desk.Reading reading = desk.open(CHAT, STREAM);
      assertThat(reading.event() + reading.event() + reading.event())
          .isEqualTo(Chunks.ROLE + Chunks.text("a") + Chunks.text("b"));
      reading.close();

      RequestRecord record = desk.record(reading);
      assertThat(record.clientGone()).isTrue();
      assertThat(record.status()).isEqualTo(200);
      assertThat(record.usage())
          .isEqualTo(new Usage(Math.ceilDiv(STREAM.length(), 4), 2, null, null, null, true));
      // The upstream was let go, and nothing was recorded a second time.
      assertThat(desk.upstream().departureNanos()).isNotZero();
      assertThat(desk.house().records()).isZero();
    }
  }

  @Test
  void aClientThatLeavesBehindTheUsageIsBookedForWhatWasTold() {
    String begun =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":"
            + "{\"input_tokens\":50,\"output_tokens\":3}}}\n\n"
            + "data: {\"type\":\"content_block_start\",\"index\":0}\n\n";
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.beginEvents();
          connection.chunk(begun);
          connection.awaitDeparture();
        })) {
      Desk.Reading reading = desk.open("/v1/messages", "{\"model\":\"claude\",\"stream\":true}");
      assertThat(reading.event() + reading.event()).isEqualTo(begun);
      reading.close();

      RequestRecord record = desk.record(reading);
      assertThat(record.clientGone()).isTrue();
      assertThat(record.usage()).isEqualTo(Usage.of(50, 3));
    }
  }

  @Test
  void aClientThatLeavesBeforeAnyAnswerIsRecordedWithoutUse() {
    java.util.concurrent.CountDownLatch asked = new java.util.concurrent.CountDownLatch(1);
    try (Desk desk =
        Desk.of((request, connection) -> {
          asked.countDown();
          connection.awaitDeparture();
        })) {
      Thread client = Thread.ofVirtual().start(() -> desk.leaveBeforeTheAnswer(CHAT, ASK, asked));

      RequestRecord record = desk.house().anyRecord();
      assertThat(record.clientGone()).isTrue();
      assertThat(record.status()).isEqualTo(499);
      assertThat(record.usage()).isNull();
      assertThat(desk.upstream().departureNanos()).isNotZero();
      assertThat(client.isInterrupted()).isFalse();
    }
  }

  @Test
  void anErrorOfTheProviderUsesNothing() {
    try (Desk desk = Desk.ofJson(400, "{\"error\":{\"message\":\"m\"}}")) {
      Desk.Answer answer = desk.post(CHAT, ASK);

      assertThat(desk.record(answer).usage()).isNull();
    }
  }
}
