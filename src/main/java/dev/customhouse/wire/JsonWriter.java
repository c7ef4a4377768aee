package dev.customhouse.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON written value by value into one array of bytes, which may be used again (RFC 8259). It puts
 * the commas and trusts its caller with the order of the rest. Quotes, backslashes and control
 * characters are escaped as Jackson does it; what is beyond ASCII is escaped too or written as
 * UTF-8, as was told at the beginning. A surrogate always has an escape of its own. For one thread.
 */
public final class JsonWriter {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  /** A control character that JSON does not escape. */
  private static final byte DELETE = 0x7f;

  /** The most bytes of one char: an escape by its number. */
  private static final int LETTER_BYTES = 6;

  private static final int NUMBER_BYTES = 20;

  /** Below this many microseconds a number of milliseconds is written without an exponent. */
  private static final long PLAIN_MICROS = 10_000_000_000L;

  private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 8;

  private final boolean escapesLetters;
  private byte[] bytes;
  private int length;

  private JsonWriter(int expectedBytes, boolean escapesLetters) {
    this.bytes = new byte[expectedBytes];
    this.escapesLetters = escapesLetters;
  }

  /** Writes pure ASCII; so many bytes need no growing. */
  public static JsonWriter ascii(int expectedBytes) {
    return new JsonWriter(expectedBytes, true);
  }

  /** Writes UTF-8; so many bytes need no growing. */
  public static JsonWriter utf8(int expectedBytes) {
    return new JsonWriter(expectedBytes, false);
  }

  /** Begins an object. */
  public JsonWriter beginObject() {
    separate();
    put('{');
    return this;
  }

  /** Ends an object. */
  public JsonWriter endObject() {
    put('}');
    return this;
  }

  /** Begins a list. */
  public JsonWriter beginArray() {
    separate();
    put('[');
    return this;
  }

  /** Ends a list. */
  public JsonWriter endArray() {
    put(']');
    return this;
  }

  /** Writes a member's name, which needs no escape: one of this program's own. */
  public JsonWriter name(String name) {
    separate();
    int chars = name.length();
    byte[] to = reserve(chars + 3);
    int at = length;
    to[at++] = '"';
    for (int i = 0; i < chars; i++) {
      to[at++] = (byte) name.charAt(i);
    }
    to[at++] = '"';
    to[at++] = ':';
    length = at;
    return this;
  }

  /** Writes a member's name, whatever it is. */
  public JsonWriter anyName(String name) {
    text(name);
    put(':');
    return this;
  }

  /** Writes a string; null as such. */
  public JsonWriter text(@Nullable String value) {
    if (value == null) {
      return json("null");
    }
    int plain = plainText(value);
    return plain == value.length() ? this : rest(value, plain);
  }

  /**
   * Writes a string if it is printable ASCII without quotes and backslashes, as nearly all are;
   * otherwise false, and nothing is written.
   */
  public boolean textIfPlain(String value) {
    int start = length;
    if (plainText(value) == value.length()) {
      return true;
    }
    length = start;
    return false;
  }

  /** Writes a string up to its first letter that is not plain, whose index it gives, or its end. */
  private int plainText(String value) {
    separate();
    int chars = value.length();
    byte[] to = reserve(chars + 2);
    int at = length;
    to[at++] = '"';
    for (int i = 0; i < chars; i++) {
      char unit = value.charAt(i);
      if (!isPlain(unit)) {
        length = at;
        return i;
      }
      to[at++] = (byte) unit;
    }
    to[at++] = '"';
    length = at;
    return chars;
  }

  /** Writes a string from a letter on that is not plain. */
  private JsonWriter rest(String value, int from) {
    int chars = value.length();
    byte[] to = bytes;
    int at = length;
    for (int i = from; i < chars; i++) {
      char unit = value.charAt(i);
      if (isPlain(unit)) {
        to[at++] = (byte) unit;
      } else {
        // As much as this one, the others and the quote.
        length = at;
        to = reserve(LETTER_BYTES + chars - i);
        at = letter(unit, to, at);
      }
    }
    to[at++] = '"';
    length = at;
    return this;
  }

