package dev.customhouse.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The reference of the configuration file, {@code docs/configuration.md}, written from the schema
 * so that it cannot say anything else.
 */
public final class ConfigurationReference {
  private static final String INTRODUCTION =
      """
      # The configuration file

      <!-- Written from customhouse.schema.json by ConfigurationReferenceTest (-Ddocs=apply). Edit the schema. -->

      One YAML file, `customhouse.yaml`. Every key below is optional unless it is marked as required. The whole file
      is checked before it is used: an unknown key, a wrong type or a name that leads nowhere is an error that tells the
      file, line and column, the value and what was expected. All errors of a file are told at once. A file that changes while the
      gateway runs is checked in the same way and taken over as a whole, or refused while the last good one stays.
      A complete example is in [examples/customhouse.yaml](examples/customhouse.yaml).

      Without a file, each of these variables that is set configures its provider: %s.
      Each provider then serves its usual model names (%s)
      and every model as `<id>/<model>`, such as `groq/llama-3.3-70b-versatile`.

      **Durations** are a number and a unit: `200ms`, `60s`, `15m`, `1h`. **Sizes** are a number of bytes or a number and
      a unit: `33554432`, `32MiB`. **Secret references** are `${env:NAME}` (an environment variable) and `${file:/path}` (the content
      of a file, without the line ends at its end). A secret written into the file is refused. Within `[ ]` and `{ }` a
      reference needs quotes: `["${env:NAME}"]`.

      In the tables, *id* and *name* in a path stand for names of your choice, and `[]` for an item of a list.
      """;

  /** Markdown has no headings below this level. */
  private static final int DEEPEST_HEADING = 6;

  private final ObjectMapper json = new ObjectMapper();
  private final StringBuilder text = new StringBuilder();

  private ConfigurationReference() {}

  /** The whole reference, in Markdown. */
  public static String markdown() {
    ConfigurationReference reference = new ConfigurationReference();
    reference.text.append(
        INTRODUCTION.formatted(
            String.join(
                ", ",
                WellKnown.BY_TYPE.entrySet().stream()
                    .map(ConfigurationReference::variables)
                    .toList()),
            String.join(
                ", ",
                WellKnown.BY_TYPE.values().stream()
                    .flatMap(known -> known.globs().stream())
                    .map(glob -> "`" + glob + "`")
                    .toList())));
    ObjectNode root = SettingsSchema.load().root();
    root.path("properties")
        .properties()
        .forEach(
            section -> reference.section(section.getKey(), (ObjectNode) section.getValue(), 2));
    return reference.text.toString();
  }

  private static String variables(Map.Entry<String, WellKnown> entry) {
    WellKnown known = entry.getValue();
    String beside =
        known.places().isEmpty() ? "" : ", with `" + String.join("` or `", known.places()) + "`";
    return "`%s` (%s%s)"
        .formatted(String.join("` or `", known.variables()), entry.getKey(), beside);
  }

  /** A section: what it is, the table of its keys, an example, then the sections within it. */
  private void section(String path, ObjectNode schema, int level) {
    text.append('\n')
        .append("#".repeat(Math.min(level, DEEPEST_HEADING)))
        .append(" `")
        .append(path)
        .append("`\n\n")
        .append(description(schema))
        .append('\n');
    if (hasProperties(schema)) {
      text.append("\n| key | type | default | what it is | example |\n|---|---|---|---|---|\n");
      schema.path("properties").properties().forEach(key -> row(key, schema));
    }
    JsonNode example = schema.path("examples").path(0);
    if (!example.isMissingNode() && !schema.has("x-unsupported")) {
      text.append("\n```yaml\n").append(exampleKey(path)).append(yaml(example)).append("\n```\n");
    }
    String below = below(path, schema);
    if (!below.equals(path)) {
      JsonNode within = schema.has("items") ? itemsOf(schema) : schema.path("additionalProperties");
      section(below, (ObjectNode) within, level + 1);
      return;
    }
    schema
        .path("properties")
        .properties()
        .forEach(key -> {
          ObjectNode child = (ObjectNode) key.getValue();
          if (hasProperties(itemsOf(child))) {
            section(path + "." + key.getKey() + "[]", (ObjectNode) itemsOf(child), level + 1);
          } else if (hasProperties(child)) {
            section(path + "." + key.getKey(), child, level + 1);
          }
        });
  }

  /** What stands before an example: the key of a section, the dash of a list's item. */
  private static String exampleKey(String path) {
    if (path.endsWith("[]")) {
      return "- ";
    }
    String last = path.substring(path.lastIndexOf('.') + 1);
    return last.startsWith("*") ? "" : last + ": ";
  }

