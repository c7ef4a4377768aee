package dev.customhouse.wire;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The open connections of a listener: bounded per peer address, closed when idle for too long. */
final class Connections {
  private final int perAddress;
  private final Map<HttpConnection, Open> open = new ConcurrentHashMap<>();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();

  Connections(int perAddress) {
    this.perAddress = perAddress;
  }

  /** A connection has been accepted. */
  void opened(HttpConnection connection) {
    SocketAddress remote = connection.remoteAddress(true);
    String host = remote == null ? null : remote.hostAddress();
    String address = host == null ? "unknown" : host;
    open.put(connection, new Open(System.nanoTime()));
    int count = counts.merge(address, 1, Integer::sum);
    connection.closeHandler(nothing -> {
      open.remove(connection);
      counts.computeIfPresent(address, (key, value) -> value == 1 ? null : value - 1);
    });
    if (count > perAddress) {
      var unused = connection.close();
    }
  }

  @Nullable Open find(HttpConnection connection) {
    return open.get(connection);
  }

  /** Closes what has no request under way and had none for too long. */
  void closeIdle(long nowNanos) {
    open.forEach((connection, state) -> {
      if (state.idleFor(nowNanos)) {
        var unused = connection.close();
      }
    });
  }

  /** What one connection is doing. Written on its loop only. */
  static final class Open {
    private volatile int underWay;
    private volatile boolean used;
    private volatile long sinceNanos;

    Open(long nowNanos) {
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

    boolean idleFor(long nowNanos) {
      long limit = (used ? Listener.IDLE_CONNECTION : Listener.FIRST_HEAD).toNanos();
      return underWay == 0 && nowNanos - sinceNanos > limit;
    }
  }
}
