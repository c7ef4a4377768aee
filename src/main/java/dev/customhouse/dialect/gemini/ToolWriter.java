package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.canonical.chat.ToolChoice.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code tools} and {@code toolConfig} for Gemini. Used for one request. */
final class ToolWriter {
  private final ChatRequest request;
  private final Losses losses;
  private final ArrayNode tools = Json.object().arrayNode();

  /** All functions stand in one tool: Google takes no second. */
  private @Nullable ArrayNode functions;

  ToolWriter(ChatRequest request, Losses losses) {
    this.request = request;
    this.losses = losses;
  }

  void write(ObjectNode body) {
    for (Tool tool : request.tools()) {
      switch (tool) {
        case Tool.Function function -> declare(function);
        case Tool.Freeform freeform -> losses.lost(Feature.FREEFORM_TOOL, freeform.name());
        case Tool.Native own -> own(own);
      }
    }
    if (!tools.isEmpty()) {
      body.set("tools", tools);
    }
    if (functions == null) {
      return;
    }
    if (request.toolChoice() != null) {
      body.putObject("toolConfig").set("functionCallingConfig", choice(request.toolChoice()));
    }
  }

  private void declare(Tool.Function function) {
    ArrayNode all = functions;
    if (all == null) {
      all = tools.addObject().putArray("functionDeclarations");
      functions = all;
    }
    ObjectNode declaration = all.addObject().put("name", function.name());
    String description = function.description();
    if (description != null) {
      declaration.put("description", description);
    }
    JsonNode schema = function.schema();
    if (schema != null) {
      declaration.set("parametersJsonSchema", plain(schema));
    }
    if (Boolean.TRUE.equals(function.strict())) {
      losses.lost(Feature.TOOL_STRICT, function.name());
    }
    if (function.deferred()) {
      losses.lost(Feature.TOOL_DEFERRED, function.name());
    }
    if (function.extras().cache() != null) {
      losses.lost(Feature.CACHE_MARK);
    }
    function.extras().of(DialectId.GEMINI).forEach(declaration::set);
  }

  private void own(Tool.Native tool) {
    if (tool.dialect() == DialectId.GEMINI) {
      tools.add(tool.raw());
      return;
    }
    String type = tool.type().toLowerCase(Locale.ROOT);
    Feature feature = Feature.NATIVE_TOOL;
    if (type.startsWith("web_search")) {
      feature = Feature.WEB_SEARCH_TOOL;
    } else if (type.startsWith("tool_search")) {
      feature = Feature.TOOL_SEARCH_TOOL;
    }
    losses.lost(feature, tool.type());
  }

  /** Names may be given with ANY and VALIDATED only. */
  private static ObjectNode choice(ToolChoice choice) {
    ObjectNode config = Json.object();
    config.put(
        "mode",
        switch (choice.mode()) {
          case AUTO -> "AUTO";
          case NONE -> "NONE";
          case REQUIRED, NAMED -> "ANY";
          case ALLOWED -> choice.required() ? "ANY" : "VALIDATED";
        });
    if (choice.mode() == Mode.NAMED || choice.mode() == Mode.ALLOWED) {
      choice.names().forEach(config.putArray("allowedFunctionNames")::add);
    }
    return config;
  }

  /** The schema without the name of its language, which is no part of it. */
  static JsonNode plain(JsonNode schema) {
    if (!schema.has("$schema")) {
      return schema;
    }
    ObjectNode plain = schema.deepCopy();
    plain.remove("$schema");
    return plain;
  }
}
