package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.dialect.Json;
import org.jspecify.annotations.Nullable;

/** Media that a model made, as a part for a client. */
final class AnswerMedia {
  private AnswerMedia() {}

  /** The part; null for a file that lies at another provider. */
  static @Nullable ObjectNode write(Content.Media media) {
    ObjectNode part = Json.object();
    switch (media.source()) {
      case Content.Source.Inline inline ->
          part.putObject("inlineData")
              .put("mimeType", MediaTypes.of(inline.base64(), media.mediaType(), media.kind()))
              .put("data", inline.base64());
      case Content.Source.Words words -> part.put("text", words.text());
      case Content.Source.Url url -> file(part, url.url(), media.mediaType());
      case Content.Source.FileId file -> {
        if (file.dialect() != DialectId.GEMINI) {
          return null;
        }
        file(part, file.id(), media.mediaType());
      }
    }
    return part;
  }

  private static void file(ObjectNode part, String uri, @Nullable String mediaType) {
    ObjectNode file = part.putObject("fileData");
    if (mediaType != null) {
      file.put("mimeType", mediaType);
    }
    file.put("fileUri", uri);
  }
}
