package dev.customhouse.flow.api;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where callers put their key: {@code Authorization: Bearer}, {@code x-api-key}, {@code api-key},
 * {@code x-goog-api-key}, {@code ?key=}, on every surface. When several are there, the first of
 * this order counts.
 */
final class Credentials {
  private static final List<String> HEADERS = List.of("x-api-key", "api-key", "x-goog-api-key");
  private static final String BEARER = "bearer ";

  private Credentials() {}

  /** The caller's key; null when there is none. */
  static @Nullable String find(Headers headers, @Nullable String rawQuery) {
    String authorization = single(headers, "authorization");
    if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      String key = authorization.substring(BEARER.length()).strip();
      if (!key.isEmpty()) {
        return key;
      }
    }
    for (String name : HEADERS) {
      String key = single(headers, name);
      if (key != null && !key.isBlank()) {
        return key.strip();
      }
    }
    return fromQuery(rawQuery);
  }

  /** Two keys in one field are somebody's trick or somebody's mistake. */
  private static @Nullable String single(Headers headers, String name) {
    String value = headers.get(name);
    if (value != null && headers.all(name).size() > 1) {
      throw duplicate("The header '%s'".formatted(name));
    }
    return value;
  }

  private static Refusal duplicate(String what) {
    return new Refusal(
        ErrorKind.INVALID_REQUEST,
        "duplicate_credentials",
        what + " is there more than once; exactly one key is expected.");
  }

  private static @Nullable String fromQuery(@Nullable String rawQuery) {
    if (rawQuery == null) {
      return null;
    }
    String key = null;
    for (String pair : rawQuery.split("&", -1)) {
      if (pair.startsWith("key=")) {
        if (key != null) {
          throw duplicate("The query parameter 'key'");
        }
        key = pair.substring("key=".length());
      }
    }
    try {
      return key == null ? null : URLDecoder.decode(key, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The query without the key, as it may go upstream; null when nothing is left. */
  static @Nullable String withoutKey(@Nullable String rawQuery) {
    if (rawQuery == null || rawQuery.isEmpty()) {
      return null;
    }
    StringBuilder kept = new StringBuilder();
    for (String pair : rawQuery.split("&", -1)) {
      if (!pair.startsWith("key=") && !pair.startsWith("api-version=") && !pair.isEmpty()) {
        kept.append(kept.isEmpty() ? "" : "&").append(safe(pair));
      }
    }
    return kept.isEmpty() ? null : kept.toString();
  }

  /** Bytes that a URI may not hold as they are (RFC 3986) are encoded; the rest stays. */
  private static String safe(String pair) {
    StringBuilder out = new StringBuilder(pair.length());
    for (byte b : pair.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || "-._~%=+:@/?!$'()*,;".indexOf(c) >= 0;
      if (fine) {
        out.append(c);
      } else {
        out.append('%').append(String.format("%02X", (int) c));
      }
    }
    return out.toString();
  }
}
