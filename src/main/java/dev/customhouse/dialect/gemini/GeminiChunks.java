package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/** What the chunks of an answer tell, one after another. Usage is on every chunk; the last wins. */
final class GeminiChunks {
  private @Nullable String id;
  private @Nullable String model;
  private @Nullable FinishReason finish;
  private @Nullable Usage usage;
  private boolean calls;
  private boolean content;

  void add(JsonNode chunk) {
    id = id != null ? id : Json.text(chunk.path("responseId"));
    model = model != null ? model : Json.text(chunk.path("modelVersion"));
    Usage told = usage(chunk.path("usageMetadata"));
    usage = told != null ? told : usage;
    if (chunk.path("promptFeedback").hasNonNull("blockReason")) {
      finish = FinishReason.CONTENT_FILTER;
      content = true;
    }
    JsonNode candidate = chunk.path("candidates").path(0);
    for (JsonNode part : candidate.path("content").path("parts")) {
      calls |= part.has("functionCall");
      content |= !part.path("text").asText("x").isEmpty();
    }
    JsonNode reason = candidate.path("finishReason");
    if (!reason.isMissingNode() && !reason.isNull()) {
      finish = Finishes.of(reason.asText());
      content = true;
    }
  }

  boolean hasContent() {
    return content;
  }

  Observation observation(boolean complete) {
    FinishReason told = calls && finish == FinishReason.STOP ? FinishReason.TOOL_CALLS : finish;
    return new Observation(id, model, told, usage, complete);
  }

  boolean isFinished() {
    return finish != null;
  }

  /** The tokens that a chunk tells of; null when it tells none. */
  static @Nullable Usage usage(JsonNode told) {
    Long prompt = Json.count(told.path("promptTokenCount"));
    Long candidates = Json.count(told.path("candidatesTokenCount"));
    Long total = Json.count(told.path("totalTokenCount"));
    if (prompt == null && candidates == null && total == null) {
      return null;
    }
    Long thoughts = Json.count(told.path("thoughtsTokenCount"));
    Long tools = Json.count(told.path("toolUsePromptTokenCount"));
    return new Usage(
        zero(prompt) + zero(tools),
        zero(candidates) + zero(thoughts),
        Json.count(told.path("cachedContentTokenCount")),
        null,
        thoughts,
        false);
  }

  private static long zero(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
