package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Usage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an independent reader found in a recorded answer, in the gateway's normal form. */
record Facts(
    @Nullable String id,
    @Nullable String model,
    @Nullable FinishReason finish,
    @Nullable Usage usage) {

  /** Where the normal form says something else than the reader, on purpose. */
  enum Difference {
    /** The count that was asked for is the answer; asking for it uses no tokens. */
    A_COUNT_IS_NO_USE,
    /**
     * Grok on Azure leaves cached tokens out of prompt_tokens, as cached_tokens larger than it
     * show; the normal form has all prompt tokens in the input.
     */
    CACHED_OUTSIDE_INPUT,
    /**
     * The host leaves reasoning out of completion_tokens and of the total, as reasoning_tokens
     * larger than both show; the normal form has reasoning in the output.
     */
    REASONING_OUTSIDE_OUTPUT,
    /** An answer under way has no finish reason; the reader gives its status in that place. */
    STATUS_IS_NO_REASON
  }

  private static final Map<String, FinishReason> FINISH =
      Map.ofEntries(
          Map.entry("stop", FinishReason.STOP),
          Map.entry("stop_sequence", FinishReason.STOP_SEQUENCE),
          Map.entry("length", FinishReason.LENGTH),
          Map.entry("context_window", FinishReason.CONTEXT_WINDOW),
          Map.entry("tool_calls", FinishReason.TOOL_CALLS),
          Map.entry("content_filter", FinishReason.CONTENT_FILTER),
          Map.entry("refusal", FinishReason.REFUSAL),
          Map.entry("compaction", FinishReason.COMPACTION),
          Map.entry("pause", FinishReason.PAUSED),
          Map.entry("error", FinishReason.ERROR),
          Map.entry("unknown", FinishReason.OTHER),
          Map.entry("incomplete", FinishReason.OTHER));

  static Facts of(Recording recording) {
    JsonNode facts = recording.facts();
    String finish = text(facts.path("finish").path("normal"));
    Difference difference = difference(recording);
    return new Facts(
        text(facts.path("id")),
        text(facts.path("model")),
        finish == null ? null : FINISH.get(finish),
        difference == Difference.A_COUNT_IS_NO_USE ? null : usage(facts.path("usage"), difference));
  }

  /** What the gateway saw; the reader does not tell the ids of what is no conversation. */
  static Facts of(Observation seen, Recording recording) {
    boolean told = recording.facts().path("kind").asText().equals("completion");
    return new Facts(
        told ? seen.responseId() : null, seen.responseModel(), seen.finish(), seen.usage());
  }

  /** The rule is by what was recorded and not by name, so that a new case falls under it too. */
  static @Nullable Difference difference(Recording recording) {
    JsonNode facts = recording.facts();
    JsonNode usage = facts.path("usage");
    String finish = text(facts.path("finish").path("normal"));
    if (facts.path("kind").asText().equals("count_tokens")) {
      return Difference.A_COUNT_IS_NO_USE;
    }
    if (finish != null && !FINISH.containsKey(finish)) {
      return Difference.STATUS_IS_NO_REASON;
    }
    if (usage.path("cache_read").asLong() > usage.path("input").asLong()) {
      return Difference.CACHED_OUTSIDE_INPUT;
    }
    if (usage.path("reasoning").asLong() > usage.path("output").asLong()) {
      return Difference.REASONING_OUTSIDE_OUTPUT;
    }
    return null;
  }

  private static @Nullable Usage usage(JsonNode usage, @Nullable Difference difference) {
    if (!usage.isObject()) {
      return null;
    }
    long input = usage.path("input").asLong();
    long output = usage.path("output").asLong();
    Long cached = count(usage.path("cache_read"));
    Long reasoning = count(usage.path("reasoning"));
    if (difference == Difference.CACHED_OUTSIDE_INPUT && cached != null) {
      input += cached;
    }
    if (difference == Difference.REASONING_OUTSIDE_OUTPUT && reasoning != null) {
      output += reasoning;
    }
    return new Usage(input, output, cached, count(usage.path("cache_write")), reasoning, false);
  }

  private static @Nullable Long count(JsonNode node) {
    return node.isNumber() ? node.asLong() : null;
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty() ? node.textValue() : null;
  }
}
