package dev.customhouse.wire;

import io.netty.channel.Channel;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.Http2ServerConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.WebSocketServerConfig;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TcpOption;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP engine: event loops, the servers on them and the client beside them. Each request gets a
 * virtual thread on the event loop its connection belongs to, and its upstream connection comes
 * from the same loop.
 */
public final class Engine implements AutoCloseable {
  /** As much of what clients send is looked at in one go; a usual head is smaller. */
  private static final int GUARD_WINDOW_BYTES = 2 * 1024;

  private static final String NETTY_EVENTS = "io.netty.jfr.enabled";

  /** How long the last words of what is cut at the end may take. */
  private static final Duration FAREWELL = Duration.ofMillis(500);

  /** The real bound on connections to a provider is the provider's own. */
  private static final Dialer.Manner PROVIDERS =
      new Dialer.Manner(
          true, true, Duration.ofSeconds(10), Duration.ofSeconds(55), 16_384, 64 * 1024);

  /** HTTP/1.1, a connection for each request, bodies as they come: nothing is left to chance. */
  private static final Dialer.Manner EGRESS =
      new Dialer.Manner(false, false, Duration.ofSeconds(5), Duration.ZERO, 64, 32 * 1024);

  /** How late a connection that nobody uses may be closed. */
  private static final long IDLE_CHECK_MILLIS = 1_000;

  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

  static {
    // Must stand before the first use of Netty. Its events for Flight Recorder cost 20 ms of the
    // first request and are of use to nobody but Netty's developers; what logs there are is known.
    if (System.getProperty(NETTY_EVENTS) == null) {
      System.setProperty(NETTY_EVENTS, "false");
    }
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private final Vertx vertx;
  private final Supplier<String> requestIds;
  private final @Nullable KeyStore trusted;
  private final List<Loop> loops = new ArrayList<>();
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();

  /** The listening sockets, as far as connections have come from them. */
  private final Set<Channel> listening = ConcurrentHashMap.newKeySet();

  private final AtomicInteger turn = new AtomicInteger();
  private volatile String date = HTTP_DATE.format(Instant.now());

  /**
   * Starts the event loops.
   *
   * @param eventLoops how many; one per processor is right
   * @param requestIds makes the id of each request
   */
  public Engine(int eventLoops, Supplier<String> requestIds) {
    this(eventLoops, requestIds, null);
  }

  /** The same; {@code trusted} has the certificates that upstreams are recognised by. */
  Engine(int eventLoops, Supplier<String> requestIds, @Nullable KeyStore trusted) {
    this.requestIds = requestIds;
    this.trusted = trusted;
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(eventLoops)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(2)
                .setPreferNativeTransport(true));
    for (int i = 0; i < eventLoops; i++) {
      loops.add(newLoop());
    }
    vertx.setPeriodic(1000, ignored -> date = HTTP_DATE.format(Instant.now()));
  }

  private Loop newLoop() {
    ContextInternal context = engine().createEventLoopContext();
    Loop loop = new Loop(context, dialer(PROVIDERS), dialer(EGRESS));
    context.execute(() -> {
      vertx.setPeriodic(Ticker.PERIOD_MILLIS, ignored -> loop.ticker().tick(System.nanoTime()));
      vertx.setPeriodic(
          IDLE_CHECK_MILLIS,
          ignored -> {
            loop.providers().tick(System.nanoTime());
            loop.egress().tick(System.nanoTime());
          });
    });
    return loop;
  }

  private Dialer dialer(Dialer.Manner manner) {
    return new Dialer(
        engine().transport().channelFactory(false),
        engine().nameResolver().nettyAddressResolverGroup(),
        trusted,
        manner);
  }

  private VertxInternal engine() {
    return (VertxInternal) vertx;
  }

  /** True when the threads of requests run on their event loops. */
  public static boolean threadsOnLoop() {
    return LoopThreads.onLoop();
  }

  /** Sends over sockets. */
  public Transport transport() {
    return new HttpTransport(this::anyLoop, Loop::providers);
  }

  /** Sends over sockets to addresses that clients wrote: requests that name the machine. */
  public Transport egress() {
    return new HttpTransport(this::anyLoop, Loop::egress);
  }

