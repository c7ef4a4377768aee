package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one JSON value that satisfies a schema, the same each time. Reads JSON Schema and Gemini's
 * OpenAPI subset (types in capitals). Objects get their required members, or all of their members
 * where the schema says nothing of required ones. {@code not} and {@code if} are not heeded; of
 * patterns, those that have no groups and fit one of a few samples.
 */
final class SchemaFilling {
  /** Values made for one schema; references can make a small schema endless. */
  static final int MAX_VALUES = 10_000;

  private static final int MAX_DEPTH = 64;
  private static final int MAX_ITEMS = 100;
  private static final int MAX_TEXT_CHARACTERS = 10_000;
  private static final int MAX_PATTERN_CHARACTERS = 200;
  private static final int MAX_QUANTIFIERS = 5;

  /** Members that nobody requires are left out below this depth, so that recursion ends. */
  private static final int OPTIONAL_DEPTH = 4;

  private static final Map<String, String> FORMATS =
      Map.ofEntries(
          Map.entry("date", "2026-01-01"),
          Map.entry("date-time", "2026-01-01T00:00:00Z"),
          Map.entry("time", "12:00:00Z"),
          Map.entry("duration", "P1D"),
          Map.entry("email", "user@example.com"),
          Map.entry("idn-email", "user@example.com"),
          Map.entry("hostname", "example.com"),
          Map.entry("uri", "https://example.com/"),
          Map.entry("url", "https://example.com/"),
          Map.entry("uri-reference", "/text"),
          Map.entry("uuid", "00000000-0000-4000-8000-000000000000"),
          Map.entry("ipv4", "192.0.2.1"),
          Map.entry("ipv6", "2001:db8::1"));

  /** Tried against a pattern in this order; short, so that no pattern takes long. */
  private static final List<String> SAMPLES =
      List.of(
          "text",
          "Text",
          "TEXT",
          "a",
          "A",
          "ab",
          "AB",
          "abc",
          "ABC",
          "1",
          "0",
          "12",
          "123",
          "1234",
          "12345",
          "123456",
          "a1",
          "A1",
          "A-1",
          "ABC-123",
          "1.0",
          "1.0.0",
          "2026",
          "2026-01-01",
          "12:00",
          "12:00:00",
          "a@b.co",
          "#000000",
          "+15550100",
          "/text",
          "a_b",
          "a-b",
          "text.txt",
          "http://a.co",
          "https://a.co",
          "");

  private final JsonNode root;
  private int values;

  private SchemaFilling(JsonNode root) {
    this.root = root;
  }

  /**
   * A value for the schema.
   *
   * @throws FaultException when the schema cannot be filled within the limits
   */
  static JsonNode fill(JsonNode schema) {
    return new SchemaFilling(schema).value(schema, 0, 0);
  }

  /** A value for the schema of a tool's arguments, which are an object whatever it says. */
  static ObjectNode fillObject(JsonNode schema) {
    return fill(schema) instanceof ObjectNode object ? object : Json.object();
  }

