package dev.customhouse.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The inside of JSON strings: escapes taken out and put in (RFC 8259, section 7). */
final class JsonStrings {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private JsonStrings() {}

  /**
   * The text of a string whose inside, without quotes, is the range and has been validated. Bytes
   * that are not UTF-8 become U+FFFD; lone surrogates written as escapes stay.
   */
  static String decode(byte[] bytes, int start, int end) {
    int escape = nextEscape(bytes, start, end);
    if (escape == end) {
      return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
    StringBuilder text = new StringBuilder(end - start);
    int at = start;
    while (true) {
      text.append(new String(bytes, at, escape - at, StandardCharsets.UTF_8));
      if (escape == end) {
        return text.toString();
      }
      byte kind = bytes[escape + 1];
      at = escape + 2;
      switch (kind) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          int unit = 0;
          for (int i = 0; i < 4; i++) {
            unit = unit << 4 | Character.digit(bytes[at++], 16);
          }
          text.append((char) unit);
        }
        default -> text.append((char) kind);
      }
      escape = nextEscape(bytes, at, end);
    }
  }

  private static int nextEscape(byte[] bytes, int start, int end) {
    int at = start;
    while (at < end && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  /** The text as a JSON string, quotes included; a lone surrogate is written as an escape. */
  static byte[] quote(String text) {
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    if (ByteSearch.stringStop(plain, 0, plain.length) == plain.length && !hasLoneSurrogate(text)) {
      byte[] quoted = new byte[plain.length + 2];
      quoted[0] = '"';
      System.arraycopy(plain, 0, quoted, 1, plain.length);
      quoted[quoted.length - 1] = '"';
      return quoted;
    }
    ByteArrayOutputStream quoted = new ByteArrayOutputStream(plain.length + 16);
    quoted.write('"');
    text.codePoints().forEach(point -> write(quoted, point));
    quoted.write('"');
    return quoted.toByteArray();
  }

  private static void write(ByteArrayOutputStream quoted, int point) {
    switch (point) {
      case '"' -> quoted.writeBytes(new byte[] {'\\', '"'});
      case '\\' -> quoted.writeBytes(new byte[] {'\\', '\\'});
      case '\n' -> quoted.writeBytes(new byte[] {'\\', 'n'});
      case '\r' -> quoted.writeBytes(new byte[] {'\\', 'r'});
      case '\t' -> quoted.writeBytes(new byte[] {'\\', 't'});
      default -> {
        if (point < ' ' || isSurrogate(point)) {
          quoted.writeBytes(
              new byte[] {
                '\\',
                'u',
                HEX[point >> 12],
                HEX[point >> 8 & 15],
                HEX[point >> 4 & 15],
                HEX[point & 15]
              });
        } else if (point < 0x80) {
          quoted.write(point);
        } else {
          quoted.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        }
      }
    }
  }

  private static boolean hasLoneSurrogate(String text) {
    return text.codePoints().anyMatch(JsonStrings::isSurrogate);
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }
}
