package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/** Finish reasons, those of the compatible hosts included. */
final class ChatFinish {
  private ChatFinish() {}

  /** The reason as a host tells it; Vertex AI numbers its enumeration when asked to. */
  static @Nullable FinishReason read(JsonNode reason) {
    return switch (reason.isInt() ? reason.intValue() : 0) {
      case 1 -> FinishReason.STOP;
      case 2 -> FinishReason.LENGTH;
      case 3, 4, 6, 7, 8 -> FinishReason.CONTENT_FILTER;
      default -> reason.isInt() ? FinishReason.OTHER : read(Json.text(reason));
    };
  }

  /** As the dialect writes it; null where it has no word but an error. */
  static @Nullable String write(FinishReason reason) {
    return switch (reason) {
      case STOP, STOP_SEQUENCE, COMPACTION, PAUSED, OTHER -> "stop";
      case LENGTH, CONTEXT_WINDOW -> "length";
      case TOOL_CALLS -> "tool_calls";
      case CONTENT_FILTER, REFUSAL -> "content_filter";
      case ERROR -> null;
    };
  }

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
