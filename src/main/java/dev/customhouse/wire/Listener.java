package dev.customhouse.wire;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a server listens.
 *
 * @param port 0 lets the system choose
 * @param tls null: plain HTTP/1.1; otherwise HTTP/2 is offered too
 * @param bodyReadTimeout how long a request body may take to arrive
 * @param connectionsPerAddress open connections of one peer address; more are closed at once
 */
public record Listener(
    String address,
    int port,
    @Nullable Tls tls,
    Duration bodyReadTimeout,
    int connectionsPerAddress) {
  /** The longest request line (RFC 9112 recommends at least 8000 octets). */
  public static final int REQUEST_LINE_BYTES = 8 * 1024;

  /** All header fields of a request together. */
  public static final int HEADER_BYTES = 32 * 1024;

  /** The number of header fields of a request. */
  public static final int HEADER_FIELDS = 100;

  /** A connection without a request under way is closed after this. */
  public static final Duration IDLE_CONNECTION = Duration.ofSeconds(75);

  /** How long a connection may take to its first whole request head. */
  public static final Duration FIRST_HEAD = Duration.ofSeconds(30);

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
