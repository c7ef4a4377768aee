package dev.customhouse.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The nearest of some words to a mistyped one. */
final class Nearest {
  /** Longer words are not compared. */
  private static final int LENGTH = 200;

  private Nearest() {}

  /** {@code (did you mean "x"?)} after a blank, or nothing when no word is near. */
  static String hint(String word, Collection<String> words) {
    return of(word, words).map(near -> " (did you mean \"" + near + "\"?)").orElse("");
  }

  /**
   * The word with the fewest typing errors, when these are at most a third of the letters, or 2.
   */
  static Optional<String> of(String word, Collection<String> words) {
    int allowed = Math.max(2, word.length() / 3);
    return words.stream()
        .filter(candidate -> distance(word, candidate) <= allowed)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  /**
   * Letters to insert, delete, replace or swap with their neighbour, case apart (optimal string
   * alignment distance).
   */
  static int distance(String one, String other) {
    if (one.length() > LENGTH || other.length() > LENGTH) {
      return Integer.MAX_VALUE;
    }
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
