package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Glob;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fetches files from addresses that clients wrote, and from nowhere else than the open Internet: a
 * host's addresses are found once, all of them checked, and one of those connected to, so that a
 * name cannot mean another machine a moment later. Each redirect is checked like the first address.
 * No proxy, no cookie, no credential is used. See docs/operations.md.
 */
public final class Egress {
  /** Redirects that are followed. */
  public static final int REDIRECTS = 3;

  /** Addresses of one host that are tried. */
  static final int ADDRESSES_TRIED = 3;

  /** Addresses that one host may have; all are checked. */
  private static final int ADDRESSES = 64;

  private static final byte[] NOTHING = {};
  private static final int OK = 200;
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
  private static final String NOT_PUBLIC = "its host is not one that the gateway may fetch from";
  private static final String LATE = "it did not come in time";

  /** Names that only local networks know (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
  private static final Pattern LOCAL =
      Pattern.compile(
          "[^.]*|.*[.](?:localhost|local|internal|localdomain|home[.]arpa)|metadata[.]goog");

  private final Transport transport;
  private final Resolver resolver;
  private final Rules rules;
  private final String userAgent;
  private final LongSupplier nanoTime;

  /**
   * Which hosts are asked beside the rule that an address must be a public one.
   *
   * @param allow hosts that may have any address but those of clouds' metadata; {@code host:port}
   *     where the port is neither 80 nor 443. They go before {@code deny}
   * @param deny hosts that are never asked
   */
  public record Rules(List<Glob> allow, List<Glob> deny) {
    /** Copies the lists. */
    public Rules {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }

    private boolean trusts(WebAddress address) {
      return matches(allow, address.hasUsualPort() ? address.host() : null)
          || matches(allow, address.host() + ":" + address.port());
    }

    private boolean denies(WebAddress address) {
      return matches(deny, address.host());
    }

    private static boolean matches(List<Glob> globs, @Nullable String name) {
      return name != null && globs.stream().anyMatch(glob -> glob.matches(name));
    }
  }

  /**
   * A file.
   *
   * @param contentType what its host says of it; null: nothing
   */
  public record File(byte[] bytes, @Nullable String contentType) {
    /** Without the bytes: nobody is to see them in a log. */
    @Override
    public String toString() {
      return "File[" + bytes.length + " bytes]";
    }
  }

  /**
   * A gateway's way out.
   *
   * @param transport connects to the address of a request and to no other
   * @param userAgent what hosts are told of who asks
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Egress(
      Transport transport,
      Resolver resolver,
      Rules rules,
      String userAgent,
      LongSupplier nanoTime) {
    this.transport = transport;
    this.resolver = resolver;
    this.rules = rules;
    this.userAgent = userAgent;
    this.nanoTime = nanoTime;
  }

  /**
   * The file at the address.
   *
   * @param maxBytes the largest file
   * @param untilNanos when it must be here, on the clock of {@code nanoTime}
   * @throws EgressException when there is none, or it may not be fetched
   */
  public File fetch(String url, int maxBytes, long untilNanos)
      throws EgressException, InterruptedException {
    WebAddress address = WebAddress.of(url);
    for (int redirects = 0; redirects <= REDIRECTS; redirects++) {
      try (UpstreamAnswer answer = ask(address, untilNanos)) {
        String location = location(answer);
        if (location == null) {
          return file(answer, maxBytes, untilNanos);
        }
        address = address.resolve(location);
      } catch (TransportException e) {
        throw broken(e);
      }
    }
    throw new EgressException("its address leads on more than " + REDIRECTS + " times");
  }