  private static String below(String path, ObjectNode schema) {
    if (hasProperties(itemsOf(schema))) {
      return path + "[]";
    }
    if (hasProperties(schema.path("additionalProperties"))) {
      return path + (path.equals("providers") ? ".*id*" : ".*name*");
    }
    return path;
  }

  private static boolean hasProperties(JsonNode schema) {
    return schema.path("properties").isObject();
  }

  /** What the items of a list are: of several forms the one with keys. */
  private static JsonNode itemsOf(JsonNode schema) {
    for (JsonNode branch : schema.path("items").path("oneOf")) {
      if (hasProperties(branch)) {
        return branch;
      }
    }
    return schema.path("items");
  }

  private static String description(JsonNode schema) {
    String description = escaped(schema.path("description").asText());
    return schema.has("x-unsupported")
        ? description
            + " **Not supported by this version yet: the gateway refuses to start rather than ignore it.**"
        : description;
  }

  /** Text that Markdown shows as it is. */
  private static String escaped(String words) {
    return words.replace("*", "\\*").replace("<", "&lt;");
  }

  private void row(Map.Entry<String, JsonNode> key, ObjectNode owner) {
    ObjectNode schema = (ObjectNode) key.getValue();
    boolean required = SettingsSchema.texts(owner.path("required")).contains(key.getKey());
    JsonNode example = schema.path("examples").path(0);
    text.append("| `")
        .append(key.getKey())
        .append("` | ")
        .append(cell(type(schema)))
        .append(" | ")
        .append(required ? "required" : cell(preset(schema)))
        .append(" | ")
        .append(cell(description(schema)))
        .append(" | ")
        .append(example.isMissingNode() ? "" : "`" + cell(yaml(example)) + "`")
        .append(" |\n");
  }

  private static String cell(String words) {
    return words.replace("|", "\\|");
  }

  private String preset(ObjectNode schema) {
    if (schema.has("x-default")) {
      return schema.path("x-default").asText();
    }
    JsonNode preset = schema.path("default");
    if (preset.isMissingNode() || (preset.isObject() && hasProperties(schema))) {
      return "";
    }
    return "`" + yaml(preset) + "`";
  }

  private static String type(ObjectNode schema) {
    if (schema.has("x-unsupported")) {
      return "";
    }
    if (schema.has("enum")) {
      return String.join(
          ", ",
          SettingsSchema.texts(schema.path("enum")).stream().map(v -> "`" + v + "`").toList());
    }
    return switch (schema.path("x-kind").asText()) {
      case "duration" ->
          "duration, "
              + schema.path("x-minimum").asText()
              + " to "
              + schema.path("x-maximum").asText();
      case "bytes" ->
          "size, " + schema.path("minimum").asText() + " to " + schema.path("maximum").asText();
      case "secret" -> "secret reference";
      case "url" -> "URL";
      case "path" -> "path";
      default -> plainType(schema);
    };
  }

  private static String plainType(ObjectNode schema) {
    return switch (schema.path("type").asText()) {
      case "integer" ->
          "integer, " + schema.path("minimum").asText() + " to " + schema.path("maximum").asText();
      case "boolean" -> "`true`, `false`";
      case "array" -> list(schema);
      case "object" -> "mapping";
      default -> schema.path("type").isArray() ? "mapping or list" : "text";
    };
  }

  private static String list(ObjectNode schema) {
    List<String> of = new ArrayList<>();
    JsonNode items = schema.path("items");
    for (JsonNode branch : items.path("oneOf")) {
      of.add(type((ObjectNode) branch));
    }
    return "list of " + (of.isEmpty() ? type((ObjectNode) items) : String.join(" or ", of));
  }

  /** A JSON value as YAML in one line. */
  private String yaml(JsonNode value) {
    if (value.isObject()) {
      List<String> entries = new ArrayList<>();
      value.properties().forEach(e -> entries.add(name(e.getKey()) + ": " + yaml(e.getValue())));
      return entries.isEmpty() ? "{}" : "{ " + String.join(", ", entries) + " }";
    }
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(yaml(item)));
      return "[" + String.join(", ", items) + "]";
    }
    if (value.isTextual()
        && value.asText().matches("[a-z][A-Za-z0-9_-]*|[0-9]+(ms|s|m|h|KiB|MiB|GiB)")) {
      return value.asText();
    }
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(String key) {
    return key.matches("[A-Za-z0-9_.-]+") ? key : "\"" + key + "\"";
  }
}
