package dev.customhouse.provider.sandbox;

/**
 * The sandbox's own count of tokens: of a text, its UTF-8 bytes divided by {@value #TOKEN_BYTES},
 * rounded up. Each message adds {@value #MESSAGE_TOKENS}, each image, file or other medium {@value
 * #MEDIUM_TOKENS}; a tool counts as its name, description and schema. The same conversation has the
 * same count in every dialect, in usage and in count_tokens.
 */
final class Tokens {
  /** UTF-8 bytes of a token. */
  static final int TOKEN_BYTES = 4;

  /** What a message costs beside its text. */
  static final int MESSAGE_TOKENS = 4;

  /** What a part costs that is not text. */
  static final int MEDIUM_TOKENS = 85;

  private Tokens() {}

  /** The count of a text; zero for an empty one. */
  static long of(CharSequence text) {
    return ofBytes(bytes(text));
  }

  /** The count of a text of so many UTF-8 bytes. */
  static long ofBytes(long bytes) {
    return Math.ceilDiv(bytes, TOKEN_BYTES);
  }

  /** The count of everything that was sent to the model. */
  static long ofPrompt(Ask ask) {
    long tokens = 0;
    for (Ask.Turn turn : ask.turns()) {
      tokens += MESSAGE_TOKENS + of(turn.text()) + turn.otherTokens();
      for (String result : turn.toolResults()) {
        tokens += of(result);
      }
    }
    for (Ask.Tool tool : ask.tools()) {
      tokens += of(tool.name()) + of(tool.description()) + of(Json.write(tool.schema()));
    }
    return tokens;
  }

  /** The longest beginning of the text that has at most so many tokens, cut between characters. */
  static String firstTokens(String text, long maxTokens) {
    long bytesLeft = maxTokens * TOKEN_BYTES;
    int end = 0;
    while (end < text.length()) {
      int character = text.codePointAt(end);
      bytesLeft -= utf8Length(character);
      if (bytesLeft < 0) {
        return text.substring(0, end);
      }
      end += Character.charCount(character);
    }
    return text;
  }

  /** The text's length in UTF-8. */
  static long bytes(CharSequence text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      // Either half of a pair counts two: together the four bytes of their character.
      bytes += unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
    }
    return bytes;
  }

  private static int utf8Length(int character) {
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }
}
