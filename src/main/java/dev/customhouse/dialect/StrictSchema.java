package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema in the form in which OpenAI holds a model to it: every key of an object is required
 * and no others are allowed. A key that was optional may be null instead, as OpenAI advises; {@link
 * StrictAnswer} takes those nulls out of the answer again.
 *
 * @see <a href="https://developers.openai.com/api/docs/guides/structured-outputs">Structured
 *     outputs, supported schemas</a>
 */
final class StrictSchema {
  static final String PROPERTIES = "properties";
  static final String REQUIRED = "required";
  static final String TYPE = "type";
  static final String ANY_OF = "anyOf";
  static final String ONE_OF = "oneOf";
  static final String ALL_OF = "allOf";
  private static final String NULL = "null";
  private static final String OBJECT = "object";
  private static final String ADDITIONAL = "additionalProperties";
  private static final String ENUM = "enum";

  /** Keywords that OpenAI refuses and that cannot be said in another way. */
  private static final List<String> REFUSED =
      List.of(
          "not",
          "if",
          "then",
          "else",
          "dependentRequired",
          "dependentSchemas",
          "patternProperties",
          "propertyNames",
          "prefixItems");

  /** Keywords of which a schema must have one: any value at all is not to be had. */
  private static final List<String> SAYING =
      List.of(TYPE, PROPERTIES, "$ref", ENUM, "const", ANY_OF, ONE_OF, ALL_OF);

  private static final List<String> DEFINITIONS = List.of("$defs", "definitions");

  /** How deep references may lead one to the other. */
  private static final int REFERENCES = 16;

  private final JsonNode root;
  private boolean open;

  private StrictSchema(JsonNode root) {
    this.root = root;
  }

  /**
   * The schema in that form, equal to it if it has it; null when it cannot be said in that form,
   * such as that an object may have keys of any name.
   */
  static @Nullable JsonNode of(JsonNode schema) {
    if (!schema.path(PROPERTIES).isObject() && !schema.path(TYPE).asText().equals(OBJECT)) {
      return null;
    }
    StrictSchema strict = new StrictSchema(schema);
    ObjectNode closed = schema.deepCopy();
    if (!closed.has(TYPE)) {
      closed.put(TYPE, OBJECT);
    }
    strict.close(closed);
    return strict.open ? null : closed;
  }

  /** The schema of arguments of which there are none. */
  static ObjectNode empty() {
    ObjectNode none = Json.object().put(TYPE, OBJECT);
    none.putObject(PROPERTIES);
    none.putArray(REQUIRED);
    return none.put(ADDITIONAL, false);
  }

  private void close(JsonNode schema) {
    if (!(schema instanceof ObjectNode node)) {
      // True and false are schemas too, but not there.
      open = true;
      return;
    }
    open |= REFUSED.stream().anyMatch(node::has) || SAYING.stream().noneMatch(node::has);
    choices(node);
    if (isObject(node)) {
      closeObject(node);
    }
    if (node.has("items")) {
      close(node.path("items"));
    }
    for (String name : DEFINITIONS) {
      node.path(name).forEach(this::close);
    }
  }

  /** Of the ways to choose among schemas only one is taken. */
  private void choices(ObjectNode node) {
    JsonNode all = node.path(ALL_OF);
    JsonNode one = node.path(ONE_OF);
    if (all.size() > 1 || node.has(ANY_OF) && (node.has(ONE_OF) || node.has(ALL_OF))) {
      open = true;
    } else if (node.has(ALL_OF) || node.has(ONE_OF)) {
      open |= node.has(ALL_OF) && node.has(ONE_OF);
      node.remove(List.of(ALL_OF, ONE_OF));
      node.set(ANY_OF, all.isMissingNode() ? one : all);
    }
    node.path(ANY_OF).forEach(this::close);
  }

  private static boolean isObject(ObjectNode node) {
    if (node.path(PROPERTIES).isObject()) {
      return true;
    }
    JsonNode type = node.path(TYPE);
    return type.asText().equals(OBJECT) || contains(type, OBJECT);
  }

