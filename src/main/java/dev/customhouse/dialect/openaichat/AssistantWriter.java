package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what the model said in earlier turns. */
final class AssistantWriter {
  private final ChatHost host;
  private final Target target;
  private final Losses losses;
  private final PartsWriter parts;
  private final boolean thinks;

  /** A writer; {@code thinks} is false when the request turns thinking off. */
  AssistantWriter(ChatHost host, Target target, Losses losses, PartsWriter parts, boolean thinks) {
    this.host = host;
    this.target = target;
    this.losses = losses;
    this.parts = parts;
    this.thinks = thinks;
  }

  /** The contents of one message by what they are. */
  private static final class Sorted {
    final List<Content> words = new ArrayList<>();
    final List<Content.Reasoning> reasoning = new ArrayList<>();
    final List<Content.ToolCall> calls = new ArrayList<>();
    final List<Content.Media> images = new ArrayList<>();
    final StringBuilder declined = new StringBuilder();
  }

  ObjectNode write(Message message) {
    Sorted sorted = sorted(message);
    ObjectNode node = Json.object().put("role", "assistant");
    words(node, sorted);
    if (!sorted.declined.isEmpty()) {
      node.put("refusal", sorted.declined.toString());
    }
    reasoning(node, sorted);
    images(node, sorted.images);
    if (!sorted.calls.isEmpty()) {
      ArrayNode calls = node.putArray("tool_calls");
      sorted.calls.forEach(call -> calls.add(call(call)));
    }
    for (Map.Entry<String, JsonNode> field :
        message.extras().of(DialectId.OPENAI_CHAT).entrySet()) {
      if (!node.has(field.getKey())) {
        node.set(field.getKey(), field.getValue());
      }
    }
    return node;
  }

  private Sorted sorted(Message message) {
    Sorted sorted = new Sorted();
    for (Content content : message.content()) {
      switch (content) {
        case Content.Text text -> sorted.words.add(text);
        case Content.Reasoning reasoning -> {
          if (isOurs(reasoning.seal())) {
            sorted.reasoning.add(reasoning);
          }
        }
        case Content.ToolCall call -> sorted.calls.add(call);
        case Content.Declined declined -> {
          if (host.isOpenAi()) {
            sorted.declined.append(declined.text());
          } else {
            sorted.words.add(Content.Text.of(declined.text()));
          }
        }
        case Content.Media media -> sorted.images.add(media);
        case Content.Native own -> sorted.words.add(own);
        case Content.ToolResult ignored -> {}
      }
    }
    return sorted;
  }

  private boolean isOurs(@Nullable Seal seal) {
    if (seal == null || seal.isFor(DialectId.OPENAI_CHAT, target)) {
      return true;
    }
    losses.lost(Feature.FOREIGN_SEAL);
    return false;
  }

  private void words(ObjectNode node, Sorted sorted) {
    boolean thoughts =
        host.reasoning() == ChatHost.ReasoningPlace.PART && !sorted.reasoning.isEmpty();
    boolean onlyTexts = sorted.words.stream().allMatch(Content.Text.class::isInstance);
    boolean several =
        sorted.words.size() > 1
            || sorted.words.stream()
                .anyMatch(word -> word instanceof Content.Text text && parts.hasMore(text));
    if (!thoughts && onlyTexts && (!several || !host.takesTextParts())) {
      StringBuilder text = new StringBuilder();
      sorted.words.forEach(word -> text.append(parts.bare((Content.Text) word)));
      boolean nothing = text.isEmpty() && (!sorted.calls.isEmpty() || !sorted.declined.isEmpty());
      node.put("content", nothing ? null : text.toString());
      return;
    }
    ArrayNode content = Json.object().putArray("content");
    if (thoughts) {
      sorted.reasoning.forEach(reasoning -> content.add(thinking(reasoning)));
    }
    for (Content word : sorted.words) {
      ObjectNode part = parts.part(word);
      if (part != null) {
        content.add(part);
      }
    }
    if (content.isEmpty()) {
      node.put("content", sorted.calls.isEmpty() ? "" : null);
    } else {
      node.set("content", content);
    }
  }

  private static ObjectNode thinking(Content.Reasoning reasoning) {
    ObjectNode part = Json.object().put("type", "thinking");
    part.putArray("thinking").add(PartsWriter.text(reasoning.text()));
    return part;
  }

  private void reasoning(ObjectNode node, Sorted sorted) {
    StringBuilder text = new StringBuilder();
    ArrayNode details = Json.object().putArray("reasoning_details");
    for (Content.Reasoning reasoning : sorted.reasoning) {
      text.append(reasoning.text());
      details(reasoning.seal(), details);
    }
    switch (host.reasoning()) {
      case REASONING_CONTENT -> {
        boolean missed = thinks && host.wantsReasoningWithCalls() && !sorted.calls.isEmpty();
        if (!text.isEmpty() || missed) {
          node.put("reasoning_content", text.toString());
        }
      }
      case REASONING -> {
        if (!text.isEmpty()) {
          node.put("reasoning", text.toString());
        }
      }
      case NOWHERE -> {
        if (!text.isEmpty()) {
          losses.lost(Feature.REASONING_TEXT);
        }
      }
      case PART -> {}
    }
    if (!details.isEmpty()) {
      node.set("reasoning_details", details);
    }
  }

  private void details(@Nullable Seal seal, ArrayNode details) {
    if (seal == null || seal.data().isEmpty()) {
      return;
    }
    JsonNode entries = Json.read(seal.data().getBytes(StandardCharsets.UTF_8));
    if (!host.takesReasoningDetails() || !entries.isArray()) {
      losses.lost(Feature.REASONING_SEAL);
      return;
    }
    entries.forEach(details::add);
  }

  /** Pictures that a model made are shown to it again only where the dialect was widened for it. */
  private void images(ObjectNode node, List<Content.Media> images) {
    if (images.isEmpty()) {
      return;
    }
    if (!host.takesReasoningDetails()) {
      losses.lost(Feature.NATIVE_CONTENT, "image");
      return;
    }
    ArrayNode array = node.putArray("images");
    for (Content.Media image : images) {
      ObjectNode part = parts.part(image);
      if (part != null) {
        array.add(part);
      }
    }
  }

  private ObjectNode call(Content.ToolCall call) {
    ObjectNode node =
        Json.object().put("id", call.id()).put("type", call.freeform() ? "custom" : "function");
    if (call.freeform()) {
      node.putObject("custom").put("name", call.name()).put("input", call.arguments());
    } else {
      String arguments = call.arguments().isBlank() ? "{}" : call.arguments();
      node.putObject("function").put("name", call.name()).put("arguments", arguments);
    }
    Seal seal = call.seal();
    if (seal != null && isOurs(seal) && !seal.data().isEmpty()) {
      JsonNode extra = Json.read(seal.data().getBytes(StandardCharsets.UTF_8));
      if (extra.isObject()) {
        node.set("extra_content", extra);
      } else {
        losses.lost(Feature.REASONING_SEAL);
      }
    }
    for (Map.Entry<String, JsonNode> field : call.extras().of(DialectId.OPENAI_CHAT).entrySet()) {
      if (!node.has(field.getKey())) {
        node.set(field.getKey(), field.getValue());
      }
    }
    return node;
  }
}
