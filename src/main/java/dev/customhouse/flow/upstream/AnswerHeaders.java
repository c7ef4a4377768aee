package dev.customhouse.flow.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.dialect.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which header fields of an upstream's answer reach the client, and what they say. */
final class AnswerHeaders {
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(1);
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}([.][0-9]{1,9})?");

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

  /** Of an answer in another dialect than the upstream's. */
  static Headers ofTranslated(String contentType) {
    Headers.Builder headers = Headers.builder().add("content-type", contentType);
    if (contentType.contains("event-stream") || contentType.contains("eventstream")) {
      headers.add("cache-control", "no-cache").add("x-accel-buffering", "no");
    }
    return headers.build();
  }

  /** When to come again, as seconds, milliseconds or an HTTP date; null when not told. */
  static @Nullable Duration retryAfter(Headers headers, Instant now) {
    String millis = headers.get("retry-after-ms");
    Duration told = millis == null ? null : of(millis, 1);
    String after = headers.get("retry-after");
    if (told == null && after != null) {
      told = of(after, 1_000);
      told = told == null ? until(after, now) : told;
    }
    return bounded(told);
  }

  /**
   * The same of an error in Google's shape, whose delay is a detail of the body: {@code "31s"} in
   * {@code google.rpc.RetryInfo}.
   */
  static @Nullable Duration retryAfter(byte[] errorBody) {
    JsonNode read = Json.read(errorBody);
    JsonNode root = read.isArray() && !read.isEmpty() ? read.get(0) : read;
    for (JsonNode detail : root.path("error").path("details")) {
      String delay = detail.path("retryDelay").asText("");
      if (delay.endsWith("s")) {
        return bounded(of(delay.substring(0, delay.length() - 1), 1_000));
      }
    }
    return null;
  }

  private static @Nullable Duration of(String number, int unitMillis) {
    if (!NUMBER.matcher(number.strip()).matches()) {
      return null;
    }
    return Duration.ofMillis((long) (Double.parseDouble(number) * unitMillis));
  }

  private static @Nullable Duration until(String date, Instant now) {
    try {
      return Duration.between(
          now, ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static @Nullable Duration bounded(@Nullable Duration told) {
    if (told == null || told.isNegative()) {
      return null;
    }
    return told.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : told;
  }
}
