package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tools that a client offers and the choice it leaves among them. */
final class RequestTools {
  /** The mark of a namespace's first tool: what the namespace says of itself. */
  static final String NAMESPACE = "namespace";

  private RequestTools() {}

  /**
   * The tools, those of namespaces each by itself.
   *
   * @param marks what each of them carries to say where it stood
   */
  static List<Tool> read(JsonNode tools, String place, Map<String, JsonNode> marks) {
    List<Tool> read = new ArrayList<>();
    for (int i = 0; i < tools.size(); i++) {
      String where = place + "[" + i + "]";
      Members fields = Members.of(tools.get(i), where);
      if ("namespace".equals(fields.peek("type"))) {
        namespace(fields, marks, read);
      } else {
        read.add(tool(tools.get(i), fields, null, marks));
      }
    }
    return read;
  }

  private static void namespace(Members fields, Map<String, JsonNode> marks, List<Tool> read) {
    fields.take("type");
    String name = fields.requiredText("name");
    JsonNode tools = fields.list("tools");
    ObjectNode described = Json.object();
    fields.rest().forEach(described::set);
    for (int i = 0; i < tools.size(); i++) {
      Map<String, JsonNode> marked = new LinkedHashMap<>(marks);
      if (i == 0 && !described.isEmpty()) {
        marked.put(NAMESPACE, described);
      }
      Members each = Members.of(tools.get(i), fields.path("tools") + "[" + i + "]");
      read.add(tool(tools.get(i), each, name, marked));
    }
  }

  private static Tool tool(
      JsonNode raw, Members fields, @Nullable String namespace, Map<String, JsonNode> marks) {
    String type = fields.requiredText("type");
    return switch (type) {
      case "function" -> {
        String name = fields.requiredText("name");
        String description = fields.text("description");
        JsonNode schema = fields.take("parameters");
        Boolean strict = fields.flag("strict");
        boolean deferred = Boolean.TRUE.equals(fields.flag("defer_loading"));
        yield new Tool.Function(
            name,
            namespace,
            description,
            schema.isMissingNode() ? null : schema,
            strict,
            deferred,
            Own.tagged(with(fields.rest(), marks)));
      }
      case "custom" -> {
        String name = fields.requiredText("name");
        String description = fields.text("description");
        JsonNode format = fields.take("format");
        boolean free = format.isMissingNode() || format.path("type").asText().equals("text");
        yield new Tool.Freeform(
            name,
            namespace,
            description,
            free ? null : format,
            Extras.of(Own.DIALECT, with(fields.rest(), marks)));
      }
      default -> new Tool.Native(Own.DIALECT, type, name(type, raw), raw);
    };
  }

  private static Map<String, JsonNode> with(
      Map<String, JsonNode> fields, Map<String, JsonNode> marks) {
    Map<String, JsonNode> all = new LinkedHashMap<>(fields);
    all.putAll(marks);
    return all;
  }

  private static String name(String type, JsonNode tool) {
    String name = Json.text(tool.path(type.equals("mcp") ? "server_label" : "name"));
    return name == null ? type : name;
  }

  /**
   * The choice that the node says; null when it is absent.
   *
   * @throws dev.customhouse.canonical.Refusal when it is none
   */
  static @Nullable ToolChoice choice(JsonNode node) {
    if (node.isMissingNode()) {
      return null;
    }
    if (node.isTextual()) {
      return switch (node.textValue()) {
        case "auto" -> ToolChoice.of(ToolChoice.Mode.AUTO);
        case "none" -> ToolChoice.of(ToolChoice.Mode.NONE);
        case "required" -> ToolChoice.of(ToolChoice.Mode.REQUIRED);
        default -> throw wrongChoice();
      };
    }
    String type = Json.text(node.path("type"));
    if (type == null) {
      throw wrongChoice();
    }
    if (!type.equals("allowed_tools")) {
      return ToolChoice.named(chosen(node));
    }
    List<String> names = new ArrayList<>();
    for (JsonNode tool : node.path("tools")) {
      names.add(chosen(tool));
    }
    return new ToolChoice(
        ToolChoice.Mode.ALLOWED, names, node.path("mode").asText().equals("required"));
  }

  private static String chosen(JsonNode tool) {
    return name(tool.path("type").asText(), tool);
  }

  private static RuntimeException wrongChoice() {
    return RequestBody.invalid(
        "invalid_value",
        "'tool_choice' must be \"auto\", \"none\", \"required\" or an object with a 'type'.",
        "tool_choice");
  }

  /** True when the hub's choice says all that the node does. */
  static boolean isPlain(JsonNode choice) {
    if (!choice.isObject()) {
      return true;
    }
    if (!choice.path("type").asText().equals("allowed_tools")) {
      return isPlainTool(choice);
    }
    boolean plain = Set.of("type", "mode", "tools").containsAll(names(choice));
    for (JsonNode tool : choice.path("tools")) {
      plain &= isPlainTool(tool);
    }
    return plain;
  }

  private static boolean isPlainTool(JsonNode tool) {
    return Set.of("type", tool.path("type").asText().equals("mcp") ? "server_label" : "name")
        .containsAll(names(tool));
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new java.util.HashSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
