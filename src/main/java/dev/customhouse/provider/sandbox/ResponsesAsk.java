package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the body of an OpenAI Responses request. */
final class ResponsesAsk {
  private ResponsesAsk() {}

  /**
   * What the body asks.
   *
   * @param items the whole conversation's items, those of earlier responses included
   */
  static Ask read(ObjectNode body, List<JsonNode> items) {
    String model = Models.named(Json.text(body, "model"), Models.TALKING);
    List<Ask.Turn> turns = new ArrayList<>();
    List<Ask.Tool> tools = new ArrayList<>();
    String instructions = Json.text(body, "instructions");
    if (instructions != null) {
      turns.add(Ask.Turn.of(Ask.Role.SYSTEM, instructions));
    }
    addTools(tools, body.path("tools"), null);
    for (JsonNode item : items) {
      if (item.path("type").asText().equals("additional_tools")) {
        addTools(tools, item.path("tools"), null);
      } else {
        turns.add(turn(item));
      }
    }
    return new Ask(
        model,
        turns,
        tools,
        calling(body.path("tool_choice")),
        form(body.path("text").path("format")),
        List.of(),
        Json.integer(body, "max_output_tokens", 1, Integer.MAX_VALUE),
        1,
        body.path("stream").asBoolean());
  }

  private static Ask.Turn turn(JsonNode item) {
    return switch (item.path("type").asText("message")) {
      case "message" -> message(item);
      case "function_call_output", "custom_tool_call_output" ->
          new Ask.Turn(
              Ask.Role.TOOL,
              "",
              List.of(ChatAsk.textOf(item.path("output"))),
              ChatAsk.media(item.path("output")));
      case "function_call", "custom_tool_call" ->
          new Ask.Turn(
              Ask.Role.ASSISTANT,
              "",
              List.of(),
              Tokens.of(item.path("name").asText())
                  + Tokens.of(Json.first(item, "arguments", "input").asText()));
      // Reasoning and what hosted tools left behind: not for this model, so not counted either.
      default -> new Ask.Turn(Ask.Role.ASSISTANT, "", List.of(), -Tokens.MESSAGE_TOKENS);
    };
  }

  private static Ask.Turn message(JsonNode item) {
    Ask.Role role =
        switch (item.path("role").asText()) {
          case "user" -> Ask.Role.USER;
          case "assistant" -> Ask.Role.ASSISTANT;
          case "system", "developer" -> Ask.Role.SYSTEM;
          default ->
              throw FaultException.invalid(
                  "'role' must be one of user, assistant, system, developer", "input");
        };
    JsonNode content = item.path("content");
    return new Ask.Turn(role, ChatAsk.textOf(content), List.of(), ChatAsk.media(content));
  }

  private static void addTools(List<Ask.Tool> tools, JsonNode offered, @Nullable String namespace) {
    for (JsonNode tool : offered) {
      String name = tool.path("name").asText();
      String description = tool.path("description").asText();
      switch (tool.path("type").asText()) {
        case "function" -> {
          Ask.Tool function = Ask.Tool.function(name, description, tool.path("parameters"));
          tools.add(new Ask.Tool(namespace, name, description, function.schema(), false));
        }
        case "custom" -> tools.add(new Ask.Tool(namespace, name, description, Json.object(), true));
        case "namespace" -> {
          // Namespaces are one level deep.
          if (namespace == null) {
            addTools(tools, tool.path("tools"), name);
          }
        }
        default -> {} // Hosted tools: nobody but the provider calls them.
      }
    }
  }

  private static Ask.Calling calling(JsonNode choice) {
    if (choice.asText().equals("none")) {
      return Ask.Calling.NEVER;
    }
    String name = Json.text(choice, "name");
    return name == null ? Ask.Calling.FREE : Ask.Calling.only(name);
  }

  private static Ask.@Nullable Form form(JsonNode format) {
    return switch (format.path("type").asText()) {
      case "json_schema" -> new Ask.Form(ChatAsk.schema(format.path("schema")));
      case "json_object" -> new Ask.Form(null);
      default -> null;
    };
  }
}
