package dev.customhouse.wire;

import java.nio.charset.StandardCharsets;

/** The inside of JSON strings with its escapes taken out (RFC 8259, section 7). */
final class JsonStrings {
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
}
