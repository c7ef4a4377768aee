package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How slowly an answer comes. Asked for by {@code metadata.first_byte_ms} and {@code
 * metadata.chunk_ms} (numbers or strings), or by the header fields {@code x-sandbox-first-byte-ms}
 * and {@code x-sandbox-chunk-ms}, which win. Every model keeps to what is asked; where nothing is
 * asked only {@code slow} is slow.
 *
 * @param firstByte the time to the answer's head
 * @param chunk the time between two chunks of its body
 */
record Pace(Duration firstByte, Duration chunk) {
  /** The longest time that can be asked for. */
  static final long MAX_MILLIS = 60_000;

  private static final long SLOW_FIRST_BYTE_MILLIS = 500;
  private static final long SLOW_CHUNK_MILLIS = 50;

  /**
   * The pace for the request.
   *
   * @throws FaultException when a time is no whole number
   */
  static Pace of(JsonNode body, Headers headers, boolean slow) {
    JsonNode metadata = body.path("metadata");
    return new Pace(
        time(
            headers.get("x-sandbox-first-byte-ms"),
            metadata.path("first_byte_ms"),
            slow ? SLOW_FIRST_BYTE_MILLIS : 0),
        time(
            headers.get("x-sandbox-chunk-ms"),
            metadata.path("chunk_ms"),
            slow ? SLOW_CHUNK_MILLIS : 0));
  }

  private static Duration time(@Nullable String header, JsonNode member, long otherwise) {
    String asked = header == null && member.isValueNode() ? member.asText() : header;
    if (asked == null || member.isNull() && header == null) {
      return Duration.ofMillis(otherwise);
    }
    try {
      return Duration.ofMillis(Math.clamp(Long.parseLong(asked.strip()), 0L, MAX_MILLIS));
    } catch (NumberFormatException notANumber) {
      throw FaultException.invalid(
          "a pace must be a whole number of milliseconds, at most " + MAX_MILLIS, "metadata");
    }
  }
}
