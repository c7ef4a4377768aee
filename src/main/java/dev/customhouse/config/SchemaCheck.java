package dev.customhouse.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Walks the nodes of a file along the schema: reports what does not fit, fills in defaults and
 * makes plain values of the rest. It understands the keywords that the schema uses, no others; a
 * test holds the schema to that.
 */
final class SchemaCheck {
  /** Most values in a file, aliases counted each time they are used. */
  static final int VALUES = 200_000;

  /** Longest value that an error shows; of a longer one it shows the beginning. */
  private static final int SHOWN = 80;

  /** An integer with more digits is beyond every limit, and is not computed. */
  private static final int DIGITS = 40;

  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern BOOLEAN = Pattern.compile("true|True|TRUE|false|False|FALSE");

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
  private static final Pattern BYTES = Pattern.compile("([0-9]{1,10})(B|KiB|MiB|GiB)");

  /** Text that is shown nowhere although its key is none for secrets: usual forms of keys. */
  private static final Pattern LIKE_A_SECRET =
      Pattern.compile(
          "(?i).*(sk-|pk-|rk-|gsk_|xai-|pplx-|csk-|nvapi-|hf_|ghp_|github_pat_|AIza|AKIA|eyJ|bearer\\s|://[^/]*@).*",
          Pattern.DOTALL);

  private final Problems problems;
  private final Map<String, Pattern> patterns = new HashMap<>();

  /** Nodes of the schema's defaults, by identity. */
  private final Map<JsonNode, Node> defaults = new IdentityHashMap<>();

  /** Where values are that stand in no file but come from a default; null while in the file. */
  private @Nullable Place defaultPlace;

  private int visited;

  SchemaCheck(Problems problems) {
    this.problems = problems;
  }

  /** The values of a file; its root is an empty table when there is no node. */
  Value.Table check(@Nullable Node root, ObjectNode schema) {
    Place place = new Place("", 1, 1);
    if (root == null) {
      return withDefaults(Value.Table.empty(place), schema);
    }
    return value(root, schema, "", place) instanceof Value.Table table
        ? table
        : Value.Table.empty(place);
  }

  /** The value of a default; its place is that of the section it is missing from. */
  private Value defaultValue(JsonNode value, JsonNode schema, Place section, String key) {
    Place outer = defaultPlace;
    Place place = section.below(key);
    defaultPlace = place;
    try {
      Node node = defaults.computeIfAbsent(value, SchemaCheck::node);
      return value(node, (ObjectNode) schema, place.path(), place);
    } finally {
      defaultPlace = outer;
    }
  }

  /** A default as the node that a file would have in its place. */
  private static Node node(JsonNode value) {
    if (value instanceof ObjectNode object) {
      List<NodeTuple> tuples = new ArrayList<>();
      object
          .properties()
          .forEach(entry ->
              tuples.add(new NodeTuple(scalar(Tag.STR, entry.getKey()), node(entry.getValue()))));
      return new MappingNode(Tag.MAP, tuples, FlowStyle.FLOW);
    }
    if (value.isArray()) {
      List<Node> items = new ArrayList<>();
      value.forEach(item -> items.add(node(item)));
      return new SequenceNode(Tag.SEQ, items, FlowStyle.FLOW);
    }
    if (value.isTextual()) {
      return scalar(Tag.STR, value.textValue());
    }
    return scalar(
        value.isBoolean() ? Tag.BOOL : value.isNull() ? Tag.NULL : Tag.INT, value.asText());
  }

  private static ScalarNode scalar(Tag tag, String text) {
    return new ScalarNode(tag, text, ScalarStyle.PLAIN);
  }

