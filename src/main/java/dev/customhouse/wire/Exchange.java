package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its answer, seen from the server. Used by one (virtual) thread. When the
 * client leaves, that thread is interrupted; every waiting call here then throws {@link
 * InterruptedException}.
 */
public interface Exchange extends AnswerWriter {
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

  /**
   * From now until the answer ends, sends these bytes whenever nothing was sent for the interval.
   * They may stand between any two pieces; when no head has been sent by then, it is sent first,
   * with status 200 and these headers.
   */
  void keepAlive(Duration interval, Headers headers, byte[] bytes);
}
