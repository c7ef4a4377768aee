package dev.customhouse;

import dev.customhouse.audit.Events;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.Glob;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.flow.Flow;
import dev.customhouse.flow.api.Api;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.flow.quota.Quota;
import dev.customhouse.flow.route.Router;
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
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.sandbox.Pause;
import dev.customhouse.provider.sandbox.Sandbox;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Engine;
import dev.customhouse.wire.Listener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The running gateway: every part built by hand, in the order a request meets them. */
public final class Customhouse implements AutoCloseable {
  private static final int CONNECTIONS_PER_ADDRESS = 16_384;
  private static final String USER_AGENT = "customhouse/" + Version.text();

  /** A source of random numbers that asks the calling thread's own: no lock, no contention. */
  private static final RandomGenerator RANDOM = () -> ThreadLocalRandom.current().nextLong();

  private final Engine engine;
  private final Storage storage;
  private final Keyring keyring;
  private final Quota quota;
  private final Flow flow;
  private final Providers providers;
  private final SecretResolver secrets;
  private final Clock clock;
  private final Meters meters;
  private final AccessLog log;
  private final EventLog eventLog;
  private @Nullable Spans spans;
  private volatile Consumer<RequestRecord> witness = ignored -> {};
  private volatile Router router;
  private Settings settings;
  private int port;

  private Customhouse(
      Settings settings,
      SecretResolver secrets,
      Clock clock,
      Storage storage,
      Engine engine,
      Meters meters,
      OutputStream log) {
    this.settings = settings;
    this.secrets = secrets;
    this.clock = clock;
    this.storage = storage;
    this.engine = engine;
    this.meters = meters;
    this.log = new AccessLog(log);
    this.eventLog = this.log.events(clock);
    Settings.Limits limits = settings.gateway().limits();
    Timeouts timeouts =
        new Timeouts(
            limits.firstByteTimeout(),
            limits.idleTimeout(),
            limits.totalTimeout(),
            limits.answerBytes());
    Dialects dialects =
        new Dialects(
            new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new Gemini());
    this.providers = new Providers(secrets, engine.transport(), new Sandbox(clock, Pause.REAL));
    this.keyring = new Keyring(storage.keyHasher(java.security.SecureRandom::new), clock);
    Events events = new Signals(eventLog, meters);
    Observers records = observers();
    this.quota = new Quota(limits.concurrentRequests(), System::nanoTime, events);
    Flow.Stages stages =
        new Flow.Stages(
            new Api(
                dialects,
                settings.gateway().cors().allowedOrigins(),
                limits.bodyBytes(),
                limits.keepAliveInterval()),
            keyring,
            quota,
            new Translator(dialects, USER_AGENT),
            new Upstream(dialects, timeouts, Thread::sleep, RANDOM, clock, events),
            new Shadow(engine::start, timeouts, events),
            new Counter());
    this.router = router(settings);
    this.flow = new Flow(stages, router, clock, RANDOM, records);
    measure(records);
  }

