package dev.customhouse.config;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.secret.SecretResolver;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
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

  /** Copies the maps and the list; their order stays. */
  public Settings {
    providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
    models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
    keys = List.copyOf(keys);
  }

  /** The models' names and globs, to be asked by a client's model name. */
  public ModelNames modelNames() {
    return new ModelNames(models.keySet());
  }

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
      State state,
      Egress egress,
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

  /**
   * Responses that the gateway keeps because their provider does not.
   *
   * @param enabled whether they are kept, and those that are may be read
   * @param retention for how long
   * @param bytes beyond which the oldest are forgotten
   */
  public record State(boolean enabled, Duration retention, long bytes) {}

  /**
   * Media that the gateway fetches for providers that take no addresses.
   *
   * @param fetchMedia whether anything is fetched
   * @param fileBytes the largest file
   * @param requestBytes all files of one request
   * @param timeout for all files of one request
   * @param allow hosts or globs that may have any address; {@code host:port} where the port is not
   *     the web's
   * @param deny hosts or globs that are never asked, unless {@code allow} has them
   */
  public record Egress(
      boolean fetchMedia,
      int fileBytes,
      int requestBytes,
      Duration timeout,
      List<String> allow,
      List<String> deny) {
    /** Copies the lists. */
    public Egress {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }

  /** Browser clients: the origins that may call ({@code *} for all); empty switches CORS off. */
  public record Cors(List<String> allowedOrigins) {
    /** Copies the list. */
    public Cors {
      allowedOrigins = List.copyOf(allowedOrigins);
    }
  }

  /** Traces: where spans are sent (OTLP over HTTP); null: nowhere. */
  public record Telemetry(@Nullable URI otlpEndpoint, Map<String, SecretRef> otlpHeaders) {
    /** Copies the map; its order stays. */
    public Telemetry {
      otlpHeaders = Collections.unmodifiableMap(new LinkedHashMap<>(otlpHeaders));
    }
  }

  /**
   * An upstream host.
   *
   * @param type {@code openai}, {@code azure.ai.openai}, {@code openai-compatible} ...; the id of a
   *     well-known provider when the file names no type
   * @param baseUrl null: the well-known one
   * @param dialect for the type {@code compatible}; null otherwise
   * @param apiVersion Azure's {@code api-version}; null: the v1 API
   * @param region of the type {@code bedrock}; null: not told
   * @param project of the type {@code vertex}; null otherwise
   * @param location of the type {@code vertex}; null otherwise
   * @param headers more header fields for every request upstream
   * @param totalTimeout longest time of one request at this provider; null: as the gateway's limits
   *     have it
   */
  public record Provider(
      String id,
      String type,
      @Nullable URI baseUrl,
      @Nullable DialectId dialect,
      List<UpstreamKey> apiKeys,
      @Nullable String apiVersion,
      @Nullable String region,
      @Nullable String project,
      @Nullable String location,
      Map<String, SecretRef> headers,
      int maxConcurrent,
      @Nullable Duration totalTimeout) {

    /** Copies the list and the map; their order stays. */
    public Provider {
      apiKeys = List.copyOf(apiKeys);
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** A provider of no project. */
    public Provider(
        String id,
        String type,
        @Nullable URI baseUrl,
        @Nullable DialectId dialect,
        List<UpstreamKey> apiKeys,
        @Nullable String apiVersion,
        @Nullable String region,
        Map<String, SecretRef> headers,
        int maxConcurrent,
        @Nullable Duration totalTimeout) {
      this(
          id,
          type,
          baseUrl,
          dialect,
          apiKeys,
          apiVersion,
          region,
          null,
          null,
          headers,
          maxConcurrent,
          totalTimeout);
    }

    /** The same, whose requests may take as long as the gateway's limits allow. */
    public Provider(
        String id,
        String type,
        @Nullable URI baseUrl,
        @Nullable DialectId dialect,
        List<UpstreamKey> apiKeys,
        @Nullable String apiVersion,
        @Nullable String region,
        Map<String, SecretRef> headers,
        int maxConcurrent) {
      this(id, type, baseUrl, dialect, apiKeys, apiVersion, region, headers, maxConcurrent, null);
    }
  }

  /** An upstream key and its share of the traffic. */
  public record UpstreamKey(SecretRef secret, int weight) {}

  /**
   * Where a secret lies, as {@link dev.customhouse.secret.SecretResolver} reads it: a reference
   * such as {@code ${env:OPENAI_API_KEY}}, in header fields with text around it. The one exception
   * is text that begins with {@link dev.customhouse.secret.SecretResolver#LITERAL_PREFIX}: what
   * follows is the value itself, a header field that carries no credentials or, with the
   * development switch {@code gateway.allow_literal_secrets}, a secret.
   */
  public record SecretRef(String reference) {
    /** The reference; of a literal nothing. */
    @Override
    public String toString() {
      return reference.startsWith(SecretResolver.LITERAL_PREFIX)
          ? "SecretRef[literal, hidden]"
          : "SecretRef[" + reference + "]";
    }
  }

  /**
   * What clients may ask for.
   *
   * @param targets at least one
   * @param fallbacks names of other models, in order
   * @param shadow null: none
   * @param onUnsupported what becomes of what a target's dialect cannot carry
   */
  public record Model(
      String name,
      List<Target> targets,
      List<String> fallbacks,
      Strategy strategy,
      Retry retry,
      @Nullable Shadow shadow,
      OnUnsupported onUnsupported) {

    /** Copies the lists. */
    public Model {
      targets = List.copyOf(targets);
      fallbacks = List.copyOf(fallbacks);
    }
  }

  /**
   * One way to a model.
   *
   * @param model the name at the provider; null passes the asked name through; {@link #STAR} passes
   *     on the part of the asked name that the glob's only {@code *} matched, so that {@code
   *     openai/*} with {@code model: "*"} asks {@code openai/gpt-5.5} of the provider as {@code
   *     gpt-5.5}
   * @param weight share in proportion to the weights of the other targets; 0 sets the target aside
   */
  public record Target(String provider, @Nullable String model, int weight) {
    /** Stands for what the star of the model's glob matched. */
    public static final String STAR = "*";

    /**
     * The name to ask the provider for.
     *
     * @param asked the name that the client asked for
     * @param star what the glob's star matched in it
     */
    public String upstreamModel(String asked, String star) {
      if (model == null) {
        return asked;
      }
      return model.equals(STAR) ? star : model;
    }
  }

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
  public record Retry(int attempts, Set<RetryOn> on, Duration backoff) {
    /** Copies the set. */
    public Retry {
      on = Set.copyOf(on);
    }
  }

  /** A copy of a share of the traffic to another model, never seen by the client. */
  public record Shadow(String model, int percent) {}

  /**
   * A static downstream key.
   *
   * @param models globs; empty permits all
   * @param rpm requests per minute; null: no limit
   * @param concurrentStreams null: the gateway's default
   * @param onUnsupported what becomes of what a target's dialect cannot carry; null: as the model
   *     has it
   */
  public record Key(
      String name,
      SecretRef key,
      @Nullable String project,
      List<String> models,
      @Nullable Integer rpm,
      @Nullable Integer concurrentStreams,
      @Nullable OnUnsupported onUnsupported) {

    /** Copies the list. */
    public Key {
      models = List.copyOf(models);
    }
  }
}
