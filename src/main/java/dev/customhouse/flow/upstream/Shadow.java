package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.UpstreamKey;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Copies of requests to another model, beside the request itself: never seen by the client, never
 * booked to it, tried once, and dropped when too many are under way.
 */
public final class Shadow {
  /** Copies under way at once. */
  private static final int COPIES = 64;

  private final Semaphore places = new Semaphore(COPIES);
  private final Consumer<Runnable> starter;
  private final Timeouts timeouts;
  private final Events events;

  /** Copies run on threads of {@code starter}. */
  public Shadow(Consumer<Runnable> starter, Timeouts timeouts, Events events) {
    this.starter = starter;
    this.timeouts = timeouts;
    this.events = events;
  }

  /**
   * Sends a copy along the leg and returns at once.
   *
   * @param writing writes the call for the leg; called on the copy's own thread
   */
  public void cast(Leg leg, Call call, Fleet fleet, Upstream.Writing writing, String traceparent) {
    Provider provider = fleet.get(leg.provider());
    if (provider == null) {
      return;
    }
    if (!places.tryAcquire()) {
      events.shadowSkipped(leg.provider(), leg.model());
      return;
    }
    try {
      starter.accept(() -> {
        try {
          send(leg, call, provider, writing, traceparent);
        } finally {
          places.release();
        }
      });
    } catch (RuntimeException e) {
      // The gateway is being closed; the request itself may still end.
      places.release();
      events.shadowSkipped(leg.provider(), leg.model());
    }
  }

  /** Only where there is room to spare, and not where the upstream or its keys are in trouble. */
  private void send(
      Leg leg, Call call, Provider provider, Upstream.Writing writing, String traceparent) {
    if (!prepared(leg, writing)) {
      events.shadowSkipped(leg.provider(), leg.model());
      return;
    }
    long now = System.nanoTime();
    UpstreamKey key = provider.pick(now, leg.model(), call.conversation(), null, Set.of());
    boolean well = key != null && !provider.health(leg.model()).isOpen(now);
    try (Provider.Permit permit = well ? provider.enterSpare() : null) {
      if (key == null || permit == null) {
        events.shadowSkipped(leg.provider(), leg.model());
      } else {
        ask(leg, provider, key, writing, traceparent);
      }
    }
  }

  private static boolean prepared(Leg leg, Upstream.Writing writing) {
    try {
      writing.prepare(leg);
      return true;
    } catch (RuntimeException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void ask(
      Leg leg, Provider provider, UpstreamKey key, Upstream.Writing writing, String traceparent) {
    long startedNanos = System.nanoTime();
    Deadline deadline = new Deadline(startedNanos + timeouts.total().toNanos());
    int status = 0;
    try (UpstreamAnswer answer =
        sent(writing.write(leg, traceparent, timeouts.firstByte()), provider, key)) {
      status = answer.status();
      boolean more = true;
      while (more && !deadline.isOver()) {
        // The copy is read to its end so that it costs the model what the original does.
        more = answer.next(deadline.within(timeouts.idle())) != null;
      }
    } catch (TransportException | RuntimeException e) {
      status = 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      long tookMicros = (System.nanoTime() - startedNanos) / 1_000;
      events.shadowed(leg.provider(), leg.model(), status, tookMicros);
    }
  }

  /** A key that makes a request happen at most once is the original's alone. */
  private static UpstreamAnswer sent(Outgoing outgoing, Provider provider, UpstreamKey key)
      throws TransportException, InterruptedException {
    UpstreamRequest request = outgoing.request();
    Headers headers = request.headers().toBuilder().remove("idempotency-key").build();
    return provider.send(request.with(headers), outgoing.call().dialect(), key);
  }
}
