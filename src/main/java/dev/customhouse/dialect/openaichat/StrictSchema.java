package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema in the form that OpenAI holds a model to: every key required and no others allowed
 * (platform.openai.com/docs/guides/structured-outputs). A key that was optional may be null
 * instead, which is what OpenAI advises.
 */
final class StrictSchema {
  private static final String PROPERTIES = "properties";
  private static final String REQUIRED = "required";
  private static final String ADDITIONAL = "additionalProperties";
  private static final List<String> OF_SCHEMAS = List.of("anyOf", "oneOf", "allOf", "prefixItems");
  private static final List<String> NAMED_SCHEMAS = List.of("$defs", "definitions");

  private StrictSchema() {}

  /** The schema in that form, itself if it has it; null when it allows keys of any name. */
  static @Nullable JsonNode of(JsonNode schema) {
    JsonNode copy = schema.deepCopy();
    return close(copy) ? copy : null;
  }

  private static boolean close(JsonNode schema) {
    if (!(schema instanceof ObjectNode node)) {
      return true;
    }
    boolean closed = true;
    if (isObject(node)) {
      closed = closeObject(node);
    }
    closed &= close(node.path("items"));
    for (String name : OF_SCHEMAS) {
      for (JsonNode each : node.path(name)) {
        closed &= close(each);
      }
    }
    for (String name : NAMED_SCHEMAS) {
      for (JsonNode each : node.path(name)) {
        closed &= close(each);
      }
    }
    return closed;
  }

  private static boolean isObject(ObjectNode node) {
    JsonNode type = node.path("type");
    if (node.path(PROPERTIES).isObject() || type.asText("").equals("object")) {
      return true;
    }
    for (JsonNode each : type) {
      if (each.asText().equals("object")) {
        return true;
      }
    }
    return false;
  }

  private static boolean closeObject(ObjectNode node) {
    JsonNode additional = node.path(ADDITIONAL);
    boolean open = additional.isObject() || additional.asBoolean() || node.has("patternProperties");
    if (open) {
      return false;
    }
    ObjectNode properties =
        node.path(PROPERTIES).isObject()
            ? (ObjectNode) node.path(PROPERTIES)
            : node.putObject(PROPERTIES);
    Set<String> required = new HashSet<>();
    node.path(REQUIRED).forEach(name -> required.add(name.asText()));
    boolean closed = true;
    boolean changed = !node.path(REQUIRED).isArray();
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      closed &= close(property.getValue());
      if (!required.contains(property.getKey())) {
        property.setValue(nullable(property.getValue()));
        changed = true;
      }
    }
    if (changed) {
      ArrayNode all = Json.object().putArray(REQUIRED);
      properties.fieldNames().forEachRemaining(all::add);
      node.set(REQUIRED, all);
    }
    if (!additional.isBoolean()) {
      node.put(ADDITIONAL, false);
    }
    return closed;
  }

  private static JsonNode nullable(JsonNode schema) {
    if (!(schema instanceof ObjectNode node) || !node.path("type").isTextual()) {
      ObjectNode either = Json.object();
      either.putArray("anyOf").add(schema).addObject().put("type", "null");
      return either;
    }
    String type = node.path("type").textValue();
    if (!type.equals("null")) {
      node.putArray("type").add(type).add("null");
      if (node.path("enum") instanceof ArrayNode values) {
        values.addNull();
      }
    }
    return node;
  }
}
