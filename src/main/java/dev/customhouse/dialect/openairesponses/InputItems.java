package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.SealBox;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the items of a request's input into messages. What one turn of the model is made of
 * (reasoning, words, calls) becomes one message, and results that follow each other do; two
 * messages of the model in a row stay two.
 */
final class InputItems {
  /** Members of an item that stands for a message of the model, beside its content. */
  static final Set<String> MESSAGE_FIELDS = Set.of("id", "status", "phase");

  /** The mark of a tool that an item of the input brought: where the item stood. */
  static final String ADDITIONAL = "additional_tools";

  private final List<Message> messages = new ArrayList<>();
  private final List<Tool> tools = new ArrayList<>();
  private final List<Content> open = new ArrayList<>();
  private Kind last = Kind.NOTHING;

  /** What the open message is made of, at its end. */
  private enum Kind {
    NOTHING,
    WORDS,
    CALLS,
    RESULTS
  }

  /** Reads a request's {@code input}: a string, an array of items, or nothing. */
  InputItems(JsonNode input) {
    if (input.isTextual()) {
      messages.add(Message.of(Role.USER, Content.Text.of(input.textValue())));
    } else if (input.isArray()) {
      for (int i = 0; i < input.size(); i++) {
        item(input.get(i), "input[" + i + "]");
      }
      close();
    } else if (!input.isMissingNode()) {
      throw RequestBody.invalid(
          "invalid_type", "'input' must be a string or an array of items.", "input");
    }
  }

  /** What was said, in order. */
  List<Message> messages() {
    return messages;
  }

  /** The tools that items brought. */
  List<Tool> tools() {
    return tools;
  }

  private void item(JsonNode raw, String place) {
    Members fields = Members.of(raw, place);
    String type = fields.text("type");
    if (type == null) {
      if (fields.has("role")) {
        type = "message";
      } else if (fields.has("id") && fields.rest().size() == 1) {
        type = "item_reference";
      } else {
        throw RequestBody.invalid(
            "missing_required_parameter",
            "'" + place + "' must have a 'type', or a 'role' if it is a message.",
            place + ".type");
      }
    }
    switch (type) {
      case "message" -> message(fields);
      case "reasoning" -> join(List.of(reasoning(fields)), Kind.CALLS);
      case "function_call" -> join(List.of(call(fields, "arguments", false)), Kind.CALLS);
      case "custom_tool_call" -> join(List.of(call(fields, "input", true)), Kind.CALLS);
      case "function_call_output" -> join(List.of(result(fields, null)), Kind.RESULTS);
      case "custom_tool_call_output" -> join(List.of(result(fields, type)), Kind.RESULTS);
      case "additional_tools" -> additionalTools(fields);
      case "item_reference" ->
          throw RequestBody.invalid(
              "item_not_found",
              "'%s' refers to the item '%s', which is not kept here; send the item itself."
                  .formatted(place, fields.peek("id")),
              place + ".id");
      default -> {
        boolean results = type.endsWith("_output") || type.endsWith("_response");
        join(
            List.of(new Content.Native(Own.DIALECT, type, raw)),
            results ? Kind.RESULTS : Kind.CALLS);
      }
    }
  }

  private void message(Members fields) {
    String name = fields.requiredText("role");
    Role role =
        switch (name) {
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          case "system" -> Role.SYSTEM;
          case "developer" -> Role.DEVELOPER;
          default ->
              throw RequestBody.invalid(
                  "invalid_value",
                  "'%s' is '%s'; it must be user, assistant, system or developer."
                      .formatted(fields.path("role"), name),
                  fields.path("role"));
        };
    List<Content> content = ContentParts.read(fields.take("content"), fields.path("content"));
    if (role == Role.ASSISTANT) {
      if (!content.isEmpty()) {
        List<Content> marked = new ArrayList<>(content);
        marked.set(0, with(content.getFirst(), fields.rest()));
        join(marked, Kind.WORDS);
      }
      return;
    }
    close();
    Map<String, JsonNode> rest = new LinkedHashMap<>();
    if (role.instructs()) {
      // Tells instructions among the items from those of the request itself.
      rest.put("type", Json.object().textNode("message"));
    }
    rest.putAll(fields.rest());
    messages.add(new Message(role, content, Extras.of(Own.DIALECT, rest)));
  }

