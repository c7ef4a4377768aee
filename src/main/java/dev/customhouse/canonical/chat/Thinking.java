package dev.customhouse.canonical.chat;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much the model is to think before it speaks, and whether that is shown.
 *
 * @param mode null: only the effort was said
 * @param effort null: not said
 * @param budgetTokens how many tokens it may think; null: not said
 * @param shown whether the reasoning (or its summary) is wanted; null: not said
 * @param extras what else the dialect says of it, such as the kind of summary
 */
public record Thinking(
    @Nullable Mode mode,
    @Nullable Effort effort,
    @Nullable Integer budgetTokens,
    @Nullable Boolean shown,
    Extras extras) {

  /** Whether. */
  public enum Mode {
    /** Not at all. */
    OFF,
    /** Always. */
    ON,
    /** As the model sees fit (Anthropic's {@code adaptive}, Gemini's budget of -1). */
    ADAPTIVE
  }

  /** How hard, from OpenAI's list and Anthropic's, in order. */
  public enum Effort {
    NONE,
    MINIMAL,
    LOW,
    MEDIUM,
    HIGH,
    XHIGH,
    MAX;

    /** As OpenAI and Anthropic write it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The one of that label; null when there is none. */
    public static @Nullable Effort of(String label) {
      for (Effort effort : values()) {
        if (effort.label().equals(label)) {
          return effort;
        }
      }
      return null;
    }
  }
}
