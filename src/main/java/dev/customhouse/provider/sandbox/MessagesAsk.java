package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the body of an Anthropic Messages request, or of one for its token count. */
final class MessagesAsk {
  private MessagesAsk() {}

  /**
   * What the body asks.
   *
   * @param countOnly true when nothing is to be said, so that {@code max_tokens} may be absent
   */
  static Ask read(ObjectNode body, boolean countOnly) {
    String model = Models.named(Json.text(body, "model"), Models.TALKING);
    if (body.path("thread").isObject()) {
      // A client that hears this sends its whole history from then on. Dropping the field instead
      // would lose the conversation.
      throw new FaultException(
          new Fault(
              Fault.Kind.THREAD_UNSUPPORTED,
              400,
              "'thread' must be absent: the sandbox keeps no message threads",
              "thread",
              0));
    }
    JsonNode messages = body.path("messages");
    if (!messages.isArray() || (messages.isEmpty() && !countOnly)) {
      throw FaultException.invalid("'messages' must be an array of one or more", "messages");
    }
    Integer maxTokens = Json.integer(body, "max_tokens", 1, Integer.MAX_VALUE);
    if (maxTokens == null && !countOnly) {
      throw FaultException.invalid("max_tokens: Field required", "max_tokens");
    }
    List<Ask.Turn> turns = new ArrayList<>();
    if (!body.path("system").isEmpty() || body.path("system").isTextual()) {
      turns.add(Ask.Turn.of(Ask.Role.SYSTEM, ChatAsk.textOf(body.path("system"))));
    }
    messages.forEach(message -> turns.add(turn(message)));
    List<Ask.Tool> tools = new ArrayList<>();
    for (JsonNode tool : body.path("tools")) {
      // Tools that the provider runs itself have no schema; nobody but the provider calls them.
      if (tool.path("input_schema").isObject()) {
        tools.add(
            Ask.Tool.function(
                tool.path("name").asText(),
                tool.path("description").asText(),
                tool.path("input_schema")));
      }
    }
    return new Ask(
        model,
        turns,
        tools,
        calling(body.path("tool_choice")),
        form(body),
        Json.strings(body.path("stop_sequences")),
        maxTokens,
        1,
        body.path("stream").asBoolean());
  }

  private static Ask.Turn turn(JsonNode message) {
    JsonNode content = message.path("content");
    List<String> results = new ArrayList<>();
    long others = 0;
    if (content.isArray()) {
      for (JsonNode block : content) {
        switch (block.path("type").asText()) {
          case "text", "thinking", "redacted_thinking" -> {}
          case "tool_result" -> {
            results.add(ChatAsk.textOf(block.path("content")));
            others += ChatAsk.media(block.path("content"));
          }
          case "tool_use" ->
              others +=
                  Tokens.of(block.path("name").asText())
                      + Tokens.of(Json.write(block.path("input")));
          default -> others += Tokens.MEDIUM_TOKENS;
        }
      }
    }
    Ask.Role role =
        switch (message.path("role").asText()) {
          case "user" -> Ask.Role.USER;
          case "assistant" -> Ask.Role.ASSISTANT;
          case "system" -> Ask.Role.SYSTEM;
          default ->
              throw FaultException.invalid(
                  "messages: 'role' must be one of user, assistant, system", "messages");
        };
    return new Ask.Turn(role, ChatAsk.textOf(content), results, others);
  }

  private static Ask.Calling calling(JsonNode choice) {
    return switch (choice.path("type").asText()) {
      case "none" -> Ask.Calling.NEVER;
      case "tool" -> Ask.Calling.only(choice.path("name").asText());
      default -> Ask.Calling.FREE;
    };
  }

  private static Ask.@Nullable Form form(ObjectNode body) {
    // output_format is the older, beta name.
    JsonNode format = Json.first(body.path("output_config"), "format");
    format = format.isObject() ? format : body.path("output_format");
    return format.path("type").asText().equals("json_schema")
        ? new Ask.Form(ChatAsk.schema(format.path("schema")))
        : null;
  }
}
