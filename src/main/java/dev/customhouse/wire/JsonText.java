package dev.customhouse.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON written value by value into one buffer that is used again: for lines and rows that are
 * written for each request. What it writes is pure ASCII (RFC 8259, section 7): control characters
 * and everything beyond ASCII are escaped, a surrogate by its own escape. It puts the commas and
 * trusts its caller with the order of the rest. For one thread.
 */
public final class JsonText {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  /** The longest escape of a character. */
  private static final int ESCAPE_BYTES = 6;

  private static final int NUMBER_BYTES = 20;

  /** Below this many microseconds a number of milliseconds is written without an exponent. */
  private static final long PLAIN_MICROS = 10_000_000_000L;

  private byte[] bytes;
  private int length;

  /** An empty text with room for so many bytes, which grows. */
  public JsonText(int bytes) {
    this.bytes = new byte[bytes];
  }

  /** Begins an object. */
  public JsonText beginObject() {
    separate();
    put('{');
    return this;
  }

  /** Ends an object. */
  public JsonText endObject() {
    put('}');
    return this;
  }

  /** Begins a list. */
  public JsonText beginArray() {
    separate();
    put('[');
    return this;
  }

  /** Ends a list. */
  public JsonText endArray() {
    put(']');
    return this;
  }

  /** Writes a member's name, which needs no escape: one of this program's own. */
  public JsonText name(String name) {
    separate();
    reserve(name.length() + 3);
    bytes[length++] = '"';
    putPlain(name);
    bytes[length++] = '"';
    bytes[length++] = ':';
    return this;
  }

  /** Writes a member's name, whatever it is. */
  public JsonText anyName(String name) {
    text(name);
    put(':');
    return this;
  }

  /** Writes a string; null as such. */
  public JsonText text(@Nullable String value) {
    if (value == null) {
      return json("null");
    }
    return textIfPlain(value) ? this : escaped(value);
  }

  /**
   * Writes a string if it is printable ASCII without quotes and backslashes, as nearly all are;
   * otherwise false, and nothing is written.
   */
  public boolean textIfPlain(String value) {
    int start = length;
    separate();
    int chars = value.length();
    reserve(chars + 2);
    byte[] to = bytes;
    int at = length;
    to[at++] = '"';
    for (int i = 0; i < chars; i++) {
      char unit = value.charAt(i);
      if (unit < ' ' || unit >= 0x7f || unit == '"' || unit == '\\') {
        length = start;
        return false;
      }
      to[at++] = (byte) unit;
    }
    to[at++] = '"';
    length = at;
    return true;
  }

  private JsonText escaped(String value) {
    separate();
    put('"');
    for (int i = 0; i < value.length(); i++) {
      reserve(ESCAPE_BYTES);
      put(escape(value.charAt(i)), value.charAt(i));
    }
    put('"');
    return this;
  }

  /** Writes a number. */
  public JsonText number(long value) {
    separate();
    if (value < 0) {
      return unseparated(Long.toString(value));
    }
    reserve(NUMBER_BYTES);
    int end = length + digits(value);
    long rest = value;
    for (int at = end - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length = end;
    return this;
  }

  private static int digits(long value) {
    int digits = 1;
    for (long bound = 10; value >= bound && digits < 19; bound *= 10) {
      digits++;
    }
    return digits;
  }

  /** Writes a number; null as such. */
  public JsonText number(@Nullable Long value) {
    return value == null ? json("null") : number(value.longValue());
  }

  /** Writes microseconds as milliseconds with a fraction, as {@link Double#toString} has it. */
  public JsonText millis(long micros) {
    if (micros < 0 || micros >= PLAIN_MICROS) {
      return json(Double.toString(micros / 1_000.0));
    }
    number(micros / 1_000);
    int fraction = (int) (micros % 1_000);
    put('.');
    put((char) ('0' + fraction / 100));
    if (fraction % 100 != 0) {
      put((char) ('0' + fraction / 10 % 10));
      if (fraction % 10 != 0) {
        put((char) ('0' + fraction % 10));
      }
    }
    return this;
  }

  /** Writes {@code true} or {@code false}. */
  public JsonText flag(boolean value) {
    return json(value ? "true" : "false");
  }

  /** Writes a value that is JSON already; in its strings what is beyond ASCII is escaped. */
  public JsonText json(String value) {
    separate();
    return unseparated(value);
  }

  private JsonText unseparated(String value) {
    for (int i = 0; i < value.length(); i++) {
      char unit = value.charAt(i);
      reserve(ESCAPE_BYTES);
      put(unit > 0x7f ? 'u' : '\0', unit);
    }
    return this;
  }

  /** Ends a line; the next value stands alone. */
  public JsonText endLine() {
    put('\n');
    return this;
  }

  /** How many bytes, which are as many characters, are written. */
  public int length() {
    return length;
  }

  /** Forgets what was written beyond a length; 0: everything. The room stays. */
  public void cutTo(int length) {
    this.length = length;
  }

  /** Writes what was written to a stream, with one call. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, length);
  }

  /** What was written. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** A comma, where what is before is a whole value. */
  private void separate() {
    if (length > 0) {
      switch (bytes[length - 1]) {
        case '{', '[', ':', '\n' -> {
          // The first of its kind, or a member's value.
        }
        default -> put(',');
      }
    }
  }

  private void reserve(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
    }
  }

  private void put(char ascii) {
    reserve(1);
    bytes[length++] = (byte) ascii;
  }

  /** Copies ASCII; there is room. */
  private void putPlain(String ascii) {
    byte[] to = bytes;
    int at = length;
    for (int i = 0; i < ascii.length(); i++) {
      to[at++] = (byte) ascii.charAt(i);
    }
    length = at;
  }

  /** The letter of a character's short escape, 'u' for a long one, 0 for none. */
  private static char escape(char unit) {
    return switch (unit) {
      case '"', '\\' -> unit;
      case '\b' -> 'b';
      case '\t' -> 't';
      case '\n' -> 'n';
      case '\f' -> 'f';
      case '\r' -> 'r';
      default -> unit < ' ' || unit > 0x7f ? 'u' : '\0';
    };
  }

  /** Writes a character with its escape; there is room. */
  private void put(char escape, char unit) {
    if (escape == '\0') {
      bytes[length++] = (byte) unit;
      return;
    }
    bytes[length++] = '\\';
    bytes[length++] = (byte) escape;
    if (escape == 'u') {
      for (int shift = 12; shift >= 0; shift -= 4) {
        bytes[length++] = HEX[unit >> shift & 15];
      }
    }
  }
}
