package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.flow.recall.Recollection.Told;
import dev.customhouse.secret.TextSeal;
import dev.customhouse.store.KeptConversation;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.store.KeptResponses;
import dev.customhouse.store.Origins;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a call refers to among the responses that the gateway keeps, so that a provider that
 * keeps nothing is sent all of it. What is not kept here is left as it is: the router knows the
 * responses that providers keep.
 */
public final class Recall {
  /** Responses of one conversation. */
  static final int RESPONSES = 1_000;

  /** Items that one request may name instead of sending them. */
  static final int REFERENCES = 4_096;

  /** What became of responses that were being made when the gateway was stopped, or was killed. */
  static final String STOPPED = "The gateway was stopped before the response was complete.";

  private static final Set<Operation> ASKING =
      EnumSet.of(Operation.CHAT, Operation.COUNT_TOKENS, Operation.RESPONSE_COMPACT);
  private static final Names MODEL = Names.of("model");

  private final KeptResponses kept;
  private final Background background;
  private final Summaries summaries;
  private final Origins origins;
  private final Settings.State policy;
  private final int bodyBytes;
  private final Clock clock;

  /**
   * A stage by these settings.
   *
   * @param seal for what clients carry of conversations
   * @param bodyBytes what a body may have; a conversation counts as if the client had sent it whole
   */
  public Recall(
      KeptResponses kept,
      Origins origins,
      TextSeal seal,
      Settings.State policy,
      int bodyBytes,
      Clock clock) {
    this.kept = kept;
    this.background = new Background(kept);
    this.summaries = new Summaries(seal);
    this.origins = origins;
    this.policy = policy;
    this.bodyBytes = bodyBytes;
    this.clock = clock;
  }

  /**
   * The call with what it refers to, or the gateway's own answer.
   *
   * @throws Refusal of kind INVALID_REQUEST when a part of the conversation is gone, or when a kept
   *     response cannot do what is asked of it, CONTEXT_TOO_LONG when the conversation is too long
   */
  public Recollection recall(Caller caller, Call call) {
    Recollection nothing = Recollection.none(this, caller, call);
    if (call.dialect() != DialectId.OPENAI_RESPONSES) {
      return nothing;
    }
    if (ASKING.contains(call.operation())) {
      return policy.enabled() ? gathered(caller, call, nothing) : referring(caller, call, nothing);
    }
    if (!policy.enabled()) {
      return nothing;
    }
    String id = call.resourceId();
    Work work = id == null ? null : background.find(owner(caller), id);
    if (work != null) {
      return nothing.with(new Shelf(kept).answer(call, work));
    }
    KeptResponse found =
        id == null || isElsewhere(caller, id)
            ? null
            : kept.find(owner(caller), id, since()).orElse(null);
    return found == null ? nothing : nothing.with(new Shelf(kept).answer(call, found));
  }

  /**
   * Waits for the responses that are made in the background; when the time is up those that are
   * left fail. No more are begun.
   */
  public void stop(Duration patience) throws InterruptedException {
    background.stop(patience);
  }

  /**
   * Begins the response to a call whose client does not wait for it.
   *
   * @param queued the response object as it is now
   */
  Work begin(Caller caller, @Nullable String previousId, byte[] input, byte[] queued, String id) {
    return background.begin(
        new KeptResponse(owner(caller), id, previousId, clock.instant(), input, queued, List.of()));
  }

  /** Keys of one project share what is kept; a key without one has its own. */
  private static String owner(Caller caller) {
    String project = caller.project();
    return project == null ? "key:" + caller.keyId() : "project:" + project;
  }

  private Instant since() {
    return clock.instant().minus(policy.retention());
  }

  /** Mostly answered from memory: conversations that a provider keeps cost no look at the disk. */
  private boolean isElsewhere(Caller caller, String id) {
    return origins.find(caller.keyId(), id).isPresent();
  }

  private Recollection gathered(Caller caller, Call call, Recollection nothing) {
    String previous = call.boundTo();
    KeptConversation earlier =
        previous == null || isElsewhere(caller, previous)
            ? null
            : kept.conversation(owner(caller), previous, since(), RESPONSES, bodyBytes);
    if (previous == null || earlier == null) {
      return referring(caller, call, nothing);
    }
    switch (earlier.extent()) {
      case WHOLE -> refuseUnfinished(earlier.responses().getLast());
      case UNKNOWN -> {
        return referring(caller, call, nothing);
      }
      case BROKEN ->
          throw new Refusal(
              ErrorKind.INVALID_REQUEST,
              "previous_response_not_found",
              "A part of the conversation before the previous response '%s' is kept no longer: send all of it in 'input'."
                  .formatted(previous),
              "previous_response_id",
              null);
      case TOO_LONG -> throw tooLong();
    }
    Input own = resolved(owner(caller), Input.of(call.body()), call.body());
    ByteArrayOutputStream all = new ByteArrayOutputStream(2 * call.body().length);
    for (KeptResponse response : earlier.responses()) {
      if (Summaries.mayBeIn(response.response())) {
        all.reset(); // What was said before is in the summary.
      } else {
        Items.add(all, response.input());
      }
      Items.add(all, response.response(), Items.ofOutput(response.response()));
    }
    Items.add(all, own.items());
    return told(caller, call, own, all.toByteArray(), earlier.responses(), nothing);
  }

