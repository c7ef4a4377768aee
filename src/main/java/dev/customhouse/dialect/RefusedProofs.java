package dev.customhouse.dialect;

import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Proofs of reasoning that a provider of the client's own dialect has refused: signatures and
 * encrypted reasoning are bound to the account that made them, and an earlier turn may have been
 * answered by another one.
 */
public final class RefusedProofs {
  /** Whoever made them, it was not the one who is asked. */
  private static final String NOBODY = "";

  private RefusedProofs() {}

  /**
   * The client's request in its own dialect with what is left of it when its proofs are worth
   * nothing.
   *
   * @param losses are told that proofs were left out, and what else that brings
   * @return null when there is no proof in it
   * @throws Refusal of kind INVALID_REQUEST when nothing is to be left out
   */
  public static @Nullable Written leftOut(
      Codec codec, ChatRequest asked, Target target, Losses losses) {
    List<Message> messages =
        asked.messages().stream()
            .map(message ->
                message.with(message.content().stream().map(RefusedProofs::voided).toList()))
            .toList();
    return messages.equals(asked.messages())
        ? null
        : codec.writeRequest(asked.toBuilder().messages(messages).build(), target, losses);
  }

  private static Content voided(Content content) {
    return switch (content) {
      case Content.Reasoning reasoning when reasoning.seal() != null ->
          new Content.Reasoning(reasoning.text(), voided(reasoning.seal()), reasoning.extras());
      case Content.ToolCall call when call.seal() != null -> call.withSeal(voided(call.seal()));
      default -> content;
    };
  }

  private static Seal voided(Seal seal) {
    return new Seal(seal.dialect(), NOBODY, seal.data(), seal.redacted());
  }
}
