package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a request. Converse wants them whenever the conversation holds calls: where the
 * client names none, they are made of the calls.
 */
final class ConverseTools {
  private static final String AUTO = "auto";

  private final ChatRequest request;
  private final Family family;
  private final boolean strict;
  private final boolean forcible;
  private final Losses losses;
  private final Set<String> called = new LinkedHashSet<>();
  private final List<Tool> tools;
  private final @Nullable ObjectNode choice;
  private boolean forced;

  /**
   * The tools.
   *
   * @param turns as they will be written
   * @param traits what the model takes
   */
  ConverseTools(
      ChatRequest request, List<Message> turns, Family family, ModelTraits traits, Losses losses) {
    this.request = request;
    this.family = family;
    this.strict = traits.jsonSchema() && family.strictTools();
    this.forcible = traits.forcedTools();
    this.losses = losses;
    for (Message turn : turns) {
      for (Content content : turn.content()) {
        if (content instanceof Content.ToolCall call) {
          called.add(call.name());
        }
      }
    }
    this.tools = carried();
    this.choice = tools.isEmpty() ? null : choice();
  }

  /** True when the model must use a tool. */
  boolean isForced() {
    return forced;
  }

  /** How many cache marks there are among them. */
  int marks() {
    int marks = 0;
    for (Tool tool : tools) {
      marks += tool instanceof Tool.Function function && function.extras().cache() != null ? 1 : 0;
    }
    return marks;
  }

  private List<Tool> carried() {
    ToolChoice asked = request.toolChoice();
    boolean none = asked != null && asked.mode() == ToolChoice.Mode.NONE;
    List<Tool> carried = new ArrayList<>();
    for (Tool tool : request.tools()) {
      boolean allowed =
          asked == null
              || asked.mode() != ToolChoice.Mode.ALLOWED
              || asked.names().contains(tool.name());
      if (allowed && (!none || !called.isEmpty()) && isCarried(tool)) {
        carried.add(tool);
      }
    }
    if (none && !called.isEmpty()) {
      losses.lost(Feature.TOOL_CHOICE_NONE);
    }
    if (carried.isEmpty()) {
      for (String name : called) {
        carried.add(new Tool.Function(name, null, null, null, null, false, Extras.NONE));
      }
    }
    return carried;
  }

  private boolean isCarried(Tool tool) {
    return switch (tool) {
      case Tool.Function function -> {
        if (function.deferred()) {
          losses.lost(Feature.TOOL_DEFERRED);
        }
        yield true;
      }
      case Tool.Freeform freeform -> {
        // Fitting has made functions of them; one that is left cannot be called.
        losses.lost(Feature.NATIVE_TOOL, freeform.name());
        yield false;
      }
      case Tool.Native own -> {
        if (own.dialect() != DialectId.BEDROCK) {
          losses.lost(lost(own.type()), own.name());
        }
        yield own.dialect() == DialectId.BEDROCK;
      }
    };
  }

  private static Feature lost(String type) {
    if (type.startsWith("web_search") || type.equals("googleSearch")) {
      return Feature.WEB_SEARCH_TOOL;
    }
    return type.startsWith("tool_search") ? Feature.TOOL_SEARCH_TOOL : Feature.NATIVE_TOOL;
  }

  private @Nullable ObjectNode choice() {
    ToolChoice asked = request.toolChoice();
    if (asked == null) {
      return null;
    }
    return switch (asked.mode()) {
      case AUTO -> member(AUTO);
      case REQUIRED -> required();
      case NONE -> null;
      case NAMED -> named(asked.names().isEmpty() ? "" : asked.names().getFirst());
      case ALLOWED -> asked.required() ? required() : member(AUTO);
    };
  }

  private ObjectNode required() {
    if (!forcible || !family.forcesTools()) {
      losses.lost(Feature.TOOL_CHOICE_REQUIRED);
      return member(AUTO);
    }
    forced = true;
    return member("any");
  }

  private ObjectNode named(String name) {
    if (!forcible || !family.namesTools()) {
      losses.lost(Feature.TOOL_CHOICE_NAMED);
      return member(AUTO);
    }
    forced = true;
    ObjectNode choice = Json.object();
    choice.putObject("tool").put("name", name);
    return choice;
  }

  private static ObjectNode member(String name) {
    ObjectNode choice = Json.object();
    choice.putObject(name);
    return choice;
  }

  /** {@code toolConfig}; null when there are no tools. */
  @Nullable ObjectNode write(CachePoints points) {
    if (tools.isEmpty()) {
      return null;
    }
    ObjectNode config = Json.object();
    ArrayNode written = config.putArray("tools");
    for (Tool tool : tools) {
      switch (tool) {
        case Tool.Function function -> {
          written.add(spec(function));
          points.write(function.extras().cache(), family.cachesTools(), written);
        }
        case Tool.Native own -> written.add(own.raw());
        case Tool.Freeform ignored -> {}
      }
    }
    if (choice != null) {
      config.set("toolChoice", choice);
    }
    return config;
  }

  private ObjectNode spec(Tool.Function function) {
    ObjectNode tool = Json.object();
    ObjectNode spec = tool.putObject("toolSpec").put("name", function.name());
    String description = function.description();
    if (description != null && !description.isBlank()) {
      spec.put("description", description);
    }
    ObjectNode schema = spec.putObject("inputSchema");
    if (function.schema() == null || !function.schema().isObject()) {
      schema.putObject("json").put("type", "object").putObject("properties");
    } else {
      schema.set("json", function.schema());
    }
    Boolean asked = function.strict();
    if (asked != null && strict) {
      spec.put("strict", asked);
    } else if (Boolean.TRUE.equals(asked)) {
      losses.lost(Feature.TOOL_STRICT);
    }
    function.extras().of(DialectId.BEDROCK).forEach(spec::set);
    return tool;
  }
}