  private static Content with(Content content, Map<String, JsonNode> more) {
    if (more.isEmpty()) {
      return content;
    }
    Map<String, JsonNode> all = new LinkedHashMap<>(content.extras().fields());
    all.putAll(more);
    Extras extras = new Extras(Own.DIALECT, all, content.extras().cache());
    return switch (content) {
      case Content.Text text -> new Content.Text(text.text(), text.citations(), extras);
      case Content.Declined declined -> new Content.Declined(declined.text(), extras);
      case Content.Media media ->
          new Content.Media(media.kind(), media.source(), media.mediaType(), media.name(), extras);
      case Content.Reasoning same -> same;
      case Content.ToolCall same -> same;
      case Content.ToolResult same -> same;
      case Content.Native same -> same;
    };
  }

  private static Content reasoning(Members fields) {
    JsonNode summary = fields.list("summary");
    JsonNode content = fields.list("content");
    String sealed = fields.text("encrypted_content");
    Seal seal =
        sealed == null || sealed.isEmpty() ? null : SealBox.unpack(sealed, Own.DIALECT, true);
    if (!content.isEmpty()) {
      fields.rest().put("content", content);
    }
    String text = text(summary);
    return new Content.Reasoning(
        text.isEmpty() ? text(content) : text, seal, Extras.of(Own.DIALECT, fields.rest()));
  }

  /** The texts of parts with a blank line between them. */
  static String text(JsonNode parts) {
    StringBuilder all = new StringBuilder();
    for (JsonNode part : parts) {
      String text = part.path("text").asText("");
      if (!text.isEmpty()) {
        all.append(all.isEmpty() ? "" : "\n\n").append(text);
      }
    }
    return all.toString();
  }

  private static Content call(Members fields, String member, boolean freeform) {
    String id = fields.requiredText("call_id");
    String name = fields.requiredText("name");
    String namespace = fields.text("namespace");
    JsonNode arguments = fields.take(member);
    return new Content.ToolCall(
        id,
        name,
        namespace,
        freeform,
        written(arguments),
        null,
        Extras.of(Own.DIALECT, fields.rest()));
  }

  /** Arguments are a string that holds JSON; some clients send the JSON itself. */
  static String written(JsonNode arguments) {
    if (arguments.isTextual() || arguments.isMissingNode() || arguments.isNull()) {
      return arguments.asText("");
    }
    return new String(Json.write(arguments), StandardCharsets.UTF_8);
  }

  /** The type stays with results of tools of free text: their call may not be in the request. */
  private static Content result(Members fields, @Nullable String type) {
    String id = fields.requiredText("call_id");
    JsonNode output = fields.take("output");
    String name = fields.peek("name");
    Map<String, JsonNode> rest = new LinkedHashMap<>();
    if (type != null) {
      rest.put("type", Json.object().textNode(type));
    }
    rest.putAll(fields.rest());
    boolean known = output.isTextual() || output.isArray() || output.isMissingNode();
    List<Content> content =
        known
            ? ContentParts.read(output, fields.path("output"))
            : List.of(Content.Text.of(written(output)));
    return new Content.ToolResult(id, name, content, false, Extras.of(Own.DIALECT, rest));
  }

  private void additionalTools(Members fields) {
    close();
    JsonNode brought = fields.list("tools");
    fields.take("role");
    ObjectNode mark = Json.object().put("at", messages.size());
    fields.rest().forEach(mark::set);
    tools.addAll(RequestTools.read(brought, fields.path("tools"), Map.of(ADDITIONAL, mark)));
  }

  private void join(List<Content> content, Kind kind) {
    boolean joins =
        switch (last) {
          case NOTHING -> true;
          case WORDS -> kind == Kind.CALLS;
          case CALLS -> kind == Kind.CALLS || kind == Kind.WORDS;
          case RESULTS -> kind == Kind.RESULTS;
        };
    if (!joins) {
      close();
    }
    open.addAll(content);
    last = kind;
  }

  private void close() {
    if (!open.isEmpty()) {
      messages.add(
          new Message(last == Kind.RESULTS ? Role.USER : Role.ASSISTANT, open, Extras.NONE));
      open.clear();
    }
    last = Kind.NOTHING;
  }
}
