package dev.customhouse.flow.quota;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Requests a minute and requests at once, for each key and for the whole gateway. */
public final class Quota {
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private final Events events;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Map<String, Meter> meters = new ConcurrentHashMap<>();
  private volatile int concurrentRequests;

  /** No requests yet; at most {@code concurrentRequests} at once in the whole gateway. */
  public Quota(int concurrentRequests, LongSupplier nanoTime, Events events) {
    this.concurrentRequests = concurrentRequests;
    this.nanoTime = nanoTime;
    this.events = events;
  }

  /** Changes the gateway's limit for requests to come. */
  public void limit(int requestsAtOnce) {
    concurrentRequests = requestsAtOnce;
  }

  /** Requests under way now. */
  public int underWay() {
    return underWay.get();
  }

  /**
   * Takes a place for the request; closing it gives the place back.
   *
   * @param counted whether it is one of the key's requests a minute
   * @throws Refusal of kind RATE_LIMITED with the time to wait, or UNAVAILABLE when the gateway has
   *     no room
   */
  public Reservation reserve(Caller caller, boolean counted) {
    if (underWay.incrementAndGet() > concurrentRequests) {
      underWay.decrementAndGet();
      events.shed("gateway");
      throw new Refusal(
          ErrorKind.UNAVAILABLE,
          "gateway_busy",
          "The gateway has %d requests under way, as many as it may.".formatted(concurrentRequests),
          null,
          COME_AGAIN);
    }
    try {
      Meter meter = meters.computeIfAbsent(caller.keyId(), id -> new Meter());
      meter.take(caller, counted, nanoTime.getAsLong());
      return new Reservation(meter);
    } catch (Refusal refused) {
      underWay.decrementAndGet();
      throw refused;
    }
  }

  /** A place taken. */
  public final class Reservation implements AutoCloseable {
    private final Meter meter;
    private boolean open = true;

    private Reservation(Meter meter) {
      this.meter = meter;
    }

    /** The place, for somebody else to give back: closing this one does nothing any more. */
    public Reservation handedOn() {
      open = false;
      return new Reservation(meter);
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        meter.giveBack();
        underWay.decrementAndGet();
      }
    }
  }
}
