package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a conversation as the items of an input. */
final class InputWriter {
  private static final String REASONING = "reasoning";

  private final Target target;
  private final Losses losses;
  private final boolean home;
  private final PartWriting parts;
  private final List<ObjectNode> items = new ArrayList<>();
  private final Map<String, Boolean> freeform = new HashMap<>();

  InputWriter(Target target, Losses losses) {
    this.target = target;
    this.losses = losses;
    this.home = Own.isHome(target);
    this.parts = new PartWriting(losses, home);
  }

  /**
   * The items.
   *
   * @param additional items that bring tools, by how many messages stand before them
   */
  ArrayNode write(List<Message> messages, Map<Integer, ObjectNode> additional) {
    for (int i = 0; i < messages.size(); i++) {
      ObjectNode tools = additional.get(i);
      if (tools != null) {
        items.add(tools);
      }
      message(messages.get(i));
    }
    additional.forEach((at, tools) -> {
      if (at >= messages.size()) {
        items.add(tools);
      }
    });
    dropLooseReasoning();
    ArrayNode input = Json.object().arrayNode();
    items.forEach(input::add);
    return input;
  }

  private void message(Message message) {
    if (message.extras().cache() != null) {
      losses.lost(Feature.CACHE_MARK);
    }
    switch (message.role()) {
      case ASSISTANT -> assistant(message);
      case USER -> said("user", message);
      case SYSTEM, DEVELOPER -> said(role(message), message);
    }
  }

  /** Hosts other than OpenAI's are surer to know the older word. */
  private String role(Message message) {
    if (message.extras().of(Own.DIALECT).containsKey("type")) {
      return message.role() == Message.Role.SYSTEM ? "system" : "developer";
    }
    return home ? "developer" : "system";
  }

  private void said(String role, Message message) {
    ObjectNode open = null;
    boolean written = false;
    for (Content content : message.content()) {
      ObjectNode item = item(content);
      if (item != null) {
        open = null;
        items.add(item);
        written = true;
        continue;
      }
      if (!isPart(content)) {
        continue;
      }
      JsonNode part = parts.input(content);
      if (part != null) {
        if (open == null) {
          open = words(role, message.extras().of(Own.DIALECT));
          written = true;
        }
        open.withArray("content").add(part);
      }
    }
    if (!written && message.content().isEmpty()) {
      words(role, message.extras().of(Own.DIALECT)).put("content", "");
    }
  }

  private ObjectNode words(String role, Map<String, JsonNode> fields) {
    ObjectNode words = Json.object().put("type", "message").put("role", role);
    words.putArray("content");
    fields.forEach(words::set);
    items.add(words);
    return words;
  }

  /** True for what stands within a message and is no item of its own. */
  private static boolean isPart(Content content) {
    return switch (content) {
      case Content.Text ignored -> true;
      case Content.Media ignored -> true;
      case Content.Declined ignored -> true;
      case Content.Native given -> given.type().startsWith(Own.PART);
      case Content.Reasoning ignored -> false;
      case Content.ToolCall ignored -> false;
      case Content.ToolResult ignored -> false;
    };
  }

  /** An item of its own; null for parts and for what is left out. */
  private @Nullable ObjectNode item(Content content) {
    return switch (content) {
      case Content.ToolCall call -> call(call, false);
      case Content.ToolResult result -> result(result);
      case Content.Native given -> given(given);
      case Content.Reasoning ignored -> {
        losses.lost(Feature.REASONING_TEXT);
        yield null;
      }
      case Content.Text ignored -> null;
      case Content.Media ignored -> null;
      case Content.Declined ignored -> null;
    };
  }

  private @Nullable ObjectNode given(Content.Native given) {
    if (given.type().startsWith(Own.PART)) {
      return null;
    }
    if (given.dialect() == Own.DIALECT && given.raw() instanceof ObjectNode item) {
      return item;
    }
    losses.lost(Feature.NATIVE_CONTENT, given.type());
    return null;
  }

  /** Ids bind items to the reasoning before them, so that they go when it goes. */
  private void assistant(Message message) {
    ObjectNode open = null;
    boolean unbound = false;
    for (Content content : message.content()) {
      if (content instanceof Content.Reasoning reasoning) {
        open = null;
        ObjectNode item = reasoning(reasoning);
        unbound |= item == null;
        if (item != null) {
          items.add(item);
        }
      } else if (isPart(content)) {
        open = spoken(content, open, unbound);
      } else {
        open = null;
        ObjectNode item =
            content instanceof Content.ToolCall call ? call(call, unbound) : item(content);
        if (item != null) {
          items.add(item);
        }
      }
    }
  }

  private @Nullable ObjectNode spoken(Content content, @Nullable ObjectNode open, boolean unbound) {
    JsonNode part = parts.output(content);
    if (part == null) {
      ObjectNode picture = picture(content);
      if (picture != null) {
        items.add(picture);
      }
      return picture == null ? open : null;
    }
    Map<String, JsonNode> own = content.extras().of(Own.DIALECT);
    ObjectNode message = open;
    if (message == null || own.keySet().stream().anyMatch(InputItems.MESSAGE_FIELDS::contains)) {
      message = words("assistant", Map.of());
      for (var field : own.entrySet()) {
        if (!PartWriting.OUTPUT_FIELDS.contains(field.getKey())
            && !(unbound && field.getKey().equals("id"))) {
          message.set(field.getKey(), field.getValue());
        }
      }
    }
    message.withArray("content").add(part);
    return message;
  }

