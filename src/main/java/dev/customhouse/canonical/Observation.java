package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/**
 * What was seen in an answer on its way through. Everything is null when the provider did not tell.
 *
 * @param responseId the provider's id of the answer
 * @param responseModel the model that the provider says answered
 * @param complete true when the answer came to its proper end
 */
public record Observation(
    @Nullable String responseId,
    @Nullable String responseModel,
    @Nullable FinishReason finish,
    @Nullable Usage usage,
    boolean complete) {
  /** Nothing seen. */
  public static final Observation NONE = new Observation(null, null, null, null, false);
}
