package dev.customhouse.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * The published JSON Schema (draft 2020-12) of the configuration file: the only description of it,
 * from which files are checked and the reference is written.
 *
 * <p>Own keywords: {@code x-kind} (duration, bytes, secret, header, url, path), {@code x-expected}
 * (what an error says was expected), {@code x-secret} (the value is never shown), {@code
 * x-unsupported} (what this version cannot do yet), {@code x-unsupported-values} (the same for
 * values of an enum), {@code x-minimum} and {@code x-maximum} (of a duration), {@code x-default} (a
 * default that depends on something, in words).
 */
final class SettingsSchema {
  private static final String RESOURCE = "customhouse.schema.json";

  private final String text;
  private final ObjectNode root;

  private SettingsSchema(String text, ObjectNode root) {
    this.text = text;
    this.root = root;
  }

  /** The schema of this version. */
  static SettingsSchema load() {
    try (InputStream resource = SettingsSchema.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the program");
      }
      String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      if (!(SchemaText.read(text) instanceof ObjectNode root)) {
        throw new IllegalStateException(RESOURCE + " is not a JSON object");
      }
      return new SettingsSchema(text, (ObjectNode) inlined(root, root));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The schema as published. */
  String text() {
    return text;
  }

  /** The schema with every {@code $ref} replaced by what it refers to; read only. */
  ObjectNode root() {
    return root;
  }

  /** The schema of a value by the keys that lead to it. */
  JsonNode at(String... keys) {
    JsonNode schema = root;
    for (String key : keys) {
      schema = schema.path("properties").path(key);
    }
    return schema;
  }

  /** The texts of an array; empty when it is missing. */
  static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static JsonNode inlined(JsonNode node, ObjectNode root) {
    if (node instanceof ArrayNode array) {
      ArrayNode copy = array.arrayNode();
      array.forEach(item -> copy.add(inlined(item, root)));
      return copy;
    }
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    ObjectNode copy = object.objectNode();
    JsonNode reference = object.get("$ref");
    if (reference != null) {
      JsonNode target = root.at(reference.asText().substring(1));
      if (target.isMissingNode()) {
        throw new IllegalStateException(RESOURCE + " has no " + reference.asText());
      }
      copy.setAll((ObjectNode) inlined(target, root));
    }
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      if (!name.equals("$ref") && !name.equals("$defs")) {
        copy.set(name, inlined(object.path(name), root));
      }
    }
    return copy;
  }
}
