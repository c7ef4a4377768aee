package dev.customhouse.canonical.chat;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** What the answer's text must look like. */
public sealed interface OutputFormat {
  /** Any JSON object. */
  record JsonObject() implements OutputFormat {}

  /**
   * JSON that fits a schema.
   *
   * @param name OpenAI's name of the schema; null: not told
   * @param schema as the client wrote it
   * @param strict null: not told
   */
  record JsonSchema(
      @Nullable String name,
      @Nullable String description,
      JsonNode schema,
      @Nullable Boolean strict,
      Extras extras)
      implements OutputFormat {}
}
