package dev.customhouse.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection upstream leads: what two requests must share to share a connection (RFC 9110,
 * section 4.3.1).
 *
 * @param port never the sign for "the usual one"
 * @param address the machine, whatever the host's name means; null: the one that it means
 */
record Origin(boolean secure, String host, int port, @Nullable InetAddress address) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  static Origin of(UpstreamRequest request) {
    URI uri = request.uri();
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS : HTTP;
    return new Origin(secure, uri.getHost(), port, request.address());
  }

  /** The value of {@code Host} (RFC 9110, section 7.2). */
  String authority() {
    return port == (secure ? HTTPS : HTTP) ? host : host + ":" + port;
  }

  /** Where to connect to; the name is looked up then. */
  InetSocketAddress socketAddress() {
    return address == null
        ? InetSocketAddress.createUnresolved(bareHost(), port)
        : new InetSocketAddress(address, port);
  }

  /** The host without the brackets that an IPv6 address has in a URI. */
  String bareHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
