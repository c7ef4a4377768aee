package dev.customhouse.provider.sandbox;

import java.util.ArrayList;
import java.util.List;

/** Cuts texts into the pieces of a stream. */
final class Pieces {
  /** No stream has more pieces of text than this; in longer texts the pieces are longer. */
  static final int MAX_PIECES = 4_096;

  /** A word longer than this is cut. */
  private static final int MAX_WORD_CHARACTERS = 24;

  private static final int ARGUMENT_CHARACTERS = 12;

  private Pieces() {}

  /**
   * Words, each with the space before it; joined they are the text again.
   *
   * @param choices how often the text is said in the one stream
   */
  static List<String> words(String text, int choices) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int i = 1; i < text.length(); i++) {
      boolean wordEnds =
          Character.isWhitespace(text.charAt(i)) && !Character.isWhitespace(text.charAt(i - 1));
      boolean tooLong =
          i - start >= MAX_WORD_CHARACTERS && !Character.isLowSurrogate(text.charAt(i));
      if (wordEnds || tooLong) {
        words.add(text.substring(start, i));
        start = i;
      }
    }
    if (start < text.length()) {
      words.add(text.substring(start));
    }
    return grouped(words, choices);
  }

  /** Short runs of characters without regard to words, as arguments of tools are sent. */
  static List<String> runs(String text, int choices) {
    List<String> runs = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + ARGUMENT_CHARACTERS);
      if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
        end++;
      }
      runs.add(text.substring(start, end));
      start = end;
    }
    return grouped(runs, choices);
  }

  private static List<String> grouped(List<String> pieces, int choices) {
    int most = Math.max(1, MAX_PIECES / choices);
    if (pieces.size() <= most) {
      return pieces;
    }
    int groupSize = Math.ceilDiv(pieces.size(), most);
    List<String> groups = new ArrayList<>(most);
    for (int start = 0; start < pieces.size(); start += groupSize) {
      groups.add(
          String.join("", pieces.subList(start, Math.min(pieces.size(), start + groupSize))));
    }
    return groups;
  }
}
