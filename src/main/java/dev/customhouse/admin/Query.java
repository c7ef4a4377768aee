package dev.customhouse.admin;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The query of a request, decoded as forms are. A name that is not known or comes twice is refused:
 * a misspelt filter must not answer with everything.
 */
final class Query {
  /** Characters of a value. */
  static final int VALUE_CHARS = 256;

  /** Rows of a page unless asked otherwise, and at most. */
  static final int PAGE_ROWS = 50;

  static final int PAGE_ROWS_MAX = 1_000;

  private final Map<String, String> values;

  private Query(Map<String, String> values) {
    this.values = values;
  }

  static Query parse(@Nullable String rawQuery, String... names) {
    Map<String, String> values = new HashMap<>();
    for (String pair : rawQuery == null ? new String[0] : rawQuery.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals), pair);
      if (!List.of(names).contains(name)) {
        throw refused(
            "unknown_parameter",
            name,
            "unknown query parameter %s; expected %s"
                .formatted(
                    Quoted.of(name),
                    names.length == 0 ? "none" : "one of " + Arrays.asList(names)));
      }
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1), name);
      if (value.length() > VALUE_CHARS || value.chars().anyMatch(Character::isISOControl)) {
        throw refused(
            "invalid_parameter",
            name,
            "%s has %d characters; expected at most %d, none of them a control character"
                .formatted(name, value.length(), VALUE_CHARS));
      }
      if (values.put(name, value) != null) {
        throw refused("duplicate_parameter", name, name + " comes twice; expected once");
      }
    }
    values.values().removeIf(String::isEmpty);
    return new Query(values);
  }

  private static String decoded(String text, String name) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused(
          "invalid_parameter",
          null,
          Quoted.of(name) + " is not percent-encoded as RFC 3986 has it");
    }
  }

  /** The value; null when the parameter is absent or empty. */
  @Nullable String text(String name) {
    return values.get(name);
  }

  /** How many rows are asked for. */
  int limit() {
    String value = values.get("limit");
    if (value == null) {
      return PAGE_ROWS;
    }
    if (value.length() <= 4 && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= PAGE_ROWS_MAX) {
        return limit;
      }
    }
    throw invalid("limit", "is %s; expected 1 to %d".formatted(Quoted.of(value), PAGE_ROWS_MAX));
  }

  /** A moment; null when the parameter is absent or empty. */
  @Nullable Instant time(String name) {
    String value = values.get(name);
    if (value == null) {
      return null;
    }
    Instant time = Times.parse(value);
    if (time == null) {
      throw invalid(
          name, "is %s; expected %s".formatted(Quoted.of(value), Times.EXPECTED + " ('+' as %2B)"));
    }
    return time;
  }

  /** The refusal of a parameter's value. */
  static Refusal invalid(String name, String problem) {
    return refused("invalid_parameter", name, name + " " + problem);
  }

  private static Refusal refused(String code, @Nullable String name, String message) {
    return new Refusal(
        ErrorKind.INVALID_REQUEST,
        code,
        message + ".",
        name == null ? null : Quoted.plain(name),
        null);
  }
}
