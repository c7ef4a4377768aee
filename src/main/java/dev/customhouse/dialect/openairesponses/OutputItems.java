package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What items of an answer are to the hub. */
final class OutputItems {
  private static final String PICTURE = "image_generation_call";

  private OutputItems() {}

  /** True for calls that the client answers; all others are the provider's own doing. */
  static boolean isCall(String type) {
    return type.equals("function_call") || type.equals("custom_tool_call");
  }

  /**
   * A call whose arguments are still to come; null when its name is not known by now.
   *
   * @param index of the item, from which an id is made when the provider gave none
   */
  static Content.@Nullable ToolCall call(JsonNode item, int index) {
    String name = Json.text(item.path("name"));
    if (name == null || name.isEmpty()) {
      return null;
    }
    String id = item.path("call_id").asText("");
    if (id.isEmpty()) {
      id = item.path("id").asText("");
    }
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    if (item.path("caller").isObject()) {
      fields.put("caller", item.get("caller"));
    }
    return new Content.ToolCall(
        id.isEmpty() ? "call_" + index : id,
        name,
        Json.text(item.path("namespace")),
        item.path("type").asText().equals("custom_tool_call"),
        "",
        null,
        Extras.of(Own.DIALECT, fields));
  }

  /** The arguments of a call as far as the item has them. */
  static String arguments(JsonNode item) {
    boolean custom = item.path("type").asText().equals("custom_tool_call");
    return InputItems.written(item.path(custom ? "input" : "arguments"));
  }

  /** The text of a reasoning: its summary, or all of it where the provider shows that. */
  static String reasoning(JsonNode item) {
    String summary = InputItems.text(item.path("summary"));
    return summary.isEmpty() ? InputItems.text(item.path("content")) : summary;
  }

  /** The proof of a reasoning; empty where the provider gives none and only its maker counts. */
  static Seal seal(JsonNode item, String maker) {
    String data = item.path("encrypted_content").asText("");
    return new Seal(Own.DIALECT, maker, data, !data.isEmpty());
  }

  /** An item that is neither words, reasoning nor a call of the client's tools. */
  static Content other(JsonNode item) {
    String type = item.path("type").asText("");
    String picture = item.path("result").asText("");
    if (!type.equals(PICTURE) || picture.isEmpty()) {
      return new Content.Native(Own.DIALECT, type, item);
    }
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    item.properties().forEach(member -> fields.put(member.getKey(), member.getValue()));
    fields.remove("type");
    fields.remove("result");
    String format = item.path("output_format").asText("");
    return new Content.Media(
        Content.Media.Kind.IMAGE,
        new Content.Source.Inline(picture),
        format.isEmpty() ? DataUrl.imageType(picture) : "image/" + format,
        null,
        Extras.of(Own.DIALECT, fields));
  }

  /** The item of a picture that a model made; null for other media. */
  static @Nullable ObjectNode picture(Content.Media media, String id) {
    if (media.kind() != Content.Media.Kind.IMAGE
        || !(media.source() instanceof Content.Source.Inline inline)) {
      return null;
    }
    ObjectNode item = Json.object().put("type", PICTURE).put("id", id).put("status", "completed");
    media.extras().of(Own.DIALECT).forEach(item::set);
    item.put("result", inline.base64());
    return item;
  }
}
