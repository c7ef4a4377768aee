package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/**
 * Usage of one message. Anthropic's {@code input_tokens} leaves cache reads and writes out; here
 * they are added. Several events of a stream tell it, each as a total so far. The later one counts,
 * but for zeros: some gateways put them where they know nothing.
 */
final class MessageUsage {
  private @Nullable Long input;
  private @Nullable Long output;
  private @Nullable Long cacheRead;
  private @Nullable Long cacheWrite;
  private @Nullable Long thinking;

  void add(JsonNode usage) {
    Long in = Json.count(usage.path("input_tokens"));
    Long read = Json.count(usage.path("cache_read_input_tokens"));
    Long written = Json.count(usage.path("cache_creation_input_tokens"));
    if (input == null || zero(in) + zero(read) + zero(written) > 0) {
      input = in == null ? input : in;
      cacheRead = read == null ? cacheRead : read;
      cacheWrite = written == null ? cacheWrite : written;
    }
    output = larger(output, usage.path("output_tokens"));
    thinking = larger(thinking, usage.path("output_tokens_details").path("thinking_tokens"));
  }

  private static @Nullable Long larger(@Nullable Long before, JsonNode node) {
    Long now = Json.count(node);
    return now == null || before != null && before > now ? before : now;
  }

  @Nullable Usage total() {
    if (input == null && output == null) {
      return null;
    }
    return new Usage(
        zero(input) + zero(cacheRead) + zero(cacheWrite),
        zero(output),
        cacheRead,
        cacheWrite,
        thinking,
        false);
  }

  private static long zero(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
