package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the body of a Chat Completions request. */
final class ChatAsk {
  /** Choices of one answer, as OpenAI limits them. */
  static final int MAX_CHOICES = 128;

  private ChatAsk() {}

  static Ask read(ObjectNode body) {
    String model = Models.named(Json.text(body, "model"), Models.TALKING);
    JsonNode messages = body.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      throw FaultException.invalid("'messages' must be an array of one or more", "messages");
    }
    List<Ask.Turn> turns = new ArrayList<>();
    messages.forEach(message -> turns.add(turn(message)));
    List<Ask.Tool> tools = new ArrayList<>();
    body.path("tools").forEach(tool -> addTool(tools, tool));
    Integer maxTokens = Json.integer(body, "max_completion_tokens", 1, Integer.MAX_VALUE);
    if (maxTokens == null) {
      maxTokens = Json.integer(body, "max_tokens", 1, Integer.MAX_VALUE);
    }
    Integer choices = Json.integer(body, "n", 1, MAX_CHOICES);
    return new Ask(
        model,
        turns,
        tools,
        calling(body.path("tool_choice")),
        form(body.path("response_format")),
        Json.strings(body.path("stop")),
        maxTokens,
        choices == null ? 1 : choices,
        body.path("stream").asBoolean());
  }

  private static Ask.Turn turn(JsonNode message) {
    String text = textOf(message.path("content"));
    long others = media(message.path("content"));
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode said = Json.first(call, "function", "custom");
      others +=
          Tokens.of(said.path("name").asText())
              + Tokens.of(Json.first(said, "arguments", "input").asText());
    }
    return switch (message.path("role").asText()) {
      case "system", "developer" -> new Ask.Turn(Ask.Role.SYSTEM, text, List.of(), others);
      case "user" -> new Ask.Turn(Ask.Role.USER, text, List.of(), others);
      case "assistant" -> new Ask.Turn(Ask.Role.ASSISTANT, text, List.of(), others);
      case "tool", "function" -> new Ask.Turn(Ask.Role.TOOL, "", List.of(text), others);
      default ->
          throw FaultException.invalid(
              "'role' must be one of system, developer, user, assistant, tool", "messages");
    };
  }

  /** The text of a message's content: a string, or parts of which some have a text. */
  static String textOf(JsonNode content) {
    if (content.isTextual()) {
      return content.textValue();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode part : content) {
      String text = Json.text(part, "text");
      if (text != null) {
        texts.add(text);
      }
    }
    return String.join("\n", texts);
  }

  /** The count of the parts of a message's content that are no text. */
  static long media(JsonNode content) {
    long tokens = 0;
    if (content.isArray()) {
      for (JsonNode part : content) {
        tokens += part.path("text").isTextual() ? 0 : Tokens.MEDIUM_TOKENS;
      }
    }
    return tokens;
  }

  private static void addTool(List<Ask.Tool> tools, JsonNode tool) {
    JsonNode function = tool.path("function");
    JsonNode custom = tool.path("custom");
    if (function.isObject()) {
      tools.add(
          Ask.Tool.function(
              function.path("name").asText(),
              function.path("description").asText(),
              function.path("parameters")));
    } else if (custom.isObject()) {
      tools.add(
          new Ask.Tool(
              null,
              custom.path("name").asText(),
              custom.path("description").asText(),
              Json.object(),
              true));
    }
  }

  private static Ask.Calling calling(JsonNode choice) {
    if (choice.asText().equals("none")) {
      return Ask.Calling.NEVER;
    }
    String name = Json.text(Json.first(choice, "function", "custom"), "name");
    return name == null ? Ask.Calling.FREE : Ask.Calling.only(name);
  }

  private static Ask.@Nullable Form form(JsonNode format) {
    return switch (format.path("type").asText()) {
      case "json_schema" -> new Ask.Form(schema(format.path("json_schema").path("schema")));
      case "json_object" -> new Ask.Form(null);
      default -> null;
    };
  }

  /** The node as a schema; null when it is none. */
  static @Nullable JsonNode schema(JsonNode schema) {
    return schema.isObject() ? schema : null;
  }
}