  /** Of what was made in the background, only what came to its end can be gone on from. */
  private static void refuseUnfinished(KeptResponse previous) {
    String status = Shelf.status(previous.response());
    if (!status.equals("completed") && !status.equals("incomplete")) {
      throw RequestBody.invalid(
          "previous_response_not_completed",
          "The previous response '%s' is %s; it must be completed or incomplete."
              .formatted(previous.id(), status),
          "previous_response_id");
    }
  }

  /** A call that begins a conversation, or goes on from one that is kept elsewhere. */
  private Recollection referring(Caller caller, Call call, Recollection nothing) {
    boolean summarised = Summaries.mayBeIn(call.body());
    if (!summarised && !(policy.enabled() && Input.mayRefer(call.body()))) {
      return nothing;
    }
    Input own = Input.of(call.body());
    if (call.boundTo() != null) {
      byte[] opened = summaries.opened(owner(caller), own.items());
      Told told = new Told(own.items(), own.isToBeStored(), null);
      return opened == own.items()
          ? nothing
          : nothing.with(
              with(call, own.bodyWith(opened), call.conversation(), call.boundTo()), told);
    }
    Input resolved = policy.enabled() ? resolved(owner(caller), own, call.body()) : own;
    return resolved == own && !summarised
        ? nothing
        : told(caller, call, resolved, resolved.items(), List.of(), nothing);
  }

  private Recollection told(
      Caller caller,
      Call call,
      Input own,
      byte[] items,
      List<KeptResponse> earlier,
      Recollection nothing) {
    byte[] body = own.body(summaries.opened(owner(caller), items));
    if (body.length > bodyBytes) {
      throw tooLong();
    }
    String conversation = call.conversation();
    if (conversation == null && !earlier.isEmpty()) {
      conversation = earlier.getFirst().id();
    }
    Call whole = with(call, body, conversation, null);
    String previous = earlier.isEmpty() ? null : earlier.getLast().id();
    return nothing.with(whole, new Told(own.items(), own.isToBeStored(), previous));
  }

  private static Call with(
      Call call, byte[] body, @Nullable String conversation, @Nullable String boundTo) {
    return new Call(
        call.requestId(),
        call.operation(),
        call.dialect(),
        call.method(),
        call.path(),
        call.query(),
        call.headers(),
        body,
        call.requestedModel(),
        call.resourceId(),
        call.stream(),
        call.usageAsked(),
        RequestBody.marks(RequestBody.scan(body, MODEL)),
        conversation,
        boundTo);
  }

  /** The input with the items that it only names, as far as they are kept here. */
  private Input resolved(String owner, Input own, byte[] body) {
    if (!Input.mayRefer(body)) {
      return own;
    }
    Set<String> ids = own.references().keySet();
    if (ids.size() > REFERENCES) {
      throw RequestBody.invalid(
          "too_many_references",
          "'input' names %d items by their ids; at most %d may be."
              .formatted(ids.size(), REFERENCES),
          "input");
    }
    Map<String, KeptResponse> holders =
        ids.isEmpty() ? Map.of() : kept.holders(owner, ids, since(), bodyBytes);
    if (holders.isEmpty()) {
      return own;
    }
    Map<String, byte[]> items = new HashMap<>();
    for (KeptResponse holder : Set.copyOf(holders.values())) {
      byte[] response = holder.response();
      for (Range item : Items.each(response, Items.ofOutput(response))) {
        String id = Items.id(response, item);
        if (id != null && holders.get(id) == holder) {
          items.put(id, Arrays.copyOfRange(response, item.start(), item.end()));
        }
      }
    }
    return own.resolved(items);
  }

  private Refusal tooLong() {
    return new Refusal(
        ErrorKind.CONTEXT_TOO_LONG,
        "context_length_exceeded",
        "The conversation that the request goes on from is too long: at most %d responses and %d bytes are put together."
            .formatted(RESPONSES, bodyBytes),
        "previous_response_id",
        null);
  }

  /** What the client of a compaction is answered with. */
  Compacted compacted(Caller caller, Call call) {
    return new Compacted(call, owner(caller), Input.of(call.body()).items(), summaries);
  }

  /** Keeps the answer to a call; returns at once. */
  void keep(Caller caller, @Nullable String previousId, byte[] input, byte[] response, String id) {
    kept.put(
        new KeptResponse(
            owner(caller),
            id,
            previousId,
            clock.instant(),
            input,
            response,
            Items.ids(response, Items.ofOutput(response))));
  }

  /** True when answers are kept at all. */
  boolean isKeeping() {
    return policy.enabled();
  }
}
