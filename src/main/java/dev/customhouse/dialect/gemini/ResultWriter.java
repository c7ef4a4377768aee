package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.ModelTraits.Way;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/** Results of tools as {@code functionResponse} parts. */
final class ResultWriter {
  /** What a response may hold itself, from Gemini 3 on (function calling, multimodal responses). */
  private static final Set<String> HELD =
      Set.of("image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain");

  /** Google wants a name; a call that is not in the conversation has none to look up. */
  private static final String NAMELESS = "unknown";

  private final Losses losses;
  private final ContentWriter writer;
  private final Map<String, String> namesByCall;
  private final boolean holdsMedia;

  ResultWriter(
      Target target, Losses losses, ContentWriter writer, Map<String, String> namesByCall) {
    this.losses = losses;
    this.writer = writer;
    this.namesByCall = namesByCall;
    this.holdsMedia = ModelTraits.of(target.model()).thinking() == Way.EFFORT;
  }

  /**
   * The part.
   *
   * @param attached takes the media that cannot stand in it
   */
  ObjectNode write(Content.ToolResult result, ArrayNode attached) {
    StringJoiner text = new StringJoiner("\n");
    ArrayNode held = Json.object().arrayNode();
    int outside = attached.size();
    for (Content content : result.content()) {
      writer.lostMark(content.extras());
      switch (content) {
        case Content.Text words -> text.add(words.text());
        case Content.Declined words -> text.add(words.text());
        case Content.Media media -> place(media, text, held, attached);
        case Content.Native own -> losses.lost(Feature.NATIVE_CONTENT, own.type());
        case Content.Reasoning ignored -> losses.lost(Feature.REASONING_TEXT);
        case Content.ToolCall call -> losses.lost(Feature.NATIVE_CONTENT, call.name());
        case Content.ToolResult inner -> losses.lost(Feature.NATIVE_CONTENT, inner.callId());
      }
    }
    String words = text.toString();
    if (words.isEmpty() && attached.size() > outside) {
      words = "What the tool answered follows.";
    }
    ObjectNode part = Json.object();
    ObjectNode response = part.putObject("functionResponse");
    if (!CallIds.isInvented(result.callId())) {
      response.put("id", result.callId());
    }
    response.put("name", name(result));
    response.set("response", new ResultObject(words, result.failed()).write(!held.isEmpty()));
    if (!held.isEmpty()) {
      response.set("parts", held);
    }
    ContentWriter.extras(part, result.extras());
    return part;
  }

  private String name(Content.ToolResult result) {
    String called = namesByCall.get(result.callId());
    if (called != null) {
      return called;
    }
    String told = result.name();
    return told == null || told.isEmpty() ? NAMELESS : told;
  }

  private void place(Content.Media media, StringJoiner text, ArrayNode held, ArrayNode attached) {
    ObjectNode part = MediaPart.write(media, losses);
    if (part == null) {
      return;
    }
    if (part.has("text")) {
      text.add(part.path("text").asText());
      return;
    }
    ContentWriter.extras(part, media.extras());
    boolean fits = holdsMedia && HELD.contains(part.path("inlineData").path("mimeType").asText());
    (fits ? held : attached).add(part);
  }
}
