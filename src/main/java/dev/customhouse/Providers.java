package dev.customhouse;

import dev.customhouse.canonical.Headers;
import dev.customhouse.config.Settings;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.anthropic.AnthropicHost;
import dev.customhouse.provider.azure.AzureOpenAiHost;
import dev.customhouse.provider.bedrock.BedrockHost;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.provider.gemini.GeminiHost;
import dev.customhouse.provider.openai.OpenAiHost;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.provider.vertex.VertexHost;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.SecretException;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.wire.Transport;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Builds the fleet of a configuration: hosts by type, secrets from their references. A provider
 * that a changed configuration leaves as it was stays the same one, with what is known of its keys
 * and its health, and with its requests under way.
 */
final class Providers {
  private static final String BEDROCK_KEY = "${env:AWS_BEARER_TOKEN_BEDROCK}";
  private static final String ACCESS_KEY = "${env:AWS_ACCESS_KEY_ID}:${env:AWS_SECRET_ACCESS_KEY}";
  private static final String SESSION_TOKEN = ":${env:AWS_SESSION_TOKEN}";

  /** All that a provider is made of. */
  private record Made(
      Settings.Provider settings,
      List<Secret> keys,
      Headers headers,
      int queue,
      Provider provider) {
    boolean isOf(Settings.Provider asked, List<Secret> askedKeys, Headers fields, int asksQueue) {
      return settings.equals(asked)
          && keys.equals(askedKeys)
          && headers.equals(fields)
          && queue == asksQueue;
    }
  }

  private record Sandboxed(int concurrent, int queue, Provider provider) {}

  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final SecretResolver secrets;
  private final Transport sockets;
  private final Transport sandbox;
  private final InstantSource clock;
  private Map<String, Made> made = Map.of();
  private @Nullable Sandboxed sandboxed;

  Providers(SecretResolver secrets, Transport sockets, Transport sandbox, InstantSource clock) {
    this.secrets = secrets;
    this.clock = clock;
    this.sockets = sockets;
    this.sandbox = sandbox;
    for (Host host : List.of(new OpenAiHost(), new AnthropicHost(), new GeminiHost())) {
      hosts.put(host.type(), host);
    }
    for (Host host : CompatibleHosts.table()) {
      hosts.put(host.type(), host);
    }
  }

  /**
   * The providers of these settings.
   *
   * @throws SecretException when a reference leads nowhere; it names the reference
   * @throws IllegalArgumentException when a provider has no address or a type nobody knows
   */
  synchronized Fleet fleet(Settings settings) {
    Settings.Limits limits = settings.gateway().limits();
    Map<String, Made> all = new LinkedHashMap<>();
    for (Settings.Provider provider : settings.providers().values()) {
      all.put(provider.id(), made(provider, limits.queuedRequests()));
    }
    List<Provider> providers = new ArrayList<>();
    all.values().forEach(each -> providers.add(each.provider()));
    if (settings.gateway().sandbox() && !all.containsKey(SandboxHost.TYPE)) {
      providers.add(sandbox(limits.concurrentRequests(), limits.queuedRequests()));
    }
    made = all;
    return new Fleet(providers);
  }

  private Provider sandbox(int concurrent, int queue) {
    Sandboxed before = sandboxed;
    if (before != null && before.concurrent() == concurrent && before.queue() == queue) {
      return before.provider();
    }
    Provider provider =
        new Provider(
            SandboxHost.TYPE,
            new SandboxHost(),
            SandboxHost.ADDRESS,
            Headers.EMPTY,
            List.of(),
            List.of(),
            sandbox,
            null,
            concurrent,
            queue);
    sandboxed = new Sandboxed(concurrent, queue, provider);
    return provider;
  }

  private Made made(Settings.Provider settings, int queue) {
    List<Secret> keys = new ArrayList<>();
    List<Integer> weights = new ArrayList<>();
    for (Settings.UpstreamKey key : settings.apiKeys()) {
      keys.add(
          settings.type().equals(BedrockHost.TYPE)
              ? awsKey(key.secret().reference())
              : secrets.resolve(key.secret().reference()));
      weights.add(key.weight());
    }
    Headers.Builder fields = Headers.builder();
    settings
        .headers()
        .forEach((name, value) -> fields.add(name, secrets.resolve(value.reference()).reveal()));
    Headers headers = fields.build();
    Made before = made.get(settings.id());
    if (before != null && before.isOf(settings, keys, headers, queue)) {
      return before;
    }
    Host host = host(settings);
    Provider provider =
        new Provider(
            settings.id(),
            host,
            baseUrl(settings, host),
            headers,
            keys,
            weights,
            host instanceof SandboxHost ? sandbox : sockets,
            settings.totalTimeout(),
            settings.maxConcurrent(),
            queue);
    return new Made(settings, keys, headers, queue, provider);
  }

  private static URI baseUrl(Settings.Provider settings, Host host) {
    URI configured = settings.baseUrl();
    URI baseUrl = configured != null ? configured : host.baseUrl();
    if (baseUrl == null) {
      throw new IllegalArgumentException(
          "providers.%s: base_url is missing, and the type '%s' has none of its own"
              .formatted(settings.id(), settings.type()));
    }
    return baseUrl;
  }

  private Host host(Settings.Provider settings) {
    if (settings.type().equals("azure.ai.openai")) {
      return new AzureOpenAiHost(settings.apiVersion());
    }
    if (settings.type().equals(SandboxHost.TYPE)) {
      return new SandboxHost();
    }
    if (settings.type().equals(BedrockHost.TYPE)) {
      return new BedrockHost(region(settings), clock);
    }
    if (settings.type().equals(VertexHost.TYPE)) {
      return new VertexHost(
          Objects.requireNonNull(settings.project()),
          Objects.requireNonNull(settings.location()),
          sockets,
          clock,
          VertexHost.METADATA);
    }
    if (settings.type().equals("compatible")) {
      return CompatibleHosts.speaking(Objects.requireNonNull(settings.dialect()));
    }
    @Nullable Host host = hosts.get(settings.type());
    if (host == null) {
      throw new IllegalArgumentException(
          "providers.%s: the type '%s' is not known".formatted(settings.id(), settings.type()));
    }
    return host;
  }

  /** The usual variable of Bedrock's keys gives way to those of access keys when it is not set. */
  private Secret awsKey(String reference) {
    if (!reference.equals(BEDROCK_KEY)) {
      return secrets.resolve(reference);
    }
    for (String other : List.of(BEDROCK_KEY, ACCESS_KEY + SESSION_TOKEN, ACCESS_KEY)) {
      Secret secret = found(other);
      if (secret != null) {
        return secret;
      }
    }
    return secrets.resolve(reference);
  }

  private @Nullable Secret found(String reference) {
    try {
      return secrets.resolve(reference);
    } catch (SecretException e) {
      return null;
    }
  }

  private String region(Settings.Provider settings) {
    URI baseUrl = settings.baseUrl();
    String told = settings.region();
    String region = told != null || baseUrl == null ? told : BedrockHost.regionOf(baseUrl);
    for (String variable : List.of("AWS_REGION", "AWS_DEFAULT_REGION")) {
      Secret set = region == null ? found("${env:" + variable + "}") : null;
      region = set == null ? region : set.reveal().strip();
    }
    if (region == null) {
      throw new IllegalArgumentException(
          "providers.%s: region is missing, and neither base_url nor AWS_REGION tells it"
              .formatted(settings.id()));
    }
    return region;
  }
}
