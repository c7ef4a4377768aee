package dev.customhouse.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The fields of a JSON object, each asked for by name and kind. A JSON null is as if absent. */
final class Fields {
  private final String prefix;
  private final ObjectNode object;

  private Fields(String prefix, ObjectNode object) {
    this.prefix = prefix;
    this.object = object;
  }

  /** The fields of an object in which no other names may stand. */
  static Fields of(ObjectNode object, Set<String> names) {
    return of("", object, names);
  }

  private static Fields of(String prefix, ObjectNode object, Set<String> names) {
    for (Iterator<String> each = object.fieldNames(); each.hasNext(); ) {
      String name = each.next();
      if (!names.contains(name)) {
        throw new Refusal(
            ErrorKind.INVALID_REQUEST,
            "unknown_field",
            "unknown field %s; expected one of %s."
                .formatted(Quoted.of(prefix + name), new TreeSet<>(names)),
            Quoted.plain(prefix + name),
            null);
      }
    }
    return new Fields(prefix, object);
  }

  /** True when the field is there, be it null. */
  boolean has(String name) {
    return object.has(name);
  }

  /** The object; an empty one when absent. */
  Fields object(String name, Set<String> names) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return new Fields(prefix + name + ".", AdminJson.object());
    }
    if (node instanceof ObjectNode inner) {
      return of(prefix + name + ".", inner, names);
    }
    throw invalid(name, node, "an object");
  }

  /** The text; null when absent. */
  @Nullable String text(String name, String expected) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isTextual()) {
      throw invalid(name, node, expected);
    }
    return node.textValue();
  }

  /** The whole number; null when absent. */
  @Nullable Integer number(String name, int least, int most) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return null;
    }
    if (node.isIntegralNumber()
        && node.canConvertToInt()
        && node.intValue() >= least
        && node.intValue() <= most) {
      return node.intValue();
    }
    throw invalid(name, node, "a whole number from %d to %d".formatted(least, most));
  }

  /** The texts of an array; none when absent. */
  List<String> texts(String name, int most, String expected) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return List.of();
    }
    if (!(node instanceof ArrayNode array) || array.size() > most) {
      throw invalid(name, node, "an array of at most %d texts".formatted(most));
    }
    List<String> texts = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (!array.get(i).isTextual()) {
        throw invalid(name + "[" + i + "]", array.get(i), expected);
      }
      texts.add(array.get(i).textValue());
    }
    return texts;
  }

  private Refusal invalid(String name, JsonNode value, String expected) {
    return invalid(name, described(value), expected);
  }

  /** The refusal of a field's value, which {@code described} says. */
  Refusal invalid(String name, String described, String expected) {
    return new Refusal(
        ErrorKind.INVALID_REQUEST,
        "invalid_value",
        "%s%s is %s; expected %s.".formatted(prefix, name, described, expected),
        prefix + name,
        null);
  }

  private static String described(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> Quoted.of(value.textValue());
      case NUMBER -> {
        String digits = value.asText();
        yield "the number " + (digits.length() > 40 ? digits.substring(0, 40) + "…" : digits);
      }
      case BOOLEAN -> value.asText();
      case ARRAY -> "an array of " + value.size();
      case OBJECT -> "an object";
      case NULL -> "null";
      case BINARY, MISSING, POJO -> "missing";
    };
  }
}
