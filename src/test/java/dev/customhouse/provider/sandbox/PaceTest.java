package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** How slowly answers come, what a reader's timeout does, and what closing does. */
class PaceTest {
  private static final String PATH = "/v1/chat/completions";

  private final Talk talk = new Talk();

  private static String request(String model, String extra) {
    return """
    {"model":"%s","stream":true,"messages":[{"role":"user","content":"one two"}]%s}\
    """
        .formatted(model, extra);
  }

  @Test
  void echoDoesNotWait() throws Exception {
    talk.post(PATH, request("echo", ""));

    assertThat(talk.pauses).isEmpty();
  }

  @Test
  void slowIsSlowWithoutBeingAsked() throws Exception {
    Talk.Told told = talk.post(PATH, request("slow", ""));

    assertThat(talk.pauses).hasSize(told.chunks().size());
    assertThat(talk.pauses.getFirst()).isEqualTo(Duration.ofMillis(500));
    assertThat(talk.pauses.getLast()).isEqualTo(Duration.ofMillis(50));
  }

  @Test
  void metadataTellsThePaceAsNumbersOrStrings() throws Exception {
    Talk.Told told =
        talk.post(PATH, request("slow", ",\"metadata\":{\"first_byte_ms\":\"70\",\"chunk_ms\":9}"));

    assertThat(talk.pauses.removeFirst()).isEqualTo(Duration.ofMillis(70));
    assertThat(talk.pauses)
        .isEqualTo(Collections.nCopies(told.chunks().size() - 1, Duration.ofMillis(9)));
  }

  @Test
  void headersTellThePaceInEveryDialectAndNoPaceIsSlowerThanAMinute() throws Exception {
    talk.post(
        "/v1beta/models/slow:streamGenerateContent?alt=sse",
        "{\"contents\":[{\"parts\":[{\"text\":\"one\"}]}]}",
        "x-sandbox-first-byte-ms",
        "3",
        "x-sandbox-chunk-ms",
        "999999");

    assertThat(talk.pauses).containsExactly(Duration.ofMillis(3), Duration.ofMinutes(1));
  }

  @Test
  void theReaderGivesUpAndMayReadOn() throws Exception {
    try (UpstreamAnswer answer =
        talk.open("POST", PATH, request("slow", ",\"metadata\":{\"chunk_ms\":25}"))) {
      assertThat(answer.next(Duration.ofMillis(10))).isNotNull();
      talk.pauses.clear();
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> answer.next(Duration.ofMillis(10)))
            .isInstanceOfSatisfying(
                TransportException.class,
                late -> assertThat(late.reason()).isEqualTo(TransportException.Reason.TIMEOUT));
      }
      assertThat(answer.next(Duration.ofMillis(10))).isNotNull();
      assertThat(talk.pauses)
          .containsExactly(Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(5));
    }
  }

  @Test
  void aHeadThatIsLaterThanTheTimeoutIsNoHead() {
    UpstreamRequest request =
        new UpstreamRequest(
            "POST",
            URI.create("http://sandbox.invalid" + PATH),
            Headers.EMPTY,
            request("slow", ",\"metadata\":{\"first_byte_ms\":2000}")
                .getBytes(StandardCharsets.UTF_8),
            Duration.ofSeconds(1));

    assertThatThrownBy(() -> talk.sandbox.send(request))
        .isInstanceOfSatisfying(
            TransportException.class,
            late -> assertThat(late.reason()).isEqualTo(TransportException.Reason.TIMEOUT));
    assertThat(talk.pauses).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void aClosedAnswerSaysNothingMore() throws Exception {
    UpstreamAnswer answer = talk.open("POST", PATH, request("echo", ""));
    assertThat(answer.next(Duration.ofSeconds(1))).isNotNull();
    answer.close();

    assertThatThrownBy(() -> answer.next(Duration.ofSeconds(1)))
        .isInstanceOf(TransportException.class);
  }

  @Test
  void aReaderWhoIsInterruptedIsToldSo() {
    Sandbox sandbox = new Sandbox(() -> Talk.NOW, Pause.REAL);
    UpstreamRequest request =
        Talk.request(
            "POST", PATH, Headers.EMPTY, request("slow", "").getBytes(StandardCharsets.UTF_8));
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> sandbox.send(request)).isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