  private Value value(Node node, ObjectNode schema, String path, Place owner) {
    Place place = place(node, path);
    if (++visited > VALUES) {
      if (visited == VALUES + 1) {
        problems.add(place, "more than " + VALUES + " values, aliases included");
      }
      return new Value.Refused(place);
    }
    Kind kind = Kind.of(node);
    if (unsupported(node, schema, kind, owner)) {
      return new Value.Refused(place);
    }
    ObjectNode branch = branch(node, schema, kind, place);
    if (branch == null) {
      return new Value.Refused(place);
    }
    if (kind == null || !kind.in(branch.path("type"))) {
      problems.add(place, "is " + shown(node, branch) + ", expected " + expected(branch));
      return new Value.Refused(place);
    }
    if (node instanceof MappingNode mapping) {
      return table(mapping, branch, path, owner);
    }
    if (node instanceof SequenceNode sequence) {
      return items(sequence, branch, path, place);
    }
    if (!(node instanceof ScalarNode scalar)) {
      throw new IllegalStateException("a node of the type " + node.getNodeType());
    }
    return switch (kind) {
      case NULL ->
          Kind.OBJECT.in(branch.path("type"))
              ? withDefaults(Value.Table.empty(owner), branch)
              : new Value.Items(List.of(), place);
      case BOOLEAN -> new Value.Flag(scalar.getValue().equalsIgnoreCase("true"), place);
      case INTEGER -> whole(scalar, branch, place);
      case STRING -> text(scalar, branch, place);
      case NUMBER, OBJECT, ARRAY -> throw new IllegalStateException("a scalar of the kind " + kind);
    };
  }

  /** Reports what this version cannot do yet; an empty section of it is let through. */
  private boolean unsupported(Node node, ObjectNode schema, @Nullable Kind kind, Place owner) {
    JsonNode feature = schema.get("x-unsupported");
    if (feature == null) {
      return false;
    }
    boolean empty =
        kind == Kind.NULL
            || (node instanceof MappingNode mapping && mapping.getValue().isEmpty())
            || (node instanceof SequenceNode sequence && sequence.getValue().isEmpty());
    if (empty && kind != null && kind.in(schema.path("type"))) {
      return false;
    }
    problems.add(owner, notYet(feature.asText()));
    return true;
  }

  /** The words for what this version cannot do yet. */
  static String notYet(String feature) {
    return feature
        + " is not supported by this version yet; the gateway refuses to start rather than ignore"
        + " it";
  }

  /**
   * The one schema of {@code oneOf} whose type fits the node; the schema itself where it has none,
   * or one of required keys only. Null when none fits, which is reported.
   */
  private @Nullable ObjectNode branch(
      Node node, ObjectNode schema, @Nullable Kind kind, Place place) {
    JsonNode branches = schema.path("oneOf");
    if (branches.isMissingNode() || schema.has("type")) {
      return schema;
    }
    List<String> expected = new ArrayList<>();
    boolean secret = false;
    for (JsonNode branch : branches) {
      if (kind != null && kind.in(branch.path("type"))) {
        return (ObjectNode) branch;
      }
      secret |= branch.path("x-secret").asBoolean();
      expected.add(expected((ObjectNode) branch));
    }
    problems.add(
        place, "is " + shown(node, secret) + ", expected " + String.join(", or ", expected));
    return null;
  }

