package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The arguments of a call, which Vertex AI may stream in pieces: {@code {"jsonPath": "$.a[0].b",
 * "stringValue": "..."}} (cloud.google.com, "Streaming function call arguments"). Pieces of one
 * string are joined.
 */
final class PartialArguments {
  private static final Pattern STEP =
      Pattern.compile("[.]([^.\\[]+)|\\[(\\d+)]|\\['([^']*)']|\\[\"([^\"]*)\"]");

  /** Items come in order; an index far behind the last is not believed. */
  private static final int GAP_ITEMS_MAX = 16;

  /** As deep as any JSON that is read here may be. */
  private static final int STEPS_MAX = 64;

  /** An index with more digits is far behind anything. */
  private static final int INDEX_DIGITS_MAX = 6;

  private JsonNode root;

  /** What is there of them already; a missing node for nothing. */
  PartialArguments(JsonNode begun) {
    root = begun.isObject() ? begun.deepCopy() : begun.isMissingNode() ? Json.object() : begun;
  }

  /** What there is of them at once; pieces may follow. */
  void begin(JsonNode arguments) {
    root = arguments.deepCopy();
  }

  void add(JsonNode piece) {
    JsonNode value = value(piece);
    List<Object> steps = steps(piece.path("jsonPath").asText());
    boolean told = !value.isMissingNode() && !steps.isEmpty() && steps.size() <= STEPS_MAX;
    if (told && root.isObject()) {
      root = put(root, steps, 0, value);
    }
  }

  private static JsonNode value(JsonNode piece) {
    for (String name : List.of("stringValue", "numberValue", "boolValue")) {
      if (piece.has(name)) {
        return piece.path(name);
      }
    }
    return piece.has("nullValue") ? NullNode.getInstance() : piece.path("stringValue");
  }

  private static List<Object> steps(String path) {
    List<Object> steps = new ArrayList<>();
    Matcher step = STEP.matcher(path);
    while (step.find()) {
      if (step.group(2) != null) {
        boolean far = step.group(2).length() > INDEX_DIGITS_MAX;
        steps.add(far ? Integer.MAX_VALUE : Integer.parseInt(step.group(2)));
      } else {
        steps.add(
            step.group(1) != null
                ? step.group(1)
                : step.group(3) != null ? step.group(3) : step.group(4));
      }
    }
    return steps;
  }

  private static JsonNode put(JsonNode place, List<Object> steps, int at, JsonNode value) {
    if (at == steps.size()) {
      return place.isTextual() && value.isTextual()
          ? TextNode.valueOf(place.textValue() + value.textValue())
          : value;
    }
    Object step = steps.get(at);
    if (step instanceof Integer index) {
      ArrayNode array = place instanceof ArrayNode known ? known : Json.object().arrayNode();
      if (index - array.size() <= GAP_ITEMS_MAX) {
        while (array.size() <= index) {
          array.addNull();
        }
        array.set(index, put(array.path(index), steps, at + 1, value));
      }
      return array;
    }
    ObjectNode object = place instanceof ObjectNode known ? known : Json.object();
    object.set((String) step, put(object.path((String) step), steps, at + 1, value));
    return object;
  }

  /** The arguments as JSON text. */
  String text() {
    return new String(Json.write(root), UTF_8);
  }
}
