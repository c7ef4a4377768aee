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
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.sandbox.Pause;
import dev.customhouse.provider.sandbox.Sandbox;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Engine;
import dev.customhouse.wire.Listener;
import java.io.IOException;
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
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

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
  private volatile Consumer<RequestRecord> witness = ignored -> {};
  private Settings settings;
  private int port;

  private Customhouse(
      Settings settings, SecretResolver secrets, Clock clock, Storage storage, Engine engine) {
    this.settings = settings;
    this.secrets = secrets;
    this.clock = clock;
    this.storage = storage;
    this.engine = engine;
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
    Events events = new Nobody();
    Consumer<RequestRecord> records = record -> witness.accept(record);
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
    this.flow = new Flow(stages, router(settings), clock, RANDOM, records);
  }

  private static final class Nobody implements Events {
    @Override
    public void keySetAside(
        String provider, String upstreamKey, dev.customhouse.canonical.ErrorKind why) {}

    @Override
    public void circuitOpened(String provider, String model) {}

    @Override
    public void shadowed(String provider, String model, int status, long durationMicros) {}

    @Override
    public void shadowSkipped(String provider, String model) {}

    @Override
    public void shed(String where) {}
  }

  /**
   * Starts a gateway.
   *
   * @throws IOException when it cannot listen
   */
  public static Customhouse start(Settings settings, SecretResolver secrets, Clock clock)
      throws IOException, InterruptedException {
    CompletableFuture<Storage> opening =
        CompletableFuture.supplyAsync(
            () -> Storage.open(settings.gateway().dataDir(), clock),
            task -> Thread.ofPlatform().name("storage-opening").start(task));
    Engine engine =
        new Engine(Runtime.getRuntime().availableProcessors(), new RequestIds(clock, RANDOM));
    try {
      Storage storage = opening.get();
      Customhouse house = new Customhouse(settings, secrets, clock, storage, engine);
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
    Router router = router(changed);
    putStaticKeys(changed);
    quota.limit(changed.gateway().limits().concurrentRequests());
    flow.reroute(router);
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
    storage.close();
  }
}