  private void closeObject(ObjectNode node) {
    JsonNode additional = node.path(ADDITIONAL);
    boolean closed = additional.isBoolean() && !additional.asBoolean();
    if (!closed && (!additional.isMissingNode() || !node.path(PROPERTIES).isObject())) {
      open = true;
      return;
    }
    ObjectNode properties =
        node.path(PROPERTIES) instanceof ObjectNode given ? given : node.putObject(PROPERTIES);
    Set<String> required = new HashSet<>();
    node.path(REQUIRED).forEach(name -> required.add(name.asText()));
    for (var property : properties.properties()) {
      JsonNode value = property.getValue();
      boolean nullable = required.contains(property.getKey()) || takesNull(value, root);
      close(value);
      if (!nullable && value instanceof ObjectNode given) {
        property.setValue(nullable(given));
      }
    }
    ArrayNode all = Json.object().arrayNode();
    properties.fieldNames().forEachRemaining(all::add);
    if (!isAll(node.path(REQUIRED), required, all)) {
      node.set(REQUIRED, all);
    }
    node.put(ADDITIONAL, false);
  }

  /** The order in which the required keys are named says nothing. */
  private static boolean isAll(JsonNode told, Set<String> required, ArrayNode all) {
    Set<String> names = new HashSet<>();
    all.forEach(name -> names.add(name.asText()));
    return told.isArray() && told.size() == all.size() && required.equals(names);
  }

  private static ObjectNode nullable(ObjectNode schema) {
    boolean plain = !schema.has("const") && !schema.has("$ref");
    JsonNode type = schema.path(TYPE);
    boolean typed = type.isTextual() || type.isArray();
    if (plain && typed && !schema.has(ANY_OF)) {
      return orNull(schema, type);
    }
    if (plain && !typed && !schema.has(ENUM) && schema.path(ANY_OF) instanceof ArrayNode any) {
      any.addObject().put(TYPE, NULL);
      return schema;
    }
    ObjectNode either = Json.object();
    either.putArray(ANY_OF).add(schema).addObject().put(TYPE, NULL);
    return either;
  }

  private static ObjectNode orNull(ObjectNode schema, JsonNode type) {
    ArrayNode types = Json.object().arrayNode();
    if (type.isTextual()) {
      types.add(type);
    } else {
      type.forEach(types::add);
    }
    if (!contains(types, NULL)) {
      types.add(NULL);
    }
    if (schema.path(ENUM) instanceof ArrayNode values && !hasNull(values)) {
      values.addNull();
    }
    schema.set(TYPE, types);
    return schema;
  }

  /** True when null fits the schema, as far as can be told. */
  static boolean takesNull(JsonNode schema, JsonNode root) {
    return takesNull(schema, root, 0);
  }

  private static boolean takesNull(JsonNode schema, JsonNode root, int depth) {
    if (!schema.isObject()) {
      return schema.asBoolean();
    }
    if (depth > REFERENCES) {
      return false;
    }
    JsonNode type = schema.path(TYPE);
    // Whoever names keys and no type means an object.
    boolean free = type.isMissingNode() && !schema.has(PROPERTIES);
    boolean typed = free || type.asText().equals(NULL) || contains(type, NULL);
    boolean listed = !schema.has(ENUM) || hasNull(schema.path(ENUM));
    boolean constant = !schema.has("const") || schema.path("const").isNull();
    boolean referred = !schema.has("$ref") || takesNull(referred(schema, root), root, depth + 1);
    if (!typed || !listed || !constant || !referred) {
      return false;
    }
    for (String choice : List.of(ANY_OF, ONE_OF)) {
      if (schema.has(choice) && !anyTakesNull(schema.path(choice), root, depth + 1)) {
        return false;
      }
    }
    for (JsonNode each : schema.path(ALL_OF)) {
      if (!takesNull(each, root, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean anyTakesNull(JsonNode schemas, JsonNode root, int depth) {
    for (JsonNode each : schemas) {
      if (takesNull(each, root, depth)) {
        return true;
      }
    }
    return false;
  }

  /** What a schema refers to within its document; missing: it does not, or to elsewhere. */
  static JsonNode referred(JsonNode schema, JsonNode root) {
    String reference = schema.path("$ref").asText();
    if (reference.equals("#")) {
      return root;
    }
    return reference.startsWith("#/") ? root.at(reference.substring(1)) : Json.object().path("");
  }

  private static boolean contains(JsonNode list, String name) {
    for (JsonNode each : list) {
      if (each.asText().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasNull(JsonNode values) {
    for (JsonNode each : values) {
      if (each.isNull()) {
        return true;
      }
    }
    return false;
  }
}
