package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Members;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads how much a client wants a model to think: OpenAI's {@code reasoning_effort}, and what the
 * compatible hosts have for it ({@code thinking} of DeepSeek and z.ai, {@code reasoning} of
 * OpenRouter, {@code enable_thinking} and {@code thinking_budget} of Alibaba). The latter stay
 * among the request's extras as well, so that such a host gets them as they were written.
 */
final class ThinkingReader {
  private final Members body;
  private final Map<String, JsonNode> extras;
  private @Nullable Mode mode;
  private @Nullable Effort effort;
  private @Nullable Integer budget;
  private @Nullable Boolean shown;

  private ThinkingReader(Members body, Map<String, JsonNode> extras) {
    this.body = body;
    this.extras = extras;
  }

  /** Null when nothing is said. An effort that nobody has heard of becomes an extra. */
  static @Nullable Thinking read(Members body, Map<String, JsonNode> extras) {
    ThinkingReader reader = new ThinkingReader(body, extras);
    reader.effort(body.text("reasoning_effort"), true);
    reader.openRouter();
    reader.switches();
    return reader.mode == null
            && reader.effort == null
            && reader.budget == null
            && reader.shown == null
        ? null
        : new Thinking(reader.mode, reader.effort, reader.budget, reader.shown, Extras.NONE);
  }

  private void effort(@Nullable String label, boolean kept) {
    if (label == null) {
      return;
    }
    Effort known = Effort.of(label);
    if (known == Effort.NONE) {
      mode = Mode.OFF;
    } else if (known != null) {
      effort = effort == null ? known : effort;
    } else if (kept) {
      extras.put("reasoning_effort", body.get("reasoning_effort"));
    }
  }

  private void openRouter() {
    if (!body.get("reasoning").isObject()) {
      return;
    }
    Members reasoning = body.requiredObject("reasoning");
    effort(reasoning.text("effort"), false);
    budget(reasoning, "max_tokens");
    on(reasoning.flag("enabled"));
    Boolean excluded = reasoning.flag("exclude");
    shown = excluded == null ? null : !excluded;
  }

  private void switches() {
    if (body.get("thinking").isObject()) {
      Members thinking = body.requiredObject("thinking");
      String type = thinking.text("type");
      if (type != null && mode == null) {
        mode =
            switch (type) {
              case "disabled" -> Mode.OFF;
              case "enabled" -> Mode.ON;
              default -> Mode.ADAPTIVE;
            };
      }
      budget(thinking, "budget_tokens");
    }
    if (body.get("enable_thinking").isBoolean()) {
      on(body.flag("enable_thinking"));
    }
    budget(body, "thinking_budget");
  }

  private void on(@Nullable Boolean enabled) {
    if (enabled != null && mode == null) {
      mode = enabled ? Mode.ON : Mode.OFF;
    }
  }

  private void budget(Members object, String name) {
    JsonNode value = object.get(name);
    if (budget == null && value.isInt() && value.intValue() > 0) {
      budget = value.intValue();
    }
  }
}
