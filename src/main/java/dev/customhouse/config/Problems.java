package dev.customhouse.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The problems of one file as they are found. */
final class Problems {
  /** Beyond this many, further problems are counted and not kept. */
  static final int KEPT = 200;

  private final String file;
  private final List<Problem> kept = new ArrayList<>();
  private int dropped;

  Problems(String file) {
    this.file = file;
  }

  void add(Place place, String message) {
    if (kept.size() == KEPT) {
      dropped++;
      return;
    }
    kept.add(new Problem(file, place.line(), place.column(), place.path(), message));
  }

  boolean isEmpty() {
    return kept.isEmpty();
  }

  /** Throws when there is any. */
  void throwIfAny() {
    if (kept.isEmpty()) {
      return;
    }
    List<Problem> sorted = new ArrayList<>(kept);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    if (dropped > 0) {
      sorted.add(new Problem(file, 0, 0, "", "and " + dropped + " more problems"));
    }
    throw new SettingsException(sorted);
  }
}
