package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the tools of a request for a provider, and which of them may be used. */
final class ToolWriter {
  private static final String CACHE_CONTROL = "cache_control";

  private final ChatHost host;
  private final Losses losses;
  private final PartsWriter marks;

  ToolWriter(ChatHost host, Losses losses) {
    this.host = host;
    this.losses = losses;
    this.marks = new PartsWriter(host, losses);
  }

  void write(ChatRequest request, ObjectNode body) {
    ToolChoice choice = request.toolChoice();
    boolean filtered =
        choice != null && choice.mode() == ToolChoice.Mode.ALLOWED && !host.isOpenAi();
    ArrayNode array = Json.object().putArray("tools");
    List<Tool> written = new ArrayList<>();
    for (Tool tool : request.tools()) {
      if (filtered && choice != null && !choice.names().contains(tool.name())) {
        continue;
      }
      ObjectNode node = tool(tool, body);
      if (node != null) {
        array.add(node);
        written.add(tool);
      }
    }
    if (written.isEmpty()) {
      return;
    }
    body.set("tools", array);
    if (choice != null) {
      choice(choice, written, body);
    }
    if (request.parallelToolCalls() != null) {
      body.put("parallel_tool_calls", request.parallelToolCalls());
    }
  }

  private @Nullable ObjectNode tool(Tool tool, ObjectNode body) {
    return switch (tool) {
      case Tool.Function function -> function(function);
      case Tool.Freeform freeform -> freeform(freeform);
      case Tool.Native own -> nativeTool(own, body);
    };
  }

  private ObjectNode function(Tool.Function function) {
    ObjectNode node = Json.object().put("type", "function");
    ObjectNode inner = node.putObject("function").put("name", function.name());
    if (function.description() != null) {
      inner.put("description", function.description());
    }
    JsonNode schema = function.schema();
    if (schema == null && !host.isOpenAi()) {
      schema = Json.object().put("type", "object").set("properties", Json.object());
    }
    if (schema != null) {
      inner.set("parameters", schema);
    }
    if (function.strict() != null) {
      inner.put("strict", function.strict());
    }
    if (function.deferred()) {
      losses.lost(Feature.TOOL_DEFERRED, function.name());
    }
    beside(node, inner, function.extras());
    return node;
  }

  private ObjectNode freeform(Tool.Freeform freeform) {
    ObjectNode node = Json.object().put("type", "custom");
    ObjectNode inner = node.putObject("custom").put("name", freeform.name());
    if (freeform.description() != null) {
      inner.put("description", freeform.description());
    }
    JsonNode grammar = freeform.grammar();
    if (grammar != null) {
      inner.set("format", nested(grammar));
    }
    beside(node, inner, freeform.extras());
    return node;
  }

  /** Responses have the members of a grammar one level higher than this dialect. */
  private static JsonNode nested(JsonNode grammar) {
    if (grammar.has("grammar") || !grammar.has("definition")) {
      return grammar;
    }
    ObjectNode format = Json.object().put("type", "grammar");
    ObjectNode inner = format.putObject("grammar");
    inner.set("definition", grammar.path("definition"));
    if (grammar.has("syntax")) {
      inner.set("syntax", grammar.path("syntax"));
    }
    return format;
  }

  private @Nullable ObjectNode nativeTool(Tool.Native tool, ObjectNode body) {
    if (tool.dialect() == DialectId.OPENAI_CHAT && tool.raw() instanceof ObjectNode raw) {
      return raw;
    }
    String type = tool.type().toLowerCase(Locale.ROOT).replace("_", "");
    if (type.contains("websearch") || type.contains("googlesearch")) {
      if (host.searches()) {
        body.putObject("web_search_options");
      } else {
        losses.lost(Feature.WEB_SEARCH_TOOL, tool.type());
      }
    } else if (type.contains("toolsearch")) {
      losses.lost(Feature.TOOL_SEARCH_TOOL, tool.type());
    } else {
      losses.lost(Feature.NATIVE_TOOL, tool.type());
    }
    return null;
  }

  private void beside(ObjectNode node, ObjectNode inner, Extras extras) {
    for (Map.Entry<String, JsonNode> field : extras.of(DialectId.OPENAI_CHAT).entrySet()) {
      (field.getKey().equals(CACHE_CONTROL) ? node : inner).set(field.getKey(), field.getValue());
    }
    if (host.takesCacheControl()) {
      marks.mark(node, extras);
    } else if (extras.cache() != null && !node.has(CACHE_CONTROL)) {
      losses.lost(Feature.CACHE_MARK);
    }
  }

  private void choice(ToolChoice choice, List<Tool> written, ObjectNode body) {
    switch (choice.mode()) {
      case AUTO -> body.put("tool_choice", "auto");
      case REQUIRED -> body.put("tool_choice", "required");
      case NONE -> body.put("tool_choice", "none");
      case NAMED -> {
        List<ObjectNode> named = named(choice, written);
        if (named.isEmpty()) {
          losses.lost(Feature.TOOL_CHOICE_NAMED);
        } else {
          body.set("tool_choice", named.getFirst());
        }
      }
      case ALLOWED -> allowed(choice, written, body);
    }
  }

  private void allowed(ToolChoice choice, List<Tool> written, ObjectNode body) {
    String mode = choice.required() ? "required" : "auto";
    if (!host.isOpenAi()) {
      body.put("tool_choice", mode);
      return;
    }
    ObjectNode node = Json.object().put("type", "allowed_tools");
    ArrayNode tools = node.putObject("allowed_tools").put("mode", mode).putArray("tools");
    named(choice, written).forEach(tools::add);
    body.set("tool_choice", node);
  }

  private static List<ObjectNode> named(ToolChoice choice, List<Tool> written) {
    Set<String> names = Set.copyOf(choice.names());
    List<ObjectNode> named = new ArrayList<>();
    for (Tool tool : written) {
      if (names.contains(tool.name())) {
        named.add(named(tool));
      }
    }
    return named;
  }

  private static ObjectNode named(Tool tool) {
    String type =
        switch (tool) {
          case Tool.Function ignored -> "function";
          case Tool.Freeform ignored -> "custom";
          case Tool.Native own -> own.type();
        };
    ObjectNode node = Json.object().put("type", type);
    if (!(tool instanceof Tool.Native)) {
      node.putObject(type).put("name", tool.name());
    }
    return node;
  }
}
