package dev.customhouse;

import dev.customhouse.admin.AdminApi;
import dev.customhouse.admin.AdminGate;
import dev.customhouse.admin.AdminToken;
import dev.customhouse.admin.Decision;
import dev.customhouse.admin.GatewayStatus;
import dev.customhouse.admin.KeyService;
import dev.customhouse.admin.OperationsApi;
import dev.customhouse.admin.Readiness;
import dev.customhouse.admin.UsageRows;
import dev.customhouse.audit.Events;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Glob;
import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsException;
import dev.customhouse.dialect.Codecs;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.anthropicmessages.MessagesCodec;
import dev.customhouse.dialect.bedrock.Bedrock;
import dev.customhouse.dialect.bedrock.ConverseCodec;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.dialect.openaichat.ChatCodec;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.dialect.openairesponses.ResponsesCodec;
import dev.customhouse.flow.Flow;
import dev.customhouse.flow.api.Api;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.flow.quota.Quota;
import dev.customhouse.flow.recall.Recall;
import dev.customhouse.flow.route.Router;
import dev.customhouse.flow.translate.MediaFetcher;
import dev.customhouse.flow.translate.Seals;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Shadow;
import dev.customhouse.flow.upstream.Timeouts;
import dev.customhouse.flow.upstream.Upstream;
import dev.customhouse.flow.usage.Counter;
import dev.customhouse.observe.AccessLog;
import dev.customhouse.observe.EventLog;
import dev.customhouse.observe.Meters;
import dev.customhouse.observe.Observers;
import dev.customhouse.observe.Spans;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.sandbox.Pause;
import dev.customhouse.provider.sandbox.Sandbox;
import dev.customhouse.secret.KeyHasher;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.SecretException;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.secret.TextSeal;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Egress;
import dev.customhouse.wire.Engine;
import dev.customhouse.wire.Exchange;
import dev.customhouse.wire.Listener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The running gateway: every part built by hand, in the order a request meets them. */
public final class Customhouse implements AutoCloseable {
  private static final int CONNECTIONS_PER_ADDRESS = 16_384;
  private static final String USER_AGENT = "customhouse/" + Version.text();

  private static final RandomGenerator RANDOM = HeadStart.RANDOM;

  private final Start start;
  private final Settings.Gateway gateway;
  private final Engine engine;
  private final Storage storage;
  private final Meters meters;
  private final AccessLog log;
  private final EventLog eventLog;
  private final @Nullable Spans spans;
  private final KeyService keys;
  private final Quota quota;
  private final Models models;
  private final Flow flow;
  private final AdminApi admin;
  private final OperationsApi operations;
  private final Optional<String> freshAdminToken;
  private final Instant startedAt;
  private volatile Consumer<RequestRecord> witness = ignored -> {};
  private volatile GatewayStatus.@Nullable Reload lastReload;
  private volatile boolean listening;
  private volatile boolean draining;
  private int port;

  /**
   * What a gateway is started with.
   *
   * @param log where the access log goes
   * @param source where the settings come from, for people
   */
  public record Start(
      Settings settings, SecretResolver secrets, Clock clock, OutputStream log, String source) {}

  private Customhouse(Start start, Engine engine, Storage storage, Meters meters) {
    this.start = start;
    this.gateway = start.settings().gateway();
    this.engine = engine;
    this.storage = storage;
    this.meters = meters;
    this.startedAt = start.clock().instant();
    this.log = new AccessLog(start.log());
    this.eventLog = log.events(start.clock());
    this.spans = spans();

    Clock clock = start.clock();
    Settings.Limits limits = gateway.limits();
    Events events = new Signals(eventLog, meters);
    KeyHasher hasher = storage.keyHasher(SecureRandom::new);
    Keyring keyring = new Keyring(hasher, clock);
    this.keys =
        new KeyService(
            storage.keys(),
            keyring,
            clock,
            new SecureRandom(),
            limits.concurrentStreamsPerKey(),
            change ->
                eventLog.event(
                    EventLog.Level.INFO,
                    "api_key_" + change.what(),
                    Map.of("key_id", change.keyId())));
    keys.loadAll();
    keys.replaceManaged(start.settings().keys(), this::resolve);

    Dialects dialects =
        new Dialects(
            new OpenAiChat(),
            new OpenAiResponses(),
            new AnthropicMessages(),
            new Gemini(),
            new Bedrock());
    Codecs codecs =
        new Codecs(
            new ChatCodec(),
            new ResponsesCodec(),
            new MessagesCodec(),
            new GeminiCodec(),
            new ConverseCodec());
    Timeouts timeouts =
        new Timeouts(
            limits.firstByteTimeout(),
            limits.idleTimeout(),
            limits.totalTimeout(),
            limits.answerBytes());
    this.quota = new Quota(limits.concurrentRequests(), System::nanoTime, events);
    this.models =
        new Models(
            new Providers(
                start.secrets(), engine.transport(), new Sandbox(clock, Pause.REAL), clock),
            storage.origins(),
            RANDOM,
            clock,
            start.settings());
    Flow.Stages stages =
        new Flow.Stages(
            new Api(
                dialects,
                gateway.cors().allowedOrigins(),
                limits.bodyBytes(),
                limits.keepAliveInterval()),
            keyring,
            quota,
            new Recall(
                storage.responses(),
                storage.origins(),
                new TextSeal(hasher),
                gateway.state(),
                limits.bodyBytes(),
                clock),
            new Translator(
                dialects,
                codecs,
                LossTable.load(),
                new Seals(System::nanoTime),
                media(gateway.egress()),
                USER_AGENT,
                clock),
            new Upstream(dialects, timeouts, Thread::sleep, RANDOM, clock, events),
            new Shadow(engine::start, timeouts, events),
            new Counter());
    Observers records = new Observers(observers(), eventLog);
    this.flow = new Flow(stages, models.router(), engine::start, clock, RANDOM, records);

    this.freshAdminToken = AdminToken.ensure(storage.adminToken(), hasher, new SecureRandom());
    AdminGate gate =
        new AdminGate(
            new AdminToken(storage.adminToken(), hasher),
            gateway.adminListen() != null,
            System::nanoTime);
    this.admin =
        new AdminApi(
            gate,
            keys,
            storage,
            () -> models.router().fleet(),
            this::status,
            clock,
            System::nanoTime);
    this.operations =
        new OperationsApi(
            new Readiness(() -> listening, () -> draining, () -> true), meters::scrape, gate);
    measure(records);
  }

