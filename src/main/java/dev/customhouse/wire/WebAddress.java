package dev.customhouse.wire;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address of the web that a client wrote, taken apart once and by strict rules, so that what is
 * checked and what is connected to cannot differ.
 *
 * @param uri without user and fragment; its host is the one below
 * @param host in lower case, without a dot at its end; IPv6 in brackets
 * @param port the scheme's own when none is written
 * @param literal the host where it is an address itself; null: a name
 */
record WebAddress(URI uri, String host, int port, @Nullable InetAddress literal) {
  private static final int CHARS = 8 * 1024;
  private static final int HOST_CHARS = 253;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int PORT_MAX = 65_535;

  private static final Pattern NAME =
      Pattern.compile(
          "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:[.][a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*");

  /** Whoever has a number at the end is an address, to some readers (URL Standard, section 3.5). */
  private static final Pattern NUMBER_AT_END = Pattern.compile("(?:.*[.])?(?:[0-9]+|0x[0-9a-f]*)");

  private static final Pattern OCTETS =
      Pattern.compile("(?:(?:0|[1-9][0-9]{0,2})[.]){3}(?:0|[1-9][0-9]{0,2})");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]{2,45}]");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
  private static final String UNRESERVED = "-._~:/?@!$&'()*+,;=%";

  /**
   * Takes the text apart.
   *
   * @throws EgressException when it is not an address of the web, or one that may be read in two
   *     ways
   */
  static WebAddress of(String text) throws EgressException {
    String scheme = scheme(text);
    int start = scheme.length() + "://".length();
    int end = start;
    while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    int hash = text.indexOf('#', end);
    String rest = text.substring(end, hash < 0 ? text.length() : hash);
    String authority = text.substring(start, end).toLowerCase(Locale.ROOT);
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    String host = host(hasPort ? authority.substring(0, colon) : authority);
    int port = scheme.equals("https") ? HTTPS : HTTP;
    if (hasPort) {
      port = port(authority.substring(colon + 1));
    }
    String path = rest.startsWith("/") ? rest : "/" + rest;
    try {
      URI uri = URI.create(scheme + "://" + host + ":" + port + escaped(path));
      if (!host.equals(uri.getHost())) {
        throw unreadable();
      }
      return new WebAddress(uri, host, port, literal(host));
    } catch (IllegalArgumentException e) {
      throw unreadable();
    }
  }

  private static String scheme(String text) throws EgressException {
    checkCharacters(text);
    if (text.regionMatches(true, 0, "https://", 0, "https://".length())) {
      return "https";
    }
    if (text.regionMatches(true, 0, "http://", 0, "http://".length())) {
      return "http";
    }
    throw new EgressException("its address is not one of http or https");
  }

  private static void checkCharacters(String text) throws EgressException {
    if (text.length() > CHARS) {
      throw new EgressException("its address is longer than " + CHARS + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c == 0x7f || c == '\\') {
        throw unreadable();
      }
    }
  }

  private static String host(String text) throws EgressException {
    if (text.indexOf('@') >= 0) {
      throw new EgressException("its address holds a user's name");
    }
    if (IPV6.matcher(text).matches()) {
      return text;
    }
    String host = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (host.length() > HOST_CHARS || !NAME.matcher(host).matches()) {
      throw unreadable();
    }
    if (NUMBER_AT_END.matcher(host).matches() && !OCTETS.matcher(host).matches()) {
      throw unreadable();
    }
    return host;
  }

  private static int port(String text) throws EgressException {
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (port < 1 || port > PORT_MAX) {
      throw unreadable();
    }
    return port;
  }

  private static @Nullable InetAddress literal(String host) {
    if (host.startsWith("[")) {
      return InetAddress.ofLiteral(host.substring(1, host.length() - 1));
    }
    return OCTETS.matcher(host).matches() ? InetAddress.ofLiteral(host) : null;
  }

  /** What browsers send though no URI may hold it is escaped, and nothing else is changed. */
  private static String escaped(String path) {
    StringBuilder escaped = new StringBuilder(path.length());
    for (byte b : ESCAPE.matcher(path).replaceAll("%25").getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || UNRESERVED.indexOf(c) >= 0;
      if (plain) {
        escaped.append(c);
      } else {
        escaped.append('%').append(String.format("%02X", (int) c));
      }
    }
    return escaped.toString();
  }

  /** Where a redirect leads. */
  WebAddress resolve(String location) throws EgressException {
    checkCharacters(location);
    String lower = location.toLowerCase(Locale.ROOT);
    if (lower.startsWith("http:") || lower.startsWith("https:")) {
      return of(location);
    }
    if (location.startsWith("//")) {
      return of(uri.getScheme() + ":" + location);
    }
    int hash = location.indexOf('#');
    String relative = escaped(hash < 0 ? location : location.substring(0, hash));
    if (relative.startsWith("?")) {
      relative = uri.getRawPath() + relative;
    }
    try {
      return of(uri.resolve(relative).toString());
    } catch (IllegalArgumentException e) {
      throw unreadable();
    }
  }

  /** True when the port is the usual one of the web's two schemes. */
  boolean hasUsualPort() {
    return port == HTTP || port == HTTPS;
  }

  private static EgressException unreadable() {
    return new EgressException("its address is not written as addresses of the web are");
  }
}
