package dev.customhouse.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The open connections of a listener: bounded per peer address, closed when idle for too long. */
final class Connections {
  private final int perAddress;
  private final Listener.Timeouts timeouts;
  private final Map<HttpConnection, Open> open = new ConcurrentHashMap<>();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();

  Connections(int perAddress, Listener.Timeouts timeouts) {
    this.perAddress = perAddress;
    this.timeouts = timeouts;
  }

  /**
   * A connection has been accepted.
   *
   * @param window scratch space of the connection's event loop
   */
  void opened(HttpConnection connection, byte[] window) {
    String address = address(connection);
    open.put(connection, new Open(address, guard(connection, window), System.nanoTime()));
    int count = counts.merge(address, 1, Integer::sum);
    connection.closeHandler(nothing -> {
      open.remove(connection);
      counts.computeIfPresent(address, (key, value) -> value == 1 ? null : value - 1);
    });
    if (count > perAddress) {
      var unused = connection.close();
    }
  }

  /** The peer's address, without port. */
  static String address(HttpConnection connection) {
    SocketAddress remote = connection.remoteAddress(true);
    String host = remote == null ? null : remote.hostAddress();
    return host == null ? "unknown" : host;
  }

  /** The guard now at the head of an HTTP/1.1 connection; HTTP/2 frames its messages itself. */
  private static @Nullable FramingGuard guard(HttpConnection connection, byte[] window) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    ChannelHandlerContext decoder = pipeline.context(HttpRequestDecoder.class);
    if (decoder == null) {
      return null;
    }
    FramingGuard guard = new FramingGuard(decoder, window);
    pipeline.addBefore(decoder.name(), "framing", guard);
    return guard;
  }

  @Nullable Open find(HttpConnection connection) {
    return open.get(connection);
  }

  /** Closes what has no request under way and had none for too long. */
  void closeIdle(long nowNanos) {
    open.forEach((connection, state) -> {
      if (state.idleFor(nowNanos, timeouts)) {
        var unused = connection.close();
      }
    });
  }

  /** What one connection is doing. Written on its loop only. */
  static final class Open {
    private final String address;
    private final @Nullable FramingGuard guard;
    private volatile int underWay;
    private volatile boolean used;
    private volatile long sinceNanos;

    Open(String address, @Nullable FramingGuard guard, long nowNanos) {
      this.address = address;
      this.guard = guard;
      sinceNanos = nowNanos;
    }

    synchronized void requestBegan() {
      used = true;
      underWay++;
    }

    synchronized void requestEnded(long nowNanos) {
      underWay--;
      sinceNanos = nowNanos;
    }

    /** The peer's. */
    String address() {
      return address;
    }

    /** Null on HTTP/2. */
    @Nullable FramingGuard guard() {
      return guard;
    }

    boolean idleFor(long nowNanos, Listener.Timeouts timeouts) {
      long limit = (used ? timeouts.idle() : timeouts.firstHead()).toNanos();
      return underWay == 0 && nowNanos - sinceNanos > limit;
    }
  }
}
