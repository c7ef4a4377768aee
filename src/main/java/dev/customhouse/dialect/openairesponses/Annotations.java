package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sources of a text, which Responses call annotations. */
final class Annotations {
  private static final String URL = "url_citation";

  private Annotations() {}

  static List<Citation> read(JsonNode annotations) {
    List<Citation> citations = new ArrayList<>();
    for (JsonNode annotation : annotations) {
      if (annotation.isObject()) {
        citations.add(citation(annotation));
      }
    }
    return citations;
  }

  /** Annotations that are no addresses (files, containers) are kept as they are. */
  static Citation citation(JsonNode annotation) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    annotation.properties().forEach(member -> fields.put(member.getKey(), member.getValue()));
    String url = Json.text(annotation.path("url"));
    if (url == null || !annotation.path("type").asText().equals(URL)) {
      String title = Json.text(annotation.path("filename"));
      return new Citation(null, title, null, null, null, Extras.of(Own.DIALECT, fields));
    }
    fields.keySet().removeAll(List.of("type", "url", "title", "start_index", "end_index"));
    return new Citation(
        url,
        Json.text(annotation.path("title")),
        null,
        place(annotation.path("start_index")),
        place(annotation.path("end_index")),
        Extras.of(Own.DIALECT, fields));
  }

  private static @Nullable Integer place(JsonNode node) {
    return node.canConvertToInt() ? Integer.valueOf(node.intValue()) : null;
  }

  /**
   * The annotation of a citation; null when the dialect has none for it.
   *
   * @param textChars how long the text is by now, for citations of a whole text
   */
  static @Nullable ObjectNode write(Citation citation, int textChars) {
    Map<String, JsonNode> own = citation.extras().of(Own.DIALECT);
    String url = citation.url();
    if (url == null) {
      if (!own.containsKey("type")) {
        return null;
      }
      ObjectNode whole = Json.object();
      own.forEach(whole::set);
      return whole;
    }
    Integer start = citation.start();
    Integer end = citation.end();
    String title = citation.title();
    ObjectNode annotation = Json.object().put("type", URL);
    annotation.put("start_index", start == null ? 0 : start);
    annotation.put("end_index", end == null ? textChars : end);
    annotation.put("title", title == null ? "" : title);
    annotation.put("url", url);
    own.forEach(annotation::set);
    return annotation;
  }
}
