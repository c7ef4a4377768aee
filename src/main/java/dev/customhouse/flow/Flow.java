package dev.customhouse.flow;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.audit.Trace;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.flow.api.Answered;
import dev.customhouse.flow.api.Api;
import dev.customhouse.flow.api.Door;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.flow.quota.Quota;
import dev.customhouse.flow.recall.Recall;
import dev.customhouse.flow.recall.Recollection;
import dev.customhouse.flow.route.Router;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Delivery;
import dev.customhouse.flow.upstream.Shadow;
import dev.customhouse.flow.upstream.Upstream;
import dev.customhouse.flow.usage.Counter;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.Exchange;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One request's way through the house, top to bottom. What is taken on the way (a place, a
 * connection, the trace) is given back by the language, whatever happens.
 */
public final class Flow {
  private final Stages stages;
  private final TokenCounts counts;
  private final Unattended unattended;
  private final Clock clock;
  private final RandomGenerator random;
  private final Consumer<RequestRecord> records;
  private volatile Router route;

  /** The stages in the order of their work; {@code route} comes with the configuration. */
  public record Stages(
      Api api,
      Keyring auth,
      Quota quota,
      Recall recall,
      Translator translate,
      Upstream upstream,
      Shadow shadow,
      Counter usage) {}

  /**
   * A flow that hands a record of each request to {@code records}.
   *
   * @param starter runs what goes on without its client on threads of its own
   */
  public Flow(
      Stages stages,
      Router route,
      Consumer<Runnable> starter,
      Clock clock,
      RandomGenerator random,
      Consumer<RequestRecord> records) {
    this.stages = stages;
    this.counts = new TokenCounts(stages);
    this.unattended = new Unattended(stages, starter, this::travel);
    this.route = route;
    this.clock = clock;
    this.random = random;
    this.records = records;
  }

  /** Requests to come take the ways of another configuration; those under way stay on theirs. */
  public void reroute(Router changed) {
    route = changed;
  }

  /**
   * Waits for what goes on without its client, for so long at most; then that ends, and the records
   * of it are made.
   */
  public void stop(Duration patience) throws InterruptedException {
    unattended.stop(patience);
  }

  /** Answers one request. Runs on its own thread, which is interrupted when the client leaves. */
  public void handle(Exchange exchange) {
    try (Trace trace = trace(exchange)) {
      Door door = stages.api().open(exchange, trace);
      try {
        if (!door.attended()) {
          answer(door, trace);
        }
      } catch (Refusal refusal) {
        door.refuse(refusal);
      } catch (InterruptedException e) {
        trace.clientGone();
      } catch (RuntimeException e) {
        door.refuse(
            new Refusal(ErrorKind.INTERNAL, "internal_error", Faults.report(e, exchange.id())));
      }
    }
  }

  private void answer(Door door, Trace trace) throws InterruptedException {
    Router route = this.route;
    door.enter();
    Caller caller = stages.auth().identify(door.credential());
    trace.identified(caller);
    Call call = door.read();
    trace.understood(call);
    boolean counted = call.operation() != Operation.COUNT_TOKENS;
    try (Quota.Reservation reservation = stages.quota().reserve(caller, counted)) {
      Recollection memory = stages.recall().recall(caller, call);
      Plan kept = memory.answer();
      Plan plan = kept != null ? kept : route.plan(caller, memory.call());
      trace.planned(plan);
      switch (plan) {
        case Plan.Catalogue catalogue -> door.answer(catalogue);
        case Plan.Card card -> door.answer(card.model());
        case Plan.Kept told -> door.answer(told);
        case Plan.Followed told -> door.answer(told);
        case Plan.Count count ->
            counts.answer(count.exact(), caller, memory.call(), route, door, trace);
        case Plan.Journey journey when memory.isInBackground(journey) ->
            unattended.begin(
                new Errand(journey, caller, memory.unattended().towards(journey), route),
                call.stream(),
                door,
                trace,
                reservation);
        case Plan.Compaction(Plan.Journey asked) ->
            travel(new Errand(asked, caller, memory.summarising(), route), door, trace);
        case Plan.Journey journey ->
            travel(new Errand(journey, caller, memory.towards(journey), route), door, trace);
      }
    }
  }

  private void travel(Errand errand, Answered client, Trace trace) throws InterruptedException {
    travel(errand, errand.letter(stages.translate()), client, trace);
  }

  private void travel(Errand errand, Translator.Letter letter, Answered client, Trace trace)
      throws InterruptedException {
    Plan.Journey journey = errand.journey();
    Call call = errand.call();
    if (journey.shadow() != null) {
      String parent = trace.context().traceparent(trace.context().spanId());
      Upstream.Writing copy = new LetterWriting(errand.letter(stages.translate()));
      stages.shadow().cast(journey.shadow(), call, errand.fleet(), copy, parent);
    }
    client.keepOpen();
    try (Delivery delivery =
        stages.upstream().send(journey, call, errand.fleet(), new LetterWriting(letter), trace)) {
      trace.took(delivery.leg());
      trace.translated(delivery.dropped(), delivery.outline());
      client.went(delivery.leg().model(), delivery.leg().provider(), trace.attempts().size());
      client.changed(delivery.dropped(), delivery.form());
      errand.remember(delivery);
      try {
        AnswerWriter kept = errand.memory().keeping(delivery.leg(), client);
        stages.upstream().relay(delivery, call, kept, trace);
      } finally {
        letter.answered();
        trace.settled(delivery.observation(), errand.used(delivery, stages.usage()));
      }
    }
  }

  private Trace trace(Exchange exchange) {
    return new Trace(
        records,
        exchange.id(),
        clock.instant(),
        exchange.arrivedNanos(),
        TraceContext.of(exchange.headers().get("traceparent"), random),
        exchange.remoteAddress(),
        exchange.method(),
        exchange.rawPath());
  }
}
