package dev.customhouse.dialect;

import dev.customhouse.canonical.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A request as a dialect writes it.
 *
 * @param path the dialect's own, such as {@code /v1/messages} or {@code
 *     /v1beta/models/gemini-2.5-pro:generateContent}
 * @param query null: none
 * @param headers more fields that the request needs, such as {@code anthropic-beta}
 */
public record Written(String path, @Nullable String query, Headers headers, byte[] body) {
  /** Without the body: it holds what no log may hold. */
  @Override
  public String toString() {
    return "Written[" + path + "]";
  }
}
