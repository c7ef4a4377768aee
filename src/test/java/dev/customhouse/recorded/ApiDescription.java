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

/**
 * A vendor's description of its API (OpenAPI 3), as far as members, types and closed lists of words
 * can be checked by it.
 */
final class ApiDescription {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonNode schemas;

  private ApiDescription(JsonNode schemas) {
    this.schemas = schemas;
  }

  /** The description in that file; null when there is no such file here. */
  static @Nullable ApiDescription find(String file) throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path place = Path.of(root, "specs", file);
    return Files.exists(place)
        ? new ApiDescription(MAPPER.readTree(place.toFile()).at("/components/schemas"))
        : null;
  }

  /** What is wrong with the node by the schema of that name; empty: nothing. */
  List<String> faults(String schema, JsonNode node) {
    return faults(schemas.path(schema), node, schema);
  }

  /** The schema of the event of that type; empty when none is described. */
  String event(String type) {
    for (var schema : schemas.properties()) {
      JsonNode words = schema.getValue().at("/properties/type/enum");
      if (words.size() == 1
          && words.get(0).asText().equals(type)
          && schema.getKey().startsWith("Response")) {
        return schema.getKey();
      }
    }
    return "";
  }

  /** All members of the schema of that name. */
  Set<String> members(String schema) {
    Set<String> members = new TreeSet<>();
    members(schemas.path(schema), members);
    return members;
  }

  private void members(JsonNode schema, Set<String> members) {
    JsonNode known = resolved(schema);
    known.path("properties").fieldNames().forEachRemaining(members::add);
    known.path("allOf").forEach(each -> members(each, members));
  }

  private JsonNode resolved(JsonNode schema) {
    String reference = schema.path("$ref").asText("");
    return reference.isEmpty()
        ? schema
        : schemas.path(reference.substring(reference.lastIndexOf('/') + 1));
  }

  private List<String> faults(JsonNode given, JsonNode node, String place) {
    JsonNode schema = resolved(given);
    List<String> faults = new ArrayList<>();
    for (JsonNode each : schema.path("allOf")) {
      faults.addAll(faults(each, node, place));
    }
    for (String choice : List.of("anyOf", "oneOf")) {
      if (schema.has(choice)) {
        faults.addAll(choice(schema.path(choice), node, place));
      }
    }
    String type = schema.path("type").asText("");
    if (!type.isEmpty() && !isA(type, node)) {
      faults.add(place + " is no " + type);
      return faults;
    }
    if (schema.path("enum").isArray() && node.isTextual()) {
      boolean known = false;
      for (JsonNode word : schema.path("enum")) {
        known |= word.equals(node);
      }
      if (!known) {
        faults.add(place + " is " + node);
      }
    }
    if (node.isObject()) {
      for (JsonNode name : schema.path("required")) {
        if (!node.has(name.asText())) {
          faults.add(place + " lacks " + name.asText());
        }
      }
      for (var member : schema.path("properties").properties()) {
        if (node.has(member.getKey())) {
          faults.addAll(
              faults(member.getValue(), node.get(member.getKey()), place + "." + member.getKey()));
        }
      }
    }
    if (node.isArray() && schema.has("items")) {
      for (JsonNode each : node) {
        faults.addAll(faults(schema.path("items"), each, place + "[]"));
      }
    }
    return faults;
  }

  /** The faults by the best of the choices. */
  private List<String> choice(JsonNode choices, JsonNode node, String place) {
    List<String> best = null;
    for (JsonNode each : choices) {
      List<String> found = faults(each, node, place);
      if (best == null || found.size() < best.size()) {
        best = found;
      }
    }
    return best == null ? List.of() : best;
  }

  private static boolean isA(String type, JsonNode node) {
    return switch (type) {
      case "object" -> node.isObject();
      case "array" -> node.isArray();
      case "string" -> node.isTextual();
      case "integer" -> node.isIntegralNumber();
      case "number" -> node.isNumber();
      case "boolean" -> node.isBoolean();
      case "null" -> node.isNull();
      default -> true;
    };
  }
}