  /** Asks the system's name servers. */
  public Resolver resolver() {
    return new SystemResolver(engine().nameResolver());
  }

  private Loop anyLoop() {
    return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
  }

  /** Runs a task on a virtual thread that belongs to one of the loops. */
  public Thread start(Runnable task) {
    Loop current = Loop.current();
    Loop loop = current == null ? anyLoop() : current;
    Thread thread = loop.thread(task);
    thread.start();
    return thread;
  }

  /**
   * Listens and hands every request to the handler, on a virtual thread of its own.
   *
   * @param rejection writes the body for what is not HTTP or beyond the limits of the head
   * @return the port
   * @throws IOException when the address cannot be listened on
   */
  public int listen(Listener listener, Consumer<Exchange> handler, Rejection rejection)
      throws IOException, InterruptedException {
    return listen(listener, handler, rejection, true);
  }

  /** The same, but what comes here is served until the engine is closed, also while it drains. */
  public int listenToTheEnd(Listener listener, Consumer<Exchange> handler, Rejection rejection)
      throws IOException, InterruptedException {
    return listen(listener, handler, rejection, false);
  }

  private int listen(
      Listener listener, Consumer<Exchange> handler, Rejection rejection, boolean drained)
      throws IOException, InterruptedException {
    int port = listener.port() == 0 ? freePort(listener.address()) : listener.port();
    Connections connections =
        new Connections(listener.connectionsPerAddress(), listener.timeouts());
    vertx.setPeriodic(
        listener.timeouts().checkMillis(), ignored -> connections.closeIdle(System.nanoTime()));
    for (Loop loop : loops) {
      HttpServer server = newServer(listener, port);
      server.requestHandler(
          request -> accept(listener, loop, connections, request, handler, rejection));
      server.invalidRequestHandler(request ->
          reject(
              request,
              connections.find(request.connection()),
              Strictness.undecodable(),
              rejection));
      byte[] window = new byte[GUARD_WINDOW_BYTES];
      server.connectionHandler(connection -> {
        if (drained) {
          noteListening(connection);
        }
        connections.opened(connection, window);
      });
      server.exceptionHandler(ignored -> {});
      await(loop.on(server::listen), "%s:%d".formatted(listener.address(), port));
      if (drained) {
        servers.add(server);
      }
    }
    return port;
  }

  private void noteListening(HttpConnection connection) {
    Channel parent = connection instanceof ConnectionBase base ? base.channel().parent() : null;
    if (parent != null) {
      listening.add(parent);
    }
  }

