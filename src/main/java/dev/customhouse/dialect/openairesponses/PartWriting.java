package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the parts of messages and results. */
final class PartWriting {
  /** Members that belong to a part of the model's words and not to the message around it. */
  static final Set<String> OUTPUT_FIELDS = Set.of("logprobs");

  private final Losses losses;
  private final boolean home;

  PartWriting(Losses losses, boolean home) {
    this.losses = losses;
    this.home = home;
  }

  /** A part of what is said to the model; null when it was left out. */
  @Nullable JsonNode input(Content content) {
    return switch (content) {
      case Content.Text text -> {
        if (!text.citations().isEmpty()) {
          losses.lost(Feature.CITATION);
        }
        yield part("input_text", text.extras()).put("text", text.text());
      }
      case Content.Declined declined ->
          part("input_text", declined.extras()).put("text", declined.text());
      case Content.Media media -> media(media);
      case Content.Native given -> given(given);
      case Content.Reasoning ignored -> null;
      case Content.ToolCall ignored -> null;
      case Content.ToolResult ignored -> null;
    };
  }

  /** A part of what the model said; null when it is none or was left out. */
  @Nullable JsonNode output(Content content) {
    return switch (content) {
      case Content.Text text -> text.text().isEmpty() ? null : spoken(text);
      case Content.Declined declined ->
          Json.object().put("type", "refusal").put("refusal", declined.text());
      case Content.Native given -> given(given);
      case Content.Media ignored -> null;
      case Content.Reasoning ignored -> null;
      case Content.ToolCall ignored -> null;
      case Content.ToolResult ignored -> null;
    };
  }

  private ObjectNode spoken(Content.Text text) {
    ObjectNode part = Json.object().put("type", "output_text").put("text", text.text());
    ArrayNode annotations = Json.object().arrayNode();
    for (Citation citation : text.citations()) {
      ObjectNode annotation = Annotations.write(citation, text.text().length());
      if (annotation == null) {
        losses.lost(Feature.CITATION);
      } else {
        annotations.add(annotation);
      }
    }
    if (!annotations.isEmpty()) {
      part.set("annotations", annotations);
    }
    text.extras()
        .of(Own.DIALECT)
        .forEach((name, value) -> {
          if (OUTPUT_FIELDS.contains(name)) {
            part.set(name, value);
          }
        });
    mark(text.extras(), part);
    return part;
  }

  private @Nullable JsonNode given(Content.Native given) {
    if (given.dialect() == Own.DIALECT && given.type().startsWith(Own.PART)) {
      return given.raw();
    }
    losses.lost(Feature.NATIVE_CONTENT, given.type());
    return null;
  }

  private ObjectNode part(String type, Extras extras) {
    ObjectNode part = Json.object().put("type", type);
    extras.of(Own.DIALECT).forEach(part::set);
    JsonNode detail = extras.of(DialectId.OPENAI_CHAT).get("detail");
    if (detail != null) {
      part.set("detail", detail);
    }
    mark(extras, part);
    return part;
  }

  /** Breakpoints of OpenAI's own dialects return; it has no place for others. */
  private void mark(Extras extras, ObjectNode part) {
    if (extras.cache() == null) {
      return;
    }
    boolean ofOpenAi = Own.is(extras) || extras.dialect() == DialectId.OPENAI_CHAT;
    if (home && ofOpenAi) {
      part.putObject("prompt_cache_breakpoint").put("mode", "explicit");
    } else {
      losses.lost(Feature.CACHE_MARK);
    }
  }

  private @Nullable JsonNode media(Content.Media media) {
    return switch (media.kind()) {
      case IMAGE -> image(media);
      case DOCUMENT -> document(media);
      case AUDIO -> {
        boolean inline = media.source() instanceof Content.Source.Inline;
        losses.lost(inline ? Feature.AUDIO_INLINE : Feature.AUDIO_URL);
        yield null;
      }
      case VIDEO -> {
        boolean inline = media.source() instanceof Content.Source.Inline;
        losses.lost(inline ? Feature.VIDEO_INLINE : Feature.VIDEO_URL);
        yield null;
      }
    };
  }

  private @Nullable JsonNode image(Content.Media media) {
    ObjectNode part = part("input_image", media.extras());
    return switch (media.source()) {
      case Content.Source.Inline inline -> {
        String type = media.mediaType();
        String known = type == null ? DataUrl.imageType(inline.base64()) : type;
        yield part.put("image_url", new DataUrl(known, inline.base64()).text());
      }
      case Content.Source.Url url -> part.put("image_url", url.url());
      case Content.Source.FileId file -> fileId(part, file);
      case Content.Source.Words words ->
          Json.object().put("type", "input_text").put("text", words.text());
    };
  }

  private @Nullable JsonNode document(Content.Media media) {
    ObjectNode part = part("input_file", media.extras());
    String name = media.name();
    return switch (media.source()) {
      case Content.Source.Inline inline -> {
        String type = media.mediaType();
        if (name != null || !Own.is(media.extras())) {
          part.put("filename", name == null ? fileName(type) : name);
        }
        boolean bare = type == null && Own.is(media.extras());
        yield part.put(
            "file_data",
            bare
                ? inline.base64()
                : new DataUrl(type == null ? "application/pdf" : type, inline.base64()).text());
      }
      case Content.Source.Url url -> named(part, name).put("file_url", url.url());
      case Content.Source.FileId file -> fileId(named(part, name), file);
      case Content.Source.Words words ->
          Json.object()
              .put("type", "input_text")
              .put("text", name == null ? words.text() : name + "\n\n" + words.text());
    };
  }

  /** Only this dialect's clients name files that are not in the request. */
  private static ObjectNode named(ObjectNode part, @Nullable String name) {
    return name == null ? part : part.put("filename", name);
  }

  /** OpenAI wants a name and looks at its ending. */
  private static String fileName(@Nullable String type) {
    String plain = type == null ? "application/pdf" : type;
    int slash = plain.indexOf('/');
    String ending = plain.substring(slash + 1);
    return "document."
        + switch (ending) {
          case "plain" -> "txt";
          case "markdown" -> "md";
          default -> ending.matches("[a-z0-9]{1,8}") ? ending : "bin";
        };
  }

  private @Nullable JsonNode fileId(ObjectNode part, Content.Source.FileId file) {
    if (Set.of(Own.DIALECT, DialectId.OPENAI_CHAT).contains(file.dialect())) {
      return part.put("file_id", file.id());
    }
    losses.lost(Feature.FILE_ID);
    return null;
  }
}
