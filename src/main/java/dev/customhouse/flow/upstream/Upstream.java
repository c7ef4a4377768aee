package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Events;
import dev.customhouse.audit.Trace;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Health;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.UpstreamKey;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Tries the ways of a plan until one leads to an answer. */
public final class Upstream {
  /** A key that was refused is tried again after this. */
  private static final Duration SET_ASIDE = Duration.ofSeconds(60);

  /** How long a key rests that was told to slow down without being told for how long. */
  private static final Duration REST = Duration.ofSeconds(1);

  private static final Duration REST_MAX = Duration.ofMinutes(5);
  private static final Duration BACKOFF_MAX = Duration.ofSeconds(10);

  /** Counting the tokens of a prompt is worth waiting no longer. */
  private static final Duration COUNTING = Duration.ofSeconds(10);

  /** When one who was shed may come again. */
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  private final Dialects dialects;
  private final Timeouts timeouts;
  private final RetryBudget budget = new RetryBudget();
  private final Pause pause;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Events events;

  /** A stage that waits between attempts by {@code pause}. */
  public Upstream(
      Dialects dialects,
      Timeouts timeouts,
      Pause pause,
      RandomGenerator random,
      InstantSource clock,
      Events events) {
    this.dialects = dialects;
    this.timeouts = timeouts;
    this.pause = pause;
    this.random = random;
    this.clock = clock;
    this.events = events;
  }

  /** Writes the call for a leg, without the upstream key. */
  public interface Writing {
    /** Gets what the leg's provider wants beside the call itself, before any place is taken. */
    default void prepare(Leg leg) throws InterruptedException {}

    /** A new request each time: nothing of one attempt gets into the next. */
    Outgoing write(Leg leg, String traceparent, Duration firstByteTimeout);
  }

  /**
   * The answer of the first way that leads to one, or the last upstream's refusal in its own words.
   *
   * @throws Refusal when no way led anywhere
   */
  public Delivery send(Plan.Journey journey, Call call, Fleet fleet, Writing writing, Trace trace)
      throws InterruptedException {
    return new Search(journey, call, fleet, writing, trace).run();
  }

  /** One request's search for an answer. */
  private final class Search {
    private final Plan.Journey journey;
    private final Call call;
    private final Fleet fleet;
    private final Writing writing;
    private final Trace trace;
    private final Dialect dialect;
    private final Deadline deadline;
    private @Nullable Failure last;
    private @Nullable Leg lastLeg;
    private int keptAway;

    Search(Plan.Journey journey, Call call, Fleet fleet, Writing writing, Trace trace) {
      this.journey = journey;
      this.call = call;
      this.fleet = fleet;
      this.writing = writing;
      this.trace = trace;
      this.dialect = dialects.get(call.dialect());
      Duration total = timeouts.total();
      boolean brief = isCount() && total.compareTo(COUNTING) > 0;
      this.deadline = new Deadline(trace.startedNanos() + (brief ? COUNTING : total).toNanos());
    }

    private boolean isCount() {
      return call.operation() == Operation.COUNT_TOKENS;
    }

    Delivery run() throws InterruptedException {
      budget.request();
      Refusal unwritable = null;
      for (Leg leg : journey.legs()) {
        Provider provider = fleet.get(leg.provider());
        if (provider != null && mayHelp(leg)) {
          try {
            Delivery delivery = tryLeg(leg, provider);
            if (delivery != null) {
              return delivery;
            }
          } catch (Refusal e) {
            if (e.kind() == ErrorKind.UNAVAILABLE) {
              throw e;
            }
            // This leg's dialect cannot carry the request; another's may.
            unwritable = unwritable == null ? e : unwritable;
          }
        }
      }
      if (last == null && unwritable != null) {
        throw unwritable;
      }
      return giveUp();
    }

