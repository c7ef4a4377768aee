package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message of the answer, whose parts are the blocks of words that follow each other. */
final class OutgoingMessage {
  private final int index;
  private final String id;
  private final @Nullable JsonNode phase;
  private final List<@Nullable ObjectNode> parts = new ArrayList<>();
  private int open;

  OutgoingMessage(int index, String id, @Nullable JsonNode phase) {
    this.index = index;
    this.id = id;
    this.phase = phase;
  }

  int index() {
    return index;
  }

  String id() {
    return id;
  }

  /** True when words of that phase may follow as another part: none, or the same. */
  boolean takes(@Nullable JsonNode other) {
    return open == 0 && (other == null ? phase == null : other.equals(phase));
  }

  boolean isAtRest() {
    return open == 0;
  }

  /** A place for one more part. */
  int begin() {
    parts.add(null);
    open++;
    return parts.size() - 1;
  }

  /** The part is whole. */
  void end(int part, ObjectNode whole) {
    parts.set(part, whole);
    open--;
  }

  /** The item as it is now. */
  ObjectNode item(String status) {
    ObjectNode item = Json.object().put("id", id).put("type", "message").put("status", status);
    ArrayNode content = item.putArray("content");
    if (!status.equals("in_progress")) {
      parts.forEach(content::add);
    }
    item.put("role", "assistant");
    if (phase != null) {
      item.set("phase", phase);
    }
    return item;
  }
}
