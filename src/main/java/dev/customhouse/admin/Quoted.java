package dev.customhouse.admin;

import org.jspecify.annotations.Nullable;

/** Values of a request as an error may name them. */
final class Quoted {
  private static final int CHARS = 40;

  private Quoted() {}

  /** The text in quotes, cut; only its length when a key or a token may be in it. */
  static String of(String text) {
    String shown = plain(text);
    return shown == null
        ? "(a text of " + text.length() + " characters, not shown)"
        : "\"" + shown + "\"";
  }

  /** The text, cut; null when a key or a token may be in it. */
  static @Nullable String plain(String text) {
    if (text.contains("sk-") || text.contains(AdminToken.PREFIX)) {
      return null;
    }
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .limit(CHARS)
        .forEach(point -> clean.appendCodePoint(isPlain(point) ? point : '?'));
    return clean.append(text.codePointCount(0, text.length()) > CHARS ? "…" : "").toString();
  }

  private static boolean isPlain(int point) {
    return !Character.isISOControl(point)
        && Character.getType(point) != Character.SURROGATE
        && point != '"';
  }
}
