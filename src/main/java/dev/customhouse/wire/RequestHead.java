package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.net.URI;

/** The head of a request (RFC 9112, sections 3 and 5). */
final class RequestHead extends Head {
  private static final String SYMBOLS = "!#$%&'*+-.^_`|~";

  /**
   * Writes a request's head in place of the one before.
   *
   * @param last whether the connection ends after this
   * @throws IllegalArgumentException when a field cannot be sent: a line break in one would begin
   *     another field
   */
  void write(UpstreamRequest request, Origin origin, boolean last) {
    clear();
    add(request.method());
    add(" ");
    add(target(request.uri()));
    add(" HTTP/1.1\r\n");
    line("host", origin.authority());
    Headers fields = request.headers();
    for (int i = 0; i < fields.size(); i++) {
      line(name(fields.nameAt(i)), value(fields.nameAt(i), fields.valueAt(i)));
    }
    if (last) {
      line("connection", "close");
    }
    int body = request.body().length;
    if (body > 0 || !"GET".equals(request.method())) {
      line("content-length", Integer.toString(body));
    }
    add("\r\n");
  }

  /** A request's target: path and query (RFC 9112, section 3.2.1), in ASCII. */
  static String target(URI uri) {
    String path = uri.getRawPath();
    String query = uri.getRawQuery();
    String target = (path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) > '~') {
        return target(URI.create(uri.toASCIIString()));
      }
    }
    return target;
  }

  /**
   * A field's name (RFC 9110, section 5.1).
   *
   * @throws IllegalArgumentException when it is not a token
   */
  static String name(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c == '-'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || SYMBOLS.indexOf(c) >= 0;
      if (!fine) {
        throw new IllegalArgumentException(
            "the name of a header field has the character " + (int) c);
      }
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a header field has no name");
    }
    return name;
  }

  /**
   * A field's value (RFC 9110, section 5.5); the name is for the message alone.
   *
   * @throws IllegalArgumentException when a control character is in it, or one that a byte cannot
   *     hold
   */
  static String value(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' && c != '\t' || c == 0x7f || c > 0xff) {
        throw new IllegalArgumentException(
            "the header field " + name + " has the character " + (int) c);
      }
    }
    return value;
  }
}
