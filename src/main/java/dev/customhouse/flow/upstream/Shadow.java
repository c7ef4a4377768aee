package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.UpstreamKey;
import dev.customhouse.secret.Secret;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.time.Duration;
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

  /** Sends a copy along the leg and returns at once. */
  public void cast(Leg leg, Call call, Fleet fleet, Upstream.Writing writing, String traceparent) {
    Provider provider = fleet.get(leg.provider());
    if (provider == null) {
      return;
    }
    UpstreamKey key = provider.pick(System.nanoTime(), null, null, Set.of());
    if (key == null || !places.tryAcquire()) {
      events.shadowSkipped(leg.provider(), leg.model());
      return;
    }
    UpstreamRequest request = writing.write(leg, traceparent, timeouts.firstByte());
    starter.accept(() -> {
      try {
        send(leg, call, provider, key, request);
      } finally {
        places.release();
      }
    });
  }

  private void send(
      Leg leg, Call call, Provider provider, UpstreamKey key, UpstreamRequest request) {
    long startedNanos = System.nanoTime();
    int status = 0;
    Headers.Builder headers = request.headers().toBuilder();
    Secret secret = key.secret();
    if (secret != null) {
      provider.host().authorise(headers, call.dialect(), secret.reveal());
    }
    UpstreamRequest keyed =
        new UpstreamRequest(
            request.method(),
            request.uri(),
            headers.build(),
            request.body(),
            request.firstByteTimeout());
    try (Provider.Permit permit = provider.enter(Duration.ZERO)) {
      if (permit == null) {
        return;
      }
      try (UpstreamAnswer answer = provider.transport().send(keyed)) {
        status = answer.status();
        while (answer.next(timeouts.idle()) != null) {
          // The copy is read to its end so that it costs the model what the original does.
        }
      }
    } catch (TransportException e) {
      status = 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      long tookMicros = (System.nanoTime() - startedNanos) / 1_000;
      events.shadowed(leg.provider(), leg.model(), status, tookMicros);
    }
  }
}
