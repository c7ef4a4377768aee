package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A request for the summary of a conversation, made of the request to compact it. */
final class Summons {
  static final String TRIGGER = "compaction_trigger";

  private static final String INSTRUCTION =
      """
      The conversation above has become too long and is about to be replaced by a summary. Write that \
      summary now, for an assistant who goes on with the work and sees nothing else of what was said. \
      Tell, as far as they apply: what the user wants, in the user's own words where they matter; what \
      has been decided, and why; what has been done and found out, with names, paths, numbers and \
      commands as they were; what is still to be done, and what comes next. Where the conversation \
      begins with an earlier summary, carry over what still holds of it. Write nothing but the \
      summary: no greeting, no question, no call of a tool.\
      """;

  /** What of a request to compact says something about the summary too. */
  private static final Set<String> CARRIED =
      Set.of(
          "model",
          "instructions",
          "reasoning",
          "tools",
          "service_tier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "prompt_cache_options",
          "safety_identifier",
          "metadata",
          "store",
          "background");

  private Summons() {}

  /**
   * The body of the request. The conversation stands in it as it was, so that the provider's cache
   * of it is used; where the request brings no tools, calls of them become words.
   *
   * @param body with the whole conversation in its input
   * @param stored false: the provider is not to keep the summary
   */
  static byte[] body(byte[] body, boolean stored) {
    ObjectNode asked = (ObjectNode) Json.read(body);
    JsonNode items = asked.path("input");
    boolean tools = asked.path("tools").size() > 0 || brings(items);
    ObjectNode request = Json.object();
    asked
        .properties()
        .forEach(member -> {
          if (CARRIED.contains(member.getKey())) {
            request.set(member.getKey(), member.getValue());
          }
        });
    ArrayNode input = request.putArray("input");
    if (items.isTextual()) {
      message(input, "user", items.textValue());
    }
    for (JsonNode item : items) {
      if (!item.path("type").asText().equals(TRIGGER)) {
        add(input, item, tools);
      }
    }
    message(input, "user", INSTRUCTION);
    if (tools) {
      request.put("tool_choice", "none");
    }
    if (!stored) {
      request.put("store", false);
    }
    return Json.write(request.put("stream", true));
  }

  private static boolean brings(JsonNode items) {
    for (JsonNode item : items) {
      if (item.path("type").asText().equals("additional_tools")) {
        return true;
      }
    }
    return false;
  }

  private static void add(ArrayNode input, JsonNode item, boolean tools) {
    String type = item.path("type").asText("message");
    if (tools || type.equals("message")) {
      input.add(item);
      return;
    }
    switch (type) {
      case "reasoning" -> {}
      case "function_call" -> called(input, item, "arguments");
      case "custom_tool_call" -> called(input, item, "input");
      default ->
          message(input, "user", type.replace('_', ' ') + ": " + words(item.path("output"), item));
    }
  }

  private static void called(ArrayNode input, JsonNode call, String member) {
    String words = "I called the tool '%s' with: %s";
    message(
        input,
        "assistant",
        words.formatted(call.path("name").asText(), call.path(member).asText()));
  }

  /** The output of a tool in words; all of an item that has none. */
  private static String words(JsonNode output, JsonNode item) {
    if (output.isTextual()) {
      return output.textValue();
    }
    JsonNode shown = output.isMissingNode() ? item : output;
    return new String(Json.write(shown), StandardCharsets.UTF_8);
  }

  private static void message(ArrayNode input, String role, String text) {
    input.addObject().put("type", "message").put("role", role).put("content", text);
  }
}
