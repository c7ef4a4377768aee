package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Headers;
import java.util.List;

/**
 * The version of the API that a client speaks. Since 2026-10-21 some settings are refused, even
 * with the values that are meant without them.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/migration-2026-10-21">Migration</a>
 */
enum ClientVersion {
  /** All versions before, and unknown ones. */
  V2023_06_01,
  V2026_10_21;

  private static final String HEADER = "anthropic-version";
  private static final List<String> SAMPLING = List.of("temperature", "top_p", "top_k");

  static ClientVersion of(Headers headers) {
    return "2026-10-21".equals(headers.get(HEADER)) ? V2026_10_21 : V2023_06_01;
  }

  /** Refuses what this version no longer has. */
  void check(JsonNode body) {
    if (this == V2023_06_01) {
      return;
    }
    for (String name : SAMPLING) {
      if (body.has(name)) {
        throw RequestReader.invalid(name, "Extra inputs are not permitted");
      }
    }
    JsonNode messages = body.path("messages");
    for (int i = 0; i < messages.size(); i++) {
      JsonNode message = messages.path(i);
      String role = message.path("role").asText();
      JsonNode content = message.path("content");
      for (int k = 0; k < content.size(); k++) {
        check(role, content.path(k), "messages.%d.content.%d".formatted(i, k));
      }
    }
  }

  private static void check(String role, JsonNode block, String path) {
    String type = block.path("type").asText();
    if (role.equals("assistant") && type.equals("document")) {
      throw RequestReader.invalid(path, "Document blocks are not permitted in assistant messages");
    }
    if (role.equals("user") && type.equals("text") && block.hasNonNull("citations")) {
      throw RequestReader.invalid(path + ".text.citations", "Extra inputs are not permitted");
    }
  }
}