  /** Whether it stands for itself; DEL does too, where a text need not be printable. */
  private static boolean isPlain(char unit) {
    return unit >= ' ' && unit < DELETE && unit != '"' && unit != '\\';
  }

  /** Writes a number. */
  public JsonWriter number(long value) {
    separate();
    if (value < 0) {
      return unseparated(Long.toString(value));
    }
    byte[] to = reserve(NUMBER_BYTES);
    int end = length + digits(value);
    long rest = value;
    for (int at = end - 1; at >= length; at--) {
      to[at] = (byte) ('0' + rest % 10);
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
  public JsonWriter number(@Nullable Long value) {
    return value == null ? json("null") : number(value.longValue());
  }

  /** Writes microseconds as milliseconds with a fraction, as {@link Double#toString} has it. */
  public JsonWriter millis(long micros) {
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
  public JsonWriter flag(boolean value) {
    return json(value ? "true" : "false");
  }

  /** Writes a value that is JSON already; letters beyond ASCII are written as in {@link #text}. */
  public JsonWriter json(String value) {
    separate();
    return unseparated(value);
  }

  private JsonWriter unseparated(String value) {
    int chars = value.length();
    byte[] to = reserve(chars);
    int at = length;
    for (int i = 0; i < chars; i++) {
      char unit = value.charAt(i);
      if (unit < 0x80) {
        to[at++] = (byte) unit;
      } else {
        length = at;
        to = reserve(LETTER_BYTES + chars - i);
        at = letter(unit, to, at);
      }
    }
    length = at;
    return this;
  }

  /** Ends a line; the next value stands alone. */
  public JsonWriter endLine() {
    put('\n');
    return this;
  }

  /** How many bytes are written. */
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
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** What was written, as text. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
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

  /** Writes a character of a string that is not plain; there is room. The place behind it. */
  private int letter(char unit, byte[] to, int at) {
    if (unit > 0x7f) {
      return escapesLetters || Character.isSurrogate(unit)
          ? escapeByNumber(unit, to, at)
          : encode(unit, to, at);
    }
    return switch (unit) {
      case '"', '\\' -> escape(unit, to, at);
      case '\b' -> escape('b', to, at);
      case '\t' -> escape('t', to, at);
      case '\n' -> escape('n', to, at);
      case '\f' -> escape('f', to, at);
      case '\r' -> escape('r', to, at);
      case DELETE -> {
        to[at] = DELETE;
        yield at + 1;
      }
      default -> escapeByNumber(unit, to, at);
    };
  }

  /** As UTF-8, what is neither ASCII nor a surrogate. */
  private static int encode(char unit, byte[] to, int at) {
    int end = at;
    if (unit < 0x800) {
      to[end++] = (byte) (0xC0 | unit >> 6);
    } else {
      to[end++] = (byte) (0xE0 | unit >> 12);
      to[end++] = (byte) (0x80 | unit >> 6 & 0x3F);
    }
    to[end++] = (byte) (0x80 | unit & 0x3F);
    return end;
  }

  private static int escape(char kind, byte[] to, int at) {
    to[at] = '\\';
    to[at + 1] = (byte) kind;
    return at + 2;
  }

  private static int escapeByNumber(char unit, byte[] to, int at) {
    to[at] = '\\';
    to[at + 1] = 'u';
    to[at + 2] = HEX[unit >> 12];
    to[at + 3] = HEX[unit >> 8 & 15];
    to[at + 4] = HEX[unit >> 4 & 15];
    to[at + 5] = HEX[unit & 15];
    return at + 6;
  }

  private void put(char ascii) {
    reserve(1)[length++] = (byte) ascii;
  }

  private byte[] reserve(int count) {
    if (bytes.length - length < count) {
      long doubled = Math.min(2L * bytes.length, ARRAY_BYTES_MAX);
      bytes = Arrays.copyOf(bytes, (int) Math.max(Math.addExact(length, count), doubled));
    }
    return bytes;
  }
}
