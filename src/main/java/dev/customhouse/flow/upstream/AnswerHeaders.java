package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Which header fields of an upstream's answer reach the client, and what they say. */
final class AnswerHeaders {
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(1);

  private AnswerHeaders() {}

  /** Of an answer that went well: how to read it, and nothing of our account there. */
  static Headers ofAnswer(Headers upstream) {
    Headers.Builder kept = Headers.builder();
    for (int i = 0; i < upstream.size(); i++) {
      String name = upstream.nameAt(i);
      if (name.equalsIgnoreCase("content-type")
          || name.equalsIgnoreCase("content-disposition")
          || name.equalsIgnoreCase("openai-processing-ms")) {
        kept.add(name, upstream.valueAt(i));
      }
    }
    return kept.build();
  }

  /** Of an error in the upstream's own words: also when to come again. */
  static Headers ofError(Headers upstream) {
    Headers.Builder kept = ofAnswer(upstream).toBuilder();
    for (int i = 0; i < upstream.size(); i++) {
      String name = upstream.nameAt(i);
      if (name.equalsIgnoreCase("retry-after")
          || name.equalsIgnoreCase("retry-after-ms")
          || name.equalsIgnoreCase("x-should-retry")
          || name.regionMatches(true, 0, "x-ratelimit-", 0, 12)
          || name.regionMatches(true, 0, "anthropic-ratelimit-", 0, 20)) {
        kept.add(name, upstream.valueAt(i));
      }
    }
    return kept.build();
  }

  /** Of a stream of events. */
  static Headers ofStream(Headers upstream) {
    return ofAnswer(upstream).toBuilder()
        .add("cache-control", "no-cache")
        .add("x-accel-buffering", "no")
        .build();
  }

  /** Of a stream of events that is sent as something else. */
  static Headers ofUntoldStream(Headers upstream) {
    return ofStream(upstream).toBuilder()
        .set("content-type", "text/event-stream; charset=utf-8")
        .build();
  }

  /** When to come again, as seconds, milliseconds or an HTTP date; null when not told. */
  static @Nullable Duration retryAfter(Headers headers, Instant now) {
    Duration told = told(headers, now);
    if (told == null || told.isNegative()) {
      return null;
    }
    return told.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : told;
  }

  private static @Nullable Duration told(Headers headers, Instant now) {
    try {
      String millis = headers.get("retry-after-ms");
      if (millis != null) {
        return Duration.ofMillis((long) Double.parseDouble(millis));
      }
      String after = headers.get("retry-after");
      if (after == null) {
        return null;
      }
      return Character.isDigit(after.isEmpty() ? 'x' : after.charAt(0))
          ? Duration.ofMillis((long) (Double.parseDouble(after) * 1_000))
          : Duration.between(
              now, ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (NumberFormatException | DateTimeParseException e) {
      return null;
    }
  }

  /** A way of saying whose trouble it was that names no key. */
  static String words(ErrorKind kind) {
    return switch (kind) {
      case RATE_LIMITED -> "asks to slow down";
      case OVERLOADED -> "is overloaded";
      case TIMEOUT -> "did not answer in time";
      case NETWORK -> "could not be reached or broke off";
      case UNAUTHORIZED, FORBIDDEN, INSUFFICIENT_CREDIT -> "does not serve this gateway's account";
      default -> "answered with an error";
    };
  }
}
