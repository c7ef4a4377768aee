package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its answer, seen from the server. Used by one (virtual) thread. When the
 * client leaves, that thread is interrupted; every waiting call here then throws {@link
 * InterruptedException}.
 */
public interface Exchange {
  /** The request's id as every answer and log line carries it, such as {@code req_019a...}. */
  String id();

  /** The method as sent, such as {@code POST}. */
  String method();

  /** The request target's path as sent, still percent-encoded. */
  String rawPath();

  /** The query as sent, without the question mark; null when there is none. */
  @Nullable String rawQuery();

  /** The request's header fields. */
  Headers headers();

  /** The peer's address, without port. */
  String remoteAddress();

  /** True when the peer's address is a loopback address. */
  boolean fromLoopback();

  /** {@link System#nanoTime()} when the head had arrived. */
  long arrivedNanos();

  /**
   * The whole body as sent (not decompressed). Waits for it. A client that asked with {@code
   * Expect: 100-continue} is told to go on by this call.
   *
   * @throws dev.customhouse.canonical.Refusal of kind TOO_LARGE beyond {@code maxBytes}, of kind
   *     TIMEOUT when the body comes too slowly
   */
  byte[] body(int maxBytes) throws InterruptedException;

  /** Sends a whole answer. */
  void answer(int status, Headers headers, byte[] body);

  /** Sends the head of an answer whose body follows in pieces. */
  void begin(int status, Headers headers);

  /** True once a head has been sent. */
  boolean begun();

  /** Sends and flushes a piece of the body; waits while the client reads too slowly. */
  void write(byte[] bytes, int offset, int length) throws InterruptedException;

  /** Ends the body properly. */
  void end();

  /** Breaks the answer off so that the client sees it is not whole. */
  void abort();
}
