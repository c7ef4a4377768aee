package dev.customhouse.canonical.chat;

import dev.customhouse.canonical.DialectId;
import org.jspecify.annotations.Nullable;

/**
 * A provider's opaque proof of reasoning: Anthropic's {@code signature} and redacted data, Gemini's
 * {@code thoughtSignature}, OpenAI's {@code encrypted_content}. It is worth something only to the
 * provider and model that made it, and only byte for byte.
 *
 * @param dialect in which it was made
 * @param maker who made it, as {@link Target#maker()} names it; null when the client sent it as the
 *     dialect has it, so that the gateway cannot know
 * @param data the provider's bytes, mostly base64; may be empty where only the maker counts
 * @param redacted true when the data is the reasoning itself, encrypted, and not a signature
 */
public record Seal(DialectId dialect, @Nullable String maker, String data, boolean redacted) {
  /** True when the target may be sent it. */
  public boolean isFor(DialectId targetDialect, Target target) {
    return dialect == targetDialect && (maker == null || maker.equals(target.maker()));
  }

  /** Without its data. */
  @Override
  public String toString() {
    return "Seal[" + dialect.label() + " of " + maker + "]";
  }
}
