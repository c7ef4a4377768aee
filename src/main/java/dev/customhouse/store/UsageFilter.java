package dev.customhouse.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which usage rows are asked for.
 *
 * @param from the first moment; null: since the beginning
 * @param to the first moment no longer asked for; null: until now
 * @param keyId null: of all keys
 */
public record UsageFilter(@Nullable Instant from, @Nullable Instant to, @Nullable String keyId) {
  /** All rows. */
  public static final UsageFilter ALL = new UsageFilter(null, null, null);

  /** The rows of a time. */
  public static UsageFilter between(Instant from, Instant to) {
    return new UsageFilter(from, to, null);
  }

  long fromMillis() {
    return from == null ? Long.MIN_VALUE : from.toEpochMilli();
  }

  long toMillis() {
    return to == null ? Long.MAX_VALUE : to.toEpochMilli();
  }
}
