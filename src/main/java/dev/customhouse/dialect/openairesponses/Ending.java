package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/**
 * How a response ended.
 *
 * @param error when it failed
 * @param details when it is incomplete and the reason is one that the dialect has a word for
 */
record Ending(String status, @Nullable JsonNode error, @Nullable JsonNode details) {
  private static final Ending COMPLETED = new Ending("completed", null, null);

  /**
   * The ending of an answer.
   *
   * @param declined true when the answer holds words for declining, so that it is a whole one
   */
  static Ending of(FinishReason reason, Extras extras, boolean declined) {
    JsonNode underWay = extras.of(Own.DIALECT).get("status");
    if (underWay != null) {
      return new Ending(underWay.asText(), null, null);
    }
    return switch (reason) {
      case STOP, STOP_SEQUENCE, TOOL_CALLS, COMPACTION -> COMPLETED;
      case LENGTH, CONTEXT_WINDOW -> incomplete("max_output_tokens");
      case CONTENT_FILTER -> incomplete("content_filter");
      case REFUSAL -> declined ? COMPLETED : incomplete("content_filter");
      case PAUSED -> new Ending("incomplete", null, null);
      case OTHER -> {
        JsonNode details = extras.of(Own.DIALECT).get("incomplete_details");
        yield details == null ? COMPLETED : new Ending("incomplete", null, details);
      }
      case ERROR -> {
        ObjectNode error = Json.object().put("code", "server_error");
        yield new Ending("failed", error.put("message", "The model's answer failed."), null);
      }
    };
  }

  private static Ending incomplete(String reason) {
    return new Ending("incomplete", null, Json.object().put("reason", reason));
  }
}
