package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the body of a Gemini generateContent request. Members may be written in snake case too. */
final class GeminiAsk {
  /** Candidates of one answer, as Gemini limits them. */
  private static final int MAX_CANDIDATES = 8;

  private GeminiAsk() {}

  static Ask read(String modelName, ObjectNode body, boolean stream) {
    String model = Models.named(modelName, Models.TALKING);
    JsonNode contents = body.path("contents");
    if (contents.isEmpty()) {
      throw FaultException.invalid("contents must not be empty", "contents");
    }
    List<Ask.Turn> turns = new ArrayList<>();
    JsonNode system = Json.first(body, "systemInstruction", "system_instruction");
    if (system.isObject()) {
      turns.add(Ask.Turn.of(Ask.Role.SYSTEM, textOf(system.path("parts"))));
    }
    for (JsonNode content : contents.isArray() ? contents : Json.array(contents)) {
      turns.add(turn(content));
    }
    List<Ask.Tool> tools = new ArrayList<>();
    for (JsonNode tool : body.path("tools")) {
      for (JsonNode function : Json.first(tool, "functionDeclarations", "function_declarations")) {
        tools.add(
            Ask.Tool.function(
                function.path("name").asText(),
                function.path("description").asText(),
                Json.first(
                    function, "parametersJsonSchema", "parameters_json_schema", "parameters")));
      }
    }
    JsonNode config = Json.first(body, "generationConfig", "generation_config");
    Integer candidates = Json.integer(config, "candidateCount", 1, MAX_CANDIDATES);
    return new Ask(
        model,
        turns,
        tools,
        calling(Json.first(body, "toolConfig", "tool_config")),
        form(config),
        Json.strings(Json.first(config, "stopSequences", "stop_sequences")),
        Json.integer(
            config,
            config.has("max_output_tokens") ? "max_output_tokens" : "maxOutputTokens",
            1,
            Integer.MAX_VALUE),
        candidates == null ? 1 : candidates,
        stream);
  }

  private static Ask.Turn turn(JsonNode content) {
    List<String> results = new ArrayList<>();
    long others = 0;
    for (JsonNode part : parts(content.path("parts"))) {
      JsonNode call = Json.first(part, "functionCall", "function_call");
      JsonNode response = Json.first(part, "functionResponse", "function_response");
      if (call.isObject()) {
        others += Tokens.of(call.path("name").asText()) + Tokens.of(Json.write(call.path("args")));
      } else if (response.isObject()) {
        results.add(resultOf(response.path("response")));
      } else if (!part.path("text").isTextual()) {
        others += Tokens.MEDIUM_TOKENS;
      }
    }
    Ask.Role role =
        switch (content.path("role").asText("user")) {
          case "model" -> Ask.Role.ASSISTANT;
          case "system" -> Ask.Role.SYSTEM;
          case "user", "", "function", "tool" -> Ask.Role.USER;
          default ->
              throw FaultException.invalid(
                  "Please use a valid role: user, model.", "contents.role");
        };
    return new Ask.Turn(role, textOf(content.path("parts")), results, others);
  }

  /** A lone text under the usual names is the result; anything else is told as JSON. */
  private static String resultOf(JsonNode response) {
    for (String name : List.of("result", "output", "error")) {
      String text = Json.text(response, name);
      if (text != null && response.size() == 1) {
        return text;
      }
    }
    return Json.write(response);
  }

  /** The text of the parts, thoughts left out. */
  static String textOf(JsonNode parts) {
    List<String> texts = new ArrayList<>();
    for (JsonNode part : parts(parts)) {
      String text = Json.text(part, "text");
      if (text != null && !part.path("thought").asBoolean()) {
        texts.add(text);
      }
    }
    return String.join("\n", texts);
  }

  /** Google also takes a single part where an array is due. */
  private static JsonNode parts(JsonNode parts) {
    return parts.isObject() ? Json.array(parts) : parts;
  }

  private static Ask.Calling calling(JsonNode config) {
    JsonNode calling = Json.first(config, "functionCallingConfig", "function_calling_config");
    if (calling.path("mode").asText().equals("NONE")) {
      return Ask.Calling.NEVER;
    }
    List<String> names =
        Json.strings(Json.first(calling, "allowedFunctionNames", "allowed_function_names"));
    return names.isEmpty() ? Ask.Calling.FREE : Ask.Calling.only(names.getFirst());
  }

  private static Ask.@Nullable Form form(JsonNode config) {
    JsonNode schema =
        Json.first(
            config,
            "responseJsonSchema",
            "response_json_schema",
            "responseSchema",
            "response_schema");
    if (schema.isObject()) {
      return new Ask.Form(schema);
    }
    String type = Json.first(config, "responseMimeType", "response_mime_type").asText();
    return type.equals("application/json") ? new Ask.Form(null) : null;
  }
}