  /** A picture that a model of this dialect made is an item; others have no place here. */
  private @Nullable ObjectNode picture(Content content) {
    if (!(content instanceof Content.Media media)) {
      return null;
    }
    if (Own.is(media.extras()) && media.extras().fields().containsKey("id")) {
      return OutputItems.picture(media, "");
    }
    losses.lost(Feature.NATIVE_CONTENT, media.kind().name().toLowerCase(Locale.ROOT));
    return null;
  }

  private ObjectNode call(Content.ToolCall call, boolean unbound) {
    freeform.put(call.id(), call.freeform());
    if (call.seal() != null) {
      losses.lost(Feature.FOREIGN_SEAL);
    }
    if (call.extras().cache() != null) {
      losses.lost(Feature.CACHE_MARK);
    }
    ObjectNode item =
        Json.object().put("type", call.freeform() ? "custom_tool_call" : "function_call");
    item.put("call_id", call.id());
    item.put("name", call.name());
    if (call.namespace() != null) {
      item.put("namespace", call.namespace());
    }
    String arguments = call.arguments();
    item.put(
        call.freeform() ? "input" : "arguments",
        arguments.isEmpty() && !call.freeform() ? "{}" : arguments);
    for (var field : call.extras().of(Own.DIALECT).entrySet()) {
      if (!(unbound && field.getKey().equals("id"))) {
        item.set(field.getKey(), field.getValue());
      }
    }
    return item;
  }

  private ObjectNode result(Content.ToolResult result) {
    Map<String, JsonNode> own = result.extras().of(Own.DIALECT);
    if (result.extras().cache() != null) {
      losses.lost(Feature.CACHE_MARK);
    }
    boolean text = freeform.getOrDefault(result.callId(), home && own.containsKey("type"));
    ObjectNode item =
        Json.object().put("type", text ? "custom_tool_call_output" : "function_call_output");
    item.put("call_id", result.callId());
    item.set("output", output(result));
    own.forEach((name, value) -> {
      if (!name.equals("type")) {
        item.set(name, value);
      }
    });
    return item;
  }

  private JsonNode output(Content.ToolResult result) {
    String failure = result.failed() ? "Error: " : "";
    List<Content> contents = result.content();
    if (contents.isEmpty()) {
      return Json.object().textNode(failure);
    }
    if (contents.size() == 1
        && contents.getFirst() instanceof Content.Text text
        && text.extras().of(Own.DIALECT).isEmpty()
        && text.extras().cache() == null) {
      return Json.object().textNode(failure + text.text());
    }
    ArrayNode output = Json.object().arrayNode();
    boolean marked = failure.isEmpty();
    for (Content content : contents) {
      Content told = content;
      if (!marked && content instanceof Content.Text text) {
        told = new Content.Text(failure + text.text(), text.citations(), text.extras());
        marked = true;
      }
      JsonNode part = parts.input(told);
      if (part != null) {
        output.add(part);
      }
    }
    if (!marked) {
      output.insertObject(0).put("type", "input_text").put("text", failure.strip());
    }
    return output;
  }

  private @Nullable ObjectNode reasoning(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    Map<String, JsonNode> own = reasoning.extras().of(Own.DIALECT);
    if (seal != null && !seal.isFor(Own.DIALECT, target)) {
      losses.lost(Feature.FOREIGN_SEAL);
      return null;
    }
    String data = seal == null ? "" : seal.data();
    boolean sealed = !data.isEmpty();
    boolean known = own.containsKey("id") || seal != null && !home && !reasoning.text().isEmpty();
    if (!sealed && !known) {
      losses.lost(Feature.REASONING_TEXT);
      return null;
    }
    ObjectNode item = Json.object().put("type", REASONING);
    JsonNode content = own.get("content");
    boolean inContent =
        content == null ? !sealed && !home : InputItems.text(content).equals(reasoning.text());
    ArrayNode summary = item.putArray("summary");
    if (!reasoning.text().isEmpty() && !inContent) {
      summary.addObject().put("type", "summary_text").put("text", reasoning.text());
    }
    if (content == null && inContent && !reasoning.text().isEmpty()) {
      ObjectNode part = item.putArray("content").addObject();
      part.put("type", "reasoning_text").put("text", reasoning.text());
    }
    own.forEach(item::set);
    if (sealed) {
      item.put("encrypted_content", data);
    }
    return item;
  }

  /** OpenAI refuses reasoning that nothing follows which the model said or did. */
  private void dropLooseReasoning() {
    boolean followed = false;
    for (int i = items.size() - 1; i >= 0; i--) {
      ObjectNode item = items.get(i);
      String type = item.path("type").asText();
      if (!type.equals(REASONING)) {
        boolean others =
            type.equals("message") && !item.path("role").asText().equals("assistant")
                || type.endsWith("_output")
                || type.equals(InputItems.ADDITIONAL);
        followed = !others;
      } else if (!followed && !item.has("id")) {
        items.remove(i);
        losses.lost(Feature.REASONING_SEAL);
      }
    }
  }
}