    /** A prompt that is too long for one model may fit another; other mistakes fit nowhere. */
    private boolean mayHelp(Leg next) {
      if (last == null) {
        return true;
      }
      return switch (last.kind()) {
        case RATE_LIMITED,
            OVERLOADED,
            TIMEOUT,
            NETWORK,
            BAD_GATEWAY,
            UNAVAILABLE,
            UNAUTHORIZED,
            FORBIDDEN,
            INSUFFICIENT_CREDIT ->
            true;
        case CONTEXT_TOO_LONG -> lastLeg == null || !lastLeg.route().equals(next.route());
        default -> false;
      };
    }

    private @Nullable Delivery tryLeg(Leg leg, Provider provider) throws InterruptedException {
      writing.prepare(leg);
      Deadline until = deadline.orWithin(provider.totalTimeout());
      Set<UpstreamKey> tried = new HashSet<>();
      Duration wait = Duration.ZERO;
      int failures = 0;
      while (wait != null && !until.isOver() && isAffordable()) {
        if (wait.isPositive()) {
          pause.pause(until.within(wait));
        }
        try (Health.Turn turn = turn(leg, provider, tried.isEmpty())) {
          UpstreamKey key = turn == null ? null : key(leg, provider, tried);
          if (turn == null || key == null) {
            return null;
          }
          tried.add(key);
          try (Place place = place(leg, provider, until)) {
            return place == null ? null : attempt(leg, provider, key, place, turn, until);
          } catch (AttemptFailed e) {
            Failure failure = e.failure();
            judge(leg, key, turn, failure);
            boolean another = isOfKey(failure) && hasOther(leg, provider, tried);
            failures += another ? 0 : 1;
            wait = another ? Duration.ZERO : again(leg, provider, failure, failures);
          }
        }
      }
      return null;
    }

    /** How long to wait for another try on this leg; null when there is none. */
    private @Nullable Duration again(Leg leg, Provider provider, Failure failure, int failures) {
      if (failure.isOurAccount()) {
        hindered(leg, provider);
        return null;
      }
      if (!journey.retryOn().contains(failure.kind())
          || failures >= leg.attempts()
          || provider.health(leg.model()).isOpen(System.nanoTime())) {
        return null;
      }
      // Never sooner than the upstream asks for; and not that late.
      Duration asked = failure.retryAfter();
      if (failure.kind() == ErrorKind.RATE_LIMITED) {
        asked =
            Duration.ofNanos(
                provider.waitNanos(System.nanoTime(), leg.model(), leg.upstreamKeyId()));
      }
      Duration most = backoff(failures);
      long half = most.toNanos() / 2;
      Duration chosen = Duration.ofNanos(half + random.nextLong(half + 1));
      if (asked == null || asked.compareTo(chosen) <= 0) {
        return chosen;
      }
      return asked.compareTo(most) <= 0 ? asked : null;
    }

    /** The longest pause after so many failures. */
    private Duration backoff(int failures) {
      Duration base = journey.backoff();
      Duration grown = base.multipliedBy(1L << Math.min(10, failures - 1));
      Duration most = base.compareTo(BACKOFF_MAX) > 0 ? base : BACKOFF_MAX;
      return grown.compareTo(most) > 0 ? most : grown;
    }

    /**
     * Null while the leg's circuit is open. Of several legs at most half are kept away from: if
     * most seem ill, it is better to try than to refuse everything. A circuit that opens by this
     * request's own failures ends its tries.
     */
    private Health.@Nullable Turn turn(Leg leg, Provider provider, boolean first) {
      long now = System.nanoTime();
      Health health = provider.health(leg.model());
      Health.Turn turn = health.enter(now);
      if (turn != null || !first) {
        return turn;
      }
      int legs = journey.legs().size();
      if (legs > 1 && keptAway >= legs / 2) {
        return health.enterAnyway();
      }
      keptAway++;
      hindered(leg, Failure.Hindrance.CIRCUIT_OPEN, Duration.ofNanos(health.waitNanos(now)));
      return null;
    }

