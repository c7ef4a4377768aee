package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.wire.AnswerWriter;
import org.jspecify.annotations.Nullable;

/** What was found for one call, and what is to become of its answer. Used by one thread. */
public final class Recollection {
  private final Recall recall;
  private final Call call;
  private final String owner;
  private final @Nullable Input own;
  private final @Nullable String previousId;
  private final Plan.@Nullable Kept answer;

  /**
   * For a call.
   *
   * @param call as it is to travel
   * @param own the client's own input; null: that of the call's body
   * @param previousId the kept response whose conversation is in the call's body; null: none
   */
  Recollection(
      Recall recall,
      Call call,
      String owner,
      @Nullable Input own,
      @Nullable String previousId,
      Plan.@Nullable Kept answer) {
    this.recall = recall;
    this.call = call;
    this.owner = owner;
    this.own = own;
    this.previousId = previousId;
    this.answer = answer;
  }

  Recollection with(Plan.Kept told) {
    return new Recollection(recall, call, owner, own, previousId, told);
  }

  String owner() {
    return owner;
  }

  /** The call as it is to travel: the conversation that it goes on from is in its input. */
  public Call call() {
    return call;
  }

  /** The gateway's own answer; null: the call is to travel. */
  public Plan.@Nullable Kept answer() {
    return answer;
  }

  /**
   * Where the answer of a leg is to be written to: on its way to the client it is kept, unless the
   * provider does that, the client does not want it, or the settings do not.
   */
  public AnswerWriter keeping(Leg leg, AnswerWriter client) {
    boolean ours =
        recall.isKeeping()
            && call.dialect() == DialectId.OPENAI_RESPONSES
            && call.operation() == Operation.CHAT
            && leg.dialect() != call.dialect();
    if (!ours) {
      return client;
    }
    Input input = own == null ? Input.of(call.body()) : own;
    boolean stored = input.isToBeStored();
    return stored || previousId != null
        ? new Keeper(
            client,
            previousId,
            (id, response) -> {
              if (stored) {
                recall.keep(owner, previousId, input, response, id);
              }
            })
        : client;
  }
}
