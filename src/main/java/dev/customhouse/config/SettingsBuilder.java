package dev.customhouse.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.secret.SecretResolver;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records of a file without problems. What is missing here although the schema requires
 * it or has a default is an error of the program, not of the file.
 */
final class SettingsBuilder {
  private static final int PORT = 8080;
  private static final int TLS_PORT = 8443;

  private final SettingsSchema schema;

  SettingsBuilder(SettingsSchema schema) {
    this.schema = schema;
  }

  /** The settings of a file's root. */
  Settings build(Value.Table root) {
    Value.Table gateway = SettingsRules.section(root, "gateway");
    Map<String, Settings.Provider> providers = providers(root, gateway);
    return new Settings(
        gateway(gateway),
        providers,
        root.table("models") == null ? wellKnownModels(providers.values()) : models(root),
        root.items("keys").stream().map(key -> key((Value.Table) key)).toList());
  }

  /** The models of providers for which the file names none. */
  Map<String, Settings.Model> wellKnownModels(Iterable<Settings.Provider> providers) {
    Map<String, Settings.Model> models = new LinkedHashMap<>();
    for (Settings.Provider provider : providers) {
      WellKnown known = WellKnown.BY_TYPE.get(provider.type());
      if (known != null) {
        known.globs().forEach(glob -> models.computeIfAbsent(glob, g -> model(g, provider, null)));
      }
      String own = provider.id() + "/*";
      models.put(own, model(own, provider, Settings.Target.STAR));
    }
    return models;
  }

  private Settings.Model model(String name, Settings.Provider provider, @Nullable String upstream) {
    return new Settings.Model(
        name,
        List.of(new Settings.Target(provider.id(), upstream, 1)),
        List.of(),
        Settings.Strategy.WEIGHTED,
        retry(defaults("retry")),
        null,
        OnUnsupported.LISTED);
  }

  /** The defaults of a section of a model. */
  private Value.Table defaults(String section) {
    Problems none = new Problems("default");
    Value.Table model =
        new SchemaCheck(none)
            .check(null, (ObjectNode) schema.root().at("/properties/models/additionalProperties"));
    return table(model, section);
  }

  private static Settings.Gateway gateway(Value.Table gateway) {
    Value.Table admin = SettingsRules.section(gateway, "admin").table("listen");
    Value.Table telemetry = table(gateway, "telemetry");
    return new Settings.Gateway(
        listen(table(gateway, "listen")),
        admin == null ? null : listen(admin),
        limits(table(gateway, "limits")),
        state(table(gateway, "state")),
        egress(table(gateway, "egress")),
        new Settings.Cors(
            table(gateway, "cors").texts("allowed_origins").stream()
                .map(Value.Text::text)
                .toList()),
        new Settings.Telemetry(uri(telemetry, "otlp_endpoint"), headers(telemetry, "otlp_headers")),
        Path.of(text(gateway, "data_dir")),
        gateway.flag("sandbox"));
  }

  private static Settings.Listen listen(Value.Table listen) {
    Value.Table tls = listen.table("tls");
    return new Settings.Listen(
        text(listen, "address"),
        Math.toIntExact(port(listen)),
        tls == null
            ? null
            : new Settings.Tls(
                Path.of(text(tls, "cert_file")),
                Path.of(text(tls, "key_file")),
                constant(Settings.ClientAuth.class, text(tls, "client_auth")),
                Optional.ofNullable(tls.text("client_ca_file")).map(Path::of).orElse(null)));
  }

  /** The port of a listener, whose default depends on TLS. */
  static long port(Value.Table listen) {
    Long port = listen.number("port");
    if (port != null) {
      return port;
    }
    return listen.has("tls") ? TLS_PORT : PORT;
  }

