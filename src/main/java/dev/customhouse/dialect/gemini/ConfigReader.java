package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.dialect.RequestBody;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@code GenerationConfig}: sampling, thinking and the form of the answer. */
final class ConfigReader {
  private static final String PREFIX = "generationConfig.";
  private static final String JSON = "application/json";

  private ConfigReader() {}

  static void read(Members config, ChatRequest.Builder request, Map<String, JsonNode> extras) {
    request.sampling(
        new Sampling(
            config.number("temperature"),
            config.number("topP"),
            config.count("topK"),
            config.number("frequencyPenalty"),
            config.number("presencePenalty"),
            config.whole("seed"),
            config.count("maxOutputTokens"),
            config.texts("stopSequences"),
            config.count("candidateCount")));
    if (config.has("thinkingConfig")) {
      request.thinking(thinking(config.of("thinkingConfig")));
    }
    request.outputFormat(format(config, extras));
    leaveOutDefaults(config);
    config.restInto(extras, PREFIX);
  }

  /** Members that only say what holds anyway. */
  private static void leaveOutDefaults(Members config) {
    JsonNode modalities = config.take("responseModalities");
    boolean textOnly =
        modalities.size() == 1 && modalities.path(0).asText().equalsIgnoreCase("text");
    if (!modalities.isEmpty() && !textOnly) {
      config.rest().put("responseModalities", modalities);
    }
    for (String name : List.of("responseLogprobs", "enableAffectiveDialog", "audioTimestamp")) {
      if (config.rest().get(name) instanceof JsonNode value && value.isBoolean()) {
        config.rest().remove(name, BooleanNode.FALSE);
      }
    }
  }

  private static @Nullable Thinking thinking(Members config) {
    Integer budget = config.count("thinkingBudget");
    Effort effort = effort(config.text("thinkingLevel"));
    Boolean shown = config.said("includeThoughts");
    Mode mode = null;
    if (budget != null) {
      mode = budget == 0 ? Mode.OFF : budget < 0 ? Mode.ADAPTIVE : Mode.ON;
    }
    Extras extras = Extras.of(DialectId.GEMINI, config.rest());
    if (mode == null && effort == null && shown == null && extras.isEmpty()) {
      return null;
    }
    return new Thinking(mode, effort, mode == Mode.ON ? budget : null, shown, extras);
  }

  private static @Nullable Effort effort(@Nullable String level) {
    if (level == null || level.isEmpty() || level.equals("THINKING_LEVEL_UNSPECIFIED")) {
      return null;
    }
    Effort effort = Effort.of(level.toLowerCase(Locale.ROOT));
    if (effort == null) {
      throw RequestBody.invalid(
          "invalid_value",
          "'generationConfig.thinkingConfig.thinkingLevel' must be MINIMAL, LOW, MEDIUM or HIGH.",
          "generationConfig.thinkingConfig.thinkingLevel");
    }
    return effort;
  }

  private static @Nullable OutputFormat format(Members config, Map<String, JsonNode> extras) {
    Members format = config.of("responseFormat");
    Members text = format.of("text");
    format.restInto(extras, PREFIX + "responseFormat.");
    JsonNode newer = text.take("schema");
    boolean json = text.take("mimeType").asText().equalsIgnoreCase("APPLICATION_JSON");
    text.restInto(extras, PREFIX + "responseFormat.text.");

    String mediaType = config.text("responseMimeType");
    if (mediaType != null && !mediaType.equals("text/plain") && !mediaType.equals(JSON)) {
      // Such as text/x.enum: the schema belongs to it.
      extras.put(PREFIX + "responseMimeType", TextNode.valueOf(mediaType));
      return null;
    }
    JsonNode openApi = config.take("responseSchema");
    JsonNode internal = config.take("_responseJsonSchema");
    JsonNode schema = config.take("responseJsonSchema");
    for (JsonNode each : List.of(schema, internal, newer)) {
      if (!each.isMissingNode()) {
        return schema(each);
      }
    }
    if (!openApi.isMissingNode()) {
      return schema(OpenApiSchema.toJsonSchema(openApi));
    }
    return json || JSON.equals(mediaType) ? new OutputFormat.JsonObject() : null;
  }

  private static OutputFormat schema(JsonNode schema) {
    return new OutputFormat.JsonSchema(null, null, schema, null, Extras.NONE);
  }
}
