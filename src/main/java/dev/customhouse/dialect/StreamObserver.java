package dev.customhouse.dialect;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import org.jspecify.annotations.Nullable;

/** Watches the events of one stream as they pass. Used by one thread. */
public interface StreamObserver {
  /** No bytes. */
  byte[] NOTHING = {};

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

  /** What a stream that may end here still lacks of its usual end; mostly nothing. */
  default byte[] ending() {
    return NOTHING;
  }

  /** An event of role ERROR as the body of an answer of its own; null when there was none. */
  byte @Nullable [] errorBody();

  /** The event (or events) that tells a client, mid-stream, that the answer broke off. */
  byte[] failure(Refusal refusal, String requestId);
}
