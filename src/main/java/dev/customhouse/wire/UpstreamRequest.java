package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request to an upstream. The arrays are not copied: nobody writes to them after this.
 *
 * @param body the bytes to send; empty for none
 * @param firstByteTimeout how long to wait for the answer's head, connecting included
 * @param address the machine to connect to, whatever the name of the host means by then; null: the
 *     one that the name means
 */
public record UpstreamRequest(
    String method,
    URI uri,
    Headers headers,
    byte[] body,
    Duration firstByteTimeout,
    @Nullable InetAddress address) {

  /** A request to whatever machine the name of the host means. */
  public UpstreamRequest(
      String method, URI uri, Headers headers, byte[] body, Duration firstByteTimeout) {
    this(method, uri, headers, body, firstByteTimeout, null);
  }

  /** The same with other header fields. */
  public UpstreamRequest with(Headers changed) {
    return new UpstreamRequest(method, uri, changed, body, firstByteTimeout, address);
  }

  /** The same with other header fields and another body. */
  public UpstreamRequest with(Headers changed, byte[] changedBody) {
    return new UpstreamRequest(method, uri, changed, changedBody, firstByteTimeout, address);
  }

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return method + " " + uri.getHost() + " (" + body.length + " bytes)";
  }
}