  /** A value; the ordinal tells apart the items of an array that must differ. */
  private JsonNode value(JsonNode schema, int depth, int ordinal) {
    if (++values > MAX_VALUES || depth > MAX_DEPTH) {
      throw FaultException.invalid(
          "the JSON schema must be fillable with at most "
              + MAX_VALUES
              + " values, "
              + MAX_DEPTH
              + " deep",
          "schema");
    }
    if (schema.has("const")) {
      return schema.get("const");
    }
    JsonNode choices = schema.path("enum");
    if (!choices.isEmpty()) {
      return choices.get(ordinal % choices.size());
    }
    if (schema.has("default") && ordinal == 0) {
      return schema.get("default");
    }
    if (schema.path("$ref").isTextual()) {
      return value(resolved(schema.path("$ref").textValue()), depth + 1, ordinal);
    }
    if (!schema.path("allOf").isEmpty()) {
      return value(merged(schema), depth + 1, ordinal);
    }
    for (String either : List.of("anyOf", "oneOf")) {
      if (!schema.path(either).isEmpty()) {
        return value(with(schema, either, liveliest(schema.path(either))), depth + 1, ordinal);
      }
    }
    return switch (type(schema)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, depth);
      case "string" -> JsonNodeFactory.instance.textNode(string(schema, ordinal));
      case "integer" -> number(schema, true, ordinal);
      case "number" -> number(schema, false, ordinal);
      case "boolean" -> JsonNodeFactory.instance.booleanNode(ordinal % 2 == 0);
      case "null" -> JsonNodeFactory.instance.nullNode();
      default -> JsonNodeFactory.instance.textNode("text");
    };
  }

  private static String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      for (JsonNode one : type) {
        if (!one.asText().equalsIgnoreCase("null")) {
          return one.asText().toLowerCase(Locale.ROOT);
        }
      }
      return type.isEmpty() ? "" : "null";
    }
    if (type.isTextual()) {
      return type.textValue().toLowerCase(Locale.ROOT);
    }
    if (schema.has("properties") || schema.has("required") || schema.isEmpty()) {
      return "object";
    }
    if (schema.has("items") || schema.has("prefixItems")) {
      return "array";
    }
    return schema.has("minimum") || schema.has("maximum") ? "number" : "";
  }

  private JsonNode resolved(String reference) {
    JsonNode target =
        reference.equals("#")
            ? root
            : reference.startsWith("#/") ? root.at(reference.substring(1)) : root.path("");
    if (target.isMissingNode()) {
      throw FaultException.invalid("'$ref' must point into the schema itself", "schema");
    }
    return target;
  }

  /** The schema with all of its parts under {@code allOf} laid over each other. */
  private JsonNode merged(JsonNode schema) {
    ObjectNode whole = Json.object();
    schema
        .properties()
        .forEach(member -> {
          if (!member.getKey().equals("allOf")) {
            whole.set(member.getKey(), member.getValue());
          }
        });
    for (JsonNode part : schema.path("allOf")) {
      JsonNode target =
          part.path("$ref").isTextual() ? resolved(part.path("$ref").textValue()) : part;
      lay(whole, target);
    }
    return whole;
  }

  private static void lay(ObjectNode whole, JsonNode part) {
    for (Map.Entry<String, JsonNode> member : part.properties()) {
      String name = member.getKey();
      JsonNode there = whole.path(name);
      if (name.equals("properties") && there.isObject()) {
        ObjectNode both = there.deepCopy();
        member.getValue().properties().forEach(p -> both.set(p.getKey(), p.getValue()));
        whole.set(name, both);
      } else if ((name.equals("required") || name.equals("allOf")) && there.isArray()) {
        ArrayNode both = there.deepCopy();
        member.getValue().forEach(both::add);
        whole.set(name, both);
      } else {
        whole.set(name, member.getValue());
      }
    }
  }

  /** The schema with one branch of its {@code anyOf} or {@code oneOf} laid over it. */
  private JsonNode with(JsonNode schema, String either, JsonNode branch) {
    ObjectNode whole = Json.object();
    for (Map.Entry<String, JsonNode> member : schema.properties()) {
      if (!member.getKey().equals(either)) {
        whole.set(member.getKey(), member.getValue());
      }
    }
    lay(whole, branch);
    return whole;
  }

  /** The first branch that is not just null. */
  private static JsonNode liveliest(JsonNode branches) {
    for (JsonNode branch : branches) {
      if (!type(branch).equals("null")) {
        return branch;
      }
    }
    return branches.get(0);
  }

  private JsonNode object(JsonNode schema, int depth) {
    ObjectNode object = Json.object();
    JsonNode properties = schema.path("properties");
    Set<String> required = Set.copyOf(Json.strings(schema.path("required")));
    boolean all = !schema.has("required") && depth < OPTIONAL_DEPTH;
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      if (all || required.contains(property.getKey())) {
        object.set(property.getKey(), value(property.getValue(), depth + 1, 0));
      }
    }
    for (String name : Json.strings(schema.path("required"))) {
      if (!object.has(name)) {
        JsonNode others = schema.path("additionalProperties");
        object.set(
            name,
            others.isObject()
                ? value(others, depth + 1, 0)
                : JsonNodeFactory.instance.textNode("text"));
      }
    }
    return object;
  }

  private JsonNode array(JsonNode schema, int depth) {
    ArrayNode array = Json.array();
    for (JsonNode item : schema.path("prefixItems")) {
      array.add(value(item, depth + 1, 0));
    }
    JsonNode items = schema.path("items");
    // Gemini writes whole numbers as strings.
    int minimum = schema.path("minItems").asInt(depth < OPTIONAL_DEPTH && items.isObject() ? 1 : 0);
    int wanted = Math.min(minimum, schema.path("maxItems").asInt(Integer.MAX_VALUE));
    if (wanted > MAX_ITEMS) {
      throw FaultException.invalid("'minItems' must be at most " + MAX_ITEMS, "schema");
    }
    while (array.size() < wanted) {
      array.add(
          items.isObject()
              ? value(items, depth + 1, schema.path("uniqueItems").asBoolean() ? array.size() : 0)
              : JsonNodeFactory.instance.textNode("text"));
    }
    return array;
  }

  private static String string(JsonNode schema, int ordinal) {
    String format = FORMATS.get(schema.path("format").asText());
    if (format != null) {
      return format;
    }
    int minimum = schema.path("minLength").asInt(0);
    int maximum = schema.path("maxLength").asInt(Integer.MAX_VALUE);
    if (minimum > MAX_TEXT_CHARACTERS) {
      throw FaultException.invalid("'minLength' must be at most " + MAX_TEXT_CHARACTERS, "schema");
    }
    String pattern = schema.path("pattern").asText();
    if (!pattern.isEmpty() && isQuick(pattern)) {
      for (String sample : SAMPLES) {
        if (sample.length() >= minimum && sample.length() <= maximum && fits(sample, pattern)) {
          return sample;
        }
      }
    }
    StringBuilder text = new StringBuilder(ordinal == 0 ? "text" : "text" + ordinal);
    while (text.length() < minimum) {
      text.append(" text");
    }
    int length = Math.max(minimum, Math.min(text.length(), maximum));
    return text.substring(0, Math.min(length, text.length()));
  }

  /** A pattern comes from outside: one that could take long to match is not tried at all. */
  private static boolean isQuick(String pattern) {
    return pattern.length() <= MAX_PATTERN_CHARACTERS
        && pattern.indexOf('(') < 0
        && pattern.chars().filter(c -> "*+?{".indexOf(c) >= 0).count() <= MAX_QUANTIFIERS;
  }

  private static boolean fits(String sample, String pattern) {
    try {
      return Pattern.compile(pattern).matcher(sample).find();
    } catch (PatternSyntaxException notJava) {
      return false;
    }
  }

  private static JsonNode number(JsonNode schema, boolean whole, int ordinal) {
    BigDecimal low = bound(schema, "minimum", "exclusiveMinimum", BigDecimal.ONE, whole);
    BigDecimal high = bound(schema, "maximum", "exclusiveMaximum", BigDecimal.ONE.negate(), whole);
    BigDecimal step = decimal(schema.path("multipleOf"));
    BigDecimal value = BigDecimal.ONE;
    if (low != null && value.compareTo(low) < 0) {
      value = low;
    }
    if (high != null && value.compareTo(high) > 0) {
      value = low == null ? high : low;
    }
    if (step != null && step.signum() > 0) {
      value = value.divide(step, 0, RoundingMode.CEILING).multiply(step);
      if (high != null && value.compareTo(high) > 0) {
        value = high.divide(step, 0, RoundingMode.FLOOR).multiply(step);
      }
      value = value.add(step.multiply(BigDecimal.valueOf(ordinal)));
    } else {
      value = value.add(BigDecimal.valueOf(ordinal));
    }
    boolean small = value.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0;
    if (whole && small) {
      return JsonNodeFactory.instance.numberNode(
          value.setScale(0, RoundingMode.CEILING).longValue());
    }
    return JsonNodeFactory.instance.numberNode(value.stripTrailingZeros());
  }

  /** The nearest allowed value at a bound; null where there is none. */
  private static @Nullable BigDecimal bound(
      JsonNode schema, String inclusive, String exclusive, BigDecimal inwards, boolean whole) {
    BigDecimal bound = decimal(schema.path(inclusive));
    JsonNode outside = schema.path(exclusive);
    // Draft 4 says it with a flag, later drafts with a number.
    BigDecimal excluded = outside.isBoolean() && outside.asBoolean() ? bound : decimal(outside);
    if (excluded == null) {
      return bound;
    }
    BigDecimal step = whole ? inwards : inwards.movePointLeft(3);
    BigDecimal inside = excluded.add(step);
    if (bound == null || outside.isBoolean()) {
      return inside;
    }
    return inwards.signum() > 0 ? bound.max(inside) : bound.min(inside);
  }

  private static @Nullable BigDecimal decimal(JsonNode value) {
    return value.isNumber() && Math.abs(value.asDouble()) < 1e18 ? value.decimalValue() : null;
  }
}
