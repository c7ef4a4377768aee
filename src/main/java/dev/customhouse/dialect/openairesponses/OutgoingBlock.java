package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.JsonBytes;
import dev.customhouse.dialect.SealBox;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A block of the answer that grows, and the events that say so. */
sealed interface OutgoingBlock {
  /** The block begins. */
  void begin();

  /** More of it. */
  void grow(String piece);

  /** Another block begins: one that waited to be shown takes its place before it. */
  default void settle() {}

  /** It is whole; the item it is, or null when it is a part of one. */
  @Nullable ObjectNode end();

  /** A source of it. Most blocks have none. */
  default void cite(Citation citation) {}

  /** Its proof. Most blocks have none. */
  default void seal(Seal proof) {}

  /** Where a block stands. */
  private static JsonBytes at(JsonBytes event, String id, int index) {
    return event.put("item_id", id).put("output_index", index);
  }

  /** Words, or words for declining. */
  final class Words implements OutgoingBlock {
    private final EventLines events;
    private final OutgoingMessage message;
    private final boolean declined;
    private final StringBuilder text = new StringBuilder();
    private final ArrayNode annotations = Json.object().arrayNode();
    private int part;

    Words(EventLines events, OutgoingMessage message, boolean declined) {
      this.events = events;
      this.message = message;
      this.declined = declined;
    }

    @Override
    public void begin() {
      part = message.begin();
      events.write("response.content_part.added", event -> here(event).set("part", part()));
    }

    private JsonBytes here(JsonBytes event) {
      return at(event, message.id(), message.index()).put("content_index", part);
    }

    private ObjectNode part() {
      if (declined) {
        return Json.object().put("type", "refusal").put("refusal", text.toString());
      }
      ObjectNode told = Json.object().put("type", "output_text");
      told.set("annotations", annotations.deepCopy());
      told.putArray("logprobs");
      return told.put("text", text.toString());
    }

    @Override
    public void grow(String piece) {
      text.append(piece);
      if (declined) {
        events.write("response.refusal.delta", event -> here(event).put("delta", piece));
      } else {
        events.write(
            "response.output_text.delta",
            event -> here(event).put("delta", piece).beginArray("logprobs").endArray());
      }
    }

    @Override
    public void cite(Citation citation) {
      ObjectNode annotation = declined ? null : Annotations.write(citation, text.length());
      if (annotation != null) {
        annotations.add(annotation);
        int number = annotations.size() - 1;
        events.write(
            "response.output_text.annotation.added",
            event -> here(event).put("annotation_index", number).set("annotation", annotation));
      }
    }

    @Override
    public @Nullable ObjectNode end() {
      if (declined) {
        events.write("response.refusal.done", event -> here(event).put("refusal", text.toString()));
      } else {
        events.write(
            "response.output_text.done",
            event -> here(event).put("text", text.toString()).beginArray("logprobs").endArray());
      }
      ObjectNode whole = part();
      message.end(part, whole);
      events.write("response.content_part.done", event -> here(event).set("part", whole));
      return null;
    }
  }

  /**
   * A call of one of the client's tools. An item of this dialect has no place for a proof, so the
   * proof stands in front of the call as reasoning that clients echo with it. Providers that prove
   * calls tell the arguments whole and the proof right behind them: the item begins with the second
   * piece, or at the end.
   */
  final class Call implements OutgoingBlock {
    private final EventLines events;
    private final IntSupplier place;
    private final Consumer<Seal> proofs;
    private final String id;
    private final Content.ToolCall call;
    private final StringBuilder arguments = new StringBuilder();
    private String held = "";
    private @Nullable Seal seal;
    private int index = -1;

    /**
     * A call.
     *
     * @param place gives it its place in the output, when it begins
     * @param proofs writes a proof as an item of its own
     */
    Call(
        EventLines events,
        IntSupplier place,
        Consumer<Seal> proofs,
        String id,
        Content.ToolCall call) {
      this.events = events;
      this.place = place;
      this.proofs = proofs;
      this.id = id;
      this.call = call;
      this.seal = call.seal();
    }

