package dev.customhouse.wire;

import org.jspecify.annotations.Nullable;

/**
 * JSON written value by value into one buffer that is used again: for lines and rows that are
 * written for each request. What it writes is pure ASCII (RFC 8259, section 7): control characters
 * and everything beyond ASCII are escaped, a surrogate by its own escape. It puts the commas and
 * trusts its caller with the order of the rest. For one thread.
 */
public final class JsonText {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  /** Below this many microseconds a number of milliseconds is written without an exponent. */
  private static final long PLAIN_MICROS = 10_000_000_000L;

  private final StringBuilder text;

  /** An empty text with room for so many characters, which grows. */
  public JsonText(int chars) {
    this.text = new StringBuilder(chars);
  }

  /** Begins an object. */
  public JsonText beginObject() {
    separate();
    text.append('{');
    return this;
  }

  /** Ends an object. */
  public JsonText endObject() {
    text.append('}');
    return this;
  }

  /** Begins a list. */
  public JsonText beginArray() {
    separate();
    text.append('[');
    return this;
  }

  /** Ends a list. */
  public JsonText endArray() {
    text.append(']');
    return this;
  }

  /** Writes a member's name, which needs no escape: one of this program's own. */
  public JsonText name(String name) {
    separate();
    text.append('"').append(name).append("\":");
    return this;
  }

  /** Writes a member's name, whatever it is. */
  public JsonText anyName(String name) {
    text(name);
    text.append(':');
    return this;
  }

  /** Writes a string; null as such. */
  public JsonText text(@Nullable String value) {
    separate();
    if (value == null) {
      text.append("null");
    } else {
      text.append('"');
      int plain = plainChars(value);
      text.append(value, 0, plain);
      for (int at = plain; at < value.length(); at++) {
        append(value.charAt(at));
      }
      text.append('"');
    }
    return this;
  }

  /** Writes a number. */
  public JsonText number(long value) {
    separate();
    text.append(value);
    return this;
  }

  /** Writes a number; null as such. */
  public JsonText number(@Nullable Long value) {
    return value == null ? text(null) : number(value.longValue());
  }

  /** Writes microseconds as milliseconds with a fraction, as {@link Double#toString} has it. */
  public JsonText millis(long micros) {
    separate();
    if (micros < 0 || micros >= PLAIN_MICROS) {
      text.append(micros / 1_000.0);
      return this;
    }
    int fraction = (int) (micros % 1_000);
    text.append(micros / 1_000).append('.').append((char) ('0' + fraction / 100));
    if (fraction % 100 != 0) {
      text.append((char) ('0' + fraction / 10 % 10));
      if (fraction % 10 != 0) {
        text.append((char) ('0' + fraction % 10));
      }
    }
    return this;
  }

  /** Writes {@code true} or {@code false}. */
  public JsonText flag(boolean value) {
    separate();
    text.append(value);
    return this;
  }

  /** Writes a value that is JSON already. */
  public JsonText json(String value) {
    separate();
    text.append(value);
    return this;
  }

  /** Ends a line; the next value stands alone. */
  public JsonText endLine() {
    text.append('\n');
    return this;
  }

  /** How many characters, which are as many bytes, are written. */
  public int length() {
    return text.length();
  }

  /** Forgets what was written beyond a length; 0: everything. The room stays. */
  public void cutTo(int length) {
    text.setLength(length);
  }

  /** What was written. */
  @Override
  public String toString() {
    return text.toString();
  }

  /** A comma, where what is before is a whole value. */
  private void separate() {
    int length = text.length();
    if (length > 0) {
      switch (text.charAt(length - 1)) {
        case '{', '[', ':', '\n' -> {
          // The first of its kind, or a member's value.
        }
        default -> text.append(',');
      }
    }
  }

  /** How many characters from the start need no escape: nearly always all. */
  private static int plainChars(String value) {
    int at = 0;
    while (at < value.length()) {
      char unit = value.charAt(at);
      if (unit < ' ' || unit > 0x7f || unit == '"' || unit == '\\') {
        break;
      }
      at++;
    }
    return at;
  }

  private void append(char unit) {
    switch (unit) {
      case '"' -> text.append("\\\"");
      case '\\' -> text.append("\\\\");
      case '\b' -> text.append("\\b");
      case '\t' -> text.append("\\t");
      case '\n' -> text.append("\\n");
      case '\f' -> text.append("\\f");
      case '\r' -> text.append("\\r");
      default -> {
        if (unit < ' ' || unit > 0x7f) {
          text.append("\\u")
              .append(HEX[unit >> 12])
              .append(HEX[unit >> 8 & 15])
              .append(HEX[unit >> 4 & 15])
              .append(HEX[unit & 15]);
        } else {
          text.append(unit);
        }
      }
    }
  }
}
