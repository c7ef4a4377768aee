package dev.customhouse.dialect;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.Target;

/** A dialect's question how many tokens a prompt has, and its answer. */
public interface TokenCount {
  /** The question about a request that this dialect's codec wrote for the target. */
  Written question(Written chat, Target target);

  /**
   * What a provider answered.
   *
   * @throws Refusal of kind BAD_GATEWAY when it is no count
   */
  long read(byte[] answer);

  /** The answer for a client. */
  byte[] answer(long tokens);

  /**
   * The count in a member of a provider's answer.
   *
   * @throws Refusal of kind BAD_GATEWAY when there is none
   */
  static long read(byte[] answer, String member) {
    Long tokens = Json.count(Json.read(answer).path(member));
    if (tokens == null) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "upstream_invalid_answer",
          "The provider's answer is no count of tokens.");
    }
    return tokens;
  }
}
