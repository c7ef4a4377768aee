package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schemas as Anthropic takes them. A schema that an answer is held to must close its objects
 * and may not limit numbers, lengths and counts; what it may not say is told to the model in the
 * description instead.
 *
 * @see <a
 *     href="https://platform.claude.com/docs/en/build-with-claude/structured-outputs">Structured
 *     outputs, JSON Schema limitations</a>
 */
final class Schemas {
  private static final Set<String> NOT_HELD =
      Set.of(
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "maxItems",
          "uniqueItems",
          "minProperties",
          "maxProperties");

  /** Members that hold schemas by name. */
  private static final Set<String> BY_NAME = Set.of("properties", "$defs", "definitions");

  /** Members that hold a schema, or a list of them. */
  private static final Set<String> WITHIN = Set.of("items", "anyOf", "oneOf", "allOf");

  private static final String CLOSED = "additionalProperties";

  private Schemas() {}

  /** The schema of a tool's arguments: at least that they are an object. */
  static ObjectNode ofArguments(@Nullable JsonNode schema) {
    if (!(schema instanceof ObjectNode given) || given.isEmpty()) {
      ObjectNode open = Json.object().put("type", "object");
      open.putObject("properties");
      return open;
    }
    if (given.has("type")) {
      return given;
    }
    return Json.object().put("type", "object").setAll(given);
  }

  /** True when arguments can be held to the schema as it is. */
  static boolean isHeld(@Nullable JsonNode schema) {
    return schema instanceof ObjectNode given && held(given).equals(given);
  }

  /** The schema that an answer can be held to. */
  static JsonNode held(JsonNode schema) {
    if (schema instanceof ArrayNode list) {
      ArrayNode held = list.arrayNode();
      list.forEach(each -> held.add(held(each)));
      return held;
    }
    if (!(schema instanceof ObjectNode given)) {
      return schema;
    }
    ObjectNode held = Json.object();
    List<String> told = new ArrayList<>();
    for (var member : given.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      boolean few = name.equals("minItems") && value.asInt() > 1;
      if (few || NOT_HELD.contains(name) && value.isValueNode()) {
        told.add(name + ": " + value.asText());
      } else if (BY_NAME.contains(name) && value.isObject()) {
        ObjectNode named = held.putObject(name);
        value.properties().forEach(each -> named.set(each.getKey(), held(each.getValue())));
      } else {
        held.set(name, WITHIN.contains(name) ? held(value) : value);
      }
    }
    if (!told.isEmpty()) {
      String before = held.path("description").asText();
      String limits = "(" + String.join(", ", told) + ")";
      held.put("description", before.isEmpty() ? limits : before + " " + limits);
    }
    boolean object = held.path("type").asText().equals("object") || held.has("properties");
    if (object && !held.path(CLOSED).isBoolean() || held.path(CLOSED).asBoolean()) {
      held.put(CLOSED, false);
    }
    return held;
  }

  /** The words that ask for JSON where a model cannot be held to it. */
  static String asked(@Nullable JsonNode schema) {
    String json =
        "Answer with one JSON object and nothing else: no words around it, no code fence.";
    return schema == null
        ? json
        : json
            + " It must fit this JSON Schema:\n"
            + new String(Json.write(schema), StandardCharsets.UTF_8);
  }
}
