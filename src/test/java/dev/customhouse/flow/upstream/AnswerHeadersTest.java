package dev.customhouse.flow.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerHeadersTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private static @Nullable Duration told(String... fields) {
    return AnswerHeaders.retryAfter(Headers.of(fields), NOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0 | 0
          17 | 17000
          1.5 | 1500
          Sat, 21 Nov 2026 12:00:30 GMT | 30000
          3600 | 3600000
          86400 | 3600000
          999999999999999 | 3600000
          Sun, 22 Nov 2026 12:00:00 GMT | 3600000
          """)
  void theTimeToComeAgainIsSecondsOrADateAndAnHourAtMost(String value, long millis) {
    assertThat(told("Retry-After", value)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "-5",
        "NaN",
        "Infinity",
        "1d",
        "0x10",
        "1e3",
        "Sat, 21 Nov 2026 11:59:59 GMT",
        "Saturday, 21-Nov-26 12:00:30 GMT",
        "9999999999999999999999"
      })
  void whatIsNoTimeIsNotTold(String value) {
    assertThat(told("retry-after", value)).isNull();
  }

  @Test
  void millisecondsGoBeforeSecondsUnlessTheyAreNone() {
    assertThat(told("retry-after", "2", "retry-after-ms", "1500"))
        .isEqualTo(Duration.ofMillis(1500));
    assertThat(told("retry-after", "2", "retry-after-ms", "x")).isEqualTo(Duration.ofSeconds(2));
    assertThat(told("x", "y")).isNull();
  }

  @Test
  void googlesDelayIsInTheBody() {
    String body = "[{\"error\":{\"details\":[{\"reason\":\"x\"},{\"retryDelay\":\"34.07s\"}]}}]";
    assertThat(AnswerHeaders.retryAfter(body.getBytes(UTF_8))).isEqualTo(Duration.ofMillis(34_070));
    assertThat(AnswerHeaders.retryAfter("{\"error\":{}}".getBytes(UTF_8))).isNull();
    assertThat(AnswerHeaders.retryAfter("<html>".getBytes(UTF_8))).isNull();
  }

  @Test
  void ofAnAnswerOnlyItsNatureIsPassedOnAndOfAnErrorAlsoWhenToComeAgain() {
    Headers upstream =
        Headers.of(
            "Content-Type", "application/json",
            "Set-Cookie", "a=b",
            "x-request-id", "req_theirs",
            "openai-organization", "org-ours",
            "Content-Encoding", "gzip",
            "Content-Length", "12",
            "Transfer-Encoding", "chunked",
            "Connection", "close",
            "Retry-After", "3",
            "x-should-retry", "true",
            "anthropic-ratelimit-requests-reset", "2026-11-21T12:00:09Z");

    assertThat(AnswerHeaders.ofAnswer(upstream))
        .isEqualTo(Headers.of("Content-Type", "application/json"));
    assertThat(AnswerHeaders.ofError(upstream).toString())
        .isEqualTo(
            "Headers[Content-Type, Retry-After, x-should-retry,"
                + " anthropic-ratelimit-requests-reset]");
    assertThat(AnswerHeaders.ofStream(upstream).get("cache-control")).isEqualTo("no-cache");
    assertThat(AnswerHeaders.ofStream(upstream).get("x-accel-buffering")).isEqualTo("no");
  }
}
