package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/** Sources of an answer's text as OpenAI writes them. */
final class Annotations {
  private Annotations() {}

  /**
   * The source; null when it is no page of the web, for which there is no form.
   *
   * @param offset where in the whole text the cited text begins, in UTF-16 code units
   */
  static @Nullable ObjectNode write(Citation citation, int offset) {
    String url = citation.url();
    if (url == null) {
      return null;
    }
    Integer start = citation.start();
    Integer end = citation.end();
    boolean placed = start != null && end != null;
    ObjectNode node = Json.object().put("type", "url_citation");
    ObjectNode inner =
        node.putObject("url_citation")
            .put("end_index", placed && end != null ? offset + end : 0)
            .put("start_index", placed && start != null ? offset + start : 0)
            .put("url", url)
            .put("title", citation.title() == null ? "" : citation.title());
    if (citation.quote() != null) {
      inner.put("content", citation.quote());
    }
    return node;
  }
}