    /** Null when all keys rest or were refused. */
    private @Nullable UpstreamKey key(Leg leg, Provider provider, Set<UpstreamKey> tried) {
      UpstreamKey key =
          provider.pick(
              System.nanoTime(), leg.model(), call.conversation(), leg.upstreamKeyId(), tried);
      if (key == null) {
        hindered(leg, provider);
      }
      return key;
    }

    private boolean hasOther(Leg leg, Provider provider, Set<UpstreamKey> tried) {
      return provider.hasReady(System.nanoTime(), leg.model(), leg.upstreamKeyId(), tried);
    }

    /**
     * False when the request's further tries would be one retry too many for the upstreams. That a
     * prompt was too long for one model is not their trouble: the same request would be refused
     * again, and another model has not been asked yet.
     */
    private boolean isAffordable() {
      return trace.attempts().isEmpty()
          || last != null && last.kind() == ErrorKind.CONTEXT_TOO_LONG
          || budget.retry();
    }

    /** What another key of the same provider may well not meet. */
    private boolean isOfKey(Failure failure) {
      return failure.isOurAccount()
          || failure.kind() == ErrorKind.RATE_LIMITED
              && journey.retryOn().contains(ErrorKind.RATE_LIMITED);
    }

    /** Null, after shedding the request, when the provider has no room for it. */
    private @Nullable Place place(Leg leg, Provider provider, Deadline until)
        throws InterruptedException {
      Provider.Permit permit = provider.enter(until.within(timeouts.firstByte()));
      if (permit == null) {
        events.shed(provider.id());
        hindered(leg, Failure.Hindrance.QUEUE_FULL, COME_AGAIN);
        return null;
      }
      return new Place(permit);
    }

    private Delivery attempt(
        Leg leg, Provider provider, UpstreamKey key, Place place, Health.Turn turn, Deadline until)
        throws AttemptFailed, InterruptedException {
      long startedMicros = trace.elapsedMicros();
      String spanId = TraceContext.newSpanId(random);
      try {
        Delivery delivery = answer(leg, provider, key, place, spanId, until);
        if (!isCount()) {
          turn.succeeded((trace.elapsedMicros() - startedMicros) * 1_000);
        }
        key.served();
        note(leg, key, spanId, delivery.status(), null, startedMicros);
        return delivery;
      } catch (AttemptFailed e) {
        note(leg, key, spanId, e.failure().status(), e.failure(), startedMicros);
        throw e;
      } catch (InterruptedException e) {
        note(leg, key, spanId, 0, Failure.of(ErrorKind.NETWORK, "client left"), startedMicros);
        throw e;
      }
    }

    private Delivery answer(
        Leg leg, Provider provider, UpstreamKey key, Place place, String spanId, Deadline until)
        throws AttemptFailed, InterruptedException {
      Deadline firstByte = until.orWithin(timeouts.firstByte());
      Outgoing outgoing = writing.write(leg, trace.context().traceparent(spanId), firstByte.left());
      Delivery delivery;
      try {
        delivery = answer(outgoing, leg, provider, key, place, firstByte, until);
      } catch (AttemptFailed e) {
        Outgoing unsealed = e.failure().isOfSeals() ? outgoing.unsealed().get() : null;
        if (unsealed == null) {
          throw e;
        }
        outgoing = unsealed;
        delivery = answer(outgoing, leg, provider, key, place, firstByte, until);
      }
      Outgoing again = outgoing.again().get();
      if (again == null) {
        return delivery;
      }
      // The answer was not in the form that the client asked for; it is whole and not shown yet.
      Observation first = delivery.observation();
      place.regain(delivery);
      Deadline second = until.orWithin(timeouts.firstByte());
      return answer(again, leg, provider, key, place, second, until).after(first);
    }

