package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes content as parts of a message for a provider. */
final class PartsWriter {
  private static final String CACHE_CONTROL = "cache_control";
  private static final String PDF = "application/pdf";

  /** Base64 of {@code %PDF}. */
  private static final String PDF_BEGINNING = "JVBERi";

  private final ChatHost host;
  private final Losses losses;

  PartsWriter(ChatHost host, Losses losses) {
    this.host = host;
    this.losses = losses;
  }

  /** A part; null when it is lost. */
  @Nullable ObjectNode part(Content content) {
    return switch (content) {
      case Content.Text text -> text(text);
      case Media media -> media(media);
      case Content.Declined declined -> text(declined.text());
      case Content.Native own -> nativePart(own);
      case Content.Reasoning ignored -> null;
      case Content.ToolCall ignored -> null;
      case Content.ToolResult ignored -> null;
    };
  }

  static ObjectNode text(String text) {
    return Json.object().put("type", "text").put("text", text);
  }

  /** A text with all that stands beside it. */
  ObjectNode text(Content.Text text) {
    if (!text.citations().isEmpty()) {
      losses.lost(Feature.CITATION);
    }
    ObjectNode part = text(text.text());
    beside(part, part, text.extras());
    return part;
  }

  /** True when a text has something beside it that a plain string cannot hold. */
  boolean hasMore(Content.Text text) {
    return text.extras().cache() != null && (host.takesBreakpoints() || host.takesCacheControl())
        || !text.extras().of(DialectId.OPENAI_CHAT).isEmpty();
  }

  /** What a text that is written as a string loses. */
  String bare(Content.Text text) {
    if (text.extras().cache() != null) {
      mark(Json.object(), text.extras());
    }
    if (!text.citations().isEmpty()) {
      losses.lost(Feature.CITATION);
    }
    return text.text();
  }

  private @Nullable ObjectNode nativePart(Content.Native part) {
    if (part.dialect() == DialectId.OPENAI_CHAT && part.raw() instanceof ObjectNode raw) {
      return raw;
    }
    losses.lost(Feature.NATIVE_CONTENT, part.type());
    return null;
  }

  private @Nullable ObjectNode media(Media media) {
    ObjectNode part =
        switch (media.kind()) {
          case IMAGE -> image(media);
          case VIDEO -> video(media);
          case AUDIO -> audio(media);
          case DOCUMENT -> document(media);
        };
    if (part != null) {
      JsonNode inner = part.path(part.path("type").textValue());
      beside(part, inner instanceof ObjectNode object ? object : part, media.extras());
    }
    return part;
  }

  private @Nullable ObjectNode image(Media media) {
    return switch (media.source()) {
      case Source.Inline inline ->
          address("image_url", url(inline, media.mediaType(), "image/png"));
      case Source.Url url -> {
        if (!host.fetchesImages() && !url.url().startsWith("data:")) {
          losses.lost(Feature.IMAGE_URL);
          yield null;
        }
        yield address("image_url", url.url());
      }
      case Source.Words words -> text(words.text());
      case Source.FileId ignored -> lost(Feature.FILE_ID);
    };
  }

  private @Nullable ObjectNode video(Media media) {
    return switch (media.source()) {
      case Source.Inline inline ->
          host.takesVideo()
              ? address("video_url", url(inline, media.mediaType(), "video/mp4"))
              : lost(Feature.VIDEO_INLINE);
      case Source.Url url ->
          host.takesVideo() ? address("video_url", url.url()) : lost(Feature.VIDEO_URL);
      case Source.Words words -> text(words.text());
      case Source.FileId ignored -> lost(Feature.FILE_ID);
    };
  }

  private @Nullable ObjectNode audio(Media media) {
    return switch (media.source()) {
      case Source.Inline inline -> {
        String format = AudioFormats.format(media.mediaType());
        if (format == null || host.isOpenAi() && !format.equals("wav") && !format.equals("mp3")) {
          yield lost(Feature.AUDIO_INLINE);
        }
        ObjectNode part = Json.object().put("type", "input_audio");
        part.putObject("input_audio").put("data", inline.base64()).put("format", format);
        yield part;
      }
      case Source.Url ignored -> lost(Feature.AUDIO_URL);
      case Source.Words words -> text(words.text());
      case Source.FileId ignored -> lost(Feature.FILE_ID);
    };
  }

