package dev.customhouse.wire;

import dev.customhouse.wire.TransportException.Reason;
import dev.customhouse.wire.UpstreamConnection.Receiver;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections upstream of one event loop, which alone touches them: a request takes the one
 * that was used last, or one more is opened.
 */
final class Upstreams {
  /** Requests to one origin that may wait for a connection. */
  private static final int WAITING = 16_384;

  /** Connections of HTTP/2 to one origin; each carries many requests. */
  private static final int HTTP2_CONNECTIONS = 16;

  private final EventLoop loop;
  private final Dialer dialer;
  private final RequestHead head = new RequestHead();
  private final Map<Origin, Pool> pools = new HashMap<>();

  Upstreams(EventLoop loop, Dialer dialer) {
    this.loop = loop;
    this.dialer = dialer;
  }

  /** Sends a request once there is a connection for it. */
  void send(UpstreamRequest request, Receiver receiver) {
    Origin origin = Origin.of(request);
    Pool pool = pools.get(origin);
    if (pool == null) {
      pool = new Pool(origin);
      pools.put(origin, pool);
    }
    pool.send(new Waiting(request, receiver));
  }

  /** Closes connections that nobody has used for a while, and dead ones. */
  void tick(long nowNanos) {
    for (Pool pool : List.copyOf(pools.values())) {
      pool.tick(nowNanos);
    }
    pools.values().removeIf(Pool::isEmpty);
  }

  private record Waiting(UpstreamRequest request, Receiver receiver) {}

  /** The connections to one origin. */
  private final class Pool implements Dialer.Caller {
    private final Origin origin;
    private final ArrayDeque<Http1Connection> idle = new ArrayDeque<>();
    private final Set<UpstreamConnection> open = new HashSet<>();
    private final List<Http2Connection> shared = new ArrayList<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int dialled;

    /** Whether one connection will serve many; believed of a secure origin until it is known. */
    private boolean sharing;

    Pool(Origin origin) {
      this.origin = origin;
      this.sharing = origin.secure() && dialer.manner().http2();
    }

    void send(Waiting next) {
      UpstreamConnection connection = waiting.isEmpty() ? take() : null;
      if (connection != null) {
        send(connection, next);
        serve(connection);
      } else if (waiting.size() >= WAITING) {
        next.receiver.fail(
            new TransportException(
                Reason.QUEUE_FULL, "too many requests wait for a connection to " + origin.host()));
      } else {
        waiting.add(next);
        dial();
      }
    }

    /** A connection that may be used now; null: none. */
    private @Nullable UpstreamConnection take() {
      for (Http2Connection connection : shared) {
        if (connection.hasRoom()) {
          return connection;
        }
      }
      while (true) {
        Http1Connection connection = idle.pollLast();
        if (connection == null || connection.hasRoom()) {
          return connection;
        }
      }
    }

    private void send(UpstreamConnection connection, Waiting next) {
      try {
        connection.send(next.request, origin, next.receiver);
      } catch (RuntimeException e) {
        // What cannot be sent, such as a header field with a line break in it.
        next.receiver.fail(e);
      }
    }

    private void dial() {
      int most = sharing ? HTTP2_CONNECTIONS : dialer.manner().connections();
      int wanted = sharing ? Math.min(1, waiting.size()) : waiting.size();
      while (dialled < wanted && open.size() + dialled < most) {
        dialled++;
        dialer.dial(loop, origin, this);
      }
    }

    @Override
    public void http1(Channel channel) {
      sharing = false;
      Http1Connection connection =
          new Http1Connection(channel, head, dialer.manner().keepAlive(), this::serve);
      opened(channel, connection);
      channel.pipeline().addLast(connection);
      serve(connection);
      dial();
    }

    @Override
    public void http2(Channel channel) {
      sharing = true;
      Http2Connection connection =
          new Http2Connection(channel, dialer.manner().keepAlive(), this::serve);
      opened(channel, connection);
      shared.add(connection);
      channel.pipeline().addLast(connection);
      serve(connection);
    }

    private void opened(Channel channel, UpstreamConnection connection) {
      dialled--;
      open.add(connection);
      channel
          .closeFuture()
          .addListener(closed -> {
            open.remove(connection);
            shared.remove(connection);
            dial();
          });
    }

    /** Who waits can be served by the others where these carry many; otherwise it is told. */
    @Override
    public void failed(Throwable cause) {
      dialled--;
      if (sharing && shared.stream().anyMatch(Http2Connection::isStaying)) {
        return;
      }
      for (int left = sharing ? waiting.size() : 1; left > 0 && !waiting.isEmpty(); left--) {
        waiting.remove().receiver.fail(cause);
      }
      dial();
    }

    /** Gives a connection to those who wait, as far as it has room. */
    private void serve(UpstreamConnection connection) {
      while (connection.hasRoom()) {
        Waiting next = waiting.poll();
        if (next == null) {
          if (connection instanceof Http1Connection free) {
            idle.add(free);
          }
          return;
        }
        send(connection, next);
      }
      dial();
    }

    void tick(long nowNanos) {
      for (UpstreamConnection connection : List.copyOf(open)) {
        connection.tick(nowNanos);
      }
      idle.removeIf(connection -> !connection.hasRoom());
    }

    boolean isEmpty() {
      return open.isEmpty() && dialled == 0 && waiting.isEmpty();
    }
  }
}