  private UpstreamAnswer ask(WebAddress address, long untilNanos)
      throws EgressException, TransportException, InterruptedException {
    TransportException last = null;
    List<InetAddress> checked = checked(address, untilNanos);
    for (InetAddress pinned : checked.subList(0, Math.min(checked.size(), ADDRESSES_TRIED))) {
      try {
        return transport.send(
            new UpstreamRequest(
                "GET",
                address.uri(),
                Headers.of("accept", "*/*", "accept-encoding", "identity", "user-agent", userAgent),
                NOTHING,
                left(untilNanos),
                pinned));
      } catch (TransportException e) {
        if (e.reason() != TransportException.Reason.CONNECT) {
          throw e;
        }
        last = e;
      }
    }
    throw last == null ? new EgressException(NOT_PUBLIC) : broken(last);
  }

  /** The host's addresses; none of them is one that must not be asked. */
  private List<InetAddress> checked(WebAddress address, long untilNanos)
      throws EgressException, InterruptedException {
    boolean trusted = rules.trusts(address);
    if (!trusted && rules.denies(address)) {
      throw new EgressException(NOT_PUBLIC);
    }
    if (!trusted && !address.hasUsualPort()) {
      throw new EgressException("its port is neither 80 nor 443");
    }
    InetAddress literal = address.literal();
    if (literal == null && !trusted && LOCAL.matcher(address.host()).matches()) {
      throw new EgressException(NOT_PUBLIC);
    }
    List<InetAddress> found =
        literal == null ? resolver.resolve(address.host(), left(untilNanos)) : List.of(literal);
    boolean permitted =
        !found.isEmpty()
            && found.size() <= ADDRESSES
            && found.stream()
                .allMatch(each ->
                    trusted
                        ? !SpecialAddresses.isForbidden(each)
                        : SpecialAddresses.isPublic(each));
    if (!permitted) {
      throw new EgressException(NOT_PUBLIC);
    }
    return found;
  }

  private Duration left(long untilNanos) throws EgressException {
    long left = untilNanos - nanoTime.getAsLong();
    if (left <= 0) {
      throw new EgressException(LATE);
    }
    return Duration.ofNanos(left);
  }

  /** Null where the answer is no redirect. */
  private static @Nullable String location(UpstreamAnswer answer) throws EgressException {
    return switch (answer.status()) {
      case 301, 302, 303, 307, 308 -> {
        String location = answer.headers().get("location");
        if (location == null) {
          throw status(answer);
        }
        yield location;
      }
      default -> null;
    };
  }

  private static EgressException status(UpstreamAnswer answer) {
    return new EgressException("its host answers with status " + answer.status());
  }

  private File file(UpstreamAnswer answer, int maxBytes, long untilNanos)
      throws EgressException, TransportException, InterruptedException {
    if (answer.status() != OK) {
      throw status(answer);
    }
    String length = answer.headers().get("content-length");
    if (length != null && LENGTH.matcher(length).matches() && Long.parseLong(length) > maxBytes) {
      throw tooLarge(maxBytes);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      byte[] piece = answer.next(left(untilNanos));
      if (piece == null) {
        break;
      }
      if (piece.length > maxBytes - all.size()) {
        throw tooLarge(maxBytes);
      }
      all.writeBytes(piece);
    }
    byte[] bytes = decoded(all.toByteArray(), answer.headers().get("content-encoding"), maxBytes);
    return new File(bytes, answer.headers().get("content-type"));
  }

  /** Some hosts compress unasked. */
  private static byte[] decoded(byte[] body, @Nullable String encoding, int maxBytes)
      throws EgressException {
    try {
      return ContentDecoding.decode(body, encoding, maxBytes, ContentDecoding.RATIO_MAX);
    } catch (Refusal e) {
      throw e.kind() == ErrorKind.TOO_LARGE
          ? tooLarge(maxBytes)
          : new EgressException("it is compressed in a way that cannot be undone");
    }
  }

  private static EgressException tooLarge(int maxBytes) {
    return new EgressException("it has more than " + maxBytes + " bytes");
  }

  private static EgressException broken(TransportException e) {
    return new EgressException(
        switch (e.reason()) {
          case TIMEOUT -> LATE;
          case CONNECT, QUEUE_FULL -> "its host cannot be reached";
          case CUT -> "its host broke off";
        });
  }
}
