package dev.customhouse.dialect.gemini;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media.Kind;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that Google itself can read: its own files, buckets of Cloud Storage, films on YouTube.
 * The first two are worth nothing to anybody else.
 */
final class FileUris {
  private static final Pattern OWN =
      Pattern.compile("(?:https://generativelanguage[.]googleapis[.]com/|gs://).*");
  private static final Pattern YOUTUBE =
      Pattern.compile("https?://(?:(?:www[.]|m[.])?youtube[.]com|youtu[.]be)/.*");

  private FileUris() {}

  static Content.Source source(String uri) {
    return OWN.matcher(uri).matches()
        ? new Content.Source.FileId(DialectId.GEMINI, uri)
        : new Content.Source.Url(uri);
  }

  static boolean isRead(String uri) {
    return OWN.matcher(uri).matches() || YOUTUBE.matcher(uri).matches();
  }

  static Kind kind(Content.Source source, @Nullable String mediaType) {
    boolean film =
        mediaType == null
            && source instanceof Content.Source.Url url
            && YOUTUBE.matcher(url.url()).matches();
    return film ? Kind.VIDEO : MediaTypes.kind(mediaType);
  }
}
