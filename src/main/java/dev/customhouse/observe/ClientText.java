package dev.customhouse.observe;

import org.jspecify.annotations.Nullable;

/** Text that a client or an upstream chose, made fit to be kept. */
final class ClientText {
  /** Longer texts are cut here, in UTF-16 units; the mark of the cut comes on top. */
  static final int CHARS = 256;

  private static final char CUT = '\u2026';
  private static final char REPLACEMENT = '\ufffd';
  private static final char DELETE = '\u007f';

  private ClientText() {}

  /**
   * The text with at most {@link #CHARS} units and a mark where it was cut. Halves of a surrogate
   * pair, which are no text, and the control character DEL become U+FFFD. Other control characters
   * stay: the writer escapes them. Returns the same string where nothing is to be done.
   */
  static String bounded(String text) {
    int length = Math.min(text.length(), CHARS);
    boolean clean = length == text.length();
    for (int at = 0; clean && at < length; at++) {
      char unit = text.charAt(at);
      clean = unit != DELETE && !Character.isSurrogate(unit);
    }
    return clean ? text : rewritten(text, length);
  }

  /** The same; null stays null. */
  static @Nullable String boundedOrNull(@Nullable String text) {
    return text == null ? null : bounded(text);
  }

  private static String rewritten(String text, int length) {
    StringBuilder kept = new StringBuilder(length + 1);
    int at = 0;
    while (at < length) {
      int point = text.codePointAt(at);
      int units = Character.charCount(point);
      if (at + units > length) {
        break;
      }
      boolean half = units == 1 && Character.isSurrogate((char) point);
      kept.appendCodePoint(half || point == DELETE ? REPLACEMENT : point);
      at += units;
    }
    if (text.length() > CHARS) {
      kept.append(CUT);
    }
    return kept.toString();
  }
}
