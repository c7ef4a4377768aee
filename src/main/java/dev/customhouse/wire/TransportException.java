package dev.customhouse.wire;

import java.io.IOException;

/** An upstream could not be reached, took too long or broke off. */
public final class TransportException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What happened. */
  public enum Reason {
    /** No connection: refused, unknown host, TLS failed. Nothing was sent. */
    CONNECT,
    /** Too many requests wait for a connection already. Nothing was sent. */
    QUEUE_FULL,
    /** Nothing came within the time. */
    TIMEOUT,
    /** The connection broke off. */
    CUT
  }

  private final Reason reason;

  /** An exception whose message names host and cause, never a header or a body. */
  public TransportException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What happened. */
  public Reason reason() {
    return reason;
  }
}