  private Value table(MappingNode mapping, ObjectNode schema, String path, Place owner) {
    Map<String, Value.Entry> entries = new LinkedHashMap<>();
    JsonNode properties = schema.path("properties");
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
        problems.add(place(tuple.getKeyNode(), path), "a key is not a text, expected a text");
        continue;
      }
      String key = keyNode.getValue();
      Place keyPlace = place(keyNode, Place.join(path, key));
      Value.Entry earlier = entries.get(key);
      if (earlier != null) {
        problems.add(
            keyPlace,
            "the key " + quoted(key) + " stands twice, first in line " + earlier.keyPlace().line());
        continue;
      }
      ObjectNode child = schemaOf(key, keyPlace, schema, path);
      entries.put(
          key,
          new Value.Entry(
              keyPlace,
              child == null
                  ? new Value.Refused(keyPlace)
                  : value(tuple.getValueNode(), child, keyPlace.path(), keyPlace)));
    }
    checkNumber(entries.size(), schema, "Properties", owner, "entries");
    checkRequired(entries.keySet(), schema, owner);
    entries.keySet().removeIf(key -> !properties.has(key) && unknown(schema));
    return withDefaults(new Value.Table(entries, owner), schema);
  }

  private static boolean unknown(ObjectNode schema) {
    return !schema.path("additionalProperties").isObject();
  }

  /** The schema of a key; null when the key is not allowed, which is reported. */
  private @Nullable ObjectNode schemaOf(
      String key, Place keyPlace, ObjectNode schema, String path) {
    if (schema.path("properties").get(key) instanceof ObjectNode property) {
      return property;
    }
    if (!(schema.get("additionalProperties") instanceof ObjectNode additional)) {
      List<String> known = new ArrayList<>();
      schema.path("properties").fieldNames().forEachRemaining(known::add);
      String hint = Nearest.hint(key, known);
      problems.add(
          new Place(path, keyPlace.line(), keyPlace.column()),
          "unknown key " + quoted(key) + hint + ", expected one of " + String.join(", ", known));
      return null;
    }
    if (schema.path("propertyNames") instanceof ObjectNode names
        && !pattern(names).matcher(key).find()) {
      problems.add(
          new Place(path, keyPlace.line(), keyPlace.column()),
          "the key " + quoted(key) + " is not allowed, expected " + expected(names));
      return null;
    }
    return additional;
  }

  private void checkRequired(Set<String> keys, ObjectNode schema, Place owner) {
    for (JsonNode required : schema.path("required")) {
      if (!keys.contains(required.asText())) {
        problems.add(
            owner,
            "the key "
                + quoted(required.asText())
                + " is missing, expected "
                + expected((ObjectNode) schema.path("properties").path(required.asText())));
      }
    }
    List<String> alternatives = new ArrayList<>();
    int given = 0;
    for (JsonNode branch : schema.path("oneOf")) {
      String key = branch.path("required").path(0).asText();
      alternatives.add(quoted(key));
      given += keys.contains(key) ? 1 : 0;
    }
    if (!alternatives.isEmpty() && given != 1) {
      problems.add(
          owner,
          (given == 0 ? "none" : "more than one")
              + " of the keys "
              + String.join(" and ", alternatives)
              + " is given, expected exactly one of them");
    }
  }

  private Value.Table withDefaults(Value.Table table, ObjectNode schema) {
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          JsonNode preset = property.getValue().get("default");
          if (preset != null && !table.has(property.getKey())) {
            Value value =
                defaultValue(preset, property.getValue(), table.place(), property.getKey());
            table.entries().put(property.getKey(), new Value.Entry(value.place(), value));
          }
        });
    return table;
  }

  private Value items(SequenceNode sequence, ObjectNode schema, String path, Place place) {
    List<Value> values = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Node item : sequence.getValue()) {
      String itemPath = path + "[" + values.size() + "]";
      Value value = value(item, (ObjectNode) schema.path("items"), itemPath, place(item, itemPath));
      if (schema.path("uniqueItems").asBoolean()
          && value instanceof Value.Text text
          && !seen.add(text.text())) {
        problems.add(
            text.place(), "is " + quoted(text.text()) + ", which stands twice in the list");
      }
      values.add(value);
    }
    checkNumber(values.size(), schema, "Items", place, "items");
    return new Value.Items(values, place);
  }

  private void checkNumber(int number, ObjectNode schema, String of, Place place, String noun) {
    int least = schema.path("min" + of).asInt(0);
    int most = schema.path("max" + of).asInt(Integer.MAX_VALUE);
    if (number < least) {
      problems.add(place, "has " + number + " " + noun + ", expected at least " + least);
    } else if (number > most) {
      problems.add(place, "has " + number + " " + noun + ", expected at most " + most);
    }
  }

  private Value whole(ScalarNode scalar, ObjectNode schema, Place place) {
    BigInteger number = integer(scalar.getValue());
    if (number.compareTo(least(schema)) < 0 || number.compareTo(most(schema)) > 0) {
      problems.add(place, "is " + shown(scalar, schema) + ", expected " + expected(schema));
      return new Value.Refused(place);
    }
    return new Value.Whole(number.longValueExact(), place);
  }

  private static BigInteger least(JsonNode schema) {
    return BigInteger.valueOf(schema.path("minimum").asLong(Long.MIN_VALUE));
  }

  private static BigInteger most(JsonNode schema) {
    return BigInteger.valueOf(schema.path("maximum").asLong(Long.MAX_VALUE));
  }

  private static BigInteger integer(String text) {
    String digits = text.startsWith("+") ? text.substring(1) : text;
    if (digits.length() > DIGITS) {
      return BigInteger.ONE
          .shiftLeft(Long.SIZE)
          .multiply(BigInteger.valueOf(digits.startsWith("-") ? -1 : 1));
    }
    if (digits.startsWith("0x")) {
      return new BigInteger(digits.substring(2), 16);
    }
    return digits.startsWith("0o")
        ? new BigInteger(digits.substring(2), 8)
        : new BigInteger(digits);
  }

  private Value text(ScalarNode scalar, ObjectNode schema, Place place) {
    String text = scalar.getValue();
    if (SettingsSchema.texts(schema.path("x-unsupported-values")).contains(text)) {
      problems.add(place, notYet(quoted(text)));
      return new Value.Refused(place);
    }
    Value value = fits(text, schema) ? typed(text, schema, place) : null;
    if (value == null) {
      String hint = Nearest.hint(text, SettingsSchema.texts(schema.path("enum")));
      problems.add(place, "is " + shown(scalar, schema) + hint + ", expected " + expected(schema));
      return new Value.Refused(place);
    }
    return value;
  }

  private boolean fits(String text, ObjectNode schema) {
    return (!schema.has("enum") || SettingsSchema.texts(schema.path("enum")).contains(text))
        && (!schema.has("pattern") || pattern(schema).matcher(text).find())
        && text.length() >= schema.path("minLength").asInt(0)
        && text.length() <= schema.path("maxLength").asInt(Integer.MAX_VALUE);
  }

  /** The value of a text by its kind; null when it does not fit. */
  private static @Nullable Value typed(String text, ObjectNode schema, Place place) {
    switch (schema.path("x-kind").asText()) {
      case "duration" -> {
        Duration duration = duration(text);
        return duration.compareTo(duration(schema.path("x-minimum").asText())) < 0
                || duration.compareTo(duration(schema.path("x-maximum").asText())) > 0
            ? null
            : new Value.Time(duration, place);
      }
      case "bytes" -> {
        BigInteger number = bytes(text);
        return number.compareTo(least(schema)) < 0 || number.compareTo(most(schema)) > 0
            ? null
            : new Value.Whole(number.longValueExact(), place);
      }
      case "url" -> {
        return isUrl(text) ? new Value.Text(text, place) : null;
      }
      case "path" -> {
        return text.indexOf('\0') < 0 && !text.isBlank() ? new Value.Text(text, place) : null;
      }
      default -> {
        return new Value.Text(text, place);
      }
    }
  }

  private static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalStateException("the schema lets through a duration that is none");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  private static BigInteger bytes(String text) {
    Matcher matcher = BYTES.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalStateException("the schema lets through a size that is none");
    }
    int shift =
        switch (matcher.group(2)) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    return new BigInteger(matcher.group(1)).shiftLeft(shift);
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && uri.getPort() <= 65_535
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private Pattern pattern(ObjectNode schema) {
    return patterns.computeIfAbsent(
        schema.path("pattern").asText(), SchemaCheck::compiledAsJsonSchemaMeansIt);
  }

  /** {@code $} is the very end in JSON Schema; in Java a line end may follow it. */
  private static Pattern compiledAsJsonSchemaMeansIt(String pattern) {
    return Pattern.compile(
        pattern.endsWith("$") ? pattern.substring(0, pattern.length() - 1) + "\\z" : pattern);
  }

  /** What a schema expects, in words. */
  static String expected(ObjectNode schema) {
    if (schema.has("x-expected")) {
      return schema.path("x-expected").asText();
    }
    if (schema.has("enum")) {
      return "one of " + String.join(", ", SettingsSchema.texts(schema.path("enum")));
    }
    String kind = schema.path("x-kind").asText();
    if (kind.equals("duration")) {
      return "a duration from "
          + schema.path("x-minimum").asText()
          + " to "
          + schema.path("x-maximum").asText()
          + ", such as 200ms, 60s, 15m or 1h";
    }
    if (kind.equals("bytes")) {
      return "a number of bytes from "
          + schema.path("minimum").asText()
          + " to "
          + schema.path("maximum").asText()
          + ", or a size such as 32MiB";
    }
    JsonNode type = schema.path("type");
    return switch (type.isArray() ? type.path(0).asText() : type.asText()) {
      case "integer" ->
          "an integer from "
              + schema.path("minimum").asText()
              + " to "
              + schema.path("maximum").asText();
      case "boolean" -> "true or false";
      case "array" -> "a list";
      case "object" -> "a mapping";
      default -> "a text";
    };
  }

  private static String shown(Node node, ObjectNode schema) {
    return shown(node, schema.path("x-secret").asBoolean());
  }

  /** The value as an error shows it; what is or may be a secret is never shown. */
  private static String shown(Node node, boolean secret) {
    return switch (node) {
      case MappingNode mapping -> mapping.getValue().isEmpty() ? "an empty mapping" : "a mapping";
      case SequenceNode sequence -> sequence.getValue().isEmpty() ? "an empty list" : "a list";
      case ScalarNode scalar -> {
        Kind kind = Kind.of(scalar);
        if (kind == Kind.NULL) {
          yield "empty";
        }
        if (kind == null) {
          yield "a value with a tag (!) that is not supported";
        }
        if (secret || LIKE_A_SECRET.matcher(scalar.getValue()).matches()) {
          yield "a value that is not shown here";
        }
        yield kind == Kind.STRING
            ? "the text " + quoted(scalar.getValue())
            : (kind == Kind.BOOLEAN ? "" : "the number ") + scalar.getValue();
      }
      default -> "unknown";
    };
  }

  /** The text in quotes, shortened, without control characters. */
  static String quoted(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return "\"" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line) + "\"";
  }

  private Place place(Node node, String path) {
    if (defaultPlace != null) {
      return new Place(path, defaultPlace.line(), defaultPlace.column());
    }
    return node.getStartMark()
        .map(YamlFile::place)
        .map(at -> new Place(path, at.line(), at.column()))
        .orElse(new Place(path, 0, 0));
  }

  /** The kinds of values as the schema's {@code type} names them. */
  private enum Kind {
    NULL,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    ARRAY,
    OBJECT;

    private static final Map<Tag, Kind> OF_TAG =
        Map.of(
            Tag.NULL, NULL,
            Tag.BOOL, BOOLEAN,
            Tag.INT, INTEGER,
            Tag.FLOAT, NUMBER,
            Tag.STR, STRING,
            Tag.SEQ, ARRAY,
            Tag.MAP, OBJECT);

    /** The kind of a node; null for a tag that no schema of YAML 1.2 has. */
    static @Nullable Kind of(Node node) {
      Kind kind = OF_TAG.get(node.getTag());
      return kind != null && kind.fits(node) ? kind : null;
    }

    private boolean fits(Node node) {
      String text = node instanceof ScalarNode scalar ? scalar.getValue() : null;
      return switch (this) {
        case OBJECT -> node instanceof MappingNode;
        case ARRAY -> node instanceof SequenceNode;
        case INTEGER -> text != null && SchemaCheck.INTEGER.matcher(text).matches();
        case BOOLEAN -> text != null && SchemaCheck.BOOLEAN.matcher(text).matches();
        case NULL, NUMBER, STRING -> text != null;
      };
    }

    /** Whether a schema's {@code type}, a name or several, holds this kind. */
    boolean in(JsonNode type) {
      String name = name().toLowerCase(Locale.ROOT);
      return type.isArray()
          ? SettingsSchema.texts(type).contains(name)
          : type.asText().equals(name);
    }
  }

  /** The keywords that are understood or only describe. */
  static Set<String> keywords() {
    return new LinkedHashSet<>(
        List.of(
            "$schema",
            "$id",
            "title",
            "description",
            "examples",
            "default",
            "type",
            "enum",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "items",
            "minItems",
            "maxItems",
            "uniqueItems",
            "properties",
            "additionalProperties",
            "propertyNames",
            "maxProperties",
            "required",
            "oneOf",
            "not",
            "x-kind",
            "x-expected",
            "x-secret",
            "x-unsupported",
            "x-unsupported-values",
            "x-minimum",
            "x-maximum",
            "x-default"));
  }
}
