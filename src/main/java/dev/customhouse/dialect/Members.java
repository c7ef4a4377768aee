package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.customhouse.canonical.Refusal;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object in a client's request, in OpenAI's dialects. Null and absent are the
 * same; a value of another type is refused, naming its path. What was read by its type, or taken,
 * is not among the rest.
 */
public final class Members {
  private final JsonNode node;
  private final String place;
  private final Map<String, JsonNode> rest = new LinkedHashMap<>();

  private Members(JsonNode node, String place) {
    this.node = node;
    this.place = place;
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!member.getValue().isNull()) {
        rest.put(member.getKey(), member.getValue());
      }
    }
  }

  /**
   * The members of an object.
   *
   * @param place the object's own path, such as {@code messages[3]}; empty for the request itself
   * @throws Refusal of kind INVALID_REQUEST when it is no object
   */
  public static Members of(JsonNode node, String place) {
    if (!node.isObject()) {
      throw wrong(place, "an object", node);
    }
    return new Members(node, place);
  }

  /** The object itself. */
  public JsonNode node() {
    return node;
  }

  /** Where the object stands. */
  public String place() {
    return place;
  }

  /** The path of a member. */
  public String path(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  /** A look at the member as it is; a missing node when it is absent or null. */
  public JsonNode get(String name) {
    JsonNode value = node.path(name);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  /** True when the member is there and not null. */
  public boolean has(String name) {
    return !get(name).isMissingNode();
  }

  /** A look at the text of a member; null when it is absent or no text. */
  public @Nullable String peek(String name) {
    return Json.text(get(name));
  }

  /** The member as it is; a missing node when it is absent. */
  public JsonNode take(String name) {
    rest.remove(name);
    return get(name);
  }

  /** Forgets the member when it says no more than its absence would. */
  public void forget(String name, JsonNode silent) {
    if (silent.equals(rest.get(name))) {
      rest.remove(name);
    }
  }

  /** What was not read; may be added to. */
  public Map<String, JsonNode> rest() {
    return rest;
  }

  /** The text; null when it is absent. */
  public @Nullable String text(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(path(name), "a string", value);
    }
    return value.textValue();
  }

  /** The text, which must be there and not be empty. */
  public String requiredText(String name) {
    String value = text(name);
    if (value == null || value.isEmpty()) {
      throw missing(path(name), "a string");
    }
    return value;
  }

  /** True or false; null when neither is said. */
  public @Nullable Boolean flag(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw wrong(path(name), "true or false", value);
    }
    return value.booleanValue();
  }

  /** The number; null when it is absent. */
  public @Nullable BigDecimal number(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrong(path(name), "a number", value);
    }
    return value.decimalValue();
  }

  /** A whole number; {@code 256.0} is one. */
  public @Nullable Long whole(String name) {
    BigDecimal value = number(name);
    if (value == null) {
      return null;
    }
    try {
      return value.longValueExact();
    } catch (ArithmeticException e) {
      throw wrong(path(name), "a whole number", get(name));
    }
  }

  /** A whole number of 32 bits. */
  public @Nullable Integer count(String name) {
    Long value = whole(name);
    if (value != null && value.intValue() != value) {
      throw wrong(path(name), "a whole number of at most 32 bits", get(name));
    }
    return value == null ? null : Integer.valueOf(value.intValue());
  }

  /** A whole number of at least one. */
  public @Nullable Integer positive(String name) {
    Long value = whole(name);
    if (value == null) {
      return null;
    }
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw RequestBody.invalid(
          "invalid_value",
          "'%s' must be a whole number of at least 1, but it is %d.".formatted(path(name), value),
          path(name));
    }
    return value.intValue();
  }

  /** A list; a missing node, which has no elements, when it is absent. */
  public JsonNode list(String name) {
    JsonNode value = take(name);
    if (!value.isMissingNode() && !value.isArray()) {
      throw wrong(path(name), "an array", value);
    }
    return value;
  }

  /** An object; null when absent. */
  public @Nullable Members object(String name) {
    JsonNode value = take(name);
    return value.isMissingNode() ? null : of(value, path(name));
  }

  /** An object, which must be there. */
  public Members requiredObject(String name) {
    Members value = object(name);
    if (value == null) {
      throw missing(path(name), "an object");
    }
    return value;
  }

  /** The members that are not null and not among the known, in their order. */
  public Map<String, JsonNode> others(Set<String> known) {
    Map<String, JsonNode> others = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!member.getValue().isNull() && !known.contains(member.getKey())) {
        others.put(member.getKey(), member.getValue());
      }
    }
    return others;
  }

  /** A refusal of what lacks a member. */
  public static Refusal missing(String path, String expected) {
    return RequestBody.invalid(
        "missing_required_parameter",
        "'%s' is missing: it must be %s.".formatted(path, expected),
        path);
  }

  /** A refusal of what a member is. */
  public static Refusal wrong(String path, String expected, JsonNode found) {
    return RequestBody.invalid(
        "invalid_type",
        "'%s' must be %s, but it is %s.".formatted(path, expected, kind(found)),
        path);
  }

  private static String kind(JsonNode found) {
    return switch (found.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      case MISSING -> "missing";
    };
  }
}
