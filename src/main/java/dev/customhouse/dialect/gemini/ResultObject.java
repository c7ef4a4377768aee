package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.util.Set;

/**
 * What a function answered. Gemini wants an object, of which {@code output}, {@code result} and
 * {@code error} have a meaning (ai.google.dev/api/caching#FunctionResponse); all others take text.
 */
record ResultObject(String text, boolean failed) {
  private static final Set<String> WORDS = Set.of("output", "result");
  private static final String ERROR = "error";

  /**
   * The text of an object.
   *
   * @param media true when media come with it, beside which an empty object says nothing
   */
  static ResultObject read(JsonNode response, boolean media) {
    if (response.isObject() && response.size() == 1) {
      String name = response.fieldNames().next();
      JsonNode value = response.path(name);
      if (name.equals(ERROR) && !value.isNull()) {
        return new ResultObject(value.isTextual() ? value.textValue() : string(value), true);
      }
      // A text that is itself an object would become that object on its way back.
      if (WORDS.contains(name) && value.isTextual() && ObjectText.read(value.textValue()) == null) {
        return new ResultObject(value.textValue(), false);
      }
    }
    boolean nothing = response.isMissingNode() || response.isEmpty() && media;
    String text = response.isTextual() ? response.textValue() : string(response);
    return new ResultObject(nothing ? "" : text, false);
  }

  /** The object for a text. */
  ObjectNode write(boolean media) {
    if (failed) {
      return Json.object().put(ERROR, text);
    }
    if (text.isEmpty() && media) {
      return Json.object();
    }
    ObjectNode object = ObjectText.read(text);
    return object != null ? object : Json.object().put("result", text);
  }

  private static String string(JsonNode node) {
    return node.isMissingNode() ? "" : new String(Json.write(node), UTF_8);
  }
}
