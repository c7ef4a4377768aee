package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/** Converse's usage. Its {@code inputTokens} leave out what the cache gave and took. */
final class ConverseUsage {
  private ConverseUsage() {}

  /** Null when nothing is told. */
  static @Nullable Usage read(JsonNode told) {
    Long input = Json.count(told.path("inputTokens"));
    Long output = Json.count(told.path("outputTokens"));
    if (input == null && output == null) {
      return null;
    }
    Long read = either(told, "cacheReadInputTokens", "cacheReadInputTokenCount");
    Long written = either(told, "cacheWriteInputTokens", "cacheWriteInputTokenCount");
    return new Usage(
        zero(input) + zero(read) + zero(written), zero(output), read, written, null, false);
  }

  /** Older and newer answers name the same differently, or both ways. */
  private static @Nullable Long either(JsonNode told, String name, String other) {
    Long count = Json.count(told.path(name));
    return count != null ? count : Json.count(told.path(other));
  }

  private static long zero(@Nullable Long count) {
    return count == null ? 0 : count;
  }

  static ObjectNode write(Usage usage) {
    long cached = zero(usage.cacheReadTokens()) + zero(usage.cacheWriteTokens());
    ObjectNode told =
        Json.object()
            .put("inputTokens", Math.max(0, usage.inputTokens() - cached))
            .put("outputTokens", usage.outputTokens())
            .put("totalTokens", usage.totalTokens());
    if (usage.cacheReadTokens() != null) {
      told.put("cacheReadInputTokens", usage.cacheReadTokens());
    }
    if (usage.cacheWriteTokens() != null) {
      told.put("cacheWriteInputTokens", usage.cacheWriteTokens());
    }
    return told;
  }
}
