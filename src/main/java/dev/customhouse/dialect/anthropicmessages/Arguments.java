package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The arguments of a call, which the hub has as text and this dialect as an object. */
final class Arguments {
  private Arguments() {}

  /** The object; an empty one for an empty text; null when the text is none. */
  static @Nullable ObjectNode read(String arguments) {
    if (arguments.isBlank()) {
      return Json.object();
    }
    return Json.read(arguments.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object
        ? object
        : null;
  }

  /** The object, or one that holds the text that is none. */
  static ObjectNode written(String arguments) {
    ObjectNode object = read(arguments);
    return object == null ? ofText(arguments) : object;
  }

  /** The object for a tool of free text, which this dialect does not have. */
  static ObjectNode ofText(String text) {
    return Json.object().put("input", text);
  }

  /** The JSON text of an input; that of an empty object when there is none. */
  static String text(JsonNode input) {
    return input.isMissingNode() || input.isNull()
        ? "{}"
        : new String(Json.write(input), StandardCharsets.UTF_8);
  }
}
