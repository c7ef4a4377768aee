package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Events;
import dev.customhouse.audit.Trace;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Health;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.UpstreamKey;
import dev.customhouse.secret.Secret;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
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
    /** A new request each time: nothing of one attempt gets into the next. */
    UpstreamRequest write(Leg leg, String traceparent, Duration firstByteTimeout);
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
    private Deadline deadline;
    private @Nullable Failure last;
    private @Nullable Leg lastLeg;
    private int skipped;

    Search(Plan.Journey journey, Call call, Fleet fleet, Writing writing, Trace trace) {
      this.journey = journey;
      this.call = call;
      this.fleet = fleet;
      this.writing = writing;
      this.trace = trace;
      this.dialect = dialects.get(call.dialect());
      this.deadline = new Deadline(trace.startedNanos() + timeouts.total().toNanos());
    }

    Delivery run() throws InterruptedException {
      budget.request();
      for (Leg leg : journey.legs()) {
        if (last != null && !leadsOn(last, leg)) {
          break;
        }
        Provider provider = fleet.get(leg.provider());
        if (provider != null) {
          Delivery delivery = tryLeg(leg, provider);
          if (delivery != null) {
            return delivery;
          }
        }
      }
      return giveUp();
    }

    /** A prompt that is too long for one model may fit another; other mistakes fit nowhere. */
    private boolean leadsOn(Failure failure, Leg next) {
      return switch (failure.kind()) {
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
      Health health = provider.health(leg.model());
      Set<UpstreamKey> tried = new HashSet<>();
      int refusedKeys = 0;
      for (int attempt = 1; attempt <= leg.attempts() + refusedKeys; attempt++) {
        long now = System.nanoTime();
        if (deadline.isOver() || isKeptAway(leg, health, now)) {
          return null;
        }
        UpstreamKey key = provider.pick(now, call.conversation(), leg.upstreamKeyId(), tried);
        if (key == null) {
          // What an upstream said says more than that its keys rest because of it.
          if (lastLeg != leg) {
            fail(leg, resting(provider, now));
          }
          return null;
        }
        if (!trace.attempts().isEmpty() && !budget.retry()) {
          return null;
        }
        if (attempt > 1 && tried.contains(key)) {
          pause.pause(deadline.within(backoff(attempt - 1)));
        }
        tried.add(key);
        long startedMicros = trace.elapsedMicros();
        String spanId = TraceContext.newSpanId(random);
        try {
          Delivery delivery = attempt(leg, provider, key, spanId);
          health.succeeded((trace.elapsedMicros() - startedMicros) * 1_000);
          key.served();
          note(leg, key, spanId, delivery.status(), null, startedMicros);
          return delivery;
        } catch (AttemptFailed e) {
          Failure failure = e.failure();
          note(leg, key, spanId, failure.status(), failure, startedMicros);
          judge(leg, key, health, failure);
          if (failure.isOurAccount() && refusedKeys < provider.keys().size() - 1) {
            refusedKeys++;
          } else if (!journey.retryOn().contains(failure.kind())) {
            return null;
          }
        } catch (InterruptedException e) {
          health.undecided();
          note(leg, key, spanId, 0, Failure.of(ErrorKind.NETWORK, "client left"), startedMicros);
          throw e;
        }
      }
      return null;
    }

    /**
     * Whether the leg's circuit is open. Of several legs at most half are kept away from: if most
     * seem ill, it is better to try than to refuse everything.
     */
    private boolean isKeptAway(Leg leg, Health health, long nowNanos) {
      if (health.admits(nowNanos)) {
        return false;
      }
      if (journey.legs().size() > 1 && skipped >= journey.legs().size() / 2) {
        return false;
      }
      skipped++;
      fail(
          leg,
          new Failure(
              ErrorKind.UNAVAILABLE,
              0,
              "circuit open",
              Headers.EMPTY,
              null,
              Duration.ofSeconds(5)));
      return true;
    }

    private Failure resting(Provider provider, long nowNanos) {
      Duration wait = Duration.ofNanos(provider.waitNanos(nowNanos));
      ErrorKind kind =
          provider.isLockedOut(nowNanos) ? ErrorKind.UNAVAILABLE : ErrorKind.RATE_LIMITED;
      return new Failure(kind, 0, "all keys rest", Headers.EMPTY, null, wait);
    }

    private Delivery attempt(Leg leg, Provider provider, UpstreamKey key, String spanId)
        throws AttemptFailed, InterruptedException {
      Duration total = provider.totalTimeout();
      if (total != null) {
        long at = trace.startedNanos() + total.toNanos();
        deadline = at - deadline.atNanos() < 0 ? new Deadline(at) : deadline;
      }
      Provider.Permit permit = provider.enter(deadline.within(timeouts.firstByte()));
      if (permit == null) {
        events.shed(provider.id());
        throw new AttemptFailed(
            new Failure(
                ErrorKind.UNAVAILABLE,
                0,
                "queue full",
                Headers.EMPTY,
                null,
                Duration.ofSeconds(1)));
      }
      UpstreamAnswer answer = null;
      boolean delivered = false;
      try {
        answer =
            provider
                .transport()
                .send(
                    withKey(
                        writing.write(
                            leg,
                            trace.context().traceparent(spanId),
                            deadline.within(timeouts.firstByte())),
                        provider,
                        key));
        Delivery delivery =
            new Opening(call, leg, key.id(), dialect, answer, permit, timeouts, deadline)
                .open(clock.instant());
        delivered = true;
        return delivery;
      } catch (TransportException e) {
        throw new AttemptFailed(Failures.of(e));
      } finally {
        if (!delivered) {
          if (answer != null) {
            answer.close();
          }
          permit.close();
        }
      }
    }

    private UpstreamRequest withKey(UpstreamRequest request, Provider provider, UpstreamKey key) {
      Secret secret = key.secret();
      if (secret == null) {
        return request;
      }
      Headers.Builder headers = request.headers().toBuilder();
      provider.host().authorise(headers, call.dialect(), secret.reveal());
      return new UpstreamRequest(
          request.method(),
          request.uri(),
          headers.build(),
          request.body(),
          request.firstByteTimeout());
    }

    /** What the failure says about the key and about the upstream. */
    private void judge(Leg leg, UpstreamKey key, Health health, Failure failure) {
      fail(leg, failure);
      long now = System.nanoTime();
      if (failure.isOurAccount()) {
        key.setAside(now + SET_ASIDE.toNanos());
        events.keySetAside(leg.provider(), key.id(), failure.kind());
      } else if (failure.kind() == ErrorKind.RATE_LIMITED) {
        Duration told = failure.retryAfter();
        Duration rest = told == null ? REST : told.compareTo(REST_MAX) > 0 ? REST_MAX : told;
        key.rest(now + rest.toNanos());
      }
      if (failure.isIllness()) {
        boolean wasOpen = health.isOpen(now);
        health.failed(now);
        if (!wasOpen && health.isOpen(now)) {
          events.circuitOpened(leg.provider(), leg.model());
        }
      } else {
        health.undecided();
      }
    }

    private void fail(Leg leg, Failure failure) {
      last = failure;
      lastLeg = leg;
    }

    private Duration backoff(int failures) {
      long nanos = journey.backoff().toNanos() << Math.min(10, failures - 1);
      long most = Math.min(nanos, BACKOFF_MAX.toNanos());
      return Duration.ofNanos(most / 2 + random.nextLong(most / 2 + 1));
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
            "The request took longer than %d s.".formatted(timeouts.total().toSeconds()));
      }
      trace.took(leg, "bytes");
      byte[] body = failure.body();
      if (body == null || failure.isOurAccount()) {
        throw refusal(failure, leg);
      }
      trace.failed(failure.kind(), "upstream_error");
      return new Delivery(
          leg,
          "",
          failure.status() >= 400 ? failure.status() : usualStatus(failure.kind()),
          failure.headers(),
          new Delivery.Content.Error(
              failure.kind(), body, UpstreamErrors.message(body), dialect.observer(call)),
          null,
          null);
    }

    /** Errors inside a stream have none of their own. */
    private int usualStatus(ErrorKind kind) {
      return dialect.refusal(new Refusal(kind, "upstream_error", ""), call.requestId()).status();
    }

    private Refusal refusal(Failure failure, Leg leg) {
      ErrorKind kind = failure.isOurAccount() ? ErrorKind.UNAVAILABLE : failure.kind();
      int tries = trace.attempts().size();
      String said =
          tries == 0 ? "has no room for this request now" : AnswerHeaders.words(failure.kind());
      List<String> parts =
          List.of(
              "The provider '%s' %s".formatted(leg.provider(), said),
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

  /** Shows the answer to the client, as it comes. */
  public void relay(
      Delivery delivery, Call call, dev.customhouse.wire.AnswerWriter client, Trace trace)
      throws InterruptedException {
    new Relay(delivery, timeouts, client, trace, call.requestId()).run();
  }
}