  private static Settings.Limits limits(Value.Table limits) {
    return new Settings.Limits(
        number(limits, "body_bytes"),
        number(limits, "answer_bytes"),
        time(limits, "first_byte_timeout"),
        time(limits, "idle_timeout"),
        time(limits, "total_timeout"),
        time(limits, "body_read_timeout"),
        time(limits, "keep_alive_interval"),
        time(limits, "drain_timeout"),
        number(limits, "concurrent_streams_per_key"),
        number(limits, "concurrent_requests"),
        number(limits, "queued_requests"));
  }

  private static Settings.State state(Value.Table state) {
    return new Settings.State(
        state.flag("enabled"),
        time(state, "retention"),
        Objects.requireNonNull(state.number("max_bytes"), "max_bytes"));
  }

  private static Settings.Egress egress(Value.Table egress) {
    return new Settings.Egress(
        egress.flag("fetch_media"),
        number(egress, "max_bytes"),
        number(egress, "max_total_bytes"),
        time(egress, "timeout"),
        egress.texts("allow").stream().map(Value.Text::text).toList(),
        egress.texts("deny").stream().map(Value.Text::text).toList());
  }

  private Map<String, Settings.Provider> providers(Value.Table root, Value.Table gateway) {
    Map<String, Settings.Provider> providers = new LinkedHashMap<>();
    Value.Table downstream = gateway.table("downstream");
    if (downstream != null) {
      providers.put("openai", openai(downstream));
    }
    SettingsRules.section(root, "providers")
        .tables()
        .forEach((id, provider) -> providers.put(id, provider(id, provider)));
    return providers;
  }

  /** The provider of the short form {@code gateway.downstream}. */
  private Settings.Provider openai(Value.Table downstream) {
    Long seconds = downstream.number("timeout_seconds");
    return new Settings.Provider(
        "openai",
        "openai",
        uri(downstream, "openai_base_url"),
        null,
        List.of(
            new Settings.UpstreamKey(
                new Settings.SecretRef(WellKnown.reference(text(downstream, "openai_api_key_env"))),
                1)),
        null,
        null,
        Map.of(),
        number(defaultProvider(), "max_concurrent"),
        seconds == null ? null : Duration.ofSeconds(seconds));
  }

  /** A provider of this id and type with its usual key and everything else by default. */
  Settings.Provider wellKnownProvider(String id, String keyVariable) {
    return new Settings.Provider(
        id,
        id,
        null,
        null,
        List.of(
            new Settings.UpstreamKey(new Settings.SecretRef(WellKnown.reference(keyVariable)), 1)),
        null,
        null,
        Map.of(),
        number(defaultProvider(), "max_concurrent"));
  }

  private Value.Table defaultProvider() {
    return new SchemaCheck(new Problems("default"))
        .check(null, (ObjectNode) schema.root().at("/properties/providers/additionalProperties"));
  }

  private Settings.Provider provider(String id, Value.Table provider) {
    String type = Objects.requireNonNull(SettingsRules.typeOf(id, provider, schema));
    String dialect = provider.text("dialect");
    return new Settings.Provider(
        id,
        type,
        uri(provider, "base_url"),
        dialect == null
            ? null
            : Arrays.stream(DialectId.values())
                .filter(known -> known.label().equals(dialect))
                .findFirst()
                .orElseThrow(),
        apiKeys(type, provider),
        provider.text("api_version"),
        provider.text("region"),
        provider.text("project"),
        type.equals("vertex") ? location(provider) : null,
        headers(provider, "headers"),
        number(provider, "max_concurrent"),
        null);
  }

  private static String location(Value.Table provider) {
    String location = provider.text("location");
    return location == null ? "global" : location;
  }