  private @Nullable ObjectNode document(Media media) {
    return switch (media.source()) {
      case Source.Inline inline -> inlineDocument(media, inline);
      case Source.Words words -> text(titled(media.name(), words.text()));
      case Source.Url url ->
          host.fetchesFiles() ? file(media.name(), url.url()) : lost(Feature.DOCUMENT_URL);
      case Source.FileId file -> fileId(media, file);
    };
  }

  private @Nullable ObjectNode inlineDocument(Media media, Source.Inline inline) {
    String type = media.mediaType();
    if (type == null && inline.base64().startsWith(PDF_BEGINNING)) {
      type = PDF;
    }
    if (type != null && isText(type)) {
      String words = decoded(inline.base64());
      return words == null ? lost(Feature.DOCUMENT_INLINE) : text(titled(media.name(), words));
    }
    if (!host.takesFiles() || host.isOpenAi() && !PDF.equals(type)) {
      return lost(Feature.DOCUMENT_INLINE);
    }
    String name = media.name();
    return file(name == null && PDF.equals(type) ? "document.pdf" : name, url(inline, type, PDF));
  }

  private @Nullable ObjectNode fileId(Media media, Source.FileId file) {
    boolean own =
        file.dialect() == DialectId.OPENAI_CHAT || file.dialect() == DialectId.OPENAI_RESPONSES;
    if (!own || !host.isOpenAi()) {
      return lost(Feature.FILE_ID);
    }
    ObjectNode part = Json.object().put("type", "file");
    ObjectNode inner = part.putObject("file").put("file_id", file.id());
    if (media.name() != null) {
      inner.put("filename", media.name());
    }
    return part;
  }

  private static ObjectNode file(@Nullable String name, String data) {
    ObjectNode part = Json.object().put("type", "file");
    ObjectNode file = part.putObject("file");
    if (name != null) {
      file.put("filename", name);
    }
    file.put("file_data", data);
    return part;
  }

  private static boolean isText(String mediaType) {
    String type = mediaType.toLowerCase(Locale.ROOT);
    return type.startsWith("text/")
        || type.equals("application/json")
        || type.equals("application/xml");
  }

  private static @Nullable String decoded(String base64) {
    try {
      return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String titled(@Nullable String name, String words) {
    return name == null ? words : "Document: " + name + "\n\n" + words;
  }

  private static String url(Source.Inline inline, @Nullable String mediaType, String otherwise) {
    return new DataUrl(mediaType == null ? otherwise : mediaType, inline.base64()).text();
  }

  private static ObjectNode address(String name, String url) {
    ObjectNode part = Json.object().put("type", name);
    part.putObject(name).put("url", url);
    return part;
  }

  private @Nullable ObjectNode lost(Feature feature) {
    losses.lost(feature);
    return null;
  }

  private void beside(ObjectNode part, ObjectNode inner, Extras extras) {
    for (Map.Entry<String, JsonNode> field : extras.of(DialectId.OPENAI_CHAT).entrySet()) {
      (field.getKey().equals(CACHE_CONTROL) ? part : inner).set(field.getKey(), field.getValue());
    }
    JsonNode detail = extras.of(DialectId.OPENAI_RESPONSES).get("detail");
    if (detail != null && part.path("type").asText().equals("image_url")) {
      inner.set("detail", detail);
    }
    mark(part, extras);
  }

  /** Writes where the prompt's cache may end, as the host has it. */
  void mark(ObjectNode element, Extras extras) {
    Extras.CacheMark mark = extras.cache();
    boolean written = element.has(CACHE_CONTROL);
    if (mark == null) {
      return;
    }
    if (host.takesCacheControl()) {
      if (!written) {
        ObjectNode control = element.putObject(CACHE_CONTROL).put("type", "ephemeral");
        if (mark.ttl() != null) {
          control.put("ttl", mark.ttl());
        }
      }
    } else if (!host.takesBreakpoints()) {
      if (!written) {
        losses.lost(Feature.CACHE_MARK);
      }
    } else if (mark.ttl() != null) {
      losses.lost(Feature.CACHE_MARK_TTL);
    } else {
      element.putObject("prompt_cache_breakpoint").put("mode", "explicit");
    }
  }
}
