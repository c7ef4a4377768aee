package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The citations of an answer as {@code groundingMetadata}: byte offsets from the beginning of the
 * part, or from that of the whole text where it was streamed. Used for one answer.
 */
final class CitedText {
  private final boolean whole;
  private final Map<Integer, Spoken> blocks = new HashMap<>();
  private final List<Cited> citations = new ArrayList<>();
  private long bytes;
  private int parts;

  private record Cited(Spoken text, Citation citation) {}

  private static final class Spoken {
    private final StringBuilder text = new StringBuilder();
    private long startBytes;
    private int part;
  }

  CitedText(boolean whole) {
    this.whole = whole;
  }

  void block(int number) {
    blocks.put(number, new Spoken());
  }

  /** More of a block's text, before its part. */
  void text(int number, String piece) {
    Spoken spoken = blocks.get(number);
    if (spoken == null) {
      return;
    }
    if (spoken.text.isEmpty()) {
      spoken.startBytes = bytes;
      spoken.part = parts;
    }
    spoken.text.append(piece);
    bytes += bytes(piece, piece.length());
  }

  void part() {
    parts++;
  }

  void cite(int number, Citation citation) {
    Spoken spoken = blocks.get(number);
    if (spoken != null && citation.url() != null) {
      citations.add(new Cited(spoken, citation));
    }
  }

  private static long bytes(CharSequence text, int end) {
    return text.subSequence(0, end).codePoints().mapToLong(SpokenText::utf8Bytes).sum();
  }

  /** Empty when nothing was cited. */
  ObjectNode grounding() {
    ObjectNode grounding = Json.object();
    if (citations.isEmpty()) {
      return grounding;
    }
    ArrayNode chunks = grounding.putArray("groundingChunks");
    ArrayNode supports = Json.object().arrayNode();
    Map<ObjectNode, Integer> indexes = new HashMap<>();
    for (Cited cited : citations) {
      ObjectNode web = Json.object().put("uri", cited.citation().url());
      if (cited.citation().title() instanceof String title) {
        web.put("title", title);
      }
      Integer index = indexes.get(web);
      if (index == null) {
        index = chunks.size();
        indexes.put(web, index);
        chunks.addObject().set("web", web);
      }
      support(cited, index, supports);
    }
    if (!supports.isEmpty()) {
      grounding.set("groundingSupports", supports);
    }
    return grounding;
  }

  private void support(Cited cited, int chunk, ArrayNode supports) {
    StringBuilder text = cited.text().text;
    Integer start = cited.citation().start();
    Integer end = cited.citation().end();
    if (start == null || end == null || start < 0 || end < start || end > text.length()) {
      return;
    }
    ObjectNode support = supports.addObject();
    ObjectNode segment = support.putObject("segment");
    if (whole && cited.text().part > 0) {
      segment.put("partIndex", cited.text().part);
    }
    long base = whole ? 0 : cited.text().startBytes;
    segment
        .put("startIndex", base + bytes(text, start))
        .put("endIndex", base + bytes(text, end))
        .put("text", text.substring(start, end));
    support.putArray("groundingChunkIndices").add(chunk);
  }
}
