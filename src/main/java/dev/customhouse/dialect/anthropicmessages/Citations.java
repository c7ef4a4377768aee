package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Citations between their own form and the hub's. They belong to a whole block of text, so that
 * they have no places in it.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/citations">Citations</a>
 */
final class Citations {
  private static final String WEB = "web_search_result_location";
  private static final Set<String> KNOWN = Set.of("url", "title", "document_title", "cited_text");

  private Citations() {}

  static List<Citation> read(JsonNode citations) {
    List<Citation> read = new ArrayList<>();
    for (JsonNode citation : citations) {
      read.add(one(citation));
    }
    return read;
  }

  private static Citation one(JsonNode citation) {
    String title = Json.text(citation.path("title"));
    return new Citation(
        Json.text(citation.path("url")),
        title == null ? Json.text(citation.path("document_title")) : title,
        Json.text(citation.path("cited_text")),
        null,
        null,
        Members.rest(citation, KNOWN));
  }

  /** As an answer shows it; null when this dialect has no form for it: it has no address. */
  static @Nullable ObjectNode write(Citation citation) {
    JsonNode type = Members.own(citation.extras(), "type");
    if (type == null) {
      return citation.url() == null ? null : ofWeb(citation);
    }
    ObjectNode written = Json.object().set("type", type);
    written.put("cited_text", citation.quote() == null ? "" : citation.quote());
    boolean web = type.asText().equals(WEB);
    boolean ofSearch = type.asText().equals("search_result_location");
    if (web) {
      written.put("url", citation.url());
    }
    written.put(web || ofSearch ? "title" : "document_title", citation.title());
    Members.restore(written, citation.extras());
    if (!web && !ofSearch && !written.has("file_id")) {
      written.putNull("file_id");
    }
    return written;
  }

  private static ObjectNode ofWeb(Citation citation) {
    return Json.object()
        .put("type", WEB)
        .put("cited_text", citation.quote() == null ? "" : citation.quote())
        .put("url", citation.url())
        .put("title", citation.title())
        .put("encrypted_index", "");
  }

  /**
   * As a request may hold it; null when it may not: Anthropic takes back only citations of its own,
   * and knows neither those of others nor {@code file_id} in them.
   */
  static @Nullable ObjectNode forRequest(Citation citation) {
    ObjectNode written = Members.own(citation.extras(), "type") == null ? null : write(citation);
    if (written == null || written.path("encrypted_index").asText("x").isEmpty()) {
      return null;
    }
    if (Members.own(citation.extras(), "file_id") == null) {
      written.remove("file_id");
    }
    return written;
  }
}