    private Delivery answer(
        Outgoing outgoing,
        Leg leg,
        Provider provider,
        UpstreamKey key,
        Place place,
        Deadline firstByte,
        Deadline until)
        throws AttemptFailed, InterruptedException {
      UpstreamAnswer answer;
      try {
        answer = provider.send(outgoing.request(), outgoing.call().dialect(), key);
      } catch (TransportException e) {
        throw new AttemptFailed(Failures.of(e));
      } catch (Refusal e) {
        if (e.kind() == ErrorKind.UNAVAILABLE) {
          // The gateway is being stopped: no other way will do.
          throw e;
        }
        throw new AttemptFailed(Failure.of(e.kind(), e.code()));
      }
      boolean opened = false;
      try {
        Delivery delivery =
            new Opening(
                    outgoing,
                    leg,
                    key.id(),
                    dialects.get(leg.dialect()),
                    answer,
                    place.permit(),
                    timeouts,
                    firstByte,
                    until)
                .open(clock.instant());
        place.keep();
        opened = true;
        return delivery;
      } finally {
        if (!opened) {
          answer.close();
        }
      }
    }

    /**
     * What the failure says about the key and about the upstream. A host without keys has none to
     * rest or set aside: what one request was refused says nothing about the next. Neither does
     * counting tokens, which has limits and troubles of its own, say anything about the model.
     */
    private void judge(Leg leg, UpstreamKey key, Health.Turn turn, Failure failure) {
      last = failure;
      lastLeg = leg;
      if (isCount()) {
        return;
      }
      long now = System.nanoTime();
      boolean keyed = key.secret() != null;
      if (keyed && failure.isOurAccount()) {
        if (failure.kind() == ErrorKind.FORBIDDEN) {
          key.setAside(leg.model(), now + SET_ASIDE.toNanos(), now);
        } else {
          key.setAside(now + SET_ASIDE.toNanos());
        }
        events.keySetAside(leg.provider(), key.id(), failure.kind());
      } else if (keyed && failure.kind() == ErrorKind.RATE_LIMITED) {
        Duration told = failure.retryAfter();
        Duration rest = told == null ? REST : told.compareTo(REST_MAX) > 0 ? REST_MAX : told;
        key.rest(now + rest.toNanos());
      } else if (!failure.isIllness()) {
        turn.answered();
      } else if (!deadline.isOver() && turn.failed(now)) {
        events.circuitOpened(leg.provider(), leg.model());
      }
    }

    /** No key of the provider is ready. */
    private void hindered(Leg leg, Provider provider) {
      long now = System.nanoTime();
      boolean refused = provider.isLockedOut(now, leg.model(), leg.upstreamKeyId());
      long waitNanos = provider.waitNanos(now, leg.model(), leg.upstreamKeyId());
      hindered(
          leg,
          refused ? Failure.Hindrance.KEYS_REFUSED : Failure.Hindrance.KEYS_REST,
          Duration.ofNanos(waitNanos));
    }

    /**
     * No attempt could be made. What an upstream said before says more, unless that was our own
     * affair; of several hindrances the one that is over first is told.
     */
    private void hindered(Leg leg, Failure.Hindrance hindrance, Duration retryAfter) {
      Failure before = last;
      if (before != null && !before.isOurAccount()) {
        Duration sooner = before.hindrance() == null ? Duration.ZERO : before.retryAfter();
        if (sooner != null && sooner.compareTo(retryAfter) <= 0) {
          return;
        }
      }
      last = Failure.of(hindrance, retryAfter);
      lastLeg = leg;
    }

    private void note(
        Leg leg,
        UpstreamKey key,
        String spanId,
        int status,
        @Nullable Failure failure,
        long startedMicros) {
      trace.attempted(
          new Attempt(
              trace.attempts().size() + 1,
              spanId,
              leg.provider(),
              leg.model(),
              key.secret() == null ? "" : key.id(),
              status,
              failure == null ? null : failure.kind(),
              failure == null ? null : failure.detail(),
              startedMicros,
              trace.elapsedMicros() - startedMicros));
    }

