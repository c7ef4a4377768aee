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

  /** The same with other header fields. */
  public UpstreamRequest with(Headers changed) {
    return new UpstreamRequest(method, uri, changed, body, firstByteTimeout);
  }

  /** The same with other header fields and another body. */
  public UpstreamRequest with(Headers changed, byte[] changedBody) {
    return new UpstreamRequest(method, uri, changed, changedBody, firstByteTimeout);
  }

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return method + " " + uri.getHost() + " (" + body.length + " bytes)";
  }
}
