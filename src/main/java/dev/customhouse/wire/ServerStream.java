package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;

/**
 * What one request comes and its answer goes through: a connection of HTTP/1.1, or a stream of
 * HTTP/2. A connection goes on to the next request when an answer is complete, so whoever wants
 * something of it says who it is; for others than the present one nothing happens. On its event
 * loop only.
 */
interface ServerStream {
  /** Tells the client that its body is wanted (RFC 9110, section 15.2.1). */
  void askForBody(ServerExchange present);

  /** Reads no more of the body for now; what has been read already may still come. */
  void hold(ServerExchange present);

  /** Reads on. */
  void resume(ServerExchange present);

  /** Sends a whole answer, unless one has begun. */
  void answer(ServerExchange present, int status, Headers fields, byte[] body);

  /** Sends the head of an answer whose body follows, with its first piece. */
  void begin(ServerExchange present, int status, Headers fields);

  /** Sends a piece of the body. */
  void write(ServerExchange present, byte[] bytes, int offset, int length);

  /** Whether more waits to be sent than is good; {@link ServerExchange#drained} is called then. */
  boolean isFull();

  /** Ends the body properly. */
  void end(ServerExchange present);

  /** Breaks off, so that the client sees that the answer is not whole. */
  void abort(ServerExchange present);
}
