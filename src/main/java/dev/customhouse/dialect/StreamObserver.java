package dev.customhouse.dialect;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import org.jspecify.annotations.Nullable;

/** Watches the events of one stream as they pass. Used by one thread. */
public interface StreamObserver {
  /** Looks at one raw event, its blank line included. The bytes are not changed. */
  EventRole event(byte[] buffer, int start, int end);

  /** What kind of error an event of role ERROR was; null when there was none. */
  @Nullable ErrorKind error();

  /** What has been seen so far. */
  Observation observation();

  /**
   * True when a body that ends properly here is a whole answer. A stream that must have a last
   * event and lacks it is a broken one, however politely the connection was closed.
   */
  boolean mayEndHere();

  /** The event (or events) that tells a client, mid-stream, that the answer broke off. */
  byte[] failure(Refusal refusal, String requestId);
}