    /** The last failure, in the upstream's own words where the client can use them. */
    private Delivery giveUp() {
      Failure failure = last;
      Leg leg = lastLeg;
      if (failure == null || leg == null) {
        throw new Refusal(
            ErrorKind.TIMEOUT,
            "deadline_exceeded",
            "The request took longer than %s.".formatted(Words.seconds(timeouts.total())));
      }
      trace.took(leg);
      byte[] body = failure.body();
      if (body == null || failure.isOurAccount()) {
        throw refusal(failure, leg);
      }
      if (leg.dialect() != call.dialect()) {
        throw translated(failure, leg, UpstreamErrors.message(body));
      }
      trace.failed(failure.kind(), "upstream_error");
      return new Delivery(
          leg,
          "",
          failure.status() >= 400 ? failure.status() : usualStatus(failure.kind()),
          errorHeaders(failure, leg),
          new Delivery.Content.Error(
              failure.kind(), body, UpstreamErrors.message(body), dialect.observer(call)),
          deadline,
          null,
          null,
          null,
          null);
    }

    /** The upstream's, which know of one key; of several the one that is ready first counts. */
    private Headers errorHeaders(Failure failure, Leg leg) {
      Duration told = failure.retryAfter();
      Provider provider = fleet.get(leg.provider());
      boolean limited = failure.kind() == ErrorKind.RATE_LIMITED;
      if (limited && provider != null && provider.keys().size() > 1) {
        long waitNanos = provider.waitNanos(System.nanoTime(), leg.model(), leg.upstreamKeyId());
        told = Duration.ofNanos(waitNanos);
      } else if (told == null || failure.headers().contains("retry-after")) {
        return failure.headers();
      }
      long seconds = Math.max(1, (told.toMillis() + 999) / 1_000);
      return failure.headers().toBuilder()
          .remove("retry-after-ms")
          .set("retry-after", Long.toString(seconds))
          .build();
    }

    /** Errors inside a stream have none of their own. */
    private int usualStatus(ErrorKind kind) {
      return dialect.refusal(new Refusal(kind, "upstream_error", ""), call.requestId()).status();
    }

    /** What the upstream says of the request itself the client may read; in its own dialect. */
    private Refusal translated(Failure failure, Leg leg, String message) {
      return switch (failure.kind()) {
        case INVALID_REQUEST,
            NOT_FOUND,
            TOO_LARGE,
            UNSUPPORTED_MEDIA,
            CONTEXT_TOO_LONG,
            CONTENT_FILTERED ->
            new Refusal(
                failure.kind(),
                failure.kind() == ErrorKind.CONTEXT_TOO_LONG
                    ? "context_length_exceeded"
                    : "upstream_" + failure.kind().label(),
                "The provider '%s' says: %s".formatted(leg.provider(), message));
        default -> refusal(failure, leg);
      };
    }

    private Refusal refusal(Failure failure, Leg leg) {
      ErrorKind kind = failure.isOurAccount() ? ErrorKind.UNAVAILABLE : failure.kind();
      int tries = trace.attempts().size();
      List<String> parts =
          List.of(
              "The provider '%s' %s".formatted(leg.provider(), failure.words()),
              tries > 1 ? " (after %d attempts)".formatted(tries) : "",
              ".");
      return new Refusal(
          kind,
          "upstream_" + (failure.isOurAccount() ? "unavailable" : kind.label()),
          String.join("", parts),
          null,
          failure.retryAfter());
    }
  }

  /** A place at the provider, given back unless a delivery keeps it. */
  private static final class Place implements AutoCloseable {
    private final Provider.Permit permit;
    private boolean kept;

    Place(Provider.Permit permit) {
      this.permit = permit;
    }

    Provider.Permit permit() {
      return permit;
    }

    void keep() {
      kept = true;
    }

    /** The delivery is not shown; its place is wanted for another. */
    void regain(Delivery delivery) {
      delivery.leave();
      kept = false;
    }

    @Override
    public void close() {
      if (!kept) {
        permit.close();
      }
    }
  }

  /** Shows the answer to the client, as it comes. */
  public void relay(
      Delivery delivery, Call call, dev.customhouse.wire.AnswerWriter client, Trace trace)
      throws InterruptedException {
    new Relay(delivery, timeouts, client, trace, call.requestId()).run();
  }
}
