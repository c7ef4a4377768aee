package dev.customhouse.dialect.openaichat;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Content that stands in an address itself (RFC 2397), as base64.
 *
 * @param mediaType without parameters; null: not told
 */
record DataUrl(@Nullable String mediaType, String base64) {
  private static final String SCHEME = "data:";
  private static final String BASE64 = ";base64";

  /** What the address holds; null when it is another address, or not in base64. */
  static @Nullable DataUrl parse(String url) {
    int comma = url.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? url.indexOf(',') : -1;
    if (comma < 0) {
      return null;
    }
    String head = url.substring(SCHEME.length(), comma).strip();
    if (!head.toLowerCase(Locale.ROOT).endsWith(BASE64)) {
      return null;
    }
    int semicolon = head.indexOf(';');
    String type = head.substring(0, semicolon).strip().toLowerCase(Locale.ROOT);
    return new DataUrl(type.isEmpty() ? null : type, url.substring(comma + 1).strip());
  }

  @Override
  public String toString() {
    return SCHEME + (mediaType == null ? "" : mediaType) + BASE64 + "," + base64;
  }
}
