package dev.customhouse.dialect;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A {@code data:} URL (RFC 2397) whose data is base64.
 *
 * @param mediaType in small letters, without parameters; null: not told
 */
public record DataUrl(@Nullable String mediaType, String base64) {
  private static final String SCHEME = "data:";
  private static final String BASE64 = ";base64";

  /** The parts of the URL; null when it is another one, or its data is no base64. */
  public static @Nullable DataUrl parse(String url) {
    int comma = url.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? url.indexOf(',') : -1;
    if (comma < 0) {
      return null;
    }
    String head = url.substring(SCHEME.length(), comma).strip().toLowerCase(Locale.ROOT);
    if (!head.endsWith(BASE64)) {
      return null;
    }
    String type = head.substring(0, head.indexOf(';')).strip();
    return new DataUrl(type.isEmpty() ? null : type, url.substring(comma + 1).strip());
  }

  /** The URL. */
  public String text() {
    return SCHEME
        + (mediaType == null ? "application/octet-stream" : mediaType)
        + BASE64
        + ","
        + base64;
  }

  /** The kind of picture that base64 begins with; PNG when it is none of the usual four. */
  public static String imageType(String base64) {
    if (base64.startsWith("/9j/")) {
      return "image/jpeg";
    }
    if (base64.startsWith("R0lGOD")) {
      return "image/gif";
    }
    return base64.startsWith("UklGR") ? "image/webp" : "image/png";
  }

  /** Without the data, which no log may hold. */
  @Override
  public String toString() {
    return "DataUrl[" + mediaType + ", " + base64.length() + " characters]";
  }
}
