package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's answer: its head, and its body as it comes. Closing it before the end of the body
 * cancels the request upstream. Read by one thread.
 */
public interface UpstreamAnswer extends AutoCloseable {
  /** The HTTP status. */
  int status();

  /** The header fields as received, after decompression of the body has been undone. */
  Headers headers();

  /**
   * The bytes that have arrived since the last call; waits when there are none yet.
   *
   * @return null at the proper end of the body
   * @throws TransportException {@link TransportException.Reason#TIMEOUT} when nothing came within
   *     the time (the body may still be read on afterwards), {@link TransportException.Reason#CUT}
   *     when the body broke off
   * @throws InterruptedException when the client has left
   */
  byte @Nullable [] next(Duration timeout) throws TransportException, InterruptedException;

  /** Gives back the connection; cancels upstream what is still under way. Never throws. */
  @Override
  void close();
}
