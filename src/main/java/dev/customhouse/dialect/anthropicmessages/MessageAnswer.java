package dev.customhouse.dialect.anthropicmessages;

import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import org.jspecify.annotations.Nullable;

/** Reads id, model, stop reason and usage of a whole message, without building its content. */
final class MessageAnswer {
  private static final Names MESSAGE = Names.of("id", "model", "stop_reason", "usage");

  private MessageAnswer() {}

  static Observation observe(byte[] body) {
    JsonScan scan;
    try {
      scan = JsonScan.of(body, MESSAGE);
    } catch (JsonScanException e) {
      return Observation.NONE;
    }
    MessageUsage usage = new MessageUsage();
    usage.add(AnthropicMessages.read(body, scan.range("usage")));
    return new Observation(
        scan.string("id"),
        scan.string("model"),
        finish(scan.string("stop_reason")),
        usage.total(),
        true);
  }

  static @Nullable FinishReason finish(@Nullable String reason) {
    if (reason == null) {
      return null;
    }
    return switch (reason) {
      case "end_turn" -> FinishReason.STOP;
      case "stop_sequence" -> FinishReason.STOP_SEQUENCE;
      case "max_tokens" -> FinishReason.LENGTH;
      case "tool_use" -> FinishReason.TOOL_CALLS;
      case "pause_turn" -> FinishReason.PAUSED;
      case "refusal" -> FinishReason.REFUSAL;
      case "model_context_window_exceeded" -> FinishReason.CONTEXT_WINDOW;
      case "compaction" -> FinishReason.COMPACTION;
      default -> FinishReason.OTHER;
    };
  }
}
