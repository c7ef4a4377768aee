package dev.customhouse.wire;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a well-formed request may still not hold: a target or host that another server could read
 * differently, expectations nobody meets, too many fields (RFC 9112, section 3.2; RFC 9110, section
 * 10.1.1). What the bytes of an HTTP/1.1 request may hold is {@link Framing}'s business.
 */
final class Strictness {
  private Strictness() {}

  /** Why a request is refused before anybody looks at it. */
  record Fault(int status, String message) {}

  /** The fault of what the decoder did not understand. */
  static Fault undecodable() {
    return new Fault(400, "The request is not well-formed HTTP/1.1.");
  }

  /** The fault of a decoded request; null when it has none. */
  static @Nullable Fault fault(HttpServerRequest request) {
    MultiMap headers = request.headers();
    Fault fault =
        request.version() == HttpVersion.HTTP_2 ? tooMany(headers) : target(request, headers);
    if (fault != null) {
      return fault;
    }
    String expect = headers.get("expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return new Fault(417, "Expect: only 100-continue is understood.");
    }
    return null;
  }

  /** The fields of HTTP/2; those of HTTP/1.1 are counted as they come, by {@link Framing}. */
  private static @Nullable Fault tooMany(MultiMap headers) {
    int fields = 0;
    for (var ignored : headers) {
      fields++;
    }
    return fields <= Listener.HEADER_FIELDS
        ? null
        : new Fault(
            431, "The request has more than %d header fields.".formatted(Listener.HEADER_FIELDS));
  }

  private static @Nullable Fault target(HttpServerRequest request, MultiMap headers) {
    List<String> hosts = headers.getAll("host");
    boolean none = hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_0;
    if (!none && (hosts.size() != 1 || !isAuthority(hosts.get(0)))) {
      return new Fault(400, "Exactly one Host header with a host name and port is expected.");
    }
    String target = request.uri();
    if (target.isEmpty() || target.charAt(0) != '/') {
      return new Fault(400, "The request target must be a path.");
    }
    return null;
  }

  private static boolean isAuthority(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == '.'
              || c == '-'
              || c == '_'
              || c == ':'
              || c == '['
              || c == ']';
      if (!fine) {
        return false;
      }
    }
    return !host.isEmpty() && (host.charAt(0) == '[') == (host.indexOf(']') > 0);
  }
}
