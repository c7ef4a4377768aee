package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.ModelTraits.Way;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code thinkingConfig}: a budget of tokens up to Gemini 2.5, a level from 3 on
 * (ai.google.dev/gemini-api/docs/thinking). Thoughts are shown to whom asks for them.
 */
final class ThinkingWriter {
  private static final int DYNAMIC = -1;

  /** As Google's own layer for OpenAI's clients has them. */
  private static final int LOW_TOKENS = 1_024;

  private static final int MEDIUM_TOKENS = 8_192;
  private static final int HIGH_TOKENS = 24_576;

  private final ModelTraits traits;
  private final Losses losses;
  private final Range range;
  private final ObjectNode config = Json.object();

  /** The budgets that a model takes, beside none at all. */
  private record Range(int least, int most, boolean off) {
    private static Range of(String model) {
      String name = model.toLowerCase(Locale.ROOT);
      if (name.contains("flash-lite")) {
        return new Range(512, HIGH_TOKENS, true);
      }
      return name.contains("pro") ? new Range(128, 32_768, false) : new Range(1, HIGH_TOKENS, true);
    }

    private int fit(int tokens) {
      return Math.clamp(tokens, least, most);
    }
  }

  ThinkingWriter(Target target, ModelTraits traits, Losses losses) {
    this.traits = traits;
    this.losses = losses;
    this.range = Range.of(target.model());
  }

  ObjectNode write(@Nullable Thinking thinking) {
    if (thinking == null) {
      return config;
    }
    boolean off = thinking.mode() == Mode.OFF || thinking.effort() == Effort.NONE;
    if (traits.thinking() == Way.NONE) {
      if (!off) {
        unable(thinking);
      }
      return config;
    }
    if (traits.thinking() == Way.BUDGET) {
      budget(thinking, off);
    } else {
      level(thinking, off);
    }
    Boolean shown = thinking.shown();
    boolean thinks = config.path("thinkingBudget").asInt(DYNAMIC) != 0;
    if (shown != null && (thinks || !shown)) {
      config.put("includeThoughts", shown);
    }
    thinking.extras().of(DialectId.GEMINI).forEach(config::set);
    return config;
  }

  private void unable(Thinking thinking) {
    if (thinking.effort() != null) {
      losses.lost(Feature.THINKING_EFFORT);
    }
    if (thinking.budgetTokens() != null) {
      losses.lost(Feature.THINKING_BUDGET);
    }
  }

  private void budget(Thinking thinking, boolean off) {
    Integer tokens = thinking.budgetTokens();
    Effort effort = thinking.effort();
    if (off) {
      if (!range.off()) {
        losses.lost(Feature.THINKING_OFF);
      }
      config.put("thinkingBudget", range.off() ? 0 : range.least());
    } else if (tokens != null) {
      config.put("thinkingBudget", range.fit(tokens));
    } else if (effort != null) {
      config.put("thinkingBudget", range.fit(tokens(effort)));
    } else if (thinking.mode() != null) {
      config.put("thinkingBudget", DYNAMIC);
    }
  }

  private int tokens(Effort effort) {
    return switch (effort) {
      case NONE, MINIMAL, LOW -> LOW_TOKENS;
      case MEDIUM -> MEDIUM_TOKENS;
      case HIGH -> HIGH_TOKENS;
      case XHIGH, MAX -> range.most();
    };
  }

  private void level(Thinking thinking, boolean off) {
    Integer tokens = thinking.budgetTokens();
    Effort asked = thinking.effort();
    if (off) {
      losses.lost(Feature.THINKING_OFF);
      asked = Effort.MINIMAL;
    } else if (asked == null && tokens != null) {
      asked = effort(tokens);
    }
    Effort level = asked == null ? null : traits.nearest(asked);
    if (level != null) {
      config.put("thinkingLevel", level.name());
    }
  }

  private static Effort effort(int tokens) {
    if (tokens >= HIGH_TOKENS) {
      return Effort.HIGH;
    }
    if (tokens >= MEDIUM_TOKENS) {
      return Effort.MEDIUM;
    }
    return tokens >= LOW_TOKENS ? Effort.LOW : Effort.MINIMAL;
  }
}
