package dev.customhouse.config;

import dev.customhouse.canonical.DialectId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings, checked and complete: every default is filled in, every secret reference still a
 * reference. Immutable; a changed file makes new settings.
 *
 * @param providers by id, in file order
 * @param models by the name or glob that clients ask for, in file order
 * @param keys static downstream keys
 */
public record Settings(
    Gateway gateway, Map<String, Provider> providers, Map<String, Model> models, List<Key> keys) {

  /**
   * The gateway itself.
   *
   * @param adminListen a listener of its own for the admin API; null: the same port, loopback only
   * @param sandbox whether the built-in provider {@code sandbox} is there
   */
  public record Gateway(
      Listen listen,
      @Nullable Listen adminListen,
      Limits limits,
      Cors cors,
      Telemetry telemetry,
      Path dataDir,
      boolean sandbox) {}

  /** Where to listen. {@code tls} is null for plain HTTP. Port 0 lets the system choose. */
  public record Listen(String address, int port, @Nullable Tls tls) {}

  /** TLS of a listener; the PEM files are read at start. */
  public record Tls(
      Path certFile, Path keyFile, ClientAuth clientAuth, @Nullable Path clientCaFile) {}

  /** Whether clients show a certificate. */
  public enum ClientAuth {
    NONE,
    REQUEST,
    REQUIRE
  }

  /**
   * Everything has a limit.
   *
   * @param bodyBytes request body after decompression
   * @param answerBytes an answer that is not a stream
   * @param concurrentRequests requests under way in the whole gateway; beyond it 503
   * @param queuedRequests requests that may wait for a free place at a provider; beyond it 503
   * @param keepAliveInterval silence of an upstream after which the client is sent a comment
   * @param drainTimeout how long streams may finish after a stop was asked for
   */
  public record Limits(
      int bodyBytes,
      int answerBytes,
      Duration firstByteTimeout,
      Duration idleTimeout,
      Duration totalTimeout,
      Duration bodyReadTimeout,
      Duration keepAliveInterval,
      Duration drainTimeout,
      int concurrentStreamsPerKey,
      int concurrentRequests,
      int queuedRequests) {}

  /** Browser clients: the origins that may call ({@code *} for all); empty switches CORS off. */
  public record Cors(List<String> allowedOrigins) {}

  /** Traces: where spans are sent (OTLP over HTTP); null: nowhere. */
  public record Telemetry(@Nullable URI otlpEndpoint, Map<String, SecretRef> otlpHeaders) {}

  /**
   * An upstream host.
   *
   * @param type {@code openai}, {@code azure.ai.openai}, {@code openai-compatible} ...; the id of a
   *     well-known provider when the file names no type
   * @param baseUrl null: the well-known one
   * @param dialect for the type {@code compatible}; null otherwise
   * @param apiVersion Azure's {@code api-version}; null: the v1 API
   * @param headers more header fields for every request upstream
   */
  public record Provider(
      String id,
      String type,
      @Nullable URI baseUrl,
      @Nullable DialectId dialect,
      List<UpstreamKey> apiKeys,
      @Nullable String apiVersion,
      @Nullable String region,
      Map<String, SecretRef> headers,
      int maxConcurrent) {}

  /** An upstream key and its share of the traffic. */
  public record UpstreamKey(SecretRef secret, int weight) {}

  /** A reference such as {@code ${env:OPENAI_API_KEY}}: where a secret lies, never the secret. */
  public record SecretRef(String reference) {}

  /**
   * What clients may ask for.
   *
   * @param targets at least one
   * @param fallbacks names of other models, in order
   * @param shadow null: none
   */
  public record Model(
      String name,
      List<Target> targets,
      List<String> fallbacks,
      Strategy strategy,
      Retry retry,
      @Nullable Shadow shadow) {}

  /** One way to a model. {@code model} null passes the asked name through. */
  public record Target(String provider, @Nullable String model, int weight) {}

  /** How a target is chosen among several. */
  public enum Strategy {
    WEIGHTED,
    ORDERED,
    LEAST_LATENCY
  }

  /** What is tried again. */
  public enum RetryOn {
    RATE_LIMITED,
    OVERLOADED,
    TIMEOUT,
    NETWORK,
    BAD_GATEWAY
  }

  /** Attempts are counted per target, the first one included. */
  public record Retry(int attempts, Set<RetryOn> on, Duration backoff) {}

  /** A copy of a share of the traffic to another model, never seen by the client. */
  public record Shadow(String model, int percent) {}

  /**
   * A static downstream key.
   *
   * @param models globs; empty permits all
   * @param rpm requests per minute; null: no limit
   * @param concurrentStreams null: the gateway's default
   */
  public record Key(
      String name,
      SecretRef key,
      @Nullable String project,
      List<String> models,
      @Nullable Integer rpm,
      @Nullable Integer concurrentStreams) {}
}
