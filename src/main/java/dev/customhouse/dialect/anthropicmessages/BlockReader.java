package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.SealBox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Content blocks of this dialect as the hub's contents. What the hub has a noun for in meaning, but
 * not in form (a found tool, a search result, a file for a container), keeps its block whole as an
 * extra named after its type, and goes back as it was; blocks of unknown types stay whole.
 */
final class BlockReader {
  /** The extra of a {@code redacted_thinking} that carries a signature for a call beside it. */
  static final String BESIDE_CALL = "beside_call";

  static final String TOOL_REFERENCE = "tool_reference";
  static final String SEARCH_RESULT = "search_result";
  static final String CONTAINER_UPLOAD = "container_upload";
  static final String SOURCE = "source";

  private static final Set<String> TEXT = Set.of("type", "text", "citations");
  private static final Set<String> IMAGE = Set.of("type", SOURCE);
  private static final Set<String> DOCUMENT = Set.of("type", SOURCE, "title");
  private static final Set<String> CALL = Set.of("type", "id", "name", "input");
  private static final Set<String> RESULT = Set.of("type", "tool_use_id", "content", "is_error");
  private static final Set<String> THINKING = Set.of("type", "thinking", "signature");
  private static final Set<String> REDACTED = Set.of("type", "data");
  private static final String PLAIN_TEXT = "text/plain";

  private final @Nullable String maker;

  /**
   * A reader.
   *
   * @param maker who made the signatures; null: a client echoes them, so that they may be in a box
   */
  BlockReader(@Nullable String maker) {
    this.maker = maker;
  }

  /** A content that is a text or a list of blocks. */
  List<Content> contents(JsonNode content) {
    if (content.isTextual()) {
      return content.textValue().isEmpty()
          ? List.of()
          : List.of(Content.Text.of(content.textValue()));
    }
    List<Content> contents = new ArrayList<>(content.size());
    for (JsonNode block : content) {
      contents.add(content(block));
    }
    return CallSeals.attached(contents);
  }

  private Content content(JsonNode block) {
    return switch (block.path("type").asText()) {
      case "text" ->
          new Content.Text(
              block.path("text").asText(),
              Citations.read(block.path("citations")),
              Members.rest(block, TEXT));
      case "image" -> media(Content.Media.Kind.IMAGE, block, Members.rest(block, IMAGE));
      case "document" -> document(block);
      case "thinking" ->
          new Content.Reasoning(
              block.path("thinking").asText(),
              seal(block.path("signature").asText(), false),
              Members.rest(block, THINKING));
      case "redacted_thinking" -> redacted(block);
      case "tool_use" -> call(block);
      case "tool_result" ->
          new Content.ToolResult(
              block.path("tool_use_id").asText(),
              null,
              contents(block.path("content")),
              block.path("is_error").asBoolean(),
              Members.rest(block, RESULT));
      case TOOL_REFERENCE ->
          new Content.Text(
              "The tool '%s' is loaded and can be called now."
                  .formatted(block.path("tool_name").asText()),
              List.of(),
              whole(block, TOOL_REFERENCE));
      case SEARCH_RESULT ->
          new Content.Media(
              Content.Media.Kind.DOCUMENT,
              new Content.Source.Words(words(block.path("content"))),
              PLAIN_TEXT,
              Json.text(block.path("title")),
              whole(block, SEARCH_RESULT));
      case CONTAINER_UPLOAD ->
          new Content.Media(
              Content.Media.Kind.DOCUMENT,
              new Content.Source.FileId(Members.OWN, block.path("file_id").asText()),
              null,
              null,
              whole(block, CONTAINER_UPLOAD));
      default -> asItIs(block);
    };
  }

  private static Content asItIs(JsonNode block) {
    return new Content.Native(Members.OWN, block.path("type").asText(), block);
  }

  /** The cache mark as the hub has it, and the block itself. */
  private static Extras whole(JsonNode block, String name) {
    Extras mark = Members.rest(block, Set.copyOf(names(block)));
    return Extras.of(Members.OWN, Map.of(name, block)).with(mark.cache());
  }

  private static List<String> names(JsonNode block) {
    return block.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Nullable Seal seal(String data, boolean redacted) {
    if (data.isEmpty()) {
      return null;
    }
    return maker == null
        ? SealBox.unpack(data, Members.OWN, redacted)
        : new Seal(Members.OWN, maker, data, redacted);
  }

  private Content redacted(JsonNode block) {
    Seal seal = seal(block.path("data").asText(), true);
    boolean besideCall = seal != null && !seal.redacted();
    return new Content.Reasoning(
        "",
        seal,
        Members.rest(
            block, REDACTED, besideCall ? Map.of(BESIDE_CALL, BooleanNode.TRUE) : Map.of()));
  }

  /** A call by the model itself says so, which is what all others take for granted. */
  private static Content call(JsonNode block) {
    boolean direct = block.path("caller").path("type").asText().equals("direct");
    Set<String> known = direct ? Set.of("type", "id", "name", "input", "caller") : CALL;
    return new Content.ToolCall(
        block.path("id").asText(),
        block.path("name").asText(),
        null,
        false,
        Arguments.text(block.path("input")),
        null,
        Members.rest(block, known));
  }

  private static Content document(JsonNode block) {
    JsonNode source = block.path(SOURCE);
    if (!source.path("type").asText().equals("content")) {
      return media(Content.Media.Kind.DOCUMENT, block, Members.rest(block, DOCUMENT));
    }
    for (JsonNode part : source.path("content")) {
      if (!part.path("type").asText().equals("text")) {
        return asItIs(block);
      }
    }
    // What a citation points to are the source's blocks: they must go back one by one.
    return new Content.Media(
        Content.Media.Kind.DOCUMENT,
        new Content.Source.Words(words(source.path("content"))),
        PLAIN_TEXT,
        Json.text(block.path("title")),
        Members.rest(block, DOCUMENT, Map.of(SOURCE, source)));
  }

  private static String words(JsonNode content) {
    if (content.isTextual()) {
      return content.textValue();
    }
    List<String> words = new ArrayList<>();
    content.forEach(part -> words.add(part.path("text").asText()));
    return String.join("\n", words);
  }

  private static Content media(Content.Media.Kind kind, JsonNode block, Extras extras) {
    JsonNode source = block.path(SOURCE);
    String type = Json.text(source.path("media_type"));
    String title = Json.text(block.path("title"));
    return switch (source.path("type").asText()) {
      case "base64" ->
          new Content.Media(
              kind, new Content.Source.Inline(source.path("data").asText()), type, title, extras);
      case "text" ->
          new Content.Media(
              kind, new Content.Source.Words(source.path("data").asText()), type, title, extras);
      case "url" ->
          new Content.Media(
              kind, new Content.Source.Url(source.path("url").asText()), type, title, extras);
      case "file" ->
          new Content.Media(
              kind,
              new Content.Source.FileId(Members.OWN, source.path("file_id").asText()),
              type,
              title,
              extras);
      default -> asItIs(block);
    };
  }
}
