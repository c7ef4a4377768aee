package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.Range;
import java.util.ArrayList;
import java.util.List;

/**
 * What the client of a compaction gets (platform.openai.com/docs/api-reference/responses/compact):
 * where it was asked for by an item of a request, a response with the summary alone; else the
 * user's last messages, and the summary behind them.
 *
 * @param items of the whole conversation, as a request's input has them
 */
record Compacted(Call call, String owner, byte[] items, Summaries summaries)
    implements Compactor.Form {
  /** What is kept of the user's messages; beyond it the older ones are in the summary alone. */
  static final int MESSAGES_BYTES = 64 * 1024;

  @Override
  public byte[] answer(ObjectNode response, String summary) {
    ObjectNode item = summaries.item(owner, "cmp_" + call.requestId(), summary);
    if (call.operation() != Operation.RESPONSE_COMPACT) {
      response.putArray("output").add(item);
      return Json.write(response);
    }
    ObjectNode told = Json.object();
    told.set("id", response.path("id"));
    told.put("object", "response.compaction");
    told.set("created_at", response.path("created_at"));
    ArrayNode output = told.putArray("output");
    messages().forEach(output::add);
    output.add(item);
    told.set("usage", response.path("usage").isObject() ? response.get("usage") : noUsage());
    return Json.write(told);
  }

  /** Counts that nobody told are zero: the member is required. */
  private static ObjectNode noUsage() {
    ObjectNode usage = Json.object().put("input_tokens", 0);
    usage.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
    usage.put("output_tokens", 0);
    usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    return usage.put("total_tokens", 0);
  }

  private List<ObjectNode> messages() {
    List<Range> ranges = Items.each(items, new Range(0, items.length));
    List<ObjectNode> messages = new ArrayList<>();
    int bytes = 0;
    for (int i = ranges.size() - 1; i >= 0 && bytes <= MESSAGES_BYTES; i--) {
      Range range = ranges.get(i);
      ObjectNode shown = ItemList.shown(items, range, i, call.requestId());
      if (isSaidByUser(shown)) {
        bytes += range.length();
        if (bytes <= MESSAGES_BYTES) {
          messages.add(shown);
        }
      }
    }
    return messages.reversed();
  }

  private static boolean isSaidByUser(ObjectNode item) {
    JsonNode first = item.path("content").path(0).path("text");
    return item.path("type").asText().equals("message")
        && item.path("role").asText().equals("user")
        && !first.asText().startsWith(Summaries.HEAD);
  }
}
