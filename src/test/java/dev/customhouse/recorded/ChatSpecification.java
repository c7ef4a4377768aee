package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** OpenAI's API description, as far as it is needed to check an answer against it. */
final class ChatSpecification {
  private static final String REFERENCE = "#/components/schemas/";

  private final JsonNode schemas;

  private ChatSpecification(JsonNode schemas) {
    this.schemas = schemas;
  }

  /** The description; null when it is not there. */
  static @Nullable ChatSpecification load() throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path file = Path.of(root, "specs", "openai-openapi-2026-08-21.json");
    if (!Files.exists(file)) {
      return null;
    }
    JsonNode whole = new ObjectMapper().readTree(file.toFile());
    return new ChatSpecification(whole.at("/components/schemas"));
  }

  /** The names of an object's members. */
  Set<String> members(String schema) {
    Set<String> names = new TreeSet<>();
    members(schemas.path(schema), names);
    return names;
  }

  private void members(JsonNode schema, Set<String> names) {
    JsonNode resolved = resolved(schema);
    for (String composed : List.of("allOf", "anyOf", "oneOf")) {
      resolved.path(composed).forEach(each -> members(each, names));
    }
    resolved.path("properties").fieldNames().forEachRemaining(names::add);
  }

  /** What is wrong with the value, by its path; empty when nothing is. */
  List<String> faults(String schema, JsonNode value) {
    List<String> faults = new ArrayList<>();
    check(schemas.path(schema), value, schema, faults);
    return faults;
  }

  private JsonNode resolved(JsonNode schema) {
    JsonNode current = schema;
    while (current.has("$ref")) {
      current = schemas.path(current.path("$ref").asText().substring(REFERENCE.length()));
    }
    return current;
  }

  private void check(JsonNode given, JsonNode value, String path, List<String> faults) {
    JsonNode schema = resolved(given);
    if (value.isNull() && schema.path("nullable").asBoolean()) {
      return;
    }
    for (JsonNode each : schema.path("allOf")) {
      check(each, value, path, faults);
    }
    for (String either : List.of("anyOf", "oneOf")) {
      if (schema.has(either) && !fitsOne(schema.path(either), value)) {
        faults.add(path + " fits none of " + either);
      }
    }
    if (schema.has("type") && !isOf(schema.path("type").asText(), value)) {
      faults.add(path + " is no " + schema.path("type").asText());
      return;
    }
    if (schema.has("enum") && !contains(schema.path("enum"), value)) {
      faults.add(path + " is none of the words");
    }
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.asText())) {
        faults.add(path + "." + name.asText() + " is missing");
      }
    }
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          JsonNode member = value.path(property.getKey());
          if (!member.isMissingNode()) {
            check(property.getValue(), member, path + "." + property.getKey(), faults);
          }
        });
    if (schema.has("items")) {
      value.forEach(each -> check(schema.path("items"), each, path + "[]", faults));
    }
  }

  private boolean fitsOne(JsonNode schemas, JsonNode value) {
    for (JsonNode each : schemas) {
      List<String> faults = new ArrayList<>();
      check(each, value, "", faults);
      if (faults.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOf(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static boolean contains(JsonNode words, JsonNode value) {
    for (JsonNode word : words) {
      if (word.equals(value)) {
        return true;
      }
    }
    return false;
  }
}
