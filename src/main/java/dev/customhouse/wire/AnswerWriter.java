package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;

/** Where an answer is written to: whole, or a head and then pieces. Used by one thread. */
public interface AnswerWriter {
  /**
   * Sends a whole answer.
   *
   * @return false, and nothing is sent, when a head was sent already
   */
  boolean answer(int status, Headers headers, byte[] body);

  /**
   * Sends the head of an answer whose body follows in pieces; nothing when one was sent already.
   */
  void begin(int status, Headers headers);

  /** True once a head has been sent. */
  boolean begun();

  /**
   * From now on writing waits for a slow reader until then at most, on {@link System#nanoTime()}'s
   * clock; after that the answer is broken off and the client counts as gone.
   */
  void patience(long untilNanos);

  /** Sends and flushes a piece of the body; waits while the client reads too slowly. */
  void write(byte[] bytes, int offset, int length) throws InterruptedException;

  /** Ends the body properly. */
  void end();

  /** Breaks the answer off so that the client sees it is not whole. */
  void abort();
}
