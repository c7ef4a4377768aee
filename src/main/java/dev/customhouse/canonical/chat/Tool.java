package dev.customhouse.canonical.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import org.jspecify.annotations.Nullable;

/** What a model may ask to be used. */
public sealed interface Tool {
  /** How the model calls it. */
  String name();

  /**
   * A function of the client's.
   *
   * @param namespace the group it is of; null: none
   * @param schema JSON Schema of its arguments; null: it takes none
   * @param strict whether the arguments must fit the schema; null: as the provider does by default
   * @param deferred true when the model is not to see it until it was looked for
   */
  record Function(
      String name,
      @Nullable String namespace,
      @Nullable String description,
      @Nullable JsonNode schema,
      @Nullable Boolean strict,
      boolean deferred,
      Extras extras)
      implements Tool {}

  /**
   * A tool of the client's that takes free text.
   *
   * @param grammar what the text must look like, as OpenAI writes it; null: anything
   */
  record Freeform(
      String name,
      @Nullable String namespace,
      @Nullable String description,
      @Nullable JsonNode grammar,
      Extras extras)
      implements Tool {}

  /**
   * A tool that a provider runs itself or has trained its models for.
   *
   * @param type as the dialect names it, such as {@code web_search_20250305}
   * @param raw its whole definition
   */
  record Native(DialectId dialect, String type, String name, JsonNode raw) implements Tool {}
}
