package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * Tools that the provider runs by itself. Their uses look like those of a client's tools but for
 * their type, which older answers lack: then the names tell.
 */
final class ServerTools {
  private static final Set<String> NAMES = Set.of("nova_code_interpreter", "nova_grounding");

  private ServerTools() {}

  /** Whether a {@code toolUse} is the provider's own affair. */
  static boolean isUse(JsonNode toolUse) {
    String type = toolUse.path("type").asText("");
    return !type.isEmpty() && !type.equals("tool_use")
        || NAMES.contains(toolUse.path("name").asText(""));
  }

  /** Whether a {@code toolResult} is one that the provider made. */
  static boolean isResult(JsonNode toolResult) {
    String type = toolResult.path("type").asText("");
    return !type.isEmpty() && !type.equals("tool_result");
  }
}
