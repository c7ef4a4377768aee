package dev.customhouse.dialect.bedrock;

import dev.customhouse.canonical.FinishReason;
import org.jspecify.annotations.Nullable;

/** Converse's reasons for stopping. */
final class StopReasons {
  private StopReasons() {}

  static @Nullable FinishReason read(@Nullable String reason) {
    if (reason == null) {
      return null;
    }
    return switch (reason) {
      case "end_turn" -> FinishReason.STOP;
      case "stop_sequence" -> FinishReason.STOP_SEQUENCE;
      case "max_tokens" -> FinishReason.LENGTH;
      case "tool_use" -> FinishReason.TOOL_CALLS;
      case "guardrail_intervened", "content_filtered" -> FinishReason.CONTENT_FILTER;
      case "refusal" -> FinishReason.REFUSAL;
      case "malformed_model_output", "malformed_tool_use" -> FinishReason.ERROR;
      case "model_context_window_exceeded" -> FinishReason.CONTEXT_WINDOW;
      default -> FinishReason.OTHER;
    };
  }

  static String write(@Nullable FinishReason reason) {
    return switch (reason) {
      case STOP_SEQUENCE -> "stop_sequence";
      case LENGTH -> "max_tokens";
      case CONTEXT_WINDOW -> "model_context_window_exceeded";
      case TOOL_CALLS -> "tool_use";
      case CONTENT_FILTER, REFUSAL -> "content_filtered";
      case ERROR -> "malformed_model_output";
      case STOP, COMPACTION, PAUSED, OTHER -> "end_turn";
      case null -> "end_turn";
    };
  }
}
