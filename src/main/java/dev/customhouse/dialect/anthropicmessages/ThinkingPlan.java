package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a model is told to think, and how much it may write, which depend on each other: the budget
 * of thinking is a part of {@code max_tokens}.
 *
 * @param thinking the request's {@code thinking}; null: left out
 * @param effort its {@code output_config.effort}; null: left out
 * @param maxTokens its {@code max_tokens}
 * @param on true when it is told to think
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/extended-thinking">Extended
 *     thinking</a>
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/effort">Effort</a>
 */
record ThinkingPlan(
    @Nullable ObjectNode thinking, @Nullable String effort, int maxTokens, boolean on) {
  /**
   * How much a model may write when neither the client nor the table of models says: what Claude
   * Code asks of models that it does not know, and what all current hosts of this dialect allow.
   */
  static final int UNKNOWN_MAX_TOKENS = 32_000;

  /** The smallest budget that Anthropic takes. */
  static final int BUDGET_TOKENS_MIN = 1_024;

  /** What is left for the answer where a model's maximum leaves no more. */
  private static final int ANSWER_TOKENS = 1_024;

  /** Efforts as budgets; the largest still leaves every thinking model room for an answer. */
  private static final Map<Effort, Integer> BUDGETS =
      Map.of(
          Effort.NONE, 0,
          Effort.MINIMAL, BUDGET_TOKENS_MIN,
          Effort.LOW, 2_048,
          Effort.MEDIUM, 8_192,
          Effort.HIGH, 24_576,
          Effort.XHIGH, 32_768,
          Effort.MAX, 49_152);

  /**
   * Plans.
   *
   * @param toolForced true when a tool must be used, with which Claude does not think
   * @param broken true when the running loop of tools lacks the reasoning that it began with, which
   *     Anthropic refuses where thinking has a budget
   */
  static ThinkingPlan of(
      ChatRequest request, ModelTraits traits, boolean toolForced, boolean broken, Losses losses) {
    return new Planner(request, traits, losses).plan(toolForced, broken);
  }

  /** One planning. */
  private static final class Planner {
    private final ModelTraits traits;
    private final Losses losses;
    private final @Nullable Thinking asked;
    private int maxTokens;
    private @Nullable String effort;

    Planner(ChatRequest request, ModelTraits traits, Losses losses) {
      this.traits = traits;
      this.losses = losses;
      this.asked = request.thinking();
      Integer max = request.sampling().maxOutputTokens();
      Integer most = traits.maxOutputTokens();
      if (max == null) {
        this.maxTokens = most == null ? UNKNOWN_MAX_TOKENS : most;
      } else {
        // A client that names betas may have asked for longer answers than the table knows.
        boolean beta = Members.own(request.extras(), RequestReader.BETA) != null;
        this.maxTokens = most == null || beta ? max : Math.min(max, most);
      }
    }

    ThinkingPlan plan(boolean toolForced, boolean broken) {
      Thinking wish = asked;
      if (wish == null) {
        return new ThinkingPlan(null, null, maxTokens, false);
      }
      effort(wish);
      boolean on = wantsOn(wish);
      boolean off = wish.mode() == Mode.OFF || wish.mode() == null && wish.effort() == Effort.NONE;
      JsonNode type = Members.own(wish.extras(), "type");
      if (type != null && wish.mode() == null) {
        // A way of thinking that is newer than this gateway.
        return done(dressed(Json.object().set("type", type), wish), true);
      }
      if (on && traits.thinking() == ModelTraits.Way.NONE) {
        losses.lost(asksBudget(wish));
        return done(null, false);
      }
      if (on && toolForced) {
        losses.lost(Feature.FORCED_TOOL_WITH_THINKING);
        return done(off(wish, type), false);
      }
      if (on && broken && hasBudget(wish)) {
        losses.lost(asksBudget(wish));
        return done(off(wish, type), false);
      }
      if (on) {
        return done(dressed(on(wish), wish), true);
      }
      if (off) {
        ObjectNode written = off(wish, type);
        boolean never = traits.thinking() == ModelTraits.Way.ADAPTIVE && written == null;
        if (never) {
          losses.lost(Feature.THINKING_OFF);
          leastEffort();
        }
        return done(written, false);
      }
      return done(null, false);
    }

    private ThinkingPlan done(@Nullable ObjectNode thinking, boolean on) {
      return new ThinkingPlan(thinking, effort, maxTokens, on);
    }

    private static Feature asksBudget(Thinking wish) {
      return wish.budgetTokens() == null ? Feature.THINKING_EFFORT : Feature.THINKING_BUDGET;
    }

    /** In this dialect an effort alone leaves it to the model's default whether it thinks. */
    private static boolean wantsOn(Thinking wish) {
      if (wish.mode() != null) {
        return wish.mode() != Mode.OFF;
      }
      boolean ownEffort = Members.own(wish.extras(), RequestReader.OUTPUT_CONFIG) != null;
      boolean someEffort = wish.effort() != null && wish.effort() != Effort.NONE;
      return !ownEffort && (someEffort || wish.budgetTokens() != null);
    }

    private boolean hasBudget(Thinking wish) {
      return traits.thinking() != ModelTraits.Way.ADAPTIVE || keepsBudget(wish);
    }

    private boolean keepsBudget(Thinking wish) {
      return traits.budgetToo() && wish.mode() == Mode.ON && wish.budgetTokens() != null;
    }

    private void effort(Thinking wish) {
      Effort given = wish.effort();
      if (given == null || given == Effort.NONE) {
        return;
      }
      Effort nearest = traits.nearest(given);
      boolean own = wish.extras().dialect() == Members.OWN || wish.mode() != null;
      if (traits.thinking() == ModelTraits.Way.ADAPTIVE || own && nearest != null) {
        effort = nearest == null ? null : nearest.label();
      } else if (own) {
        losses.lost(Feature.THINKING_EFFORT);
      }
    }

    private void leastEffort() {
      Effort least = traits.nearest(Effort.NONE);
      if (effort == null && least != null) {
        for (Effort each : traits.efforts()) {
          least = each.compareTo(least) < 0 ? each : least;
        }
        effort = least.label();
      }
    }

    private ObjectNode on(Thinking wish) {
      if (!hasBudget(wish)) {
        Integer budget = wish.budgetTokens();
        if (effort == null && budget != null) {
          Effort nearest = traits.nearest(effortOf(budget));
          effort = nearest == null ? null : nearest.label();
        }
        return Json.object().put("type", "adaptive");
      }
      return Json.object().put("type", "enabled").put("budget_tokens", budget(wish));
    }

    /** The limit is raised to hold the budget, as far as the model goes; only then it is cut. */
    private int budget(Thinking wish) {
      Integer told = wish.budgetTokens();
      Effort given = wish.effort() == null ? Effort.MEDIUM : wish.effort();
      int budget = told == null ? BUDGETS.getOrDefault(given, BUDGET_TOKENS_MIN) : told;
      budget = Math.max(budget, BUDGET_TOKENS_MIN);
      if (maxTokens > budget || maxTokens == 0) {
        return budget;
      }
      Integer most = traits.maxOutputTokens();
      long raised = (long) budget + maxTokens;
      maxTokens = (int) Math.min(raised, most == null ? Integer.MAX_VALUE : most);
      return maxTokens > budget ? budget : Math.max(BUDGET_TOKENS_MIN, maxTokens - ANSWER_TOKENS);
    }

    private static Effort effortOf(int budgetTokens) {
      Effort fitting = Effort.MINIMAL;
      for (Effort each : Effort.values()) {
        if (each != Effort.NONE && BUDGETS.getOrDefault(each, 0) <= budgetTokens) {
          fitting = each;
        }
      }
      return fitting;
    }

    /** Null: there is nothing to write, or no way to turn it off. */
    private @Nullable ObjectNode off(Thinking wish, @Nullable JsonNode type) {
      return switch (traits.thinking()) {
        case NONE -> null;
        case BUDGET, EFFORT -> Json.object().put("type", "disabled");
        case ADAPTIVE ->
            switch (traits.off()) {
              case NEVER -> null;
              case BETWEEN_TOOLS ->
                  type == null
                      ? Json.object().put("type", "between_tools")
                      : dressed(Json.object().set("type", type), wish);
              case DISABLED -> {
                // Opus 5 and Haiku 5.5 refuse it together with more than high.
                if ("xhigh".equals(effort) || "max".equals(effort)) {
                  effort = Effort.HIGH.label();
                }
                yield Json.object().put("type", "disabled");
              }
            };
      };
    }

    private static ObjectNode dressed(ObjectNode thinking, Thinking wish) {
      Boolean shown = wish.shown();
      JsonNode display = Members.own(wish.extras(), "display");
      if (shown != null) {
        thinking.put("display", shown ? "summarized" : "omitted");
      } else if (display != null) {
        thinking.set("display", display);
      }
      wish.extras()
          .of(Members.OWN)
          .forEach((name, value) -> {
            if (!thinking.has(name) && !name.equals(RequestReader.OUTPUT_CONFIG)) {
              thinking.set(name, value);
            }
          });
      return thinking;
    }
  }
}
