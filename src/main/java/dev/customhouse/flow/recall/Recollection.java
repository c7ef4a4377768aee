package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.Names;
import org.jspecify.annotations.Nullable;

/** What was found for one call, and what is to become of its answer. Used by one thread. */
public final class Recollection {
  private static final String RESPONSES = "/v1/responses";
  private static final Names MODEL = Names.of("model");

  private final Recall recall;
  private final Caller caller;
  private final Call call;
  private final @Nullable Told told;
  private final @Nullable Plan answer;

  /**
   * What the client said itself, of a call that has more in its body.
   *
   * @param previousId the kept response whose conversation is in the body; null: none
   */
  record Told(byte[] items, boolean isToBeStored, @Nullable String previousId) {}

  private final boolean unattended;
  private final @Nullable Compacted compacted;

  private Recollection(
      Recall recall,
      Caller caller,
      Call call,
      @Nullable Told told,
      @Nullable Plan answer,
      boolean unattended,
      @Nullable Compacted compacted) {
    this.recall = recall;
    this.caller = caller;
    this.call = call;
    this.told = told;
    this.answer = answer;
    this.unattended = unattended;
    this.compacted = compacted;
  }

  /** For a call that refers to nothing that is kept here. */
  static Recollection none(Recall recall, Caller caller, Call call) {
    return new Recollection(recall, caller, call, null, null, false, null);
  }

  /** The same for a call that has in its body what it refers to. */
  Recollection with(Call whole, Told own) {
    return new Recollection(recall, caller, whole, own, null, false, null);
  }

  /** The same with the gateway's own answer. */
  Recollection with(Plan own) {
    return new Recollection(recall, caller, call, null, own, false, null);
  }

  /** The call as it is to travel: the conversation that it goes on from is in its input. */
  public Call call() {
    return call;
  }

  /** The gateway's own answer; null: the call is to travel. */
  public @Nullable Plan answer() {
    return answer;
  }

  /**
   * True when the client does not wait for the answer and no provider works in the background: the
   * first way decides, and where it speaks the client's dialect the provider does.
   */
  public boolean isInBackground(Plan.Journey journey) {
    return call.dialect() == DialectId.OPENAI_RESPONSES
        && call.operation() == Operation.CHAT
        && journey.legs().getFirst().dialect() != call.dialect()
        && Input.isInBackground(call.body());
  }

  /**
   * The same for a call that is answered in the background: it asks for events, whatever its client
   * asked for, and its answer is kept by its {@link Work}.
   */
  public Recollection unattended() {
    Call asking = asking(call.operation(), call.path(), call.body());
    return new Recollection(recall, caller, asking, told, null, true, null);
  }

  private Call asking(Operation operation, String path, byte[] body) {
    return new Call(
        call.requestId(),
        operation,
        call.dialect(),
        call.method(),
        path,
        call.query(),
        call.headers(),
        body,
        call.requestedModel(),
        call.resourceId(),
        true,
        call.usageAsked(),
        body == call.body() ? call.marks() : RequestBody.marks(RequestBody.scan(body, MODEL)),
        call.conversation(),
        call.boundTo());
  }

  /**
   * The same for a call that is to travel these ways: where it asks for a summary of the
   * conversation by an item that not all of them understand, the model is asked for it in words.
   *
   * @throws Refusal of kind INVALID_REQUEST when it holds a summary that none of them can read
   */
  public Recollection towards(Plan.Journey journey) {
    boolean chat =
        call.dialect() == DialectId.OPENAI_RESPONSES && call.operation() == Operation.CHAT;
    long translated =
        chat ? journey.legs().stream().filter(leg -> leg.dialect() != call.dialect()).count() : 0;
    if (translated == journey.legs().size() && journey.onUnsupported() != OnUnsupported.DROP) {
      Summaries.refuseThoseOfOthers(call.body());
    }
    return translated > 0 && Input.isToBeCompacted(call.body()) ? summarising() : this;
  }

  /**
   * The same for a call to compact a conversation: the model is asked for a summary of it.
   *
   * @throws Refusal of kind INVALID_REQUEST when it holds an earlier summary that cannot be read
   */
  public Recollection summarising() {
    boolean own = call.operation() == Operation.RESPONSE_COMPACT;
    if (own) {
      Summaries.refuseThoseOfOthers(call.body());
    }
    Told said = new Told(own(), !own && isStored(), own || told == null ? null : told.previousId());
    Call asking = asking(Operation.CHAT, RESPONSES, Summons.body(call.body(), said.isToBeStored()));
    return new Recollection(
        recall, caller, asking, said, null, unattended, recall.compacted(caller, call));
  }

  /**
   * Begins the response to a call that is answered in the background.
   *
   * @param queued the response object as the client is told it
   * @throws Refusal of kind INVALID_REQUEST when the response may not be kept, UNAVAILABLE when too
   *     many are under way
   */
  public Work begin(byte[] queued) {
    if (!recall.isKeeping()) {
      throw RequestBody.invalid(
          "background_not_supported",
          "'background' must be false: this gateway keeps no responses.",
          "background");
    }
    if (!isStored()) {
      throw RequestBody.invalid(
          "invalid_value",
          "'background' must be false where 'store' is: a response is read again by its id.",
          "background");
    }
    String previousId = told == null ? null : told.previousId();
    byte[] object = previousId == null ? queued : Keeper.withPrevious(queued, previousId);
    return recall.begin(caller, previousId, own(), object, "resp_" + call.requestId());
  }

  /**
   * Where the answer of a leg is to be written to: on its way to the client it is kept, unless the
   * provider does that, the client does not want it, or the settings do not.
   */
  public AnswerWriter keeping(Leg leg, AnswerWriter client) {
    AnswerWriter kept = kept(leg, client);
    return compacted == null ? kept : new Compactor(kept, compacted.call().stream(), compacted);
  }

  private AnswerWriter kept(Leg leg, AnswerWriter client) {
    boolean ours =
        recall.isKeeping()
            && call.dialect() == DialectId.OPENAI_RESPONSES
            && call.operation() == Operation.CHAT
            && leg.dialect() != call.dialect();
    if (!ours) {
      return client;
    }
    boolean stored = !unattended && isStored();
    String previousId = told == null ? null : told.previousId();
    return stored || previousId != null
        ? new Keeper(client, previousId, stored ? this::keep : (id, response) -> {})
        : client;
  }

  private boolean isStored() {
    return told == null ? Input.isToBeStored(call.body()) : told.isToBeStored();
  }

  /** The items that the client sent itself. */
  private byte[] own() {
    return told == null ? Input.of(call.body()).items() : told.items();
  }

  private void keep(String id, byte[] response) {
    recall.keep(caller, told == null ? null : told.previousId(), own(), response, id);
  }
}
