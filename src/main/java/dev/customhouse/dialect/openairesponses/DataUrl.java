package dev.customhouse.dialect.openairesponses;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A {@code data:} URL (RFC 2397) whose data is base64.
 *
 * @param mediaType without parameters; null: not told
 */
record DataUrl(@Nullable String mediaType, String base64) {
  private static final String SCHEME = "data:";
  private static final String BASE64 = ";base64";

  /** The parts of the URL; null when it is no such URL. */
  static @Nullable DataUrl parse(String url) {
    int comma = url.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? url.indexOf(',') : -1;
    if (comma < 0) {
      return null;
    }
    String head = url.substring(SCHEME.length(), comma).toLowerCase(Locale.ROOT);
    if (!head.endsWith(BASE64)) {
      return null;
    }
    String type = head.substring(0, head.length() - BASE64.length());
    int parameters = type.indexOf(';');
    if (parameters >= 0) {
      type = type.substring(0, parameters);
    }
    return new DataUrl(type.isBlank() ? null : type.strip(), url.substring(comma + 1));
  }

  /** The URL. */
  String text() {
    return SCHEME
        + (mediaType == null ? "application/octet-stream" : mediaType)
        + BASE64
        + ","
        + base64;
  }

  /** The kind of picture that base64 begins with; PNG when it is none of the usual four. */
  static String imageType(String base64) {
    if (base64.startsWith("/9j/")) {
      return "image/jpeg";
    }
    if (base64.startsWith("R0lGOD")) {
      return "image/gif";
    }
    return base64.startsWith("UklGR") ? "image/webp" : "image/png";
  }
}
