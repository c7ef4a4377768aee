package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import org.jspecify.annotations.Nullable;

/** A picture, document, sound or film as a part. */
final class MediaPart {
  private MediaPart() {}

  /** The part; null when it cannot be carried, of which the losses then know. */
  static @Nullable ObjectNode write(Content.Media media, Losses losses) {
    return switch (media.source()) {
      case Content.Source.Inline inline -> inline(inline.base64(), media);
      case Content.Source.Words words -> words(words.text(), media);
      case Content.Source.Url url -> {
        if (isRead(media)) {
          yield file(url.url(), media.mediaType());
        }
        losses.lost(byAddress(media.kind()));
        yield null;
      }
      case Content.Source.FileId file -> {
        if (file.dialect() == DialectId.GEMINI) {
          yield file(file.id(), media.mediaType());
        }
        losses.lost(Feature.FILE_ID);
        yield null;
      }
    };
  }

  /** True when Google itself can read the media where they are. */
  static boolean isRead(Content.Media media) {
    return media.source() instanceof Content.Source.Url url
        && (FileUris.isRead(url.url())
            || media.extras().of(DialectId.GEMINI).containsKey(ContentReader.FILE_DATA));
  }

  private static ObjectNode inline(String base64, Content.Media media) {
    ObjectNode part = Json.object();
    part.putObject("inlineData")
        .put("mimeType", MediaTypes.of(base64, media.mediaType(), media.kind()))
        .put("data", base64);
    return part;
  }

  /** Words are words, but where a client of Gemini sent them as a file. */
  private static ObjectNode words(String words, Content.Media media) {
    ObjectNode part = Json.object();
    String mediaType = media.mediaType();
    if (media.extras().of(DialectId.GEMINI).containsKey(ContentReader.INLINE_DATA)) {
      part.putObject("inlineData")
          .put("mimeType", mediaType == null ? "text/plain" : mediaType)
          .put("data", PartData.base64OfWords(words));
      return part;
    }
    return part.put("text", media.name() == null ? words : media.name() + ":\n" + words);
  }

  private static ObjectNode file(String uri, @Nullable String mediaType) {
    ObjectNode part = Json.object();
    ObjectNode file = part.putObject("fileData");
    if (mediaType != null) {
      file.put("mimeType", mediaType);
    }
    file.put("fileUri", uri);
    return part;
  }

  private static Feature byAddress(Content.Media.Kind kind) {
    return switch (kind) {
      case IMAGE -> Feature.IMAGE_URL;
      case DOCUMENT -> Feature.DOCUMENT_URL;
      case AUDIO -> Feature.AUDIO_URL;
      case VIDEO -> Feature.VIDEO_URL;
    };
  }
}
