package dev.customhouse.flow.route;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Names that are nearly the one that was asked for. */
final class NearestNames {
  private static final int MENTIONED = 3;
  private static final int COMPARED = 2_000;
  private static final int NAME_CHARS = 64;

  private NearestNames() {}

  static List<String> of(String asked, Stream<String> names) {
    String wanted = asked.substring(0, Math.min(asked.length(), NAME_CHARS));
    record Near(String name, int distance) {}
    return names
        .limit(COMPARED)
        .filter(name -> name.length() <= NAME_CHARS)
        .map(name -> new Near(name, distance(wanted, name)))
        .filter(near -> near.distance() <= Math.max(2, wanted.length() / 3))
        .sorted(Comparator.comparingInt(Near::distance))
        .limit(MENTIONED)
        .map(Near::name)
        .toList();
  }

  /** Levenshtein's distance; a name that only lacks a prefix or a suffix counts as near. */
  private static int distance(String a, String b) {
    if (b.contains(a) || a.contains(b)) {
      return 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
