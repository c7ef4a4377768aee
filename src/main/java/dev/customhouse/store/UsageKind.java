package dev.customhouse.store;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What many requests have alike, to the letter.
 *
 * @param record of their rows, as JSON
 * @param decision of their details, as JSON; null: nothing
 */
record UsageKind(String record, @Nullable String decision) {
  /** Kinds that are remembered; another one that comes again is kept again. */
  static final int REMEMBERED = 1_024;

  /** Characters of a kind that is remembered. */
  private static final int REMEMBERED_CHARS = 4_096;

  int chars() {
    return record.length() + (decision == null ? 0 : decision.length());
  }

  /** Whether it is short enough to be kept in memory. */
  boolean isRemembered() {
    return chars() <= REMEMBERED_CHARS;
  }

  /** One object for equal kinds, so that rows that wait hold little. For use by many threads. */
  static final class Pool {
    private final ConcurrentHashMap<UsageKind, UsageKind> kinds = new ConcurrentHashMap<>();

    UsageKind one(UsageKind kind) {
      if (!kind.isRemembered()) {
        return kind;
      }
      UsageKind known = kinds.get(kind);
      if (known != null) {
        return known;
      }
      if (kinds.size() >= REMEMBERED) {
        kinds.clear();
      }
      kinds.put(kind, kind);
      return kind;
    }
  }
}
