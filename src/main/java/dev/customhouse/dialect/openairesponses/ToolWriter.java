package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Writes tools and the choice among them. */
final class ToolWriter {
  private final boolean own;
  private final boolean home;
  private final BiConsumer<Feature, @Nullable String> lost;
  private final ArrayNode plain = Json.object().arrayNode();
  private final Map<Integer, ObjectNode> additional = new TreeMap<>();
  private final List<Tool> tools;

  /**
   * Writes the tools.
   *
   * @param own true when the request was made in this dialect and is to come out as it went in
   * @param home true when it goes to a provider that knows all of the dialect
   */
  ToolWriter(
      List<Tool> tools, boolean own, boolean home, BiConsumer<Feature, @Nullable String> lost) {
    this.tools = tools;
    this.own = own;
    this.home = home;
    this.lost = lost;
    boolean searched = home && (own || tools.stream().anyMatch(ToolWriter::isSearch));
    for (Tool tool : tools) {
      switch (tool) {
        case Tool.Function function ->
            place(
                function.extras().of(Own.DIALECT),
                function.namespace(),
                function(function, searched));
        case Tool.Freeform freeform ->
            place(freeform.extras().of(Own.DIALECT), freeform.namespace(), custom(freeform));
        case Tool.Native given -> given(given);
      }
    }
  }

  private static boolean isSearch(Tool tool) {
    return tool instanceof Tool.Native given
        && given.dialect() == Own.DIALECT
        && given.type().equals("tool_search");
  }

  /** The tools of the request itself. */
  ArrayNode plain() {
    return plain;
  }

  /** The items that bring more tools, by how many messages stand before them. */
  Map<Integer, ObjectNode> additional() {
    return additional;
  }

  private ObjectNode function(Tool.Function function, boolean searched) {
    ObjectNode tool = Json.object().put("type", "function").put("name", function.name());
    if (function.description() != null) {
      tool.put("description", function.description());
    }
    JsonNode schema = function.schema();
    Boolean strict = function.strict();
    if (Own.is(function.extras())) {
      if (schema != null) {
        tool.set("parameters", schema);
      }
      if (strict != null || !home) {
        tool.put("strict", Boolean.TRUE.equals(strict));
      }
    } else {
      tool.set("parameters", object(schema));
      tool.put("strict", Boolean.TRUE.equals(strict));
    }
    if (function.deferred()) {
      if (searched) {
        tool.put("defer_loading", true);
      } else {
        lost.accept(Feature.TOOL_DEFERRED, function.name());
      }
    }
    return tool;
  }

  /** The parameters must say that they are an object. */
  private static JsonNode object(@Nullable JsonNode schema) {
    if (schema instanceof ObjectNode given && given.has("type")) {
      return given;
    }
    ObjectNode object = Json.object().put("type", "object");
    if (schema instanceof ObjectNode given && !given.isEmpty()) {
      object.setAll(given);
    } else {
      object.putObject("properties");
    }
    return object;
  }

  private static ObjectNode custom(Tool.Freeform freeform) {
    ObjectNode tool = Json.object().put("type", "custom").put("name", freeform.name());
    if (freeform.description() != null) {
      tool.put("description", freeform.description());
    }
    JsonNode grammar = freeform.grammar();
    if (grammar != null) {
      tool.set("format", flat(grammar));
    }
    return tool;
  }

  /** Chat Completions put syntax and definition one level deeper. */
  private static JsonNode flat(JsonNode grammar) {
    if (!grammar.path("grammar").isObject()) {
      return grammar;
    }
    ObjectNode flat = Json.object().put("type", "grammar");
    flat.setAll((ObjectNode) grammar.get("grammar"));
    return flat;
  }

