package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes how much a model is to think, in the fields of its family. A budget and an effort stand
 * for each other where only one of them is known.
 */
final class ThinkingWriter {
  /** The least that Anthropic takes as a budget. */
  private static final int BUDGET_LEAST = 1_024;

  private final String model;
  private final Family family;
  private final ModelTraits traits;
  private final Losses losses;
  private final ObjectNode additional;
  private final ObjectNode output;
  private @Nullable Integer maxTokens;
  private boolean thinks;
  private boolean samples = true;

  /**
   * Writes into the request's objects.
   *
   * @param additional {@code additionalModelRequestFields}
   * @param output {@code outputConfig}
   * @param maxTokens the longest answer; null: not said
   */
  ThinkingWriter(
      String model,
      Family family,
      ModelTraits traits,
      Losses losses,
      ObjectNode additional,
      ObjectNode output,
      @Nullable Integer maxTokens) {
    this.model = model;
    this.family = family;
    this.traits = traits;
    this.losses = losses;
    this.additional = additional;
    this.output = output;
    this.maxTokens = maxTokens;
  }

  /** The budget that an effort stands for. */
  private static int budget(Effort effort) {
    return switch (effort) {
      case NONE, MINIMAL -> BUDGET_LEAST;
      case LOW -> 2_048;
      case MEDIUM -> 8_192;
      case HIGH -> 24_576;
      case XHIGH -> 32_768;
      case MAX -> 49_152;
    };
  }

  /** The longest answer, thinking included; null: not said. */
  @Nullable Integer maxTokens() {
    return maxTokens;
  }

  /** True when temperature and the like may be set. */
  boolean samples() {
    return samples && (thinks ? traits.samplesWhileThinking() : traits.samples());
  }

  /**
   * Writes it.
   *
   * @param forced true when a tool must be used
   * @param unthoughtCalls true when results of calls follow that have no reasoning before them
   */
  void write(@Nullable Thinking thinking, boolean forced, boolean unthoughtCalls) {
    if (thinking == null) {
      return;
    }
    boolean off = thinking.mode() == Mode.OFF || thinking.effort() == Effort.NONE;
    switch (family) {
      case CLAUDE -> claude(thinking, off, forced, unthoughtCalls);
      case NOVA -> nova(thinking, off);
      case GPT_OSS -> {
        thinks = true;
        additional.put("reasoning_effort", off ? "low" : common(thinking).label());
      }
      case QWEN -> {
        if (!off) {
          thinks = true;
          boolean high = common(thinking) == Effort.HIGH;
          additional.put("reasoning_config", high ? "high" : "low");
        }
      }
      case MISTRAL, OTHER, UNKNOWN -> {
        if (!off) {
          lose(thinking);
        }
      }
    }
  }

  private void lose(Thinking thinking) {
    losses.lost(
        thinking.budgetTokens() == null ? Feature.THINKING_EFFORT : Feature.THINKING_BUDGET);
  }

  private void claude(Thinking thinking, boolean off, boolean forced, boolean unthoughtCalls) {
    if (traits.thinking() == ModelTraits.Way.NONE) {
      if (!off) {
        lose(thinking);
      }
      return;
    }
    if (off) {
      turnOff(thinking.effort());
      return;
    }
    if (forced) {
      losses.lost(Feature.FORCED_TOOL_WITH_THINKING);
      turnOff(null);
      return;
    }
    boolean ownBudget =
        traits.budgetToo() && thinking.mode() == Mode.ON && thinking.budgetTokens() != null;
    if (traits.thinking() == ModelTraits.Way.BUDGET || ownBudget) {
      budgeted(thinking, unthoughtCalls);
    } else {
      adaptive(thinking);
    }
  }

  /** Models that always think are asked for the least; others take an effort up to high. */
  private void turnOff(@Nullable Effort asked) {
    boolean adaptive = traits.thinking() == ModelTraits.Way.ADAPTIVE;
    if (adaptive && traits.off() == ModelTraits.Off.NEVER) {
      losses.lost(Feature.THINKING_OFF);
      thinks = true;
      effort(Effort.MINIMAL);
      return;
    }
    boolean between = adaptive && traits.off() == ModelTraits.Off.BETWEEN_TOOLS;
    additional.putObject("thinking").put("type", between ? "between_tools" : "disabled");
    if (asked != null && asked != Effort.NONE && adaptive) {
      effort(asked.compareTo(Effort.HIGH) > 0 ? Effort.HIGH : asked);
    }
  }

