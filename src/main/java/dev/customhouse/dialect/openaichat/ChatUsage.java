package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/**
 * Usage of chat completions and of its cousins: embeddings (no output), images and transcriptions
 * (named as in Responses). Hosts differ in where they tell cached and reasoning tokens.
 */
final class ChatUsage {
  private ChatUsage() {}

  /** Null when the node tells no usage. An explicit zero is zero. */
  static @Nullable Usage read(JsonNode usage) {
    Long input = first(usage, "prompt_tokens", "input_tokens");
    Long output = first(usage, "completion_tokens", "output_tokens");
    Long total = Json.count(usage.path("total_tokens"));
    if (input == null && output == null) {
      return total == null ? null : Usage.of(total, 0);
    }
    JsonNode inputDetails = either(usage, "prompt_tokens_details", "input_tokens_details");
    JsonNode outputDetails = either(usage, "completion_tokens_details", "output_tokens_details");
    Long cached = Json.count(inputDetails.path("cached_tokens"));
    if (cached == null) {
      cached = first(usage, "prompt_cache_hit_tokens", "cached_tokens");
    }
    Long written = first(inputDetails, "cache_write_tokens", "cache_creation_tokens");
    Long reasoning = Json.count(outputDetails.path("reasoning_tokens"));
    if (reasoning == null) {
      reasoning = Json.count(usage.path("reasoning_tokens"));
    }
    long in = input == null ? 0 : input;
    long out = output == null ? 0 : output;
    if (total != null && reasoning != null && reasoning > 0 && total == in + out + reasoning) {
      // xAI leaves reasoning out of completion_tokens; its total shows it.
      out += reasoning;
    }
    if (cached != null && cached > in) {
      // Grok on Azure leaves cached tokens out of prompt_tokens.
      in += cached;
    }
    if (reasoning != null && reasoning > out) {
      // Some hosts of Gemini and MiniMax leave reasoning out of everything.
      out += reasoning;
    }
    return new Usage(in, out, cached, written, reasoning, false);
  }

  /** The usage as OpenAI tells it; details that nobody told are left out. */
  static ObjectNode write(Usage usage) {
    ObjectNode node =
        Json.object()
            .put("prompt_tokens", usage.inputTokens())
            .put("completion_tokens", usage.outputTokens())
            .put("total_tokens", usage.totalTokens());
    if (usage.cacheReadTokens() != null || usage.cacheWriteTokens() != null) {
      ObjectNode details = node.putObject("prompt_tokens_details");
      if (usage.cacheReadTokens() != null) {
        details.put("cached_tokens", usage.cacheReadTokens());
      }
      if (usage.cacheWriteTokens() != null) {
        details.put("cache_write_tokens", usage.cacheWriteTokens());
      }
    }
    if (usage.reasoningTokens() != null) {
      node.putObject("completion_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
    }
    return node;
  }

  private static @Nullable Long first(JsonNode node, String name, String otherwise) {
    Long value = Json.count(node.path(name));
    return value != null ? value : Json.count(node.path(otherwise));
  }

  private static JsonNode either(JsonNode node, String name, String otherwise) {
    JsonNode value = node.path(name);
    return value.isObject() ? value : node.path(otherwise);
  }
}
