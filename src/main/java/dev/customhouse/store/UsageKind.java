package dev.customhouse.store;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import java.util.Map;
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

  /**
   * What a row and its detail are made of, as far as their kind goes: equal ones have an equal
   * kind, which need not be written to be found. In step with {@link UsageColumns#writeKind}.
   */
  record Likeness(
      @Nullable String project,
      Operation operation,
      @Nullable DialectId clientDialect,
      @Nullable String requestedModel,
      @Nullable String upstreamModel,
      @Nullable String responseModel,
      @Nullable String provider,
      @Nullable String path,
      int status,
      @Nullable ErrorKind error,
      @Nullable FinishReason finish,
      boolean stream,
      boolean clientGone,
      int attempts,
      @Nullable Boolean estimated,
      @Nullable Object detail) {

    /** Null when the detail does not tell what it is like. */
    static @Nullable Likeness of(UsageRow row, @Nullable UsageDetail detail) {
      Object like = detail == null ? null : detail.likeness();
      if (detail != null && like == null) {
        return null;
      }
      Usage usage = row.usage();
      return new Likeness(
          row.project(),
          row.operation(),
          row.clientDialect(),
          row.requestedModel(),
          row.upstreamModel(),
          row.responseModel(),
          row.provider(),
          row.path(),
          row.status(),
          row.error(),
          row.finish(),
          row.stream(),
          row.clientGone(),
          row.attempts(),
          usage == null ? null : usage.estimated(),
          like);
    }
  }

  /** One object for equal kinds, so that rows that wait hold little. For use by many threads. */
  static final class Pool {
    private final ConcurrentHashMap<UsageKind, UsageKind> kinds = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Likeness, UsageKind> likenesses = new ConcurrentHashMap<>();

    /** The kind of what is like this; null: it has to be written. */
    @Nullable UsageKind known(@Nullable Likeness likeness) {
      return likeness == null ? null : likenesses.get(likeness);
    }

    /** The one object for a kind, which will be known by its likeness from now on. */
    UsageKind one(UsageKind kind, @Nullable Likeness likeness) {
      if (!kind.isRemembered()) {
        return kind;
      }
      UsageKind one = known(kinds, kind, kind);
      return likeness == null ? one : known(likenesses, likeness, one);
    }

    private static <K> UsageKind known(Map<K, UsageKind> among, K key, UsageKind kind) {
      UsageKind known = among.get(key);
      if (known != null) {
        return known;
      }
      if (among.size() >= REMEMBERED) {
        among.clear();
      }
      among.put(key, kind);
      return kind;
    }
  }
}
