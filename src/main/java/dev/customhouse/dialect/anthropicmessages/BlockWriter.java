package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The hub's contents as content blocks of a request. */
final class BlockWriter {
  private static final Set<String> IMAGES =
      Set.of("image/jpeg", "image/png", "image/gif", "image/webp");

  /** How base64 of files begins, for media whose type is not told. */
  private static final Map<String, String> BEGINNINGS =
      Map.of(
          "iVBORw0KGgo", "image/png",
          "/9j/", "image/jpeg",
          "R0lGOD", "image/gif",
          "UklGR", "image/webp",
          "JVBERi", "application/pdf");

  private static final String PDF = "application/pdf";

  /** The longest title of a document; a longer one is refused. */
  private static final int TITLE_CHARACTERS_MAX = 500;

  private final Target target;
  private final boolean claude;
  private final Losses losses;
  private final CacheMarks marks;

  BlockWriter(Target target, boolean claude, Losses losses, CacheMarks marks) {
    this.target = target;
    this.claude = claude;
    this.losses = losses;
    this.marks = marks;
  }

  /** All contents that can be sent, as blocks. */
  ArrayNode blocks(List<Content> contents, Role role) {
    ArrayNode blocks = Json.object().arrayNode();
    for (Content content : contents) {
      ObjectNode block = block(content, role);
      if (block != null) {
        blocks.add(block);
      }
    }
    return blocks;
  }

  /** Null: it is not sent; what is lost with it was told. */
  private @Nullable ObjectNode block(Content content, Role role) {
    return switch (content) {
      case Content.Text text -> text(text);
      case Content.Media media -> media(media, role);
      case Content.Reasoning reasoning -> reasoning(reasoning);
      case Content.ToolCall call -> call(call);
      case Content.ToolResult result -> result(result);
      case Content.Declined declined -> text(Content.Text.of(declined.text()));
      case Content.Native own -> {
        if (own.dialect() == Members.OWN && own.raw() instanceof ObjectNode raw) {
          yield raw;
        }
        losses.lost(Feature.NATIVE_CONTENT, own.type());
        yield null;
      }
    };
  }

  /** Anthropic refuses texts without a visible character. */
  private @Nullable ObjectNode text(Content.Text text) {
    if (Members.own(text.extras(), BlockReader.TOOL_REFERENCE) instanceof ObjectNode reference) {
      return reference;
    }
    if (text.text().isBlank()) {
      return null;
    }
    ObjectNode block = Json.object().put("type", "text").put("text", text.text());
    ArrayNode citations = block.arrayNode();
    for (Citation citation : text.citations()) {
      ObjectNode written = Citations.forRequest(citation);
      if (written == null) {
        losses.lost(Feature.CITATION);
      } else {
        citations.add(written);
      }
    }
    if (!citations.isEmpty()) {
      block.set("citations", citations);
    }
    return finished(block, text.extras());
  }

  private ObjectNode finished(ObjectNode block, Extras extras) {
    Members.restore(block, extras);
    marks.write(block, extras);
    return block;
  }

  private @Nullable ObjectNode reasoning(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    if (seal == null) {
      if (claude || reasoning.text().isEmpty()) {
        losses.lost(Feature.REASONING_TEXT);
        return null;
      }
      // Hosts of other models sign nothing, and want the reasoning of a loop of tools back.
      return Json.object()
          .put("type", "thinking")
          .put("thinking", reasoning.text())
          .put("signature", "");
    }
    if (!seal.isFor(Members.OWN, target)) {
      losses.lost(Feature.FOREIGN_SEAL);
      return null;
    }
    ObjectNode block =
        seal.redacted()
            ? Json.object().put("type", "redacted_thinking").put("data", seal.data())
            : Json.object()
                .put("type", "thinking")
                .put("thinking", reasoning.text())
                .put("signature", seal.data());
    Members.restore(block, reasoning.extras());
    return block;
  }

  private ObjectNode call(Content.ToolCall call) {
    if (call.seal() != null) {
      losses.lost(Feature.FOREIGN_SEAL);
    }
    ObjectNode block =
        Json.object().put("type", "tool_use").put("id", call.id()).put("name", call.name());
    // A call that was broken off goes as the text it is.
    block.set("input", Arguments.written(call.arguments()));
    return finished(block, call.extras());
  }

  private ObjectNode result(Content.ToolResult result) {
    ObjectNode block = Json.object().put("type", "tool_result").put("tool_use_id", result.callId());
    ArrayNode content = blocks(result.content(), Role.USER);
    JsonNode only = content.size() == 1 ? content.get(0) : null;
    boolean plain = only != null && only.path("type").asText().equals("text") && only.size() == 2;
    if (only != null && plain) {
      block.set("content", only.path("text"));
    } else if (!content.isEmpty()) {
      block.set("content", content);
    }
    if (result.failed()) {
      block.put("is_error", true);
    }
    return finished(block, result.extras());
  }

