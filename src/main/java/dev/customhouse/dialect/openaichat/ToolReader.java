package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.canonical.chat.ToolChoice.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tools of a client's request and which of them may be used. */
final class ToolReader {
  private static final Set<String> FUNCTION = Set.of("name", "description", "parameters", "strict");
  private static final Set<String> CUSTOM = Set.of("name", "description", "format");
  private static final Set<String> TOOL = Set.of("type", "function", "custom");
  private static final Set<String> FLAT =
      Set.of("type", "name", "description", "parameters", "strict");
  private static final String CHOICE = "a string or an object that names a tool";

  private ToolReader() {}

  static List<Tool> tools(Members body) {
    List<Tool> tools = new ArrayList<>();
    JsonNode list = body.list("tools");
    for (int i = 0; i < list.size(); i++) {
      tools.add(tool(Members.of(list.get(i), "tools[" + i + "]")));
    }
    JsonNode functions = body.list("functions");
    for (int i = 0; i < functions.size(); i++) {
      Members function = Members.of(functions.get(i), "functions[" + i + "]");
      tools.add(function(function, Map.of(), null));
    }
    return tools;
  }

  private static Tool tool(Members tool) {
    String type = tool.text("type");
    if (tool.has("function") && (type == null || type.equals("function"))) {
      return function(tool.requiredObject("function"), tool.others(TOOL), PartsReader.mark(tool));
    }
    if (type == null) {
      throw Members.missing(tool.path("type"), "a string");
    }
    return switch (type) {
      case "function" -> flat(tool);
      case "custom" ->
          freeform(tool.requiredObject("custom"), tool.others(TOOL), PartsReader.mark(tool));
      default -> {
        String name = tool.text("name");
        yield new Tool.Native(DialectId.OPENAI_CHAT, type, name == null ? type : name, tool.node());
      }
    };
  }

  private static Tool function(
      Members function, Map<String, JsonNode> outer, Extras.@Nullable CacheMark mark) {
    Map<String, JsonNode> extras = new LinkedHashMap<>(outer);
    extras.putAll(function.others(FUNCTION));
    Members parameters = function.object("parameters");
    return new Tool.Function(
        function.requiredText("name"),
        null,
        function.text("description"),
        parameters == null ? null : parameters.node(),
        function.flag("strict"),
        false,
        Extras.of(DialectId.OPENAI_CHAT, extras).with(mark));
  }

  /** Some clients send the tools of Responses, whose members lie one level higher. */
  private static Tool flat(Members tool) {
    if (!tool.has("name")) {
      throw Members.missing(tool.path("function"), "an object");
    }
    Members parameters = tool.object("parameters");
    return new Tool.Function(
        tool.requiredText("name"),
        null,
        tool.text("description"),
        parameters == null ? null : parameters.node(),
        tool.flag("strict"),
        false,
        Extras.of(DialectId.OPENAI_CHAT, tool.others(FLAT)).with(PartsReader.mark(tool)));
  }

  private static Tool freeform(
      Members custom, Map<String, JsonNode> outer, Extras.@Nullable CacheMark mark) {
    Map<String, JsonNode> extras = new LinkedHashMap<>(outer);
    extras.putAll(custom.others(CUSTOM));
    Members format = custom.object("format");
    boolean anything = format == null || "text".equals(format.text("type"));
    return new Tool.Freeform(
        custom.requiredText("name"),
        null,
        custom.text("description"),
        anything || format == null ? null : format.node(),
        Extras.of(DialectId.OPENAI_CHAT, extras).with(mark));
  }

  /** Null when nothing is said, or there are no tools to choose from. */
  static @Nullable ToolChoice choice(Members body, List<Tool> tools) {
    String member = body.has("tool_choice") ? "tool_choice" : "function_call";
    JsonNode value = body.get(member);
    if (tools.isEmpty() || value.isMissingNode()) {
      return null;
    }
    ToolChoice choice =
        value.isTextual()
            ? mode(value.textValue(), member)
            : object(Members.of(checked(value, member), member));
    for (String name : choice.names()) {
      if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
        throw RequestBody.invalid(
            "invalid_value",
            "'%s' names the tool '%s', which is not among the 'tools'.".formatted(member, name),
            member);
      }
    }
    return choice;
  }

  private static JsonNode checked(JsonNode value, String member) {
    if (!value.isObject()) {
      throw Members.wrong(member, CHOICE, value);
    }
    return value;
  }

  private static ToolChoice mode(String word, String member) {
    return switch (word) {
      case "none" -> ToolChoice.of(Mode.NONE);
      case "auto" -> ToolChoice.of(Mode.AUTO);
      case "required", "any" -> ToolChoice.of(Mode.REQUIRED);
      default ->
          throw RequestBody.invalid(
              "invalid_value",
              "'%s' must be 'none', 'auto', 'required' or %s.".formatted(member, CHOICE),
              member);
    };
  }

  private static ToolChoice object(Members choice) {
    String type = choice.text("type");
    if (type == null) {
      Members function = choice.object("function");
      return ToolChoice.named((function == null ? choice : function).requiredText("name"));
    }
    return switch (type) {
      case "function", "custom", "tool" -> {
        Members inner = choice.object(type);
        yield ToolChoice.named((inner == null ? choice : inner).requiredText("name"));
      }
      case "allowed_tools" -> allowed(choice);
      default -> mode(type, choice.path("type"));
    };
  }

  private static ToolChoice allowed(Members choice) {
    Members inner = choice.object("allowed_tools");
    Members allowed = inner == null ? choice : inner;
    JsonNode tools = allowed.list("tools");
    if (tools.isMissingNode()) {
      throw Members.missing(allowed.path("tools"), "an array of tools");
    }
    List<String> names = new ArrayList<>();
    for (JsonNode tool : tools) {
      String type = tool.path("type").asText("function");
      String name = Json.text(tool.path(type).path("name"));
      String own = name == null ? Json.text(tool.path("name")) : name;
      names.add(own == null ? type : own);
    }
    return new ToolChoice(Mode.ALLOWED, names, "required".equals(allowed.text("mode")));
  }
}
