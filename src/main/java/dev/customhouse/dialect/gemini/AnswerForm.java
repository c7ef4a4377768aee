package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.ModelTraits.Way;
import org.jspecify.annotations.Nullable;

/**
 * The form that an answer is to have. Up to Gemini 2.5 Google refuses to hold a model to one while
 * it has functions to call ("Function calling with a response mime type: 'application/json' is
 * unsupported"); such a model is told the form in words.
 */
final class AnswerForm {
  private static final String JSON = "application/json";

  private AnswerForm() {}

  /** Writes the form into the configuration, where Google holds the model to it. */
  static void write(ChatRequest request, Target target, ObjectNode config) {
    if (!isHeld(request, target)) {
      return;
    }
    switch (request.outputFormat()) {
      case null -> {}
      case OutputFormat.JsonObject ignored -> config.put("responseMimeType", JSON);
      case OutputFormat.JsonSchema schema -> {
        config.put("responseMimeType", JSON);
        config.set("responseJsonSchema", described(schema));
      }
    }
  }

  /** The words for a model that is not held to the form; null when none are needed. */
  static @Nullable String words(ChatRequest request, Target target) {
    if (isHeld(request, target)) {
      return null;
    }
    return switch (request.outputFormat()) {
      case null -> null;
      case OutputFormat.JsonObject ignored ->
          "When you answer without calling a function, answer with one JSON object and nothing else.";
      case OutputFormat.JsonSchema schema ->
          "When you answer without calling a function, answer with JSON and nothing else. It must"
              + " fit this JSON Schema:\n"
              + new String(Json.write(described(schema)), UTF_8);
    };
  }

  private static boolean isHeld(ChatRequest request, Target target) {
    return ModelTraits.of(target.model()).thinking() == Way.EFFORT
        || request.tools().stream().noneMatch(tool -> tool instanceof Tool.Function);
  }

  private static JsonNode described(OutputFormat.JsonSchema format) {
    JsonNode plain = ToolWriter.plain(format.schema());
    String description = format.description();
    if (description == null || !plain.isObject() || plain.has("description")) {
      return plain;
    }
    ObjectNode described = plain.deepCopy();
    return described.put("description", description);
  }
}
