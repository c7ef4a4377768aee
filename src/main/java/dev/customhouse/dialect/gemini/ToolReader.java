package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.canonical.chat.ToolChoice.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code tools} and {@code toolConfig} of a request. */
final class ToolReader {
  private static final String CALLING = "toolConfig.functionCallingConfig.";

  private ToolReader() {}

  static List<Tool> tools(Members request) {
    List<Tool> tools = new ArrayList<>();
    for (JsonNode each : request.list("tools")) {
      Members tool = Members.of(each, "tools[]");
      for (JsonNode declaration : tool.list("functionDeclarations")) {
        tools.add(function(Members.of(declaration, "tools[].functionDeclarations[]")));
      }
      tool.rest()
          .forEach((name, value) ->
              tools.add(
                  new Tool.Native(
                      DialectId.GEMINI, name, name, Json.object().<ObjectNode>set(name, value))));
    }
    return tools;
  }

  private static Tool function(Members declaration) {
    String name = declaration.text("name");
    if (name == null || name.isEmpty()) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "'%s' must be the name of the function.".formatted(declaration.path("name")),
          declaration.path("name"));
    }
    String description = declaration.text("description");
    JsonNode openApi = declaration.take("parameters");
    JsonNode schema = declaration.take("parametersJsonSchema");
    if (schema.isMissingNode()) {
      schema = OpenApiSchema.toJsonSchema(openApi);
    }
    return new Tool.Function(
        name,
        null,
        description,
        schema.isMissingNode() ? null : schema,
        null,
        false,
        Extras.of(DialectId.GEMINI, declaration.rest()));
  }

  /**
   * The choice; what it says beyond that goes to the extras. {@code VALIDATED} is AUTO with
   * arguments that fit their schemas.
   */
  static @Nullable ToolChoice choice(Members config, Map<String, JsonNode> extras) {
    Members calling = config.of("functionCallingConfig");
    config.restInto(extras, "toolConfig.");
    String told = calling.text("mode");
    List<String> names = calling.texts("allowedFunctionNames");
    calling.restInto(extras, CALLING);
    String mode = told == null ? "" : told.toUpperCase(Locale.ROOT);
    return switch (mode) {
      case "", "MODE_UNSPECIFIED" -> names.isEmpty() ? null : allowed(names);
      case "AUTO" -> names.isEmpty() ? ToolChoice.of(Mode.AUTO) : allowed(names);
      case "VALIDATED" -> {
        if (!names.isEmpty()) {
          yield allowed(names);
        }
        extras.put(CALLING + "mode", TextNode.valueOf(mode));
        yield ToolChoice.of(Mode.AUTO);
      }
      case "NONE" -> ToolChoice.of(Mode.NONE);
      case "ANY" ->
          switch (names.size()) {
            case 0 -> ToolChoice.of(Mode.REQUIRED);
            case 1 -> ToolChoice.named(names.getFirst());
            default -> new ToolChoice(Mode.ALLOWED, names, true);
          };
      default ->
          throw RequestBody.invalid(
              "invalid_value",
              "'%smode' must be AUTO, ANY, NONE or VALIDATED.".formatted(CALLING),
              CALLING + "mode");
    };
  }

  private static ToolChoice allowed(List<String> names) {
    return new ToolChoice(Mode.ALLOWED, names, false);
  }
}
