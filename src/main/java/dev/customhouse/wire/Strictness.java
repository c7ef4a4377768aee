package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
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

  /**
   * The fault of a request of HTTP/1.1; null when it has none. Its fields have been counted by
   * {@link Framing}.
   *
   * @param hostless whether it need not name a host, as one of HTTP/1.0
   */
  static @Nullable Fault fault(String target, Headers fields, boolean hostless) {
    List<String> hosts = fields.all("host");
    boolean none = hosts.isEmpty() && hostless;
    if (!none && (hosts.size() != 1 || !isAuthority(hosts.get(0)))) {
      return new Fault(400, "Exactly one Host header with a host name and port is expected.");
    }
    return fault(target, fields);
  }

  /**
   * The fault of a request of HTTP/2; null when it has none. Its bytes have not been read by {@link
   * Framing}.
   */
  static @Nullable Fault fault(String method, String target, Headers fields) {
    if (!isVisible(method) || !isVisible(target) || target.indexOf('#') >= 0) {
      return new Fault(400, "Method and path must be visible ASCII without a fragment.");
    }
    return fault(target, fields, true);
  }

  private static boolean isVisible(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static @Nullable Fault fault(String target, Headers fields) {
    if (fields.size() > Listener.HEADER_FIELDS) {
      return new Fault(
          431, "The request has more than %d header fields.".formatted(Listener.HEADER_FIELDS));
    }
    if (target.isEmpty() || target.charAt(0) != '/') {
      return new Fault(400, "The request target must be a path.");
    }
    String expect = fields.get("expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return new Fault(417, "Expect: only 100-continue is understood.");
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
