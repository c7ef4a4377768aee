package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The head of an answer (RFC 9112, sections 4 and 5). */
final class AnswerHead extends Head {
  /** The body's length is not known when it begins: it comes in chunks. */
  static final int CHUNKED = -1;

  /** The body ends with the connection; RFC 9112, section 6.3, point 8. */
  static final int TO_THE_END = -2;

  /** There is none, and none could be: RFC 9110, section 8.6. */
  static final int NO_BODY = -3;

  /**
   * Writes an answer's head in place of the one before. What {@code fields} say of the message's
   * frame, its connection and its date is left out.
   *
   * @param date of the answer, as the field has it
   * @param bodyBytes or one of the constants
   * @param persistence what is said of the connection's future; empty: nothing
   */
  void write(int status, Headers fields, String date, int bodyBytes, String persistence) {
    clear();
    add("HTTP/1.1 ");
    add(HttpResponseStatus.valueOf(status).toString());
    add("\r\n");
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.nameAt(i);
      if (!isOwn(name)) {
        line(name, clean(fields.valueAt(i)));
      }
    }
    line("date", date);
    if (bodyBytes >= 0) {
      line("content-length", Integer.toString(bodyBytes));
    } else if (bodyBytes == CHUNKED) {
      line("transfer-encoding", "chunked");
    }
    if (!persistence.isEmpty()) {
      line("connection", persistence);
    }
    add("\r\n");
  }

  /** Whether a field is the connection's own business. */
  static boolean isOwn(String name) {
    return switch (name.length()) {
      case 4 -> name.equalsIgnoreCase("date");
      case 10 -> name.equalsIgnoreCase("connection") || name.equalsIgnoreCase("keep-alive");
      case 14 -> name.equalsIgnoreCase("content-length");
      case 17 -> name.equalsIgnoreCase("transfer-encoding");
      default -> false;
    };
  }

  /**
   * A field's value as it can be sent: a control character would end the field and begin another,
   * so a space stands for it (RFC 9110, section 5.5), and a question mark for what a byte cannot
   * hold. White space around a value is not part of it, and HTTP/2 forbids it.
   */
  static String clean(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (!isFine(value.charAt(i))) {
        return replaced(value).strip();
      }
    }
    return value.strip();
  }

  private static boolean isFine(char c) {
    return c >= ' ' && c != 0x7f && c <= 0xff || c == '\t';
  }

  private static String replaced(String value) {
    StringBuilder clean = new StringBuilder(value.length());
    value
        .codePoints()
        .forEach(c -> clean.append(c > 0xff ? '?' : isFine((char) c) ? (char) c : ' '));
    return clean.toString();
  }
}
