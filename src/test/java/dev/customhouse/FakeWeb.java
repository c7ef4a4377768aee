package dev.customhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.Resolver;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A web of a few hosts, in process: names with the addresses they mean, addresses with what is
 * there, and a clock that moves when a host takes its time. It tells what was asked of it.
 */
public final class FakeWeb implements Transport, Resolver, LongSupplier {
  /** The beginning of a picture: enough to be known by. */
  public static final String PNG = "\u0089PNG\r\n\u001a\n";

  private final Map<String, List<List<InetAddress>>> names = new HashMap<>();
  private final Map<String, Page> pages = new HashMap<>();
  private final List<String> lookups = new ArrayList<>();
  private final List<UpstreamRequest> requests = new ArrayList<>();
  private long nanos;

  /**
   * What is at a URL.
   *
   * @param pieceTime how long each piece takes
   * @param endless true when the pieces never end
   */
  private record Page(
      int status, Headers headers, List<byte[]> pieces, Duration pieceTime, boolean endless) {}

  /** A name that means these addresses, in one answer of the name server. */
  public FakeWeb name(String host, String... addresses) {
    List<InetAddress> found = new ArrayList<>();
    for (String address : addresses) {
      found.add(InetAddress.ofLiteral(address));
    }
    names.computeIfAbsent(host, none -> new ArrayList<>()).add(found);
    return this;
  }

  /** A file at a URL; without a port where that is the scheme's own. */
  public FakeWeb file(String url, String contentType, byte[] bytes, String... headers) {
    return page(url, 200, headers(contentType, headers), List.of(bytes), Duration.ZERO, false);
  }

  /** A file that comes in pieces which take their time, once or for ever. */
  public FakeWeb slow(
      String url, String contentType, byte[] piece, Duration pieceTime, boolean endless) {
    return page(url, 200, headers(contentType), List.of(piece), pieceTime, endless);
  }

  /** An answer with any status. */
  public FakeWeb status(String url, int status, String... headers) {
    return page(url, status, Headers.of(headers), List.of(), Duration.ZERO, false);
  }

  private static Headers headers(String contentType, String... more) {
    Headers.Builder headers = Headers.builder().add("content-type", contentType);
    for (int i = 0; i < more.length; i += 2) {
      headers.add(more[i], more[i + 1]);
    }
    return headers.build();
  }

  private FakeWeb page(
      String url,
      int status,
      Headers headers,
      List<byte[]> pieces,
      Duration pieceTime,
      boolean endless) {
    pages.put(url, new Page(status, headers, pieces, pieceTime, endless));
    return this;
  }

  /** A picture of so many bytes. */
  public static byte[] picture(int bytes) {
    byte[] picture = new byte[bytes];
    byte[] mark = PNG.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    System.arraycopy(mark, 0, picture, 0, Math.min(bytes, mark.length));
    return picture;
  }

  /** The names that were asked for, in order. */
  public List<String> lookups() {
    return lookups;
  }

  /** The requests that were sent, in order. */
  public List<UpstreamRequest> requests() {
    return requests;
  }

  /** The addresses that were connected to, in order. */
  public List<String> connected() {
    return requests.stream()
        .map(request -> java.util.Objects.requireNonNull(request.address()).getHostAddress())
        .toList();
  }

  @Override
  public long getAsLong() {
    return nanos;
  }

  @Override
  public List<InetAddress> resolve(String host, Duration timeout) {
    lookups.add(host);
    List<List<InetAddress>> answers = names.getOrDefault(host, List.of());
    if (answers.isEmpty()) {
      return List.of();
    }
    return answers.size() == 1 ? answers.getFirst() : answers.removeFirst();
  }

  @Override
  public UpstreamAnswer send(UpstreamRequest request) throws TransportException {
    requests.add(request);
    String url = request.uri().toString().replaceFirst("^(http:.*?):80/", "$1/");
    Page page = pages.get(url.replaceFirst("^(https:.*?):443/", "$1/"));
    if (page == null) {
      throw new TransportException(TransportException.Reason.CONNECT, "nobody is there");
    }
    return new Answer(page);
  }

  private final class Answer implements UpstreamAnswer {
    private final Page page;
    private int next;

    Answer(Page page) {
      this.page = page;
    }

    @Override
    public int status() {
      return page.status();
    }

    @Override
    public Headers headers() {
      return page.headers();
    }

    @Override
    public byte @Nullable [] next(Duration timeout) {
      nanos += page.pieceTime().toNanos();
      if (page.endless()) {
        return page.pieces().getFirst();
      }
      return next < page.pieces().size() ? page.pieces().get(next++) : null;
    }

    @Override
    public void close() {}
  }

  /** A text as a file. */
  public static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }
}
