package dev.customhouse.canonical.chat;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is drawn and when to stop. Null: not said, so that the provider's default
 * holds. Numbers keep the digits the client wrote.
 *
 * @param temperature from 0 to 2; Anthropic's from 0 to 1
 * @param maxOutputTokens reasoning included, but for OpenAI-compatible hosts that do not
 * @param stop texts that end the answer; empty: none
 * @param candidates how many answers; null: one
 */
public record Sampling(
    @Nullable BigDecimal temperature,
    @Nullable BigDecimal topP,
    @Nullable Integer topK,
    @Nullable BigDecimal frequencyPenalty,
    @Nullable BigDecimal presencePenalty,
    @Nullable Long seed,
    @Nullable Integer maxOutputTokens,
    List<String> stop,
    @Nullable Integer candidates) {
  /** Nothing said. */
  public static final Sampling NONE =
      new Sampling(null, null, null, null, null, null, null, List.of(), null);

  /** The texts stay in their order. */
  public Sampling {
    stop = List.copyOf(stop);
  }

  /** The same with another limit. */
  public Sampling withMaxOutputTokens(@Nullable Integer changed) {
    return new Sampling(
        temperature,
        topP,
        topK,
        frequencyPenalty,
        presencePenalty,
        seed,
        changed,
        stop,
        candidates);
  }
}
