package dev.customhouse.dialect.anthropicmessages;

import java.util.regex.Pattern;

/**
 * Ids of calls as this dialect allows them. Others have wider letters, such as {@code
 * functions.add:0}; the same id always becomes the same one, so that results find their calls.
 */
final class CallIds {
  /** What an id must match as a whole (Anthropic's specification, {@code tool_use.id}). */
  static final Pattern VALID = Pattern.compile("[a-zA-Z0-9_-]+");

  /** How long one may be. */
  static final int CHARACTERS_MAX = 128;

  private static final int HASH_BYTES = 4;

  private CallIds() {}

  static String fitted(String id) {
    if (VALID.matcher(id).matches() && id.length() <= CHARACTERS_MAX) {
      return id;
    }
    String clean = id.replaceAll("[^a-zA-Z0-9_-]", "_");
    int kept = Math.min(clean.length(), CHARACTERS_MAX - 2 * HASH_BYTES - 1);
    return clean.substring(0, kept) + "_" + Fingerprint.of(id, HASH_BYTES);
  }
}
