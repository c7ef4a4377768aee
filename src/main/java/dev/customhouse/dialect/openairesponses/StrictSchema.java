package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema in the form that OpenAI's strict mode takes: every property of an object is
 * required and there are no others (platform.openai.com/docs/guides/structured-outputs). What fits
 * the strict schema fits the one it was made from.
 */
final class StrictSchema {
  /** Keywords whose values are schemas by name. */
  private static final Set<String> BY_NAME = Set.of("properties", "$defs", "definitions");

  /** Keywords whose value is a schema or a list of schemas. */
  private static final Set<String> NESTED =
      Set.of("items", "prefixItems", "anyOf", "oneOf", "allOf");

  private StrictSchema() {}

  /** The strict form; null when there is none, because an object may have keys of any name. */
  static @Nullable JsonNode of(JsonNode schema) {
    return isOpen(schema) ? null : closed(schema);
  }

  private static boolean isOpen(JsonNode node) {
    if (node.isArray()) {
      for (JsonNode each : node) {
        if (isOpen(each)) {
          return true;
        }
      }
      return false;
    }
    if (node.path("additionalProperties").size() > 0 || node.has("patternProperties")) {
      return true;
    }
    for (var member : node.properties()) {
      if (NESTED.contains(member.getKey()) && isOpen(member.getValue())) {
        return true;
      }
      if (BY_NAME.contains(member.getKey())) {
        for (JsonNode each : member.getValue()) {
          if (isOpen(each)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static JsonNode closed(JsonNode node) {
    if (node.isArray()) {
      ArrayNode all = Json.object().arrayNode();
      node.forEach(each -> all.add(closed(each)));
      return all;
    }
    if (!node.isObject()) {
      return node;
    }
    ObjectNode strict = Json.object();
    for (var member : node.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (NESTED.contains(name)) {
        strict.set(name, closed(value));
      } else if (BY_NAME.contains(name)) {
        ObjectNode all = Json.object();
        value.properties().forEach(each -> all.set(each.getKey(), closed(each.getValue())));
        strict.set(name, all);
      } else if (!List.of("required", "additionalProperties").contains(name)) {
        strict.set(name, value);
      }
    }
    if (node.path("type").asText().equals("object") || node.has("properties")) {
      ArrayNode required = Json.object().arrayNode();
      node.path("properties").fieldNames().forEachRemaining(required::add);
      if (!node.has("properties")) {
        strict.set("properties", Json.object());
      }
      strict.set("required", required);
      strict.put("additionalProperties", false);
    }
    return strict;
  }
}
