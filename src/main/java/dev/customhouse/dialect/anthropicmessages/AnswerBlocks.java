package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.SealBox;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The hub's contents as content blocks of an answer. */
final class AnswerBlocks {
  private AnswerBlocks() {}

  /** The blocks of a whole content: none when the client could not make anything of it. */
  static List<ObjectNode> of(Content content) {
    return switch (content) {
      case Content.Text text -> text(text);
      case Content.Declined declined -> text(Content.Text.of(declined.text()));
      case Content.Reasoning reasoning -> reasoning(reasoning);
      case Content.ToolCall call -> call(call);
      case Content.Native own ->
          own.dialect() == Members.OWN && own.raw() instanceof ObjectNode raw
              ? List.of(raw)
              : List.of();
      case Content.Media ignored -> List.of();
      case Content.ToolResult ignored -> List.of();
    };
  }

  private static List<ObjectNode> text(Content.Text text) {
    if (text.text().isEmpty()) {
      return List.of();
    }
    ObjectNode block = textOpening(text.extras()).put("text", text.text());
    ArrayNode citations = block.arrayNode();
    for (Citation citation : text.citations()) {
      ObjectNode written = Citations.write(citation);
      if (written != null) {
        citations.add(written);
      }
    }
    if (!citations.isEmpty()) {
      block.set("citations", citations);
    }
    return List.of(block);
  }

  private static List<ObjectNode> reasoning(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    if (reasoning.text().isEmpty()) {
      if (seal == null) {
        return List.of();
      }
      if (seal.redacted()) {
        return List.of(redacted(seal));
      }
    }
    return List.of(
        Json.object()
            .put("type", "thinking")
            .put("thinking", reasoning.text())
            .put("signature", seal == null ? "" : SealBox.pack(seal, Members.OWN)));
  }

  private static List<ObjectNode> call(Content.ToolCall call) {
    List<ObjectNode> blocks = new ArrayList<>(2);
    Seal seal = call.seal();
    if (seal != null) {
      blocks.add(redacted(seal));
    }
    ObjectNode block = callOpening(call);
    block.set(
        "input",
        call.freeform() ? Arguments.ofText(call.arguments()) : Arguments.written(call.arguments()));
    blocks.add(block);
    return blocks;
  }

  /** True when the client is to run the call: those of a program the provider runs are not. */
  static boolean waits(Content content) {
    return content instanceof Content.ToolCall call && Members.own(call.extras(), "caller") == null;
  }

  /** Reasoning of which only its maker knows the words, or a signature for the call behind it. */
  static ObjectNode redacted(Seal seal) {
    return Json.object()
        .put("type", "redacted_thinking")
        .put("data", SealBox.pack(seal, Members.OWN));
  }

  /** A text that is still to come. */
  static ObjectNode textOpening(Extras extras) {
    ObjectNode block = Json.object().put("type", "text").put("text", "").putNull("citations");
    Members.restore(block, extras);
    return block;
  }

  /** A call whose arguments are still to come. */
  static ObjectNode callOpening(Content.ToolCall call) {
    ObjectNode block =
        Json.object()
            .put("type", "tool_use")
            .put("id", CallIds.fitted(call.id()))
            .put("name", call.name());
    block.putObject("input");
    Members.restore(block, call.extras());
    if (!block.has("caller")) {
      block.putObject("caller").put("type", "direct");
    }
    return block;
  }

  /** A citation as the event of a stream tells it; null when this dialect has no form for it. */
  static @Nullable ObjectNode citation(Citation citation) {
    ObjectNode written = Citations.write(citation);
    return written == null
        ? null
        : Json.object().put("type", "citations_delta").set("citation", written);
  }
}
