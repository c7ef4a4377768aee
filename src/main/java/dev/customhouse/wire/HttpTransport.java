package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.TransportException.Reason;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends over sockets: HTTP/1.1, or HTTP/2 where the upstream agrees to it by ALPN. */
final class HttpTransport implements Transport {
  /** Bytes of an answer that may wait here for the reader before the upstream is held back. */
  private static final int HIGH_WATER_BYTES = 256 * 1024;

  private final Supplier<Loop> anyLoop;
  private final Function<Loop, Upstreams> upstreams;

  /** Sends by some of a loop's connections. */
  HttpTransport(Supplier<Loop> anyLoop, Function<Loop, Upstreams> upstreams) {
    this.anyLoop = anyLoop;
    this.upstreams = upstreams;
  }

  @Override
  public UpstreamAnswer send(UpstreamRequest request)
      throws TransportException, InterruptedException {
    Loop current = Loop.current();
    Loop loop = current == null ? anyLoop.get() : current;
    ServerExchange client = ServerExchange.current();
    if (client != null && client.isStopping()) {
      throw stopping();
    }
    Sent sent = new Sent(loop, Thread.currentThread(), request, client);
    loop.ticker().add(sent);
    if (client != null) {
      client.upstream(sent);
    }
    boolean answered = false;
    try {
      loop.execute(() -> upstreams.apply(loop).send(request, sent));
      sent.awaitHead(System.nanoTime() + request.firstByteTimeout().toNanos());
      answered = true;
      return sent;
    } finally {
      if (!answered) {
        sent.close();
      }
    }
  }

  private static Refusal stopping() {
    return new Refusal(
        ErrorKind.UNAVAILABLE,
        "gateway_stopping",
        "The gateway is being stopped and could not wait for the end of this answer.");
  }

  /** One request under way. Fields without {@code volatile} belong to the loop's thread. */
  private static final class Sent extends Waiter
      implements UpstreamAnswer, UpstreamConnection.Receiver, ServerExchange.Abandonable {
    private final Loop loop;
    private final UpstreamRequest request;
    private final @Nullable ServerExchange client;
    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private UpstreamConnection.@Nullable Stream stream;
    private int arrivedBytes;
    private boolean held;
    private boolean ended;
    private boolean closed;
    private boolean abandoned;
    private boolean stopped;
    private @Nullable Throwable failure;
    private int status;
    private Headers headers = Headers.EMPTY;
    private volatile boolean headArrived;

    Sent(Loop loop, Thread thread, UpstreamRequest request, @Nullable ServerExchange client) {
      super.thread(thread);
      this.client = client;
      this.loop = loop;
      this.request = request;
    }

    @Override
    public boolean sending(UpstreamConnection.Stream given) {
      synchronized (this) {
        if (closed || abandoned) {
          return false;
        }
        stream = given;
      }
      return true;
    }

    @Override
    public void head(int status, Headers headers) {
      synchronized (this) {
        this.status = status;
        this.headers = headers;
      }
      headArrived = true;
      signal();
    }

    @Override
    public void bytes(byte[] piece) {
      synchronized (this) {
        arrived.add(piece);
        arrivedBytes += piece.length;
        if (arrivedBytes > HIGH_WATER_BYTES && !held && stream != null) {
          held = true;
          stream.hold(this);
        }
      }
      signal();
    }

    @Override
    public void end() {
      synchronized (this) {
        if (abandoned) {
          return;
        }
        ended = true;
      }
      signal();
    }

    @Override
    public void fail(Throwable cause) {
      synchronized (this) {
        if (abandoned) {
          // The thread is interrupted and must not take it for a fault of the upstream's.
          return;
        }
        if (failure == null && !ended) {
          failure = cause;
        }
      }
      signal();
    }

    void awaitHead(long untilNanos) throws TransportException, InterruptedException {
      while (!headArrived) {
        synchronized (this) {
          Throwable cause = failure;
          if (cause != null) {
            throw exception(cause, stream != null);
          }
          if (stopped) {
            throw stopping();
          }
        }
        if (!await(untilNanos) && !headArrived) {
          throw new TransportException(
              Reason.TIMEOUT,
              "no answer from %s within %d ms"
                  .formatted(request.uri().getHost(), request.firstByteTimeout().toMillis()));
        }
      }
    }

    @Override
    public int status() {
      return status;
    }

    @Override
    public Headers headers() {
      return headers;
    }

    @Override
    public byte @Nullable [] next(Duration timeout)
        throws TransportException, InterruptedException {
      long untilNanos = System.nanoTime() + timeout.toNanos();
      while (true) {
        boolean resume = false;
        byte[] taken = null;
        synchronized (this) {
          if (!arrived.isEmpty()) {
            taken = takeAll();
            resume = held;
            held = false;
          } else if (ended) {
            return null;
          } else {
            Throwable cause = failure;
            if (cause != null) {
              throw exception(cause, true);
            }
            if (stopped) {
              throw stopping();
            }
          }
        }
        if (taken != null) {
          UpstreamConnection.Stream from = stream;
          if (resume && from != null) {
            loop.execute(() -> from.resume(this));
          }
          return taken;
        }
        if (!await(untilNanos)) {
          synchronized (this) {
            if (arrived.isEmpty() && !ended && failure == null) {
              throw new TransportException(
                  Reason.TIMEOUT,
                  "nothing came from %s for %d ms"
                      .formatted(request.uri().getHost(), timeout.toMillis()));
            }
          }
        }
      }
    }

    /** All that one read of the socket brought becomes one piece, and so one write. */
    private byte[] takeAll() {
      byte[] first = arrived.remove();
      if (arrived.isEmpty()) {
        arrivedBytes = 0;
        return first;
      }
      byte[] all = java.util.Arrays.copyOf(first, arrivedBytes);
      int length = first.length;
      for (byte[] piece : arrived) {
        System.arraycopy(piece, 0, all, length, piece.length);
        length += piece.length;
      }
      arrived.clear();
      arrivedBytes = 0;
      return all;
    }

    @Override
    public void close() {
      UpstreamConnection.Stream open;
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        open = ended || abandoned ? null : stream;
        arrived.clear();
      }
      loop.ticker().remove(this);
      if (client != null) {
        client.upstream(null);
      }
      if (open != null) {
        loop.execute(() -> open.cancel(this));
      }
    }

    /** What no client waits for, such as a copy, ends with the engine. */
    @Override
    void stop() {
      if (client != null) {
        synchronized (this) {
          stopped = true;
        }
        signal();
      }
    }

    @Override
    public void abandon() {
      UpstreamConnection.Stream open;
      synchronized (this) {
        if (closed || ended || abandoned) {
          return;
        }
        abandoned = true;
        open = stream;
      }
      if (open != null) {
        open.cancel(this);
      }
    }

    private TransportException exception(Throwable cause, boolean wasSent) {
      String host = request.uri().getHost();
      String name = cause.getClass().getSimpleName();
      if (cause instanceof TransportException known) {
        return known;
      }
      if (!wasSent) {
        String why =
            switch (cause) {
              case UnknownHostException _ -> "unknown host";
              case ConnectTimeoutException _ -> "it did not answer in time";
              case ConnectException _ -> "connection refused";
              default -> name.toLowerCase(Locale.ROOT).contains("ssl") ? "TLS failed" : name;
            };
        return new TransportException(Reason.CONNECT, "no connection to " + host + ": " + why);
      }
      return new TransportException(Reason.CUT, "the connection to " + host + " broke off");
    }
  }
}
