package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
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
        yield new Ending(
            "failed", error(ErrorKind.BAD_GATEWAY, "The model's answer failed."), null);
      }
    };
  }

  /** What a response that failed tells of it. */
  static ObjectNode error(ErrorKind kind, String message) {
    return Json.object().put("code", code(kind)).put("message", message);
  }

  /**
   * The codes by which clients tell what to do: shorten the conversation, wait, or give up. SDKs
   * hold them to OpenAI's list, so the gateway's own codes have no place here.
   */
  private static String code(ErrorKind kind) {
    return switch (kind) {
      case CONTEXT_TOO_LONG -> "context_length_exceeded";
      case RATE_LIMITED -> "rate_limit_exceeded";
      case INVALID_REQUEST, CONTENT_FILTERED -> "invalid_prompt";
      case UNAUTHORIZED,
          FORBIDDEN,
          INSUFFICIENT_CREDIT,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA,
          OVERLOADED,
          TIMEOUT,
          BAD_GATEWAY,
          NETWORK,
          UNAVAILABLE,
          INTERNAL ->
          "server_error";
    };
  }

  private static Ending incomplete(String reason) {
    return new Ending("incomplete", null, Json.object().put("reason", reason));
  }
}
