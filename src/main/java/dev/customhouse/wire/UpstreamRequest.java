package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.net.URI;
import java.time.Duration;

/**
 * A request to an upstream. The arrays are not copied: nobody writes to them after this.
 *
 * @param body the bytes to send; empty for none
 * @param firstByteTimeout how long to wait for the answer's head, connecting included
 */
public record UpstreamRequest(
    String method, URI uri, Headers headers, byte[] body, Duration firstByteTimeout) {

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return method + " " + uri.getHost() + " (" + body.length + " bytes)";
  }
}
