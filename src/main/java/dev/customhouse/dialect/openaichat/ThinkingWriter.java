package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes how much a provider's model is to think. */
final class ThinkingWriter {
  /** Members of hosts of their own, which say it already. */
  private static final Set<String> NATIVE =
      Set.of("thinking", "reasoning", "enable_thinking", "thinking_budget");

  /** The least budget, in tokens, that is as much as an effort. */
  private static final TreeMap<Integer, Effort> BY_BUDGET =
      new TreeMap<>(
          Map.of(
              0, Effort.MINIMAL,
              1_024, Effort.LOW,
              4_096, Effort.MEDIUM,
              16_384, Effort.HIGH,
              32_768, Effort.XHIGH));

  private final ChatHost host;
  private final Losses losses;

  ThinkingWriter(ChatHost host, Losses losses) {
    this.host = host;
    this.losses = losses;
  }

  static boolean isOff(@Nullable Thinking thinking) {
    return thinking != null
        && (thinking.mode() == Mode.OFF
            || thinking.mode() == null && thinking.effort() == Effort.NONE);
  }

  void write(ChatRequest request, ObjectNode body) {
    Thinking thinking = request.thinking();
    if (thinking == null) {
      return;
    }
    Set<String> own = request.extras().of(DialectId.OPENAI_CHAT).keySet();
    if (own.contains("reasoning")) {
      return;
    }
    if (own.stream().anyMatch(NATIVE::contains)) {
      Effort effort = thinking.effort();
      if (effort != null) {
        body.put("reasoning_effort", effort.label());
      }
      return;
    }
    if (isOff(thinking)) {
      off(body);
    } else {
      on(thinking, body);
    }
  }

  private void off(ObjectNode body) {
    switch (host.thinking()) {
      case TYPE -> body.putObject("thinking").put("type", "disabled");
      case FLAG -> body.put("enable_thinking", false);
      case EFFORT -> {
        Effort least = host.traits().nearest(Effort.NONE);
        if (host.knowsNoEffort()) {
          body.put("reasoning_effort", Effort.NONE.label());
        } else if (least != null && (least == Effort.NONE || host.isOpenAi())) {
          body.put("reasoning_effort", least.label());
        } else if (host.traits().thinking() != ModelTraits.Way.NONE) {
          losses.lost(Feature.THINKING_OFF);
        }
      }
    }
  }

  private void on(Thinking thinking, ObjectNode body) {
    Effort effort = thinking.effort();
    Integer budget = thinking.budgetTokens();
    if (effort == null && budget != null) {
      effort = BY_BUDGET.floorEntry(Math.max(0, budget)).getValue();
    }
    switch (host.thinking()) {
      case TYPE -> {
        if (thinking.mode() != null || effort != null) {
          body.putObject("thinking").put("type", "enabled");
        }
        Effort known = effort == null ? null : host.traits().nearest(effort);
        if (known != null) {
          body.put("reasoning_effort", known.label());
        }
      }
      case FLAG -> {
        if (thinking.mode() != null || effort != null) {
          body.put("enable_thinking", true);
        }
        if (budget != null) {
          body.put("thinking_budget", budget);
        }
      }
      case EFFORT -> effort(thinking, effort, body);
    }
  }

  private void effort(Thinking thinking, @Nullable Effort effort, ObjectNode body) {
    boolean wanted = effort != null || thinking.mode() == Mode.ON;
    if (effort == null && thinking.mode() == Mode.ADAPTIVE) {
      wanted = host.isOpenAi() && host.traits().nearest(Effort.MEDIUM) != null;
    }
    if (!wanted) {
      return;
    }
    Effort known = host.traits().nearest(effort == null ? Effort.MEDIUM : effort);
    if (known == Effort.NONE) {
      known = host.traits().efforts().stream().skip(1).findFirst().orElse(null);
    }
    if (known != null) {
      body.put("reasoning_effort", known.label());
    } else {
      losses.lost(thinking.effort() == null ? Feature.THINKING_BUDGET : Feature.THINKING_EFFORT);
    }
  }
}
