package dev.customhouse.wire;

import dev.customhouse.canonical.Refusal;

/**
 * Cuts the body of a stream into its raw events, however the bytes arrive. All events and the rest,
 * put together, are the input byte for byte. Used by one thread; not usable after an exception.
 */
public interface EventSplitter {
  /** Takes the events. */
  @FunctionalInterface
  interface Sink {
    /** One raw event, whole; the buffer is the sink's during the call only. */
    void event(byte[] buffer, int start, int end);
  }

  /**
   * Takes the next bytes and gives every event that ends in them.
   *
   * @throws Refusal of kind BAD_GATEWAY when an event is too long, or is none
   */
  void feed(byte[] chunk, int offset, int length, Sink sink);

  /** The stream is over: gives the event that only the end of the stream ends, if there is one. */
  void finish(Sink sink);

  /** A copy of the bytes behind the last event given. */
  byte[] rest();

  /** The number of bytes behind the last event given. */
  int restLength();
}
