package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/**
 * Tokens of one answer, in the normal form that all dialects are converted to.
 *
 * @param inputTokens all prompt tokens, cache reads and cache writes included
 * @param outputTokens all generated tokens, reasoning included
 * @param cacheReadTokens the part of the input read from the provider's cache; null when not told
 * @param cacheWriteTokens the part of the input written to the provider's cache; null when not told
 * @param reasoningTokens the part of the output that was reasoning; null when not told
 * @param estimated true when the provider reported nothing and the gateway counted itself
 */
public record Usage(
    long inputTokens,
    long outputTokens,
    @Nullable Long cacheReadTokens,
    @Nullable Long cacheWriteTokens,
    @Nullable Long reasoningTokens,
    boolean estimated) {

  /** Usage as reported by a provider that told no details. */
  public static Usage of(long inputTokens, long outputTokens) {
    return new Usage(inputTokens, outputTokens, null, null, null, false);
  }

  /** This and another's together; null stands for nothing. */
  public Usage plus(@Nullable Usage other) {
    if (other == null) {
      return this;
    }
    return new Usage(
        inputTokens + other.inputTokens,
        outputTokens + other.outputTokens,
        sum(cacheReadTokens, other.cacheReadTokens),
        sum(cacheWriteTokens, other.cacheWriteTokens),
        sum(reasoningTokens, other.reasoningTokens),
        estimated || other.estimated);
  }

  private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
    return one == null ? other : other == null ? one : (Long) (one + other);
  }

  /** Input and output together. */
  public long totalTokens() {
    return inputTokens + outputTokens;
  }
}
