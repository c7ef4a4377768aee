package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sandbox's way with JSON trees: members keep their order, absent is not null. */
final class Json {
  /** Buffers kept for the next: Jackson keeps them by thread, and a request has its own. */
  private static final int POOLED_BUFFERS = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newBoundedPool(POOLED_BUFFERS))
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(Sandbox.MAX_BODY_BYTES)
                          .build())
                  .build())
          .build();

  private Json() {}

  /** A new object without members. */
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A new array of the given elements. */
  static ArrayNode array(JsonNode... elements) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (JsonNode element : elements) {
      array.add(element);
    }
    return array;
  }

  /**
   * The object that the bytes hold.
   *
   * @throws FaultException when they hold anything else; the message holds nothing of them
   */
  static ObjectNode parseObject(byte[] bytes) {
    try {
      if (MAPPER.readTree(bytes) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException notJson) {
      // Its text quotes the body, and a body may hold a prompt: only the fact is told.
    }
    throw FaultException.invalid("the body must be a JSON object", null);
  }

  /** The value as compact JSON. */
  static String write(JsonNode value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree can always be written", impossible);
    }
  }

  /** The value as compact JSON in UTF-8. */
  static byte[] bytes(JsonNode value) {
    return write(value).getBytes(StandardCharsets.UTF_8);
  }

  /** The member as text; null when it is absent or no string. */
  static @Nullable String text(JsonNode object, String member) {
    JsonNode value = object.path(member);
    return value.isTextual() ? value.textValue() : null;
  }

  /** The member as text, or the fallback. */
  static String text(JsonNode object, String member, String fallback) {
    String text = text(object, member);
    return text == null ? fallback : text;
  }

  /** The first of the members that is present and not null; a missing node when none is. */
  static JsonNode first(JsonNode object, String... members) {
    for (String member : members) {
      JsonNode value = object.path(member);
      if (!value.isMissingNode() && !value.isNull()) {
        return value;
      }
    }
    return MissingNode.getInstance();
  }

  /**
   * The member as a whole number.
   *
   * @return null when it is absent or null
   * @throws FaultException when it is no whole number within the bounds
   */
  static @Nullable Integer integer(JsonNode object, String member, int minimum, int maximum) {
    JsonNode value = first(object, member);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.canConvertToExactIntegral()
        || !value.canConvertToInt()
        || value.intValue() < minimum
        || value.intValue() > maximum) {
      throw FaultException.invalid(
          "'" + member + "' must be a whole number from " + minimum + " to " + maximum, member);
    }
    return value.intValue();
  }

  /** The strings of a member that is a string or an array of strings; empty when absent. */
  static List<String> strings(JsonNode value) {
    List<String> strings = new ArrayList<>();
    if (value.isTextual()) {
      strings.add(value.textValue());
    }
    for (JsonNode element : value) {
      if (element.isTextual()) {
        strings.add(element.textValue());
      }
    }
    return strings;
  }
}
