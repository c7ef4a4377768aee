package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.chat.Extras;
import org.jspecify.annotations.Nullable;

/** Why an answer ended, in this dialect's words; {@link MessageAnswer#finish} reads them. */
final class StopReasons {
  /** The extra that keeps a reason that this gateway does not know. */
  static final String UNKNOWN = "stop_reason";

  private StopReasons() {}

  /**
   * The word for a reason. What is in the answer counts: some hosts say that they stopped when they
   * wait for a tool, and clients run tools only when they are told so.
   *
   * @param calls true when the answer holds calls of tools
   * @param declined true when it holds words for declining
   */
  static String write(
      @Nullable FinishReason reason, Extras extras, boolean calls, boolean declined) {
    return switch (reason == null ? FinishReason.OTHER : reason) {
      case LENGTH -> "max_tokens";
      case CONTEXT_WINDOW -> "model_context_window_exceeded";
      case CONTENT_FILTER, REFUSAL -> "refusal";
      case PAUSED -> "pause_turn";
      case COMPACTION -> "compaction";
      case STOP_SEQUENCE -> calls ? "tool_use" : "stop_sequence";
      case STOP, TOOL_CALLS, ERROR -> calls ? "tool_use" : declined ? "refusal" : "end_turn";
      case OTHER -> {
        JsonNode unknown = Members.own(extras, UNKNOWN);
        yield unknown != null ? unknown.asText() : calls ? "tool_use" : "end_turn";
      }
    };
  }
}