    private ObjectNode item(String status) {
      ObjectNode item = Json.object().put("id", id);
      item.put("type", call.freeform() ? "custom_tool_call" : "function_call");
      item.put("status", status);
      item.put(call.freeform() ? "input" : "arguments", arguments.toString());
      item.put("call_id", call.id());
      item.put("name", call.name());
      if (call.namespace() != null) {
        item.put("namespace", call.namespace());
      }
      JsonNode caller = call.extras().of(Own.DIALECT).get("caller");
      if (caller != null) {
        item.set("caller", caller);
      }
      return item;
    }

    private String event(String step) {
      return "response."
          + (call.freeform() ? "custom_tool_call_input." : "function_call_arguments.")
          + step;
    }

    @Override
    public void begin() {}

    @Override
    public void grow(String piece) {
      if (index < 0 && held.isEmpty()) {
        held = piece;
      } else {
        show();
        write(piece);
      }
    }

    @Override
    public void seal(Seal proof) {
      seal = proof;
    }

    @Override
    public void settle() {
      show();
    }

    private void show() {
      if (index >= 0) {
        return;
      }
      prove();
      index = place.getAsInt();
      events.write(
          "response.output_item.added",
          event -> event.put("output_index", index).set("item", item("in_progress")));
      if (!held.isEmpty()) {
        write(held);
      }
    }

    /** Writes the proof, unless there is none or it is written. */
    void prove() {
      Seal proof = seal;
      if (proof != null) {
        seal = null;
        proofs.accept(proof);
      }
    }

    private void write(String piece) {
      arguments.append(piece);
      events.write(event("delta"), event -> at(event, id, index).put("delta", piece));
    }

    /** No arguments are an empty object to clients, which parse them. */
    @Override
    public ObjectNode end() {
      show();
      if (arguments.isEmpty() && !call.freeform()) {
        write("{}");
      }
      events.write(
          event("done"),
          event -> {
            at(event, id, index);
            if (call.freeform()) {
              event.put("input", arguments.toString());
            } else {
              event.put("name", call.name()).put("arguments", arguments.toString());
            }
          });
      return item("completed");
    }
  }

  /** What the model thought, shown as a summary of one part. */
  final class Reasoning implements OutgoingBlock {
    private final EventLines events;
    private final int index;
    private final String id;
    private final StringBuilder text = new StringBuilder();
    private @Nullable Seal seal;

    Reasoning(EventLines events, int index, String id, @Nullable Seal seal) {
      this.events = events;
      this.index = index;
      this.id = id;
      this.seal = seal;
    }

    private ObjectNode item() {
      ObjectNode item = Json.object().put("id", id).put("type", "reasoning");
      ArrayNode summary = item.putArray("summary");
      if (!text.isEmpty()) {
        summary.add(part());
      }
      return item;
    }

    private ObjectNode part() {
      return Json.object().put("type", "summary_text").put("text", text.toString());
    }

    private JsonBytes here(JsonBytes event) {
      return at(event, id, index).put("summary_index", 0);
    }

    @Override
    public void begin() {
      events.write(
          "response.output_item.added",
          event -> event.put("output_index", index).set("item", item()));
    }

    @Override
    public void grow(String piece) {
      if (text.isEmpty()) {
        events.write(
            "response.reasoning_summary_part.added", event -> here(event).set("part", part()));
      }
      text.append(piece);
      events.write(
          "response.reasoning_summary_text.delta", event -> here(event).put("delta", piece));
    }

    @Override
    public void seal(Seal proof) {
      seal = proof;
    }

    @Override
    public ObjectNode end() {
      if (!text.isEmpty()) {
        events.write(
            "response.reasoning_summary_text.done",
            event -> here(event).put("text", text.toString()));
        events.write(
            "response.reasoning_summary_part.done", event -> here(event).set("part", part()));
      }
      ObjectNode item = item();
      if (seal != null) {
        item.put("encrypted_content", SealBox.pack(seal, Own.DIALECT));
      }
      return item;
    }
  }

  /** An item that is whole when it begins: a picture, or what only this dialect understands. */
  final class Whole implements OutgoingBlock {
    private final EventLines events;
    private final int index;
    private final ObjectNode item;

    Whole(EventLines events, int index, ObjectNode item) {
      this.events = events;
      this.index = index;
      this.item = item;
    }

    @Override
    public void begin() {
      events.write(
          "response.output_item.added",
          event -> event.put("output_index", index).set("item", item));
    }

    @Override
    public void grow(String piece) {}

    @Override
    public ObjectNode end() {
      return item;
    }
  }
}
