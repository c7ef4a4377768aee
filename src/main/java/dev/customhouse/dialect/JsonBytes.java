package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.wire.JsonWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON of a dialect as it is written: members with their names, elements and trees, to the byte as
 * Jackson's mapper writes them. What is written whole and only once needs no tree. Used by one
 * thread.
 */
public final class JsonBytes {
  private final JsonWriter json;

  /** Nothing yet; {@code expected} bytes need no growing. */
  public JsonBytes(int expected) {
    json = JsonWriter.utf8(expected);
  }

  /** What was written. */
  public byte[] toByteArray() {
    return json.toByteArray();
  }

  /** What was written, as text. */
  String text() {
    return json.toString();
  }

  /** An object begins, as an element. */
  public JsonBytes beginObject() {
    json.beginObject();
    return this;
  }

  /** An object begins, as a member. */
  public JsonBytes beginObject(String name) {
    json.anyName(name).beginObject();
    return this;
  }

  /** The innermost object ends. */
  public JsonBytes endObject() {
    json.endObject();
    return this;
  }

  /** A list begins, as an element. */
  public JsonBytes beginArray() {
    json.beginArray();
    return this;
  }

  /** A list begins, as a member. */
  public JsonBytes beginArray(String name) {
    json.anyName(name).beginArray();
    return this;
  }

  /** The innermost list ends. */
  public JsonBytes endArray() {
    json.endArray();
    return this;
  }

  /** A text as an element. */
  public JsonBytes add(String element) {
    json.text(element);
    return this;
  }

  /** A text as a member; null is written as such. */
  public JsonBytes put(String name, @Nullable String value) {
    json.anyName(name).text(value);
    return this;
  }

  /** A number as a member. */
  public JsonBytes put(String name, long value) {
    json.anyName(name).number(value);
    return this;
  }

  /** A number as a member; null is written as such. */
  public JsonBytes put(String name, @Nullable Integer value) {
    return value == null ? putNull(name) : put(name, value.longValue());
  }

  /** True or false as a member. */
  public JsonBytes put(String name, boolean value) {
    json.anyName(name).flag(value);
    return this;
  }

  /** A member that is null. */
  public JsonBytes putNull(String name) {
    json.anyName(name).json("null");
    return this;
  }

  /** A member; null is written as such. */
  public JsonBytes set(String name, @Nullable JsonNode value) {
    json.anyName(name);
    return value == null ? literal("null") : add(value);
  }

  /** The name of the next member, and its colon. */
  JsonBytes name(String name) {
    json.anyName(name);
    return this;
  }

  /** A value that is JSON already. */
  JsonBytes literal(String value) {
    json.json(value);
    return this;
  }

  /** A tree as an element, or behind a name. */
  public JsonBytes add(JsonNode tree) {
    switch (tree.getNodeType()) {
      case OBJECT -> {
        json.beginObject();
        for (Map.Entry<String, JsonNode> member : tree.properties()) {
          name(member.getKey()).add(member.getValue());
        }
        json.endObject();
      }
      case ARRAY -> {
        json.beginArray();
        for (JsonNode element : tree) {
          add(element);
        }
        json.endArray();
      }
      case STRING -> json.text(tree.textValue());
      case NUMBER -> number(tree);
      case BOOLEAN -> json.flag(tree.booleanValue());
      case NULL, MISSING -> json.json("null");
      case BINARY, POJO -> throw new IllegalArgumentException("no JSON: " + tree.getNodeType());
    }
    return this;
  }

  /** What is no number in JSON is written as text. */
  private void number(JsonNode node) {
    if (node.isInt() || node.isLong()) {
      json.number(node.longValue());
    } else if (node.isFloatingPointNumber()
        && !Double.isFinite(node.doubleValue())
        && !node.isBigDecimal()) {
      json.text(node.asText());
    } else {
      json.json(node.asText());
    }
  }
}
