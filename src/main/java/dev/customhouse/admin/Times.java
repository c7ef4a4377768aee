package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Moments and durations as the admin API writes them: RFC 3339, and milliseconds with fractions.
 */
final class Times {
  static final String EXPECTED = "a time as RFC 3339 has it, such as \"2027-01-31T12:00:00Z\"";

  private static final long YEAR_MAX = 9_999;

  private Times() {}

  /** The moment; null when the text is none, or outside the years 0 to 9999. */
  static @Nullable Instant parse(String text) {
    try {
      Instant time = Instant.parse(text);
      long year = time.atOffset(ZoneOffset.UTC).getYear();
      return year >= 0 && year <= YEAR_MAX ? time : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Writes the moment; JSON null for none. */
  static void put(ObjectNode node, String name, @Nullable Instant time) {
    node.put(name, time == null ? null : time.toString());
  }

  /** Writes microseconds as milliseconds; JSON null for none. */
  static void putMillis(ObjectNode node, String name, @Nullable Long micros) {
    if (micros == null) {
      node.putNull(name);
    } else {
      node.put(name, micros / 1_000.0);
    }
  }
}
