package dev.customhouse.wire;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP decoder lets pass and a front door must not: requests that another server could
 * read differently (RFC 9112, sections 3.2, 6.1 and 6.3; RFC 9110, section 10.1.1).
 */
final class Strictness {
  private Strictness() {}

  /** Why a request is refused before anybody looks at it. */
  record Fault(int status, String message) {}

  /** The fault of what could not be decoded. */
  static Fault undecodable(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return new Fault(
          414, "The request line is longer than %d bytes.".formatted(Listener.REQUEST_LINE_BYTES));
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return new Fault(431, "The header is larger than %d bytes.".formatted(Listener.HEADER_BYTES));
    }
    return new Fault(400, "The request is not well-formed HTTP/1.1.");
  }

  /** The fault of a decoded request; null when it has none. */
  static @Nullable Fault fault(HttpServerRequest request) {
    MultiMap headers = request.headers();
    if (headers.size() > Listener.HEADER_FIELDS) {
      return new Fault(
          431, "The request has more than %d header fields.".formatted(Listener.HEADER_FIELDS));
    }
    if (request.version() != HttpVersion.HTTP_2) {
      Fault framing = framing(request, headers);
      if (framing != null) {
        return framing;
      }
    }
    String expect = headers.get("expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return new Fault(417, "Expect: only 100-continue is understood.");
    }
    return null;
  }

  private static @Nullable Fault framing(HttpServerRequest request, MultiMap headers) {
    List<String> hosts = headers.getAll("host");
    if (hosts.size() != 1 || !isAuthority(hosts.get(0))) {
      return new Fault(400, "Exactly one Host header with a host name and port is expected.");
    }
    String target = request.uri();
    if (target.isEmpty() || target.charAt(0) != '/') {
      return new Fault(400, "The request target must be a path.");
    }
    String encoding = headers.get("transfer-encoding");
    if (encoding != null) {
      if (request.version() == HttpVersion.HTTP_1_0
          || headers.getAll("transfer-encoding").size() != 1
          || !encoding.equalsIgnoreCase("chunked")) {
        return new Fault(
            400, "Transfer-Encoding: only 'chunked', once, on HTTP/1.1 is understood.");
      }
      if (headers.contains("content-length")) {
        return new Fault(400, "Content-Length and Transfer-Encoding exclude each other.");
      }
    }
    List<String> lengths = headers.getAll("content-length");
    if (lengths.size() > 1 || (lengths.size() == 1 && !isNumber(lengths.get(0)))) {
      return new Fault(400, "Content-Length must be one whole number.");
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

  private static boolean isNumber(String length) {
    if (length.isEmpty() || length.length() > 18) {
      return false;
    }
    for (int i = 0; i < length.length(); i++) {
      if (length.charAt(i) < '0' || length.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
