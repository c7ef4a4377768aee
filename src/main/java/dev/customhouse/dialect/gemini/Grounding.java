package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The sources of an answer: {@code groundingMetadata} and {@code citationMetadata}. Sources without
 * an address are no citations of the hub. Used for one answer.
 */
final class Grounding {
  private final SpokenText text;
  private final List<JsonNode> sources = new ArrayList<>();
  private final Set<Integer> used = new HashSet<>();
  private final Set<Citation> told = new HashSet<>();

  Grounding(SpokenText text) {
    this.text = text;
  }

  /** Takes what a candidate tells, which a stream tells piece by piece. */
  void add(JsonNode candidate, BiConsumer<Integer, Citation> cited) {
    JsonNode grounding = candidate.path("groundingMetadata");
    grounding.path("groundingChunks").forEach(sources::add);
    for (JsonNode support : grounding.path("groundingSupports")) {
      for (JsonNode index : support.path("groundingChunkIndices")) {
        int at = index.asInt(-1);
        if (at >= 0 && at < sources.size()) {
          used.add(at);
          support(source(sources.get(at)), support.path("segment"), cited);
        }
      }
    }
    JsonNode citations = candidate.path("citationMetadata");
    citations.path("citationSources").forEach(each -> support(each, each, cited));
    citations.path("citations").forEach(each -> support(each, each, cited));
  }

  /** The sources that no passage named are of the answer as a whole. */
  void end(BiConsumer<Integer, Citation> cited) {
    for (int i = 0; i < sources.size() && !text.isEmpty(); i++) {
      if (used.add(i)) {
        cite(source(sources.get(i)), text.lastBlock(), null, cited);
      }
    }
  }

  /** One of web, maps, retrievedContext, image. */
  private static JsonNode source(JsonNode chunk) {
    return chunk.isEmpty() ? chunk : chunk.iterator().next();
  }

  private void support(JsonNode source, JsonNode segment, BiConsumer<Integer, Citation> cited) {
    int end = segment.path("endIndex").asInt(-1);
    SpokenText.Place place =
        text.find(
            segment.path("partIndex").asInt(),
            segment.path("startIndex").asInt(),
            Math.max(end, 0),
            Json.text(segment.path("text")));
    if (place != null) {
      cite(source, place.block(), place, cited);
    } else if (!text.isEmpty()) {
      cite(source, text.lastBlock(), null, cited);
    }
  }

  private void cite(
      JsonNode source,
      int block,
      SpokenText.@Nullable Place place,
      BiConsumer<Integer, Citation> cited) {
    String uri = Json.text(source.path(source.has("sourceUri") ? "sourceUri" : "uri"));
    if (uri == null || uri.isEmpty()) {
      return;
    }
    Citation citation =
        new Citation(
            uri,
            Json.text(source.path("title")),
            null,
            place == null ? null : place.start(),
            place == null ? null : place.end(),
            Extras.NONE);
    if (told.add(citation)) {
      cited.accept(block, citation);
    }
  }
}
