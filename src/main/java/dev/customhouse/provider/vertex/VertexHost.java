package dev.customhouse.provider.vertex;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Google Vertex AI, in one project and location. Without a credential the machine's own is used.
 */
public final class VertexHost implements Host {
  /** The {@code type} in configuration. */
  public static final String TYPE = "vertex";

  /** Where machines at Google ask for their own tokens. */
  public static final URI METADATA = URI.create("http://metadata.google.internal");

  private static final String MACHINE = "";

  /** Credentials whose tokens are kept; a provider has few, also over changes of its file. */
  private static final int CREDENTIALS = 1_000;

  private final String project;
  private final String location;
  private final TokenFetch fetch;
  private final InstantSource clock;
  private final Map<String, AccessTokens> tokens = new ConcurrentHashMap<>();

  /**
   * A host.
   *
   * @param location such as {@code us-east5} or {@code global}
   * @param transport by which tokens are fetched
   * @param metadata the root of the metadata server, mostly {@link #METADATA}
   */
  public VertexHost(
      String project, String location, Transport transport, InstantSource clock, URI metadata) {
    this.project = project;
    this.location = location;
    this.fetch = new TokenFetch(transport, clock, metadata);
    this.clock = clock;
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String providerName() {
    return "gcp.vertex_ai";
  }

  @Override
  public URI baseUrl() {
    return URI.create(
        switch (location) {
          case "global" -> "https://aiplatform.googleapis.com";
          case "us", "eu" -> "https://aiplatform.%s.rep.googleapis.com".formatted(location);
          default -> "https://%s-aiplatform.googleapis.com".formatted(location);
        });
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return (operation == Operation.CHAT || operation == Operation.COUNT_TOKENS)
        && (dialect == DialectId.GEMINI || dialect == DialectId.ANTHROPIC_MESSAGES);
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation, String model) {
    boolean claude = model.toLowerCase(Locale.ROOT).contains("claude");
    return serves(dialect, operation) && claude == (dialect == DialectId.ANTHROPIC_MESSAGES);
  }

  @Override
  public List<DialectId> preferred() {
    return List.of(DialectId.GEMINI, DialectId.ANTHROPIC_MESSAGES);
  }

  @Override
  public boolean listsModels() {
    return false;
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    boolean claude = call.dialect() == DialectId.ANTHROPIC_MESSAGES;
    String root = Urls.trimmed(baseUrl).replaceFirst("/v1(?:beta1)?$", "");
    String version = !claude && call.path().startsWith("/v1beta") ? "/v1beta1" : "/v1";
    String query = claude || call.query() == null ? "" : "?" + call.query();
    return URI.create(
        root + version + "/" + (claude ? claude(call, model) : gemini(call, model)) + query);
  }

  private String gemini(Call call, String model) {
    String action = call.path().substring(call.path().lastIndexOf(':'));
    return place(model, "google") + action;
  }

  private String claude(Call call, String model) {
    if (call.operation() == Operation.COUNT_TOKENS) {
      return place("count-tokens", "anthropic") + ":rawPredict";
    }
    return place(model, "anthropic") + (call.stream() ? ":streamRawPredict" : ":rawPredict");
  }

  /** Tuned models and those of other publishers are named by their whole or half place. */
  private String place(String model, String publisher) {
    String segment = Urls.segment(model);
    if (segment.startsWith("projects/")) {
      return segment;
    }
    String within =
        segment.startsWith("publishers/") || segment.startsWith("endpoints/")
            ? segment
            : "publishers/" + publisher + "/models/" + segment;
    return "projects/%s/locations/%s/%s".formatted(project, location, within);
  }

  /** With an access token. */
  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("authorization", "Bearer " + key);
  }

  @Override
  public UpstreamRequest prepared(UpstreamRequest request, DialectId dialect, @Nullable String key)
      throws TransportException, InterruptedException {
    Headers.Builder headers = request.headers().toBuilder();
    authorise(headers, dialect, tokens(key == null ? MACHINE : key).token());
    return request.with(headers.build());
  }

  private AccessTokens tokens(String secret) {
    AccessTokens known = tokens.get(secret);
    if (known != null) {
      return known;
    }
    GoogleKey key = secret.equals(MACHINE) ? new GoogleKey.Machine() : GoogleKey.of(secret);
    if (tokens.size() >= CREDENTIALS) {
      return new AccessTokens(key, fetch, clock);
    }
    return tokens.computeIfAbsent(secret, none -> new AccessTokens(key, fetch, clock));
  }

  /**
   * Betas stay in their header field, as Anthropic's own SDK for Vertex has them; the version goes
   * into the body. The token count names its model in the body.
   */
  @Override
  public UpstreamRequest rehosted(UpstreamRequest request, DialectId dialect, Losses losses) {
    if (dialect != DialectId.ANTHROPIC_MESSAGES) {
      return request;
    }
    byte[] body =
        RehostedMessages.outward(
            request.body(), RehostedMessages.Service.VERTEX, List.of(), losses);
    if (request.uri().getRawPath().endsWith("/count-tokens:rawPredict")) {
      body = withModel(request.body(), body);
    }
    Headers headers = request.headers().toBuilder().remove("anthropic-version").build();
    return request.with(headers, body);
  }

  private static byte[] withModel(byte[] asked, byte[] body) {
    String model = JsonScan.of(asked, Names.of("model")).string("model");
    if (model == null) {
      return body;
    }
    String member = "\"model\":" + new String(JsonScan.quote(model), StandardCharsets.UTF_8);
    return JsonScan.insertMember(
        body, JsonScan.of(body, Names.NONE), member.getBytes(StandardCharsets.UTF_8));
  }
}