  private void effort(Effort asked) {
    Effort effort = traits.nearest(asked);
    if (effort != null) {
      output.put("effort", effort.label());
    }
  }

  /** Where a budget is set, calls that are not thought of beforehand are refused. */
  private void budgeted(Thinking thinking, boolean unthoughtCalls) {
    Integer budget = budget(thinking);
    if (unthoughtCalls || budget == null) {
      lose(thinking);
      return;
    }
    thinks = true;
    ObjectNode written =
        additional.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
    written.setAll(thinking.extras().of(DialectId.BEDROCK));
  }

  /**
   * The budget, which must be less than the longest answer: that one is made longer. Null when
   * there is no room for it.
   */
  private @Nullable Integer budget(Thinking thinking) {
    Integer told = thinking.budgetTokens();
    int budget = Math.max(BUDGET_LEAST, told != null ? told : budget(effort(thinking)));
    Integer most = traits.maxOutputTokens();
    if (maxTokens != null && maxTokens <= budget) {
      long longer = (long) maxTokens + budget;
      maxTokens = (int) Math.min(longer, most == null ? Integer.MAX_VALUE : most);
      if (maxTokens <= budget) {
        budget = maxTokens - 1;
      }
    } else if (most != null && most <= budget) {
      budget = most - 1;
    }
    return budget < BUDGET_LEAST ? null : Integer.valueOf(budget);
  }

  private void adaptive(Thinking thinking) {
    thinks = true;
    ObjectNode written = additional.putObject("thinking").put("type", "adaptive");
    if (thinking.shown() != null) {
      written.put("display", thinking.shown() ? "summarized" : "omitted");
    }
    written.setAll(thinking.extras().of(DialectId.BEDROCK));
    if (thinking.effort() != null || thinking.budgetTokens() != null) {
      effort(effort(thinking));
    }
  }

  /**
   * Only the second generation thinks (docs.aws.amazon.com/nova/latest/nova2-userguide). With the
   * highest effort it takes neither a limit nor sampling; a limit is a promise and an effort a
   * hint, so that the effort gives way to the limit.
   */
  private void nova(Thinking thinking, boolean off) {
    if (!model.toLowerCase(Locale.ROOT).contains("nova-2")) {
      if (!off) {
        lose(thinking);
      }
      return;
    }
    ObjectNode config = additional.putObject("reasoningConfig");
    if (off) {
      config.put("type", "disabled");
      return;
    }
    Effort effort = common(thinking);
    if (effort == Effort.HIGH && maxTokens != null) {
      lose(thinking);
      effort = Effort.MEDIUM;
    }
    thinks = true;
    samples = effort != Effort.HIGH;
    config.put("type", "enabled").put("maxReasoningEffort", effort.label());
    config.setAll(thinking.extras().of(DialectId.BEDROCK));
  }

  /** The effort, or the one that a budget stands for. */
  private static Effort effort(Thinking thinking) {
    Effort told = thinking.effort();
    if (told != null) {
      return told;
    }
    Integer budget = thinking.budgetTokens();
    if (budget == null) {
      return Effort.MEDIUM;
    }
    Effort nearest = Effort.LOW;
    for (Effort effort : Effort.values()) {
      if (effort.compareTo(Effort.LOW) >= 0 && budget >= budget(effort)) {
        nearest = effort;
      }
    }
    return nearest;
  }

  /** Of low, medium and high. */
  private static Effort common(Thinking thinking) {
    Effort effort = effort(thinking);
    return switch (effort) {
      case NONE, MINIMAL, LOW -> Effort.LOW;
      case MEDIUM -> Effort.MEDIUM;
      case HIGH, XHIGH, MAX -> Effort.HIGH;
    };
  }
}
