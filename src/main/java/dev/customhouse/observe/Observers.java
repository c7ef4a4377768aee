package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * All who want the record of a request, one after another. One that fails disturbs neither the
 * others nor the request: the failure is counted, and the first one of each is an event. What the
 * client or the upstream wrote is bounded in length before anybody sees it, so that a queue of
 * records has a bounded size too.
 */
public final class Observers implements Consumer<RequestRecord> {
  private final List<Consumer<RequestRecord>> observers;
  private final EventLog events;
  private final AtomicIntegerArray told;
  private final AtomicLong failures = new AtomicLong();

  /** Observers in the order in which they are asked. */
  public Observers(List<? extends Consumer<RequestRecord>> observers, EventLog events) {
    this.observers = List.copyOf(observers);
    this.events = events;
    this.told = new AtomicIntegerArray(this.observers.size());
  }

  @Override
  public void accept(RequestRecord record) {
    RequestRecord bounded = bounded(record);
    for (int at = 0; at < observers.size(); at++) {
      try {
        observers.get(at).accept(bounded);
      } catch (Throwable e) { // whatever it is, the request is answered and must end well
        failed(at, e);
      }
    }
  }

  /** How often an observer failed. */
  public long failures() {
    return failures.get();
  }

  private void failed(int at, Throwable failure) {
    failures.incrementAndGet();
    if (told.compareAndSet(at, 0, 1)) {
      events.event(
          EventLog.Level.ERROR,
          "observer_failed",
          Map.of(
              "observer",
              observers.get(at).getClass().getName(),
              "failure",
              failure.getClass().getName()));
    }
  }

  private static RequestRecord bounded(RequestRecord record) {
    String method = ClientText.bounded(record.method());
    String path = ClientText.bounded(record.path());
    String requestedModel = ClientText.boundedOrNull(record.requestedModel());
    String upstreamModel = ClientText.boundedOrNull(record.upstreamModel());
    String responseModel = ClientText.boundedOrNull(record.responseModel());
    if (method.equals(record.method())
        && path.equals(record.path())
        && Objects.equals(requestedModel, record.requestedModel())
        && Objects.equals(upstreamModel, record.upstreamModel())
        && Objects.equals(responseModel, record.responseModel())) {
      return record;
    }
    return new RequestRecord(
        record.requestId(),
        record.at(),
        record.context(),
        record.remoteAddress(),
        method,
        path,
        record.keyId(),
        record.keyName(),
        record.project(),
        record.operation(),
        record.dialect(),
        requestedModel,
        record.route(),
        record.provider(),
        upstreamModel,
        responseModel,
        record.translation(),
        record.status(),
        record.error(),
        record.errorCode(),
        record.finish(),
        record.stream(),
        record.clientGone(),
        record.strategy(),
        record.legs(),
        record.attempts(),
        record.dropped(),
        record.sent(),
        record.usage(),
        record.bytesIn(),
        record.bytesOut(),
        record.firstByteMicros(),
        record.durationMicros());
  }
}
