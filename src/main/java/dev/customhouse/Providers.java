package dev.customhouse;

import dev.customhouse.canonical.Headers;
import dev.customhouse.config.Settings;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.anthropic.AnthropicHost;
import dev.customhouse.provider.azure.AzureOpenAiHost;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.provider.gemini.GeminiHost;
import dev.customhouse.provider.openai.OpenAiHost;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.SecretException;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.wire.Transport;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the fleet of a configuration: hosts by type, secrets from their references. */
final class Providers {
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final SecretResolver secrets;
  private final Transport sockets;
  private final Transport sandbox;

  Providers(SecretResolver secrets, Transport sockets, Transport sandbox) {
    this.secrets = secrets;
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
  Fleet fleet(Settings settings) {
    List<Provider> providers = new ArrayList<>();
    int queue = settings.gateway().limits().queuedRequests();
    for (Settings.Provider provider : settings.providers().values()) {
      providers.add(provider(provider, queue));
    }
    if (settings.gateway().sandbox() && !settings.providers().containsKey(SandboxHost.TYPE)) {
      providers.add(
          new Provider(
              SandboxHost.TYPE,
              new SandboxHost(),
              SandboxHost.ADDRESS,
              Headers.EMPTY,
              List.of(),
              List.of(),
              sandbox,
              null,
              settings.gateway().limits().concurrentRequests(),
              queue));
    }
    return new Fleet(providers);
  }

  private Provider provider(Settings.Provider settings, int queue) {
    Host host = host(settings);
    URI configured = settings.baseUrl();
    URI baseUrl = configured != null ? configured : host.baseUrl();
    if (baseUrl == null) {
      throw new IllegalArgumentException(
          "providers.%s: base_url is missing, and the type '%s' has none of its own"
              .formatted(settings.id(), settings.type()));
    }
    List<Secret> keys = new ArrayList<>();
    List<Integer> weights = new ArrayList<>();
    for (Settings.UpstreamKey key : settings.apiKeys()) {
      keys.add(secrets.resolve(key.secret().reference()));
      weights.add(key.weight());
    }
    Headers.Builder headers = Headers.builder();
    settings
        .headers()
        .forEach((name, value) -> headers.add(name, secrets.resolve(value.reference()).reveal()));
    boolean inProcess = host instanceof SandboxHost;
    return new Provider(
        settings.id(),
        host,
        baseUrl,
        headers.build(),
        keys,
        weights,
        inProcess ? sandbox : sockets,
        settings.totalTimeout(),
        settings.maxConcurrent(),
        queue);
  }

  private Host host(Settings.Provider settings) {
    if (settings.type().equals("azure.ai.openai")) {
      return new AzureOpenAiHost(settings.apiVersion());
    }
    if (settings.type().equals(SandboxHost.TYPE)) {
      return new SandboxHost();
    }
    if (settings.type().equals("compatible")) {
      return CompatibleHosts.speaking(java.util.Objects.requireNonNull(settings.dialect()));
    }
    @Nullable Host host = hosts.get(settings.type());
    if (host == null) {
      throw new IllegalArgumentException(
          "providers.%s: the type '%s' is not known".formatted(settings.id(), settings.type()));
    }
    return host;
  }
}
