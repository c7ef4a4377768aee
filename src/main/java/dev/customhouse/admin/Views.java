package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Usage;
import org.jspecify.annotations.Nullable;

/** Parts of answers that several have. */
final class Views {
  private Views() {}

  /** Writes the tokens of one answer under {@code usage}; JSON null when there are none. */
  static void putUsage(ObjectNode node, @Nullable Usage usage) {
    if (usage == null) {
      node.putNull("usage");
      return;
    }
    node.putObject("usage")
        .put("input_tokens", usage.inputTokens())
        .put("output_tokens", usage.outputTokens())
        .put("cache_read_tokens", usage.cacheReadTokens())
        .put("cache_write_tokens", usage.cacheWriteTokens())
        .put("reasoning_tokens", usage.reasoningTokens())
        .put("estimated", usage.estimated());
  }
}