  /** Puts the tool where it stood: in the list, in an item, and there in its namespace. */
  private void place(Map<String, JsonNode> marks, @Nullable String namespace, ObjectNode tool) {
    for (var mark : marks.entrySet()) {
      String name = mark.getKey();
      if (name.equals("defer_loading") && !home) {
        lost.accept(Feature.TOOL_DEFERRED, tool.path("name").asText());
      } else if (!name.equals(RequestTools.NAMESPACE) && !name.equals(InputItems.ADDITIONAL)) {
        tool.set(name, mark.getValue());
      }
    }
    ArrayNode list = list(marks.get(InputItems.ADDITIONAL));
    if (namespace == null) {
      list.add(tool);
      return;
    }
    JsonNode described = marks.get(RequestTools.NAMESPACE);
    JsonNode last = list.isEmpty() ? null : list.get(list.size() - 1);
    if (described == null
        && last instanceof ObjectNode group
        && group.path("type").asText().equals("namespace")
        && group.path("name").asText().equals(namespace)) {
      group.withArray("tools").add(tool);
      return;
    }
    ObjectNode group = list.addObject().put("type", "namespace").put("name", namespace);
    if (described instanceof ObjectNode members) {
      group.setAll(members);
    } else if (!own) {
      group.put("description", namespace);
    }
    group.putArray("tools").add(tool);
  }

  private ArrayNode list(@Nullable JsonNode mark) {
    if (mark == null || !home || !mark.path("at").isInt()) {
      return plain;
    }
    ObjectNode item =
        additional.computeIfAbsent(
            mark.path("at").intValue(),
            none -> {
              ObjectNode made = Json.object().put("type", "additional_tools");
              made.put("role", "developer");
              mark.properties().forEach(member -> made.set(member.getKey(), member.getValue()));
              made.remove("at");
              return made;
            });
    return item.withArray("tools");
  }

  private void given(Tool.Native given) {
    if (given.dialect() == Own.DIALECT && (home || !isSearch(given))) {
      plain.add(given.raw());
      return;
    }
    lost.accept(kind(given), given.name());
  }

  private static Feature kind(Tool.Native given) {
    String type = given.type().toLowerCase(Locale.ROOT).replace("_", "");
    if (type.contains("websearch") || type.contains("googlesearch")) {
      return Feature.WEB_SEARCH_TOOL;
    }
    return type.contains("toolsearch") ? Feature.TOOL_SEARCH_TOOL : Feature.NATIVE_TOOL;
  }

  /** The choice; null when it cannot be told. */
  @Nullable JsonNode choice(ToolChoice choice) {
    return switch (choice.mode()) {
      case AUTO -> text("auto");
      case NONE -> text("none");
      case REQUIRED -> {
        if (tools.isEmpty() && !own) {
          lost.accept(Feature.TOOL_CHOICE_REQUIRED, null);
          yield null;
        }
        yield text("required");
      }
      case NAMED -> {
        ObjectNode named = named(choice.names().getFirst());
        if (named == null) {
          lost.accept(Feature.TOOL_CHOICE_NAMED, choice.names().getFirst());
        }
        yield named;
      }
      case ALLOWED -> {
        ObjectNode allowed = Json.object().put("type", "allowed_tools");
        allowed.put("mode", choice.required() ? "required" : "auto");
        ArrayNode list = allowed.putArray("tools");
        for (String name : choice.names()) {
          ObjectNode named = named(name);
          if (named == null) {
            lost.accept(Feature.TOOL_CHOICE_ALLOWED, name);
          } else {
            list.add(named);
          }
        }
        yield allowed;
      }
    };
  }

  private static JsonNode text(String text) {
    return Json.object().textNode(text);
  }

  /** How a choice calls the tool; null when the tool was left out. */
  private @Nullable ObjectNode named(String name) {
    for (Tool tool : tools) {
      if (tool.name().equals(name)) {
        return switch (tool) {
          case Tool.Function ignored -> Json.object().put("type", "function").put("name", name);
          case Tool.Freeform ignored -> Json.object().put("type", "custom").put("name", name);
          case Tool.Native given ->
              given.dialect() == DialectId.OPENAI_RESPONSES ? of(given) : null;
        };
      }
    }
    return Json.object().put("type", "function").put("name", name);
  }

  private static ObjectNode of(Tool.Native given) {
    ObjectNode chosen = Json.object().put("type", given.type());
    if (given.type().equals("mcp")) {
      chosen.put("server_label", given.name());
    }
    return chosen;
  }
}