  private static List<Settings.UpstreamKey> apiKeys(String type, Value.Table provider) {
    String credentials = provider.text("credentials");
    if (credentials != null) {
      return List.of(new Settings.UpstreamKey(secret(credentials), 1));
    }
    if (!provider.has("api_keys")) {
      String usual = provider.has("base_url") ? null : WellKnown.keyReference(type);
      return usual == null
          ? List.of()
          : List.of(new Settings.UpstreamKey(new Settings.SecretRef(usual), 1));
    }
    List<Settings.UpstreamKey> keys = new ArrayList<>();
    for (Value key : provider.items("api_keys")) {
      keys.add(
          key instanceof Value.Table table
              ? new Settings.UpstreamKey(secret(text(table, "key")), number(table, "weight"))
              : new Settings.UpstreamKey(secret(((Value.Text) key).text()), 1));
    }
    return keys;
  }

  private static Map<String, Settings.Model> models(Value.Table root) {
    Map<String, Settings.Model> models = new LinkedHashMap<>();
    SettingsRules.section(root, "models")
        .tables()
        .forEach((name, model) -> models.put(name, model(name, model)));
    return models;
  }

  private static Settings.Model model(String name, Value.Table model) {
    List<Settings.Target> targets =
        model.has("provider")
            ? List.of(new Settings.Target(text(model, "provider"), model.text("model"), 1))
            : model.items("targets").stream().map(target -> target((Value.Table) target)).toList();
    Value.Table shadow = model.table("shadow");
    return new Settings.Model(
        name,
        targets,
        model.texts("fallbacks").stream().map(Value.Text::text).toList(),
        constant(Settings.Strategy.class, text(model, "strategy")),
        retry(table(model, "retry")),
        shadow == null
            ? null
            : new Settings.Shadow(text(shadow, "model"), number(shadow, "percent")),
        model.has("on_unsupported")
            ? constant(OnUnsupported.class, text(model, "on_unsupported"))
            : OnUnsupported.LISTED);
  }

  private static Settings.Target target(Value.Table target) {
    return new Settings.Target(
        text(target, "provider"), target.text("model"), number(target, "weight"));
  }

  private static Settings.Retry retry(Value.Table retry) {
    return new Settings.Retry(
        number(retry, "attempts"),
        retry.texts("on").stream()
            .map(cause -> constant(Settings.RetryOn.class, cause.text()))
            .collect(Collectors.toSet()),
        time(retry, "backoff"));
  }

  private static Settings.Key key(Value.Table key) {
    Value.Table limits = table(key, "limits");
    return new Settings.Key(
        text(key, "name"),
        secret(text(key, "key")),
        key.text("project"),
        key.texts("models").stream().map(Value.Text::text).toList(),
        limits.has("rpm") ? (Integer) number(limits, "rpm") : null,
        limits.has("concurrent_streams") ? (Integer) number(limits, "concurrent_streams") : null,
        key.has("on_unsupported")
            ? constant(OnUnsupported.class, text(key, "on_unsupported"))
            : null);
  }

  private static Map<String, Settings.SecretRef> headers(Value.Table owner, String key) {
    Map<String, Settings.SecretRef> headers = new LinkedHashMap<>();
    table(owner, key)
        .entries()
        .keySet()
        .forEach(name -> headers.put(name, secret(text(table(owner, key), name))));
    return headers;
  }

  private static Settings.SecretRef secret(String text) {
    return new Settings.SecretRef(
        SecretResolver.mentionsReference(text) ? text : SecretResolver.LITERAL_PREFIX + text);
  }

  private static Value.Table table(Value.Table table, String key) {
    return Objects.requireNonNull(table.table(key), key);
  }

  private static String text(Value.Table table, String key) {
    return Objects.requireNonNull(table.text(key), key);
  }

  private static int number(Value.Table table, String key) {
    return Math.toIntExact(Objects.requireNonNull(table.number(key), key));
  }

  private static Duration time(Value.Table table, String key) {
    return Objects.requireNonNull(table.time(key), key);
  }

  private static @Nullable URI uri(Value.Table table, String key) {
    String text = table.text(key);
    return text == null ? null : URI.create(text);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String label) {
    return Enum.valueOf(type, label.toUpperCase(Locale.ROOT));
  }
}