  /**
   * Starts a gateway.
   *
   * @throws IOException when it cannot listen
   */
  public static Customhouse start(
      Settings settings, SecretResolver secrets, Clock clock, OutputStream log)
      throws IOException, InterruptedException {
    // Half of a cold start is loading the classes of these three: they do it side by side.
    CompletableFuture<Storage> opening =
        beside("storage", () -> Storage.open(settings.gateway().dataDir(), clock));
    AtomicReference<Customhouse> started = new AtomicReference<>();
    CompletableFuture<Meters> metering =
        beside("meters", () -> new Meters(model -> knows(started.get(), model)));
    Engine engine =
        new Engine(Runtime.getRuntime().availableProcessors(), new RequestIds(clock, RANDOM));
    try {
      Customhouse house =
          new Customhouse(settings, secrets, clock, opening.get(), engine, metering.get(), log);
      started.set(house);
      house.putStaticKeys(settings);
      house.listen();
      return house;
    } catch (ExecutionException e) {
      engine.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (IOException | RuntimeException e) {
      engine.close();
      opening.join().close();
      throw e;
    }
  }

  private void measure(Observers records) {
    meters.requestsInFlight(quota::underWay);
    meters.requestsQueued(() -> router.fleet().all().stream().mapToLong(Provider::queued).sum());
    meters.usageRowsLost(storage.usage()::lostRows);
    meters.logLinesDropped(log::dropped);
    meters.observerFailures(records::failures);
    Spans exporting = spans;
    if (exporting != null) {
      meters.spansDropped(exporting::dropped);
    }
  }

  private static <T> CompletableFuture<T> beside(String name, Supplier<T> work) {
    return CompletableFuture.supplyAsync(
        work, task -> Thread.ofPlatform().daemon().name("start-" + name).start(task));
  }

  private static boolean knows(@Nullable Customhouse house, String model) {
    return house != null && house.router.knows(model);
  }

  private Observers observers() {
    List<Consumer<RequestRecord>> all = new ArrayList<>();
    all.add(log);
    all.add(meters);
    URI endpoint = settings.gateway().telemetry().otlpEndpoint();
    if (endpoint != null) {
      Map<String, Secret> headers = new LinkedHashMap<>();
      settings
          .gateway()
          .telemetry()
          .otlpHeaders()
          .forEach((name, value) -> headers.put(name, secrets.resolve(value.reference())));
      spans =
          Spans.toEndpoint(
              endpoint, headers, Version.text(), model -> router.knows(model), eventLog);
      all.add(spans);
    }
    all.add(record -> witness.accept(record));
    return new Observers(all, eventLog);
  }

  private void listen() throws IOException, InterruptedException {
    Settings.Listen listen = settings.gateway().listen();
    port = engine.listen(listener(listen), flow::handle, Rejections::body);
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
        settings.gateway().limits().bodyReadTimeout(),
        CONNECTIONS_PER_ADDRESS);
  }

  private Router router(Settings settings) {
    Fleet fleet = providers.fleet(settings);
    Map<String, Settings.Model> models = new LinkedHashMap<>(settings.models());
    if (settings.gateway().sandbox()) {
      for (String model : Sandbox.models()) {
        models.putIfAbsent("sandbox/" + model, sandboxModel("sandbox/" + model));
      }
    }
    return new Router(models, List.of(), fleet, storage.origins(), RANDOM, clock);
  }

  private static Settings.Model sandboxModel(String name) {
    return new Settings.Model(
        name,
        List.of(new Settings.Target(SandboxHost.TYPE, null, 1)),
        List.of(),
        Settings.Strategy.ORDERED,
        new Settings.Retry(1, Set.of(), Duration.ofMillis(200)),
        null);
  }

  private void putStaticKeys(Settings settings) {
    int streams = settings.gateway().limits().concurrentStreamsPerKey();
    List<Keyring.Entry> managed = new ArrayList<>();
    for (Settings.Key key : settings.keys()) {
      Integer own = key.concurrentStreams();
      Caller caller =
          new Caller(
              "config:" + key.name(),
              key.name(),
              key.project(),
              key.models().stream().map(Glob::new).toList(),
              key.rpm(),
              own == null ? streams : own);
      String secret = secrets.resolve(key.key().reference()).reveal();
      managed.add(new Keyring.Entry(keyring.hash(secret), caller, null, null, true));
    }
    keyring.replaceManaged(managed);
  }

  /** Serves by other settings from the next request on; what listens stays as it is. */
  public synchronized void reload(Settings changed) {
    Router changedRouter = router(changed);
    putStaticKeys(changed);
    quota.limit(changed.gateway().limits().concurrentRequests());
    flow.reroute(changedRouter);
    router = changedRouter;
    settings = changed;
  }

  /** From now on this sees the record of each request too; for tests. */
  void watch(Consumer<RequestRecord> by) {
    witness = by;
  }

  /** The port that is listened on. */
  public int port() {
    return port;
  }

  /** Lets what is under way finish, for as long as the settings allow, and takes nothing new. */
  public void drain() throws InterruptedException {
    engine.drain(settings.gateway().limits().drainTimeout());
  }

  @Override
  public void close() {
    engine.close();
    if (spans != null) {
      spans.close();
    }
    storage.close();
    log.close();
  }
}
