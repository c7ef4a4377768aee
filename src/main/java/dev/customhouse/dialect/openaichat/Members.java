package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.RequestBody;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object in a client's request. Null and absent are the same; a value of another
 * type is refused, naming its path.
 *
 * @param at the object's own path, such as {@code messages[3]}; empty for the request itself
 */
record Members(JsonNode node, String at) {
  /** The object at the path; anything else is refused. */
  static Members of(JsonNode node, String at) {
    if (!node.isObject()) {
      throw wrong(at, "an object", node);
    }
    return new Members(node, at);
  }

  /** The path of a member. */
  String path(String name) {
    return at.isEmpty() ? name : at + "." + name;
  }

  /** The member as it is; a missing node when it is absent or null. */
  JsonNode get(String name) {
    JsonNode value = node.path(name);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  boolean has(String name) {
    return !get(name).isMissingNode();
  }

  @Nullable String text(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(path(name), "a string", value);
    }
    return value.textValue();
  }

  String requiredText(String name) {
    String value = text(name);
    if (value == null || value.isEmpty()) {
      throw missing(path(name), "a string");
    }
    return value;
  }

  @Nullable Boolean flag(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw wrong(path(name), "true or false", value);
    }
    return value.booleanValue();
  }

  @Nullable BigDecimal number(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrong(path(name), "a number", value);
    }
    return value.decimalValue();
  }

  /** A whole number; {@code 256.0} is one. */
  @Nullable Long whole(String name) {
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

  /** A whole number of at least one. */
  @Nullable Integer positive(String name) {
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

  /** A list; null when absent. */
  @Nullable JsonNode list(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isArray()) {
      throw wrong(path(name), "an array", value);
    }
    return value;
  }

  /** An object; null when absent. */
  @Nullable Members object(String name) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : of(value, path(name));
  }

  Members requiredObject(String name) {
    Members value = object(name);
    if (value == null) {
      throw missing(path(name), "an object");
    }
    return value;
  }

  /** The members that are not null and not among the known, in their order. */
  Map<String, JsonNode> others(Set<String> known) {
    Map<String, JsonNode> others = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!member.getValue().isNull() && !known.contains(member.getKey())) {
        others.put(member.getKey(), member.getValue());
      }
    }
    return others;
  }

  static Refusal missing(String path, String expected) {
    return RequestBody.invalid(
        "missing_required_parameter",
        "'%s' is missing: it must be %s.".formatted(path, expected),
        path);
  }

  static Refusal wrong(String path, String expected, JsonNode found) {
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
