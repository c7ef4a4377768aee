package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.wire.AnswerWriter;
import org.jspecify.annotations.Nullable;

/** What was found for one call, and what is to become of its answer. Used by one thread. */
public final class Recollection {
  private final Recall recall;
  private final Caller caller;
  private final Call call;
  private final @Nullable Told told;
  private final Plan.@Nullable Kept answer;

  /**
   * What the client said itself, of a call that has more in its body.
   *
   * @param previousId the kept response whose conversation is in the body; null: none
   */
  record Told(byte[] items, boolean isToBeStored, @Nullable String previousId) {}

  private Recollection(
      Recall recall, Caller caller, Call call, @Nullable Told told, Plan.@Nullable Kept answer) {
    this.recall = recall;
    this.caller = caller;
    this.call = call;
    this.told = told;
    this.answer = answer;
  }

  /** For a call that refers to nothing that is kept here. */
  static Recollection none(Recall recall, Caller caller, Call call) {
    return new Recollection(recall, caller, call, null, null);
  }

  /** The same for a call that has in its body what it refers to. */
  Recollection with(Call whole, Told own) {
    return new Recollection(recall, caller, whole, own, null);
  }

  /** The same with the gateway's own answer. */
  Recollection with(Plan.Kept own) {
    return new Recollection(recall, caller, call, null, own);
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
    boolean stored = told == null ? Input.isToBeStored(call.body()) : told.isToBeStored();
    String previousId = told == null ? null : told.previousId();
    return stored || previousId != null
        ? new Keeper(client, previousId, stored ? this::keep : (id, response) -> {})
        : client;
  }

  private void keep(String id, byte[] response) {
    byte[] own = told == null ? Input.of(call.body()).items() : told.items();
    recall.keep(caller, told == null ? null : told.previousId(), own, response, id);
  }
}
