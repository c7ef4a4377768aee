package dev.customhouse.wire;

/** Sends a request to an upstream: over a socket, or in process (the sandbox). */
public interface Transport {
  /**
   * Sends the request and waits for the answer's head. Blocks its (virtual) thread.
   *
   * @throws TransportException when no head arrived: refused, reset, timed out
   * @throws InterruptedException when the client has left; nothing of the request stays open
   */
  UpstreamAnswer send(UpstreamRequest request) throws TransportException, InterruptedException;
}
