package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads how much a model is to think. Each family has fields of its own for that: Claude's {@code
 * thinking}, Nova's {@code reasoningConfig}, {@code reasoning_effort} of gpt-oss, {@code
 * reasoning_config} of Qwen and of older Claudes; and the effort that Converse itself has.
 */
final class ThinkingReader {
  private @Nullable Mode mode;
  private @Nullable Effort effort;
  private @Nullable Integer budgetTokens;
  private @Nullable Boolean shown;
  private final Map<String, JsonNode> rest = new LinkedHashMap<>();

  private ThinkingReader() {}

  /**
   * What is asked; what is understood is taken out of the objects.
   *
   * @return null when nothing is said
   */
  static @Nullable Thinking read(ObjectNode additional, ObjectNode output) {
    ThinkingReader reader = new ThinkingReader();
    reader.claude(additional, "thinking");
    reader.claude(additional, "reasoning_config");
    reader.nova(additional);
    for (String name : new String[] {"reasoning_config", "reasoning_effort"}) {
      reader.effort(additional, name);
    }
    if (additional.path("output_config") instanceof ObjectNode config) {
      reader.effort(config, "effort");
      if (config.isEmpty()) {
        additional.remove("output_config");
      }
    }
    reader.effort(output, "effort");
    return reader.isSilent()
        ? null
        : new Thinking(
            reader.mode,
            reader.effort,
            reader.budgetTokens,
            reader.shown,
            BlockReader.extras(reader.rest));
  }

  private boolean isSilent() {
    return mode == null && effort == null && budgetTokens == null;
  }

  private void claude(ObjectNode additional, String name) {
    JsonNode thinking = additional.path(name);
    Mode told =
        switch (thinking.path("type").asText("")) {
          case "enabled" -> Mode.ON;
          case "adaptive" -> Mode.ADAPTIVE;
          case "disabled", "between_tools" -> Mode.OFF;
          default -> null;
        };
    if (told == null) {
      return;
    }
    mode = told;
    JsonNode budget = thinking.path("budget_tokens");
    budgetTokens = budget.canConvertToInt() && budget.isNumber() ? budget.intValue() : null;
    String display = Json.text(thinking.path("display"));
    shown = display == null ? null : Boolean.valueOf(!display.equals("omitted"));
    rest.putAll(BlockReader.rest(thinking, "type", "budget_tokens", "display"));
    additional.remove(name);
  }

  private void nova(ObjectNode additional) {
    JsonNode config = additional.path("reasoningConfig");
    String type = config.path("type").asText("");
    if (!type.equals("enabled") && !type.equals("disabled")) {
      return;
    }
    mode = type.equals("enabled") ? Mode.ON : Mode.OFF;
    effort = Effort.of(config.path("maxReasoningEffort").asText(""));
    rest.putAll(BlockReader.rest(config, "type", "maxReasoningEffort"));
    additional.remove("reasoningConfig");
  }

  private void effort(ObjectNode object, String name) {
    Effort told = Effort.of(object.path(name).asText(""));
    if (told != null) {
      effort = told;
      object.remove(name);
    }
  }
}
