package dev.customhouse.wire;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a server listens.
 *
 * @param port 0 lets the system choose
 * @param tls null: plain HTTP/1.1; otherwise HTTP/2 is offered too
 * @param timeouts what a client may take its time for
 * @param connectionsPerAddress open connections of one peer address; more are closed at once
 */
public record Listener(
    String address, int port, @Nullable Tls tls, Timeouts timeouts, int connectionsPerAddress) {
  /** The longest request line (RFC 9112 recommends at least 8000 octets). */
  public static final int REQUEST_LINE_BYTES = 8 * 1024;

  /** All header fields of a request together. */
  public static final int HEADER_BYTES = 32 * 1024;

  /** The number of header fields of a request. */
  public static final int HEADER_FIELDS = 100;

  /** Requests of one HTTP/2 connection that may be under way. */
  public static final int STREAMS = 256;

  /** HTTP/2 streams a client may reset within {@link #RESET_WINDOW} before it is sent away. */
  public static final int RESETS = 200;

  /**
   * HTTP/2 streams that may be reset by us within {@link #RESET_WINDOW} before the client is sent
   * away: more than are under way at once, because when a provider fails they all are broken off.
   */
  public static final int BREAKS = 4 * STREAMS;

  /** See {@link #RESETS}. */
  public static final Duration RESET_WINDOW = Duration.ofSeconds(30);

  /** How long what a client still sends is thrown away after its connection's last answer. */
  public static final Duration LINGER = Duration.ofSeconds(2);

  /**
   * What a client may take its time for.
   *
   * @param firstHead from the connection to the end of its first request's head
   * @param idle from the end of an answer to the end of the next request's head
   * @param body from the first wish to read a body to its end
   * @param sending from the end of an answer until the client has let all of it be sent
   */
  public record Timeouts(Duration firstHead, Duration idle, Duration body, Duration sending) {
    private static final Duration SENDING = Duration.ofMinutes(10);

    /** The same with the default for {@code sending}. */
    public Timeouts(Duration firstHead, Duration idle, Duration body) {
      this(firstHead, idle, body, SENDING);
    }

    /** How often it is looked for connections whose time is up. */
    long checkMillis() {
      return Math.clamp(Math.min(firstHead.toMillis(), idle.toMillis()) / 4, 10, 1_000);
    }

    /** The defaults, with a body's time as configured. */
    public static Timeouts withBody(Duration body) {
      return new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(75), body);
    }
  }

  /** A listener with the default time-outs but for a body's. */
  public Listener(
      String address,
      int port,
      @Nullable Tls tls,
      Duration bodyReadTimeout,
      int connectionsPerAddress) {
    this(address, port, tls, Timeouts.withBody(bodyReadTimeout), connectionsPerAddress);
  }

  /** PEM files of a TLS listener; {@code clientCaFile} null: the system's authorities. */
  public record Tls(
      Path certFile, Path keyFile, ClientAuth clientAuth, @Nullable Path clientCaFile) {}

  /** Whether clients show a certificate. */
  public enum ClientAuth {
    NONE,
    REQUEST,
    REQUIRE
  }
}
