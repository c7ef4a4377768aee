package dev.customhouse.dialect.openaichat;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** OpenAI's names of audio formats and the media types they stand for. */
final class AudioFormats {
  private static final String AUDIO = "audio/";

  private AudioFormats() {}

  static String mediaType(String format) {
    return AUDIO + (format.equals("mp3") ? "mpeg" : format.toLowerCase(Locale.ROOT));
  }

  /** Null when the type is no audio. */
  static @Nullable String format(@Nullable String mediaType) {
    String type = mediaType == null ? "" : mediaType.toLowerCase(Locale.ROOT);
    if (!type.startsWith(AUDIO)) {
      return null;
    }
    return switch (type.substring(AUDIO.length())) {
      case "mpeg", "mp3" -> "mp3";
      case "wav", "x-wav", "wave", "vnd.wave" -> "wav";
      default -> type.substring(AUDIO.length());
    };
  }
}