  private @Nullable ObjectNode media(Content.Media media, Role role) {
    ObjectNode whole = whole(media.extras());
    if (whole != null) {
      return whole;
    }
    // Only users show pictures and documents.
    if (role != Role.USER && media.extras().dialect() != Members.OWN) {
      losses.lost(Feature.NATIVE_CONTENT, media.kind().name().toLowerCase(Locale.ROOT));
      return null;
    }
    return switch (media.kind()) {
      case IMAGE -> image(media);
      case DOCUMENT -> document(media);
      case AUDIO ->
          lost(
              media.source() instanceof Content.Source.Url
                  ? Feature.AUDIO_URL
                  : Feature.AUDIO_INLINE);
      case VIDEO ->
          lost(
              media.source() instanceof Content.Source.Url
                  ? Feature.VIDEO_URL
                  : Feature.VIDEO_INLINE);
    };
  }

  private @Nullable ObjectNode lost(Feature feature) {
    losses.lost(feature);
    return null;
  }

  /** A block that was kept whole, because the hub knows only its meaning. */
  private @Nullable ObjectNode whole(Extras extras) {
    for (String name : List.of(BlockReader.SEARCH_RESULT, BlockReader.CONTAINER_UPLOAD)) {
      if (Members.own(extras, name) instanceof ObjectNode raw) {
        return raw;
      }
    }
    return null;
  }

  private @Nullable ObjectNode image(Content.Media media) {
    return switch (media.source()) {
      case Content.Source.Inline inline -> {
        String type = type(media, inline);
        yield IMAGES.contains(type)
            ? block("image", media, base64(type, inline.base64()))
            : lost(Feature.IMAGE_INLINE);
      }
      case Content.Source.Url url -> block("image", media, url(url));
      case Content.Source.FileId file -> file("image", media, file);
      case Content.Source.Words ignored -> lost(Feature.IMAGE_INLINE);
    };
  }

  private @Nullable ObjectNode document(Content.Media media) {
    if (Members.own(media.extras(), BlockReader.SOURCE) instanceof ObjectNode source) {
      return block("document", media, source);
    }
    return switch (media.source()) {
      case Content.Source.Inline inline -> {
        String type = type(media, inline);
        if (type.equals(PDF)) {
          yield block("document", media, base64(PDF, inline.base64()));
        }
        String words = words(type, inline.base64());
        yield words == null ? lost(Feature.DOCUMENT_INLINE) : block("document", media, text(words));
      }
      case Content.Source.Words words -> block("document", media, text(words.text()));
      case Content.Source.Url url -> block("document", media, url(url));
      case Content.Source.FileId file -> file("document", media, file);
    };
  }

  private @Nullable ObjectNode file(String type, Content.Media media, Content.Source.FileId file) {
    if (file.dialect() != Members.OWN) {
      return lost(Feature.FILE_ID);
    }
    return block(type, media, Json.object().put("type", "file").put("file_id", file.id()));
  }

  private ObjectNode block(String type, Content.Media media, ObjectNode source) {
    ObjectNode block = Json.object().put("type", type);
    block.set(BlockReader.SOURCE, source);
    String name = media.name();
    if (type.equals("document") && name != null && !name.isEmpty()) {
      block.put("title", name.substring(0, Math.min(name.length(), TITLE_CHARACTERS_MAX)));
    }
    return finished(block, media.extras());
  }

  private static ObjectNode base64(String type, String data) {
    return Json.object().put("type", "base64").put("media_type", type).put("data", data);
  }

  private static ObjectNode text(String words) {
    return Json.object().put("type", "text").put("media_type", "text/plain").put("data", words);
  }

  private static ObjectNode url(Content.Source.Url url) {
    return Json.object().put("type", "url").put("url", url.url());
  }

  /** The type told, or the one that the first bytes show; empty when neither is known. */
  private static String type(Content.Media media, Content.Source.Inline inline) {
    String told = media.mediaType();
    if (told != null && !told.equals("application/octet-stream")) {
      String plain = told.toLowerCase(Locale.ROOT).replaceFirst(";.*", "").strip();
      return plain.equals("image/jpg") ? "image/jpeg" : plain;
    }
    for (var beginning : BEGINNINGS.entrySet()) {
      if (inline.base64().startsWith(beginning.getKey())) {
        return beginning.getValue();
      }
    }
    return "";
  }

  /** The text of a file that is text; null when it is none. */
  private static @Nullable String words(String type, String base64) {
    boolean text =
        type.startsWith("text/")
            || type.equals("application/json")
            || type.equals("application/xml");
    if (!text) {
      return null;
    }
    try {
      return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
