package dev.customhouse.dialect.openaichat;

import dev.customhouse.canonical.FinishReason;
import org.jspecify.annotations.Nullable;

/** Finish reasons, those of the compatible hosts included. */
final class ChatFinish {
  private ChatFinish() {}

  static @Nullable FinishReason read(@Nullable String reason) {
    if (reason == null || reason.isEmpty()) {
      return null;
    }
    return switch (reason) {
      case "stop", "end_turn", "eos" -> FinishReason.STOP;
      case "length", "model_length", "max_output_tokens" -> FinishReason.LENGTH;
      case "tool_calls", "function_call" -> FinishReason.TOOL_CALLS;
      case "content_filter", "sensitive" -> FinishReason.CONTENT_FILTER;
      case "error", "insufficient_system_resource" -> FinishReason.ERROR;
      default -> FinishReason.OTHER;
    };
  }
}
