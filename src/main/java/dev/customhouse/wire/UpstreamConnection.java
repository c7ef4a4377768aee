package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;

/** A connection upstream. Everything here happens on its event loop. */
interface UpstreamConnection {
  /** Whether a request may be sent now. */
  boolean hasRoom();

  /**
   * Sends a request, unless nobody wants its answer any more; {@link #hasRoom} was just true.
   *
   * @throws IllegalArgumentException when it cannot be sent, for a line break in a header field say
   */
  void send(UpstreamRequest request, Origin origin, Receiver receiver);

  /** Closes it where it has had nothing to do for too long, or is dead. */
  void tick(long nowNanos);

  /** Ends it, whatever it is doing. */
  void close();

  /** Who waits for an answer. */
  interface Receiver {
    /** The request is about to be sent; false when nobody wants it any more. */
    boolean sending(Stream stream);

    /** The answer's head has come. */
    void head(int status, Headers headers);

    /** A piece of its body has come. */
    void bytes(byte[] piece);

    /** It is complete. */
    void end();

    /** It will not come, or not whole. Nothing follows. */
    void fail(Throwable cause);
  }

  /**
   * What answers come through. A connection goes on to the next answer when one is complete, so
   * whoever wants something of it says for whom; for others than the present one nothing happens.
   */
  interface Stream {
    /** Reads no more for now; what has been read already may still come. */
    void hold(Receiver present);

    /** Reads on. */
    void resume(Receiver present);

    /** Gives the answer up, so that the upstream sees it. Nothing follows. */
    void cancel(Receiver present);
  }
}
