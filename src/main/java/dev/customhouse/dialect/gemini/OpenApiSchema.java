package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Google's {@code Schema}, a subset of OpenAPI 3.0 with types in upper case, as JSON Schema.
 * Discovery document v1beta, {@code schemas.Schema}; Vertex AI has {@code defs} and {@code ref}
 * beside.
 */
final class OpenApiSchema {
  /** Numbers that Google defines with 64 bits and therefore writes as strings. */
  private static final Set<String> COUNTS =
      Set.of("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties");

  private OpenApiSchema() {}

  static JsonNode toJsonSchema(JsonNode schema) {
    if (!schema.isObject()) {
      return schema;
    }
    Members members = Members.of(schema, "schema");
    boolean nullable = members.take("nullable").asBoolean();
    JsonNode order = members.take("propertyOrdering");
    ObjectNode converted = Json.object();
    for (Map.Entry<String, JsonNode> member : members.rest().entrySet()) {
      put(converted, member.getKey(), member.getValue(), order);
    }
    if (nullable) {
      allowNull(converted);
    }
    return converted;
  }

  private static void put(ObjectNode converted, String name, JsonNode value, JsonNode order) {
    switch (name) {
      case "type" -> converted.set(name, type(value, converted));
      case "items", "additionalProperties" -> converted.set(name, toJsonSchema(value));
      case "anyOf", "oneOf", "allOf", "prefixItems" -> {
        ArrayNode all = converted.putArray(name);
        value.forEach(each -> all.add(toJsonSchema(each)));
      }
      case "properties" -> {
        ObjectNode properties = converted.putObject(name);
        ordered(value, order).forEach((key, each) -> properties.set(key, toJsonSchema(each)));
      }
      case "defs", "$defs" -> {
        ObjectNode definitions = converted.putObject("$defs");
        value
            .properties()
            .forEach(each -> definitions.set(each.getKey(), toJsonSchema(each.getValue())));
      }
      case "ref" -> converted.put("$ref", value.asText().replace("#/defs/", "#/$defs/"));
      case "example" -> converted.putArray("examples").add(value);
      case "format" -> {
        if (!value.asText().equals("enum")) {
          converted.set(name, value);
        }
      }
      default ->
          converted.set(name, COUNTS.contains(name) && value.isTextual() ? number(value) : value);
    }
  }

  private static JsonNode type(JsonNode value, ObjectNode owner) {
    return value.isTextual() ? owner.textNode(value.textValue().toLowerCase(Locale.ROOT)) : value;
  }

  private static JsonNode number(JsonNode text) {
    try {
      return Json.object().numberNode(new BigDecimal(text.textValue()).intValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      return text;
    }
  }

  /** The order is what JSON has an order of members for. */
  private static Map<String, JsonNode> ordered(JsonNode properties, JsonNode order) {
    Map<String, JsonNode> ordered = new LinkedHashMap<>();
    for (JsonNode name : order) {
      if (properties.has(name.asText())) {
        ordered.put(name.asText(), properties.path(name.asText()));
      }
    }
    for (Map.Entry<String, JsonNode> each : properties.properties()) {
      ordered.putIfAbsent(each.getKey(), each.getValue());
    }
    return ordered;
  }

  private static void allowNull(ObjectNode schema) {
    JsonNode type = schema.path("type");
    if (type.isTextual() && !type.textValue().equals("null")) {
      schema.putArray("type").add(type.textValue()).add("null");
    } else if (schema.path("anyOf") instanceof ArrayNode all) {
      all.addObject().put("type", "null");
    }
    if (schema.path("enum") instanceof ArrayNode values) {
      schema.set("enum", values.deepCopy().addNull());
    }
  }
}