  /**
   * Starts a gateway.
   *
   * @throws IOException when it cannot listen
   */
  public static Customhouse start(Start start) throws IOException, InterruptedException {
    return start(start, new HeadStart(start.clock()));
  }

  /** Starts a gateway of parts that were begun before. */
  static Customhouse start(Start start, HeadStart begun) throws IOException, InterruptedException {
    Engine engine = null;
    Storage storage = null;
    try {
      var opening =
          HeadStart.beside(
              "storage", () -> Storage.open(start.settings().gateway().dataDir(), start.clock()));
      engine = begun.engine();
      storage = opening.join();
      Customhouse house = new Customhouse(start, engine, storage, begun.meters());
      begun.finished(house);
      house.listen();
      return house;
    } catch (IOException | RuntimeException e) {
      if (engine != null) {
        engine.close();
      }
      if (storage != null) {
        storage.close();
      }
      if (e instanceof CompletionException && e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private MediaFetcher media(Settings.Egress settings) {
    Egress.Rules rules =
        new Egress.Rules(
            settings.allow().stream().map(Glob::new).toList(),
            settings.deny().stream().map(Glob::new).toList());
    return new MediaFetcher(
        new Egress(engine.egress(), engine.resolver(), rules, USER_AGENT, System::nanoTime),
        settings,
        System::nanoTime);
  }

  /** True when a model of that name may be asked for. */
  boolean knows(String model) {
    return models.router().knows(model);
  }

  /** OpenTelemetry's name of what is configured under the id; the id where nothing is. */
  String providerName(String id) {
    Provider provider = models.router().fleet().get(id);
    return provider == null ? id : provider.host().providerName();
  }

  private @Nullable Spans spans() {
    URI endpoint = gateway.telemetry().otlpEndpoint();
    if (endpoint == null) {
      return null;
    }
    Map<String, Secret> headers = new LinkedHashMap<>();
    gateway.telemetry().otlpHeaders().forEach((name, ref) -> headers.put(name, resolve(ref)));
    return Spans.toEndpoint(
        endpoint, headers, Version.text(), this::knows, this::providerName, eventLog);
  }

  private List<Consumer<RequestRecord>> observers() {
    List<Consumer<RequestRecord>> all = new ArrayList<>();
    all.add(log);
    all.add(meters);
    all.add(record ->
        UsageRows.of(record).ifPresent(row -> storage.usage().append(row, new Decision(record))));
    if (spans != null) {
      all.add(spans);
    }
    all.add(record -> witness.accept(record));
    return all;
  }

  private void measure(Observers records) {
    meters.requestsInFlight(quota::underWay);
    meters.streamsOpen(engine::streamsOpen);
    meters.requestsQueued(
        () -> models.router().fleet().all().stream().mapToLong(Provider::queued).sum());
    meters.usageRowsLost(storage.usage()::lostRows);
    meters.responsesLost(storage.responses()::lostRows);
    meters.logLinesDropped(log::dropped);
    meters.observerFailures(records::failures);
    Spans exporting = spans;
    if (exporting != null) {
      meters.spansDropped(exporting::dropped);
    }
    meters.configurationLoaded(startedAt);
  }

  private Secret resolve(Settings.SecretRef reference) {
    return start.secrets().resolve(reference.reference());
  }

  private void listen() throws IOException, InterruptedException {
    Settings.Listen own = gateway.adminListen();
    port =
        engine.listen(
            listener(gateway.listen()), own == null ? this::any : this::front, Rejections::body);
    if (own != null) {
      var unused = engine.listenToTheEnd(listener(own), this::back, Rejections::body);
    }
    listening = true;
    eventLog.event(
        EventLog.Level.INFO,
        "started",
        Map.of("port", Integer.toString(port), "configuration", start.source()));
  }

  private Listener listener(Settings.Listen listen) {
    Settings.Tls tls = listen.tls();
    return new Listener(
        listen.address(),
        listen.port(),
        tls == null
            ? null
            : new Listener.Tls(
                tls.certFile(),
                tls.keyFile(),
                Listener.ClientAuth.valueOf(tls.clientAuth().name()),
                tls.clientCaFile()),
        gateway.limits().bodyReadTimeout(),
        CONNECTIONS_PER_ADDRESS);
  }

  /** The listener of everything, where the admin API has none of its own. */
  private void any(Exchange exchange) {
    if (AdminApi.isAdminPath(exchange.rawPath())) {
      admin.handle(exchange);
    } else {
      front(exchange);
    }
  }

  private void front(Exchange exchange) {
    if (OperationsApi.isOperationsPath(exchange.rawPath())) {
      operations.handle(exchange);
    } else {
      flow.handle(exchange);
    }
  }

  private void back(Exchange exchange) {
    if (OperationsApi.isOperationsPath(exchange.rawPath())) {
      operations.handle(exchange);
    } else {
      admin.handle(exchange);
    }
  }

  private GatewayStatus status() {
    return new GatewayStatus(
        Version.text(),
        Duration.between(startedAt, start.clock().instant()),
        quota.underWay(),
        start.source(),
        lastReload,
        storage.usage().lostRows());
  }

  /** Serves by other settings from the next request on; what listens stays as it is. */
  public synchronized void reload(Settings changed) {
    Instant now = start.clock().instant();
    try {
      Router router = models.change(changed);
      keys.replaceManaged(changed.keys(), this::resolve);
      quota.limit(changed.gateway().limits().concurrentRequests());
      flow.reroute(router);
    } catch (SecretException | IllegalArgumentException e) {
      refused(List.of(String.valueOf(e.getMessage())), now);
      return;
    }
    lastReload = new GatewayStatus.Reload(now, List.of());
    meters.configurationLoaded(now);
    eventLog.event(
        EventLog.Level.INFO,
        "configuration_loaded",
        Map.of(
            "restart_needed_for_gateway_section",
            Boolean.toString(!changed.gateway().equals(gateway))));
  }

  /** A changed configuration was not valid; the last good one stays. */
  public void refused(SettingsException refusal) {
    refused(refusal.problems().stream().map(Object::toString).toList(), start.clock().instant());
  }

  private void refused(List<String> problems, Instant now) {
    lastReload = new GatewayStatus.Reload(now, problems);
    meters.configurationRefused();
    eventLog.event(
        EventLog.Level.ERROR,
        "configuration_refused",
        Map.of("problems", String.join("\n", problems)));
  }

  /** Asks the providers which models they have, so that lists show what globs only permit. */
  public void discoverModels() throws InterruptedException {
    flow.reroute(models.discover());
  }

  /** From now on this sees the record of each request too; for tests. */
  void watch(Consumer<RequestRecord> by) {
    witness = by;
  }

  /** Forgets which upstream made answers that nobody will ask for any more. */
  public void forgetOldOrigins() {
    int forgotten = storage.origins().purge();
    if (forgotten > 0) {
      eventLog.event(
          EventLog.Level.INFO, "origins_purged", Map.of("count", Integer.toString(forgotten)));
    }
  }

  /** Forgets the responses that were kept for long enough, or are too many. */
  public void forgetOldResponses() {
    Settings.State state = gateway.state();
    int forgotten =
        storage.responses().purge(start.clock().instant().minus(state.retention()), state.bytes());
    if (forgotten > 0) {
      eventLog.event(
          EventLog.Level.INFO, "responses_purged", Map.of("count", Integer.toString(forgotten)));
    }
  }

  /** The port that is listened on. */
  public int port() {
    return port;
  }

  /** Makes, lists and revokes downstream keys. */
  public KeyService keys() {
    return keys;
  }

  /** The admin token, when it was made at this start: to be shown this once. */
  public Optional<String> freshAdminToken() {
    return freshAdminToken;
  }

  Storage storage() {
    return storage;
  }

  /** Lets what is under way finish, for as long as the settings allow, and takes nothing new. */
  public void drain() throws InterruptedException {
    draining = true;
    eventLog.event(
        EventLog.Level.INFO, "draining", Map.of("under_way", Integer.toString(quota.underWay())));
    Duration timeout = gateway.limits().drainTimeout();
    long untilNanos = System.nanoTime() + timeout.toNanos();
    engine.drain(timeout);
    flow.stop(Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime())));
  }

  @Override
  public void close() {
    try {
      flow.stop(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    engine.close();
    if (spans != null) {
      spans.close();
    }
    storage.close();
    log.close();
  }
}
