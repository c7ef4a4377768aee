package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.wire.Range;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Input items as clients are shown them, in pages. */
final class ItemList {
  private static final int PAGE_ITEMS = 20;
  private static final int PAGE_ITEMS_MAX = 100;

  private ItemList() {}

  /**
   * The page that a query asks for ({@code after}, {@code limit}, {@code order}); what it is to
   * include is there in any case.
   *
   * @throws dev.customhouse.canonical.Refusal of kind INVALID_REQUEST when there is no such page
   */
  static ObjectNode of(KeptResponse response, Map<String, String> query) {
    String tail = response.id().startsWith("resp_") ? response.id().substring(5) : response.id();
    List<Range> ranges = Items.each(response.input(), new Range(0, response.input().length));
    ObjectNode[] all = new ObjectNode[ranges.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = shown(response.input(), ranges.get(i), i, tail);
    }
    List<ObjectNode> items = Arrays.asList(all);
    if (isNewestFirst(query.get("order"))) {
      items = items.reversed();
    }
    int start = start(items, query.get("after"));
    int end = Math.min(items.size(), start + pageItems(query.get("limit")));
    ObjectNode list = Json.object().put("object", "list");
    ArrayNode data = list.putArray("data");
    items.subList(start, end).forEach(data::add);
    list.put("first_id", data.isEmpty() ? null : data.get(0).path("id").asText());
    list.put("last_id", data.isEmpty() ? null : data.get(data.size() - 1).path("id").asText());
    return list.put("has_more", end < items.size());
  }

  private static boolean isNewestFirst(@Nullable String order) {
    return switch (order == null ? "desc" : order) {
      case "desc" -> true;
      case "asc" -> false;
      default ->
          throw RequestBody.invalid("invalid_value", "'order' must be asc or desc.", "order");
    };
  }

  private static int start(List<ObjectNode> items, @Nullable String after) {
    if (after == null) {
      return 0;
    }
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).path("id").asText().equals(after)) {
        return i + 1;
      }
    }
    throw RequestBody.invalid("invalid_value", "'after' must be the id of a listed item.", "after");
  }

  private static int pageItems(@Nullable String limit) {
    try {
      int items = limit == null ? PAGE_ITEMS : Integer.parseInt(limit);
      if (items >= 1 && items <= PAGE_ITEMS_MAX) {
        return items;
      }
    } catch (NumberFormatException notANumber) {
      // Refused below, as a number out of range is.
    }
    throw RequestBody.invalid(
        "invalid_value",
        "'limit' must be a whole number from 1 to %d.".formatted(PAGE_ITEMS_MAX),
        "limit");
  }

  /**
   * An item as lists show it: with an id, a type, and the content of a message in parts.
   *
   * @param tail what ids of items that have none end with, before their place
   */
  static ObjectNode shown(byte[] items, Range range, int index, String tail) {
    JsonNode item = Json.read(items, range.start(), range.end());
    String type = item.path("type").asText("message");
    String id = Json.text(item.path("id"));
    ObjectNode shown = Json.object();
    shown.put("id", id == null ? prefix(type) + tail + "_" + index : id);
    shown.put("type", type);
    item.properties().forEach(member -> shown.putIfAbsent(member.getKey(), member.getValue()));
    if (type.equals("message")) {
      JsonNode content = item.path("content");
      if (content.isTextual()) {
        boolean said = item.path("role").asText().equals("assistant");
        ObjectNode part = Json.object().put("type", said ? "output_text" : "input_text");
        part.set("text", content);
        shown.putArray("content").add(part);
      }
      if (!shown.has("status")) {
        shown.put("status", "completed");
      }
    }
    return shown;
  }

  private static String prefix(String type) {
    return switch (type) {
      case "message" -> "msg_";
      case "reasoning" -> "rs_";
      case "function_call" -> "fc_";
      case "function_call_output" -> "fco_";
      case "custom_tool_call" -> "ctc_";
      case "custom_tool_call_output" -> "ctco_";
      default -> "item_";
    };
  }
}
