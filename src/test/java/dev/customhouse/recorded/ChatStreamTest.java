package dev.customhouse.recorded;

import static dev.customhouse.recorded.Chunks.DONE;
import static dev.customhouse.recorded.Chunks.FINISH;
import static dev.customhouse.recorded.Chunks.ROLE;
import static dev.customhouse.recorded.Chunks.USAGE;
import static dev.customhouse.recorded.Chunks.chunk;
import static dev.customhouse.recorded.Chunks.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat streams on the wire: checklist A 1 to 10, 12 and 13. */
class ChatStreamTest {
  private static final String PATH = "/v1/chat/completions";
  private static final String STREAM = "{\"model\":\"gpt\",\"stream\":true,\"messages\":[]}";
  private static final String STREAM_WITH_USAGE =
      "{\"model\":\"gpt\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
  private static final Usage TOLD = new Usage(11, 5, 4L, null, 2L, false);

  @Test
  void theUsageChunkIsWithheldFromAClientThatDidNotAskForIt() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH, USAGE, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + FINISH + DONE);
      assertThat(desk.record(answer).usage()).isEqualTo(TOLD);
      assertThat(desk.upstream().next().text())
          .isEqualTo(
              "{\"stream_options\":{\"include_usage\":true},"
                  + "\"model\":\"real-gpt\",\"stream\":true,\"messages\":[]}");
    }
  }

  @Test
  void theUsageChunkIsKeptForAClientThatAskedForIt() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH, USAGE, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM_WITH_USAGE);

      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + FINISH + USAGE + DONE);
      assertThat(desk.record(answer).usage()).isEqualTo(TOLD);
      assertThat(desk.upstream().next().text())
          .isEqualTo(STREAM_WITH_USAGE.replace("gpt", "real-gpt"));
    }
  }

  @Test
  void usageOnAChunkWithContentIsNotTakenAway() {
    String last =
        chunk(
            "[{\"index\":0,\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}]",
            ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}");
    try (Desk desk = Desk.ofEvents(ROLE, last, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(ROLE + last + DONE);
      assertThat(desk.record(answer).usage()).isEqualTo(Usage.of(3, 2));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "absent"})
  void chunksWithoutChoicesAreAccepted(String choices) {
    String filters = chunk(choices, ",\"prompt_filter_results\":[]");
    String usage = chunk(choices, ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}");
    String first = filters.replace("\"choices\":absent,", "");
    String last = usage.replace("\"choices\":absent,", "");
    try (Desk desk = Desk.ofEvents(first, ROLE, text("Hi"), FINISH, last, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(first + ROLE + text("Hi") + FINISH + DONE);
      assertThat(desk.record(answer).usage()).isEqualTo(Usage.of(3, 2));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, STREAM_WITH_USAGE})
  void theFirstDeltaCarriesTheRole(String request) {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH, USAGE, DONE)) {
      assertThat(desk.post(PATH, request).text()).startsWith(ROLE);
    }
  }

  @Test
  void aStreamWhoseUpstreamLeavesOutDoneEndsWithItAllTheSame() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + FINISH + DONE);
      assertThat(desk.record(answer).error()).isNull();
    }
  }

  @Test
  void aStreamThatEndsWithDoneAloneIsWhole() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + DONE);
      assertThat(desk.record(answer).error()).isNull();
    }
  }

  @Test
  void aFinishedStreamEndsThoughTheUpstreamGoesOnBeatingItsHeart() {
    CountDownLatch read = new CountDownLatch(1);
    try (Desk desk =
        Desk.of(
            "idle_timeout: 1s",
            (request, connection) -> {
              connection.beginEvents();
              connection.chunk(ROLE + text("Hi") + FINISH);
              while (!read.await(100, TimeUnit.MILLISECONDS)) {
                connection.chunk(": beat\n\n");
              }
            })) {
      Desk.Answer answer = desk.post(PATH, STREAM);
      read.countDown();

      assertThat(answer.text()).startsWith(ROLE + text("Hi") + FINISH).endsWith("\n\n" + DONE);
      RequestRecord record = desk.record(answer);
      assertThat(record.error()).isNull();
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void heartBeatsKeepAStreamOpenThatHasNotFinished() {
    Semaphore beats = new Semaphore(0);
    try (Desk desk =
            Desk.of(
                "idle_timeout: 2s",
                (request, connection) -> {
                  connection.beginEvents();
                  connection.chunk(ROLE + text("a"));
                  for (int i = 0; i < 3; i++) {
                    connection.chunk(": beat\n\n");
                    beats.acquire();
                  }
                  connection.chunk(text("b") + FINISH + DONE);
                  connection.end();
                });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(List.of(reading.event(), reading.event())).containsExactly(ROLE, text("a"));
      for (int i = 0; i < 3; i++) {
        assertThat(reading.event()).isEqualTo(": beat\n\n");
        beats.release();
      }
      assertThat(reading.rest()).isEqualTo(text("b") + FINISH + DONE);
      // Heart-beats are no tokens: the chunks b and finish, a and [DONE] are counted.
      assertThat(desk.record(reading).usage())
          .isEqualTo(new Usage((STREAM.length() + 3) / 4, 4, null, null, null, true));
    }
  }

  @Test
  void contentIsNeverOvertakenByTheFinishReason() {
    String stream = ROLE + text("one") + text("two") + text("three") + FINISH + DONE;
    for (Split split : Split.values()) {
      try (Desk desk = piecewise(stream, split)) {
        assertThat(desk.post(PATH, STREAM).text()).as("split %s", split).isEqualTo(stream);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void everyFormOfAnEventPassesAndIsUnderstood(Split split) {
    String stream =
        ": a comment\r\n\r\n"
            + ROLE.replace("\n", "\r\n")
            + text("Grüße \uD83D\uDE00").replace("data: ", "data:")
            + "event: chunk\nid: 7\nretry: 1\n: inside\n"
            + text("x").replace(",\"object\"", ",\ndata: \"object\"")
            + text("y").replace("\n\n", "\r\r")
            + FINISH
            + USAGE.replace("\n", "\r\n")
            + DONE;
    try (Desk desk = piecewise(stream, split)) {
      Desk.Answer answer = desk.post(PATH, STREAM_WITH_USAGE);

      assertThat(answer.text()).isEqualTo(stream);
      RequestRecord record = desk.record(answer);
      assertThat(record.usage()).isEqualTo(TOLD);
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
      assertThat(record.responseModel()).isEqualTo("real-gpt-1");
    }
  }

  private static Desk piecewise(String stream, Split split) {
    return Desk.of((request, connection) -> {
      connection.beginEvents();
      for (byte[] piece : split.pieces(stream.getBytes(UTF_8))) {
        connection.chunk(piece);
      }
      connection.end();
    });
  }

  @Test
  void aLastEventWithoutItsBlankLineIsCompleted() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH, "data: [DONE]")) {
      assertThat(desk.post(PATH, STREAM).text()).isEqualTo(ROLE + text("Hi") + FINISH + DONE);
    }
  }

  @Test
  void eachEventIsSentWhenItIsThereAndNotLater() {
    Semaphore read = new Semaphore(0);
    try (Desk desk =
            Desk.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(ROLE + text("1"));
              read.acquire();
              connection.chunk(text("2"));
              read.acquire();
              connection.chunk(FINISH + DONE);
              connection.end();
            });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.event()).isEqualTo(ROLE);
      assertThat(reading.event()).isEqualTo(text("1"));
      read.release();
      assertThat(reading.event()).isEqualTo(text("2"));
      read.release();
      assertThat(reading.rest()).isEqualTo(FINISH + DONE);
    }
  }

  @Test
  void audioIsPassedAsItComes() {
    CountDownLatch read = new CountDownLatch(1);
    try (Desk desk =
            Desk.of((request, connection) -> {
              connection.begin("audio/mpeg");
              connection.chunk("first\n\n");
              read.await();
              connection.chunk("second");
              connection.end();
            });
        Desk.Reading reading =
            desk.open("/v1/audio/speech", "{\"model\":\"gpt\",\"input\":\"x\",\"voice\":\"a\"}")) {
      assertThat(reading.event()).isEqualTo("first\n\n");
      read.countDown();
      assertThat(reading.rest()).isEqualTo("second");
    }
  }

  @Test
  void aSilentUpstreamIsBridgedWithCommentsBeforeItsHeadAndBetweenItsEvents() {
    Semaphore read = new Semaphore(0);
    try (Desk desk =
            Desk.of(
                "keep_alive_interval: 50ms",
                (request, connection) -> {
                  read.acquire();
                  connection.beginEvents();
                  connection.chunk(ROLE + text("1"));
                  read.acquire();
                  connection.chunk(FINISH + DONE);
                  connection.end();
                });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.status()).isEqualTo(200);
      assertThat(reading.event()).isEqualTo(": keep-alive\n\n");
      read.release();
      String event = reading.event();
      while (event.startsWith(":")) {
        event = reading.event();
      }
      assertThat(event).isEqualTo(ROLE);
      assertThat(reading.event()).isEqualTo(text("1"));
      assertThat(reading.event()).isEqualTo(": keep-alive\n\n");
      read.release();
      assertThat(reading.rest().replace(": keep-alive\n\n", "")).isEqualTo(FINISH + DONE);
    }
  }

  @Test
  void anErrorBehindKeepAliveCommentsIsAnEventOfTheStream() {
    CountDownLatch read = new CountDownLatch(1);
    try (Desk desk =
            Desk.of(
                "keep_alive_interval: 50ms",
                (request, connection) -> {
                  read.await();
                  connection.json(
                      400,
                      "{\"error\":{\"message\":\"No such tool.\",\"type\":\"invalid_request_error\"}}");
                });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.event()).isEqualTo(": keep-alive\n\n");
      read.countDown();

      assertThat(reading.rest().replace(": keep-alive\n\n", ""))
          .startsWith("data: {\"error\":{\"message\":\"No such tool.\"")
          .endsWith("}}\n\n");
      assertThat(desk.record(reading).error()).isEqualTo(ErrorKind.INVALID_REQUEST);
    }
  }

  @Test
  void aStreamSaysThatNobodyMayBufferOrCacheItAndIsNotCompressed() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), FINISH, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM, "accept-encoding", "gzip, br");

      assertThat(answer.header("content-type")).startsWith("text/event-stream");
      assertThat(answer.header("x-accel-buffering")).isEqualTo("no");
      assertThat(answer.header("cache-control")).isEqualTo("no-cache");
      assertThat(answer.header("content-encoding")).isNull();
      assertThat(answer.header("content-length")).isNull();
      assertThat(answer.text()).endsWith(DONE);
    }
  }

  @Test
  void aCompressedUpstreamStreamIsDecodedEventByEvent() {
    Semaphore read = new Semaphore(0);
    try (Desk desk =
            Desk.of((request, connection) -> {
              connection.raw(
                  ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
                          + "Transfer-Encoding: chunked\r\n\r\n")
                      .getBytes(ISO_8859_1));
              ByteArrayOutputStream packed = new ByteArrayOutputStream();
              try (GZIPOutputStream gzip = new GZIPOutputStream(packed, true)) {
                for (String event : List.of(ROLE + text("1"), text("2"), FINISH + DONE)) {
                  gzip.write(event.getBytes(UTF_8));
                  gzip.flush();
                  connection.chunk(packed.toByteArray());
                  packed.reset();
                  read.acquire();
                }
              }
              connection.chunk(packed.toByteArray());
              connection.end();
            });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.event()).isEqualTo(ROLE);
      assertThat(reading.event()).isEqualTo(text("1"));
      read.release();
      assertThat(reading.event()).isEqualTo(text("2"));
      read.release(2);
      assertThat(reading.rest()).isEqualTo(FINISH + DONE);
      assertThat(reading.header("content-encoding")).isNull();
    }
  }

  @Test
  void aCompressedUpstreamAnswerIsDecodedAndItsStaleFieldsAreDropped() throws IOException {
    String json =
        "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"finish_reason\":\"length\"}],"
            + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}";
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(json.getBytes(UTF_8));
    }
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.raw(
              ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                      + "Content-Length: "
                      + packed.size()
                      + "\r\n\r\n")
                  .getBytes(ISO_8859_1));
          connection.raw(packed.toByteArray());
        })) {
      Desk.Answer answer = desk.post(PATH, "{\"model\":\"gpt\",\"messages\":[]}");

      assertThat(answer.text()).isEqualTo(json);
      assertThat(answer.header("content-encoding")).isNull();
      assertThat(answer.header("content-length")).isEqualTo(String.valueOf(json.length()));
      assertThat(desk.record(answer).usage()).isEqualTo(Usage.of(7, 1));
    }
  }

  @Test
  void aStreamWithTheWrongContentTypeIsAStream() {
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.begin("text/plain; charset=utf-8");
          connection.chunk(ROLE + text("Hi") + FINISH + USAGE + DONE);
          connection.end();
        })) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.header("content-type")).startsWith("text/event-stream");
      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + FINISH + DONE);
    }
  }

  @Test
  void aStreamThatIsCutOffEndsWithAnErrorAndNotWithDone() {
    try (Desk desk =
        Desk.of((request, connection) -> {
          connection.beginEvents();
          connection.chunk(ROLE + text("Hi") + "data: {\"id\":\"chatc");
          connection.cut();
        })) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      broken(desk, answer, "The upstream's stream broke off.");
    }
  }

  @Test
  void aStreamThatIsClosedPolitelyInTheMiddleEndsWithAnErrorAllTheSame() {
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), "data: {\"id\":\"chatc")) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      broken(desk, answer, "The upstream's stream ended before its end.");
    }
  }

  private static void broken(Desk desk, Desk.Answer answer, String message) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text())
        .isEqualTo(
            ROLE
                + text("Hi")
                + "data: {\"error\":{\"message\":\""
                + message
                + "\",\"type\":\"server_error\",\"param\":null,"
                + "\"code\":\"upstream_stream_broken\"}}\n\n");
    RequestRecord record = desk.record(answer);
    assertThat(record.error()).isEqualTo(ErrorKind.NETWORK);
    assertThat(java.util.Objects.requireNonNull(record.usage()).estimated()).isTrue();
  }

  @Test
  void silenceBehindTheFirstContentEndsTheStreamWithAnError() {
    try (Desk desk =
        Desk.of(
            "idle_timeout: 300ms",
            (request, connection) -> {
              connection.beginEvents();
              connection.chunk(ROLE + text("Hi"));
              connection.awaitDeparture();
            })) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).startsWith(ROLE + text("Hi") + "data: {\"error\":");
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.TIMEOUT);
    }
  }

  @Test
  void anErrorBehindContentIsPassedWithAllThatFollowsIt() {
    String error =
        "event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":\"server_error\"}}\n\n";
    try (Desk desk = Desk.ofEvents(ROLE, text("Hi"), error, DONE)) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.text()).isEqualTo(ROLE + text("Hi") + error + DONE);
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.BAD_GATEWAY);
    }
  }

  @Test
  void anErrorBeforeContentIsAnAnswerWithAStatusOfItsOwn() {
    String error = "{\"error\":{\"message\":\"Too long.\",\"code\":\"context_length_exceeded\"}}";
    try (Desk desk = Desk.ofEvents(ROLE, "data: " + error + "\n\n")) {
      Desk.Answer answer = desk.post(PATH, STREAM);

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("content-type")).isEqualTo("application/json");
      assertThat(answer.text()).isEqualTo(error);
      assertThat(desk.record(answer).error()).isEqualTo(ErrorKind.CONTEXT_TOO_LONG);
    }
  }

  @Test
  void anErrorBehindAPreambleThatWasShownIsNotSwallowed() {
    String error = "data: {\"error\":{\"message\":\"m\",\"code\":\"server_error\"}}\n\n";
    CountDownLatch read = new CountDownLatch(1);
    try (Desk desk =
            Desk.of((FakeUpstream.Request request, FakeUpstream.Connection connection) -> {
              connection.beginEvents();
              connection.chunk(ROLE);
              read.await();
              connection.chunk(error);
              connection.end();
            });
        Desk.Reading reading = desk.open(PATH, STREAM)) {
      assertThat(reading.event()).isEqualTo(ROLE);
      read.countDown();
      assertThat(reading.rest()).isEqualTo(error);
      assertThat(desk.record(reading).error()).isEqualTo(ErrorKind.BAD_GATEWAY);
    }
  }
}
