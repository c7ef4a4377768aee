package dev.customhouse.provider.sandbox;

import org.jspecify.annotations.Nullable;

/** What the model says. */
sealed interface Reply {
  /** Its count by {@link Tokens}. */
  long tokens();

  /**
   * A text.
   *
   * @param text may be empty
   * @param stopSequence the text at which it stopped; null unless {@code stop} says so
   */
  record Text(String text, Stop stop, @Nullable String stopSequence) implements Reply {
    @Override
    public long tokens() {
      return Tokens.of(text);
    }
  }

  /**
   * A call of a tool.
   *
   * @param input the arguments as JSON, or plain text for a freeform tool
   */
  record ToolCall(Ask.Tool tool, String input) implements Reply {
    @Override
    public long tokens() {
      return Tokens.of(tool.name()) + Tokens.of(input);
    }
  }

  /** Why a text ends. */
  enum Stop {
    DONE,
    SEQUENCE,
    LENGTH
  }
}
