package dev.customhouse.store;

import org.jspecify.annotations.Nullable;

/**
 * Usage summed over the rows of one group.
 *
 * @param model the upstream's name of it, or the requested one where none was asked; null where
 *     rows were not grouped by it or have none; so are provider and keyId
 * @param errors requests that ended with an error
 */
public record UsageTotal(
    @Nullable String model,
    @Nullable String provider,
    @Nullable String keyId,
    long requests,
    long errors,
    long inputTokens,
    long outputTokens,
    long cacheReadTokens,
    long cacheWriteTokens,
    long reasoningTokens) {

  /** What rows are grouped by. */
  public enum Group {
    MODEL("COALESCE(record ->> 4, record ->> 3)"),
    PROVIDER("record ->> 6"),
    KEY("key_id");

    /** Of {@code usage_kind}, but for the key. */
    private final String column;

    Group(String column) {
      this.column = column;
    }

    String column() {
      return column;
    }
  }

  /** The sum of two totals of the same group. */
  UsageTotal plus(UsageTotal other) {
    return new UsageTotal(
        model,
        provider,
        keyId,
        requests + other.requests,
        errors + other.errors,
        inputTokens + other.inputTokens,
        outputTokens + other.outputTokens,
        cacheReadTokens + other.cacheReadTokens,
        cacheWriteTokens + other.cacheWriteTokens,
        reasoningTokens + other.reasoningTokens);
  }
}
