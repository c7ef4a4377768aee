package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.RequestBody;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object that a client wrote. Each is taken once; what nobody took is left over.
 * Members that are null count as absent.
 */
final class Fields {
  private final Map<String, JsonNode> left = new LinkedHashMap<>();
  private final String place;

  /**
   * The members.
   *
   * @param place where the object stands, such as {@code input[3]}; empty for the request itself
   * @throws Refusal when it is no object
   */
  Fields(JsonNode object, String place) {
    this.place = place;
    if (!object.isObject()) {
      throw RequestBody.invalid("invalid_type", "'" + place + "' must be an object.", place);
    }
    for (var member : object.properties()) {
      if (!member.getValue().isNull()) {
        left.put(member.getKey(), member.getValue());
      }
    }
  }

  /** The path of a member. */
  String path(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  /** Where the object stands. */
  String place() {
    return place;
  }

  boolean has(String name) {
    return left.containsKey(name);
  }

  /** A look at the text of a member, which stays; null when it is absent or no text. */
  @Nullable String peek(String name) {
    JsonNode node = left.get(name);
    return node != null && node.isTextual() ? node.textValue() : null;
  }

  /** The member; a missing node when it is absent. */
  JsonNode take(String name) {
    JsonNode node = left.remove(name);
    return node == null ? MissingNode.getInstance() : node;
  }

  /** The text; null when it is absent. */
  @Nullable String text(String name) {
    JsonNode node = take(name);
    if (node.isMissingNode()) {
      return null;
    }
    if (!node.isTextual()) {
      throw wrong(name, "a string");
    }
    return node.textValue();
  }

  /** The text, which must be there. */
  String needed(String name) {
    String text = text(name);
    if (text == null || text.isEmpty()) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "'" + path(name) + "' must be a string of at least one character.",
          path(name));
    }
    return text;
  }

  /** The number with the digits that were written; null when it is absent. */
  @Nullable BigDecimal number(String name) {
    JsonNode node = take(name);
    if (node.isMissingNode()) {
      return null;
    }
    if (!node.isNumber()) {
      throw wrong(name, "a number");
    }
    return node.decimalValue();
  }

  /** The whole number; null when it is absent. */
  @Nullable Integer count(String name) {
    JsonNode node = take(name);
    if (node.isMissingNode()) {
      return null;
    }
    if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToInt()) {
      throw wrong(name, "a whole number");
    }
    return node.intValue();
  }

  /** True or false; null when it is absent. */
  @Nullable Boolean flag(String name) {
    JsonNode node = take(name);
    if (node.isMissingNode()) {
      return null;
    }
    if (!node.isBoolean()) {
      throw wrong(name, "true or false");
    }
    return node.booleanValue();
  }

  /** The array; a missing node when it is absent. */
  JsonNode list(String name) {
    JsonNode node = take(name);
    if (!node.isMissingNode() && !node.isArray()) {
      throw wrong(name, "an array");
    }
    return node;
  }

  /** Forgets the member when it says no more than its absence would. */
  void forget(String name, JsonNode silent) {
    if (silent.equals(left.get(name))) {
      left.remove(name);
    }
  }

  /** What nobody took. */
  Map<String, JsonNode> rest() {
    return left;
  }

  /** A refusal of what the member is. */
  Refusal wrong(String name, String expected) {
    return RequestBody.invalid(
        "invalid_type", "'" + path(name) + "' must be " + expected + ".", path(name));
  }
}
