package dev.customhouse.dialect.gemini;

import dev.customhouse.canonical.FinishReason;

/**
 * Google's {@code finishReason}, which Vertex AI may also write as a number. A turn that ends with
 * calls of functions has {@code STOP} like any other.
 */
final class Finishes {
  private Finishes() {}

  static FinishReason of(String reason) {
    return switch (reason) {
      case "STOP", "1" -> FinishReason.STOP;
      case "MAX_TOKENS", "2" -> FinishReason.LENGTH;
      case "SAFETY",
          "RECITATION",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION",
          "LANGUAGE",
          "MODEL_ARMOR",
          "3",
          "4" ->
          FinishReason.CONTENT_FILTER;
      case "MALFORMED_FUNCTION_CALL",
          "UNEXPECTED_TOOL_CALL",
          "TOO_MANY_TOOL_CALLS",
          "MISSING_THOUGHT_SIGNATURE",
          "MALFORMED_RESPONSE",
          "NO_IMAGE",
          "IMAGE_OTHER",
          "OTHER",
          "5" ->
          FinishReason.ERROR;
      default -> FinishReason.OTHER;
    };
  }

  /** The word for a client. */
  static String word(FinishReason reason) {
    return switch (reason) {
      case STOP, STOP_SEQUENCE, TOOL_CALLS, PAUSED, COMPACTION -> "STOP";
      case LENGTH, CONTEXT_WINDOW -> "MAX_TOKENS";
      case CONTENT_FILTER, REFUSAL -> "SAFETY";
      case ERROR -> "OTHER";
      case OTHER -> "FINISH_REASON_UNSPECIFIED";
    };
  }
}
