package dev.customhouse.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP engine: event loops, the servers on them and the connections upstream beside them. Each
 * request gets a virtual thread on the event loop its connection belongs to, and its upstream
 * connection comes from the same loop.
 */
public final class Engine implements AutoCloseable {
  private static final String NETTY_EVENTS = "io.netty.jfr.enabled";

  /** How long the last words of what is cut at the end may take. */
  private static final Duration FAREWELL = Duration.ofMillis(500);

  /** How long the loops may take to end. */
  private static final Duration ENDING = Duration.ofSeconds(5);

  /** Connections that wait to be accepted. */
  private static final int BACKLOG = 4_096;

  /** The real bound on connections to a provider is the provider's own. */
  private static final Dialer.Manner PROVIDERS =
      new Dialer.Manner(
          true, true, Duration.ofSeconds(10), Duration.ofSeconds(55), 16_384, 64 * 1024);

  /** HTTP/1.1, a connection for each request, bodies as they come: nothing is left to chance. */
  private static final Dialer.Manner EGRESS =
      new Dialer.Manner(false, false, Duration.ofSeconds(5), Duration.ZERO, 64, 32 * 1024);

  static {
    // Must stand before the first use of Netty. Its events for Flight Recorder cost 20 ms of the
    // first request and are of use to nobody but Netty's developers; what logs there are is known.
    if (System.getProperty(NETTY_EVENTS) == null) {
      System.setProperty(NETTY_EVENTS, "false");
    }
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private final Sockets sockets = Sockets.best();
  private final EventLoopGroup group;
  private final Supplier<String> requestIds;
  private final @Nullable KeyStore trusted;
  private final List<Loop> loops = new ArrayList<>();
  private final List<Open> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private @Nullable AddressResolverGroup<InetSocketAddress> names;

  /** A listener at work. */
  private record Open(Channel socket, Connections connections, boolean drained) {}

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
    this.group =
        new MultiThreadIoEventLoopGroup(
            eventLoops, new DefaultThreadFactory("loop"), sockets.events());
    for (EventExecutor each : group) {
      Loop loop = new Loop((EventLoop) each, dialer(PROVIDERS), dialer(EGRESS));
      loops.add(loop);
      loop.start();
    }
  }

  private Dialer dialer(Dialer.Manner manner) {
    return new Dialer(sockets.clients(), this::names, trusted, manner);
  }

  /** Made when the first name is to be found: reading the machine's settings takes a while. */
  private synchronized AddressResolverGroup<InetSocketAddress> names() {
    AddressResolverGroup<InetSocketAddress> made = names;
    if (made == null) {
      made = sockets.names();
      names = made;
    }
    return made;
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
    return new SystemResolver(this::names, this::anyLoop);
  }

  private Loop anyLoop() {
    return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
  }

  private Loop loopOf(Channel channel) {
    EventLoop wanted = channel.eventLoop();
    for (Loop loop : loops) {
      if (loop.eventLoop() == wanted) {
        return loop;
      }
    }
    throw new IllegalStateException();
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
   * @throws IOException when the address cannot be listened on, or a file of TLS not be used
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
    Listener.Timeouts timeouts = listener.timeouts();
    Listener.Tls files = listener.tls();
    SslContext tls = files == null ? null : Acceptor.tls(files);
    Connections connections = new Connections(listener.connectionsPerAddress(), timeouts);
    Service service = new Service(handler, rejection, requestIds, timeouts.body());
    var bound =
        new ServerBootstrap()
            .group(group)
            .channelFactory(sockets.servers())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(new Acceptor(this::loopOf, connections, service, tls))
            .bind(listener.address(), listener.port())
            .await();
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      throw new IOException(
          "%s:%d: %s".formatted(listener.address(), listener.port(), cause.getMessage()), cause);
    }
    Channel socket = bound.channel();
    loops.getFirst().every(timeouts.checkMillis(), () -> connections.tick(System.nanoTime()));
    listeners.add(new Open(socket, connections, drained));
    return ((InetSocketAddress) socket.localAddress()).getPort();
  }

  /** Writes the body of an answer to what never became a request. */
  public interface Rejection {
    /** A JSON body that says what was wrong. */
    byte[] body(int status, String message);
  }

  /**
   * Stops listening, lets what is under way finish for as long as given, then has what waits for an
   * upstream say that it is over, and closes everything but what is served to the end.
   */
  public void drain(Duration timeout) throws InterruptedException {
    List<Open> ending = listeners.stream().filter(Open::drained).toList();
    listeners.removeAll(ending);
    for (Open listener : ending) {
      listener.socket.close().await();
      listener.connections.leave();
    }
    await(ending, timeout);
    loops.forEach(loop -> loop.ticker().stop());
    await(ending, FAREWELL);
    ending.forEach(listener -> listener.connections.close());
  }

  private static void await(List<Open> ending, Duration timeout) throws InterruptedException {
    long untilNanos = System.nanoTime() + timeout.toNanos();
    for (Open listener : ending) {
      listener.connections.awaitNone(Duration.ofNanos(untilNanos - System.nanoTime()));
    }
  }

  /** Answers that are being written piece by piece now. */
  public int streamsOpen() {
    return loops.stream().mapToInt(loop -> loop.streams().get()).sum();
  }

  @Override
  public void close() {
    var ended = group.shutdownGracefully(0, ENDING.toMillis(), TimeUnit.MILLISECONDS);
    try {
      ended.await(ENDING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
