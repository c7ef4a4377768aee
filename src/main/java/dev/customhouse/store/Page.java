package dev.customhouse.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param next the cursor to ask for the following part with; null when this is the last
 */
public record Page<T>(List<T> rows, @Nullable String next) {
  /** Copies the rows. */
  public Page {
    rows = List.copyOf(rows);
  }
}
