package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.RequestBody;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of one object of a request, by their names in camel case: Google's parser takes
 * {@code system_instruction} for {@code systemInstruction} everywhere outside of arguments and
 * schemas, and a null for nothing said (protobuf.dev, ProtoJSON format). What is taken is
 * understood; the rest are extras.
 */
final class Members {
  private final Map<String, JsonNode> byName = new LinkedHashMap<>();
  private final String place;

  private Members(JsonNode object, String place) {
    this.place = place;
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (!member.getValue().isNull()) {
        byName.put(camel(member.getKey()), member.getValue());
      }
    }
  }

  /**
   * The members of an object; none of what is missing.
   *
   * @param place the object's path for errors; empty for the request itself
   */
  static Members of(JsonNode object, String place) {
    if (!object.isObject() && !object.isMissingNode() && !object.isNull()) {
      throw expected(place, "an object");
    }
    return new Members(object, place);
  }

  static String camel(String name) {
    if (name.indexOf('_') < 0) {
      return name;
    }
    StringBuilder camel = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      boolean joint = i > 0 && name.charAt(i) == '_' && i + 1 < name.length();
      camel.append(joint ? Character.toUpperCase(name.charAt(++i)) : name.charAt(i));
    }
    return camel.toString();
  }

  private static RuntimeException expected(String path, String what) {
    return RequestBody.invalid("invalid_type", "'%s' must be %s.".formatted(path, what), path);
  }

  /** Where the member is, for errors and extras. */
  String path(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** The member; a missing node when it is not there. It is no extra any more. */
  JsonNode take(String name) {
    JsonNode value = byName.remove(name);
    return value == null ? MissingNode.getInstance() : value;
  }

  @Nullable String text(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw expected(path(name), "a string");
    }
    return value.textValue();
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(said(name));
  }

  /** True or false; null when neither is said. */
  @Nullable Boolean said(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw expected(path(name), "true or false");
    }
    return value.booleanValue();
  }

  /** A number, which may be written as a string. */
  @Nullable BigDecimal number(String name) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return null;
    }
    try {
      if (value.isNumber() || value.isTextual()) {
        return value.isNumber() ? value.decimalValue() : new BigDecimal(value.textValue());
      }
    } catch (NumberFormatException e) {
      throw expected(path(name), "a number");
    }
    throw expected(path(name), "a number");
  }

  /** A whole number; {@code 40.0} is one. */
  @Nullable Long whole(String name) {
    BigDecimal number = number(name);
    try {
      return number == null ? null : Long.valueOf(number.longValueExact());
    } catch (ArithmeticException e) {
      throw expected(path(name), "a whole number");
    }
  }

  /** A whole number of 32 bits. */
  @Nullable Integer count(String name) {
    Long whole = whole(name);
    if (whole == null) {
      return null;
    }
    if (whole.intValue() != whole) {
      throw expected(path(name), "a whole number of at most 32 bits");
    }
    return whole.intValue();
  }

  /** A list; one value that stands alone is a list of one. */
  List<JsonNode> list(String name) {
    JsonNode value = take(name);
    List<JsonNode> list = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(list::add);
    } else if (!value.isMissingNode()) {
      list.add(value);
    }
    return list;
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : list(name)) {
      if (!value.isTextual()) {
        throw expected(path(name), "a list of strings");
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  /** The members of a member. */
  Members of(String name) {
    return of(take(name), path(name));
  }

  /** What was not taken. */
  Map<String, JsonNode> rest() {
    return byName;
  }

  /** What was not taken, by its path below the element that carries it. */
  void restInto(Map<String, JsonNode> extras, String below) {
    byName.forEach((name, value) -> extras.put(below + name, value));
  }

  /** Puts a value under a path of names with dots between them. */
  static void put(ObjectNode root, String path, JsonNode value) {
    ObjectNode place = root;
    int from = 0;
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', from)) {
      place = place.withObjectProperty(path.substring(from, dot));
      from = dot + 1;
    }
    place.set(path.substring(from), value);
  }
}
