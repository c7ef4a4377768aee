package dev.customhouse.wire;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The open connections of a listener: bounded per peer address, closed when idle for too long. */
final class Connections {
  private final int perAddress;
  private final Listener.Timeouts timeouts;
  private final Set<ServerConnection> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();
  private volatile boolean leaving;

  Connections(int perAddress, Listener.Timeouts timeouts) {
    this.perAddress = perAddress;
    this.timeouts = timeouts;
  }

  /**
   * A connection has been accepted.
   *
   * @return null when it is one too many and has been closed
   */
  @Nullable ServerConnection opened(Channel channel) {
    ServerConnection connection = new ServerConnection(channel, this);
    String address = connection.address();
    open.add(connection);
    int count = counts.merge(address, 1, Integer::sum);
    channel.closeFuture().addListener(closed -> closed(connection));
    if (count > perAddress) {
      connection.close();
      return null;
    }
    return connection;
  }

  private void closed(ServerConnection connection) {
    open.remove(connection);
    counts.computeIfPresent(connection.address(), (key, value) -> value == 1 ? null : value - 1);
    if (open.isEmpty()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /** Closes what has no request under way and had none for too long. */
  void tick(long nowNanos) {
    for (ServerConnection connection : open) {
      connection.tick(nowNanos, timeouts);
    }
  }

  /** Closes each connection once what is under way on it is answered. */
  void leave() {
    leaving = true;
    open.forEach(ServerConnection::leave);
  }

  /** Whether no further request is wanted on any of them. */
  boolean areLeaving() {
    return leaving;
  }

  /** Waits until none is open any more, for so long at most. */
  synchronized void awaitNone(Duration timeout) throws InterruptedException {
    long untilNanos = System.nanoTime() + timeout.toNanos();
    while (!open.isEmpty()) {
      long left = untilNanos - System.nanoTime();
      if (left <= 0) {
        return;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
  }

  /** Closes them all. */
  void close() {
    open.forEach(ServerConnection::close);
  }
}