  /** All loops must listen on one port, so that it has to be known before the first one does. */
  private static int freePort(String address) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(address, 0));
      return socket.getLocalPort();
    }
  }

  /** Writes the body of an answer to what never became a request. */
  public interface Rejection {
    /** A JSON body that says what was wrong. */
    byte[] body(int status, String message);
  }

  private void accept(
      Listener listener,
      Loop loop,
      Connections connections,
      HttpServerRequest request,
      Consumer<Exchange> handler,
      Rejection rejection) {
    Connections.@Nullable Open connection = connections.find(request.connection());
    FramingGuard guard = connection == null ? null : connection.guard();
    Strictness.Fault fault = guard == null ? null : guard.fault(request);
    if (fault == null) {
      fault = Strictness.fault(request);
    }
    if (fault != null) {
      reject(request, connection, fault, rejection);
      return;
    }
    new ServerExchange(
            loop, request, requestIds.get(), listener.timeouts().body(), date, connection, handler)
        .start();
  }

  private void reject(
      HttpServerRequest request,
      Connections.@Nullable Open connection,
      Strictness.Fault fault,
      Rejection rejection) {
    FramingGuard guard = connection == null ? null : connection.guard();
    if (guard != null) {
      guard.stop();
    }
    byte[] body = rejection.body(fault.status(), fault.message());
    HttpServerResponse response = request.response();
    if (guard != null) {
      response.putHeader("connection", "close");
    }
    var unused =
        response
            .setStatusCode(fault.status())
            .putHeader("content-type", "application/json")
            .putHeader("x-should-retry", "false")
            .putHeader("x-request-id", requestIds.get())
            .putHeader("date", date)
            .end(io.vertx.core.buffer.Buffer.buffer(body))
            .onComplete(done -> {
              if (guard != null) {
                guard.leave();
              }
            });
  }

  private HttpServer newServer(Listener listener, int port) {
    HttpServerConfig config = new HttpServerConfig();
    config.setTcpHost(listener.address()).setTcpPort(port);
    config.setHandle100ContinueAutomatically(false);
    config.setHttp1Config(
        new Http1ServerConfig()
            .setMaxInitialLineLength(2 * Listener.REQUEST_LINE_BYTES)
            .setMaxHeaderSize(2 * Listener.HEADER_BYTES)
            .setMaxChunkSize(64 * 1024));
    // Nobody speaks WebSocket here; its handlers would look at every message all the same.
    config.setWebSocketConfig(
        new WebSocketServerConfig()
            .setUsePerFrameCompression(false)
            .setUsePerMessageCompression(false));
    config
        .getTcpConfig()
        .getTransportConfig()
        .setReuseAddress(true)
        .setOption(TcpOption.NODELAY, true);
    config.getTcpConfig().setAcceptBacklog(4096);
    Listener.Tls tls = listener.tls();
    if (tls == null) {
      return vertx.createHttpServer(config.setVersions(HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0));
    }
    config.setVersions(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0);
    config.setHttp2Config(
        new Http2ServerConfig()
            .setInitialSettings(
                new Http2Settings()
                    .setMaxConcurrentStreams(Listener.STREAMS)
                    .setMaxHeaderListSize(Listener.HEADER_BYTES))
            .setRstFloodMaxRstFramePerWindow(Listener.RESETS)
            .setRstFloodWindowDuration(Listener.RESET_WINDOW));
    ServerSSLOptions ssl = new ServerSSLOptions();
    ssl.setUseAlpn(true);
    ssl.setEnabledSecureTransportProtocols(java.util.Set.of("TLSv1.3", "TLSv1.2"));
    ssl.setKeyCertOptions(
        new PemKeyCertOptions()
            .setCertPath(tls.certFile().toString())
            .setKeyPath(tls.keyFile().toString()));
    ssl.setClientAuth(
        switch (tls.clientAuth()) {
          case NONE -> io.vertx.core.http.ClientAuth.NONE;
          case REQUEST -> io.vertx.core.http.ClientAuth.REQUEST;
          case REQUIRE -> io.vertx.core.http.ClientAuth.REQUIRED;
        });
    java.nio.file.Path authorities = tls.clientCaFile();
    if (authorities != null) {
      ssl.setTrustOptions(new PemTrustOptions().addCertPath(authorities.toString()));
    }
    return vertx.createHttpServer(config, ssl);
  }

  /**
   * Stops listening, lets what is under way finish for as long as given, then has what waits for an
   * upstream say that it is over, and closes everything but what is served to the end.
   */
  public void drain(Duration timeout) throws InterruptedException {
    List<Future<Void>> closing = new ArrayList<>();
    // The engine itself would go on accepting, and drop what it accepts, until all is over.
    for (Channel socket : listening) {
      socket.close().await();
    }
    listening.clear();
    long farewell =
        vertx.setTimer(
            Math.max(1, timeout.toMillis()),
            ignored -> loops.forEach(loop -> loop.ticker().stop()));
    for (HttpServer server : servers) {
      closing.add(server.shutdown(timeout.plus(FAREWELL)));
    }
    servers.clear();
    for (Future<Void> each : closing) {
      try {
        await(each, "shutdown");
      } catch (IOException e) {
        // What did not end in time is closed below.
      }
    }
    vertx.cancelTimer(farewell);
  }

  /** Answers that are being written piece by piece now. */
  public int streamsOpen() {
    return loops.stream().mapToInt(loop -> loop.streams().get()).sum();
  }

  @Override
  public void close() {
    try {
      await(vertx.close(), "close");
    } catch (IOException e) {
      // Nothing is left to be done with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static <T> void await(Future<T> future, String what)
      throws IOException, InterruptedException {
    try {
      future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(what + ": " + cause.getMessage(), cause);
    }
  }
}
