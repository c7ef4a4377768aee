package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the messages of one client's request. */
final class MessageReader {
  private static final Set<String> PLAIN = Set.of("role", "content");
  private static final Set<String> TOOL = Set.of("role", "content", "tool_call_id", "name");
  private static final Set<String> ASSISTANT =
      Set.of(
          "role",
          "content",
          "refusal",
          "tool_calls",
          "function_call",
          "reasoning_content",
          "reasoning",
          "reasoning_details",
          "images");
  private static final Set<String> CALL = Set.of("id", "type", "function", "custom", "index");
  private static final String EXTRA_CONTENT = "extra_content";

  private final Map<String, String> legacyIds = new HashMap<>();
  private int legacyCalls;

  List<Message> read(JsonNode messages) {
    List<Message> read = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      read.add(message(Members.of(messages.get(i), "messages[" + i + "]")));
    }
    return read;
  }

  private Message message(Members message) {
    String role = message.requiredText("role");
    return switch (role) {
      case "system" -> spoken(Role.SYSTEM, message);
      case "developer" -> spoken(Role.DEVELOPER, message);
      case "user" -> spoken(Role.USER, message);
      case "assistant" -> assistant(message);
      case "tool" -> result(message, message.requiredText("tool_call_id"));
      case "function" -> result(message, legacyId(message.requiredText("name")));
      default ->
          throw RequestBody.invalid(
              "invalid_value",
              "'%s' must be one of 'system', 'developer', 'user', 'assistant', 'tool' or 'function'."
                  .formatted(message.path("role")),
              message.path("role"));
    };
  }

  private static Message spoken(Role role, Members message) {
    if (!message.has("content")) {
      throw Members.missing(message.path("content"), "a string or an array of content parts");
    }
    List<Content> content = new ArrayList<>(PartsReader.read(message));
    return new Message(role, content, moved(message, message.others(PLAIN), content));
  }

  /** A mark on a message is one on its last text: some clients do not write parts for it. */
  private static Extras moved(
      Members message, Map<String, JsonNode> extras, List<Content> content) {
    Extras.CacheMark mark = PartsReader.mark(message);
    JsonNode control = extras.get(PartsReader.CACHE_CONTROL);
    if (mark == null
        || control == null
        || content.isEmpty()
        || !(content.getLast() instanceof Content.Text text)) {
      return Extras.of(DialectId.OPENAI_CHAT, extras);
    }
    extras.remove(PartsReader.CACHE_CONTROL);
    Map<String, JsonNode> fields = new LinkedHashMap<>(text.extras().of(DialectId.OPENAI_CHAT));
    fields.put(PartsReader.CACHE_CONTROL, control);
    content.removeLast();
    content.add(
        new Content.Text(
            text.text(), text.citations(), Extras.of(DialectId.OPENAI_CHAT, fields).with(mark)));
    return Extras.of(DialectId.OPENAI_CHAT, extras);
  }

  private Message result(Members message, String callId) {
    Content result =
        new Content.ToolResult(
            callId,
            message.text("name"),
            PartsReader.read(message),
            false,
            Extras.NONE.with(PartsReader.mark(message)));
    return new Message(
        Role.USER, List.of(result), Extras.of(DialectId.OPENAI_CHAT, message.others(TOOL)));
  }

  private Message assistant(Members message) {
    List<Content> content = new ArrayList<>(PartsReader.read(message));
    String refusal = message.text("refusal");
    if (refusal != null && !refusal.isEmpty()) {
      content.add(new Content.Declined(refusal, Extras.NONE));
    }
    content.addAll(AnswerReader.images(message.node().path("images")));
    ReasoningPlaces details = ReasoningPlaces.read(message.node().path("reasoning_details"));
    List<Content> calls = calls(message, details.ofCalls());
    Map<String, JsonNode> extras = message.others(ASSISTANT);
    extras.entrySet().removeIf(extra -> extra.getValue().isEmpty() && extra.getValue().isArray());
    Extras rest = moved(message, extras, content);
    return new Message(Role.ASSISTANT, withReasoning(message, details, content, calls), rest);
  }

  private static List<Content> withReasoning(
      Members message, ReasoningPlaces details, List<Content> words, List<Content> calls) {
    String reasoning = message.text("reasoning_content");
    if (reasoning == null || reasoning.isEmpty()) {
      reasoning = Json.text(message.get("reasoning"));
    }
    if (!details.places().isEmpty()) {
      return details.put(reasoning == null ? "" : reasoning, words, calls);
    }
    String text = reasoning == null || reasoning.isEmpty() ? details.foreignText() : reasoning;
    Seal seal = details.foreignSeal(null);
    List<Content> all = new ArrayList<>();
    if (!text.isEmpty() || seal != null) {
      all.add(new Content.Reasoning(text, seal, Extras.NONE));
    }
    all.addAll(words);
    all.addAll(calls);
    return all;
  }

  private List<Content> calls(Members message, Map<String, Seal> seals) {
    List<Content> calls = new ArrayList<>();
    JsonNode list = message.list("tool_calls");
    for (int i = 0; i < list.size(); i++) {
      calls.add(call(Members.of(list.get(i), message.path("tool_calls[" + i + "]")), seals));
    }
    Members legacy = message.object("function_call");
    if (legacy != null) {
      String name = legacy.requiredText("name");
      String id = "call_" + legacyCalls++;
      legacyIds.put(name, id);
      calls.add(Content.ToolCall.of(id, name, arguments(legacy, "arguments")));
    }
    return calls;
  }

  /** Calls without ids are answered by name; an answer to none gets an id all the same. */
  private String legacyId(String name) {
    String id = legacyIds.get(name);
    return id == null ? "call_of_" + name : id;
  }

  private static Content call(Members call, Map<String, Seal> seals) {
    String id = call.requiredText("id");
    boolean freeform = call.has("custom");
    Members inner = call.requiredObject(freeform ? "custom" : "function");
    Map<String, JsonNode> extras = new LinkedHashMap<>(call.others(CALL));
    JsonNode own = extras.remove(EXTRA_CONTENT);
    Seal seal = seals.get(id);
    return new Content.ToolCall(
        id,
        inner.requiredText("name"),
        null,
        freeform,
        arguments(inner, freeform ? "input" : "arguments"),
        seal == null ? sealOf(own, null) : seal,
        Extras.of(DialectId.OPENAI_CHAT, extras));
  }

  /**
   * Google's own layer of this dialect puts thought signatures into {@code extra_content} of calls
   * (ai.google.dev/gemini-api/docs/thought-signatures) and wants them back.
   */
  static @Nullable Seal sealOf(@Nullable JsonNode extraContent, @Nullable String maker) {
    return extraContent == null || !extraContent.isObject()
        ? null
        : new Seal(
            DialectId.OPENAI_CHAT,
            maker,
            new String(Json.write(extraContent), StandardCharsets.UTF_8),
            false);
  }

  /** Some clients send the object itself, and some nothing where there are none. */
  private static String arguments(Members inner, String name) {
    JsonNode value = inner.get(name);
    if (value.isObject()) {
      return new String(Json.write(value), StandardCharsets.UTF_8);
    }
    String text = inner.text(name);
    if (text == null || text.isBlank()) {
      return name.equals("arguments") ? "{}" : "";
    }
    return text;
  }
}
