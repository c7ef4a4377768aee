package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.TransportException.Reason;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
  private final Function<Loop, HttpClientAgent> clients;

  /** Sends by one of a loop's clients. */
  HttpTransport(Supplier<Loop> anyLoop, Function<Loop, HttpClientAgent> clients) {
    this.anyLoop = anyLoop;
    this.clients = clients;
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
    Sent sent = new Sent(loop, clients, Thread.currentThread(), request, client);
    loop.ticker().add(sent);
    if (client != null) {
      client.upstream(sent);
    }
    boolean answered = false;
    try {
      loop.execute(() -> sent.guarded(sent::start));
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
      implements UpstreamAnswer, ServerExchange.Abandonable {
    private final Loop loop;
    private final Function<Loop, HttpClientAgent> clients;
    private final UpstreamRequest request;
    private final @Nullable ServerExchange client;
    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private @Nullable HttpClientRequest sending;
    private @Nullable HttpClientResponse receiving;
    private int arrivedBytes;
    private boolean held;
    private boolean ended;
    private boolean closed;
    private boolean abandoned;
    private boolean stopped;
    private boolean sentBody;
    private @Nullable Throwable failure;
    private int status;
    private Headers headers = Headers.EMPTY;
    private volatile boolean headArrived;

    Sent(
        Loop loop,
        Function<Loop, HttpClientAgent> clients,
        Thread thread,
        UpstreamRequest request,
        @Nullable ServerExchange client) {
      super.thread(thread);
      this.client = client;
      this.loop = loop;
      this.clients = clients;
      this.request = request;
    }

    /** A fault of what is sent, such as a header field that none can be, must not wait in vain. */
    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    void start() {
      java.net.URI uri = request.uri();
      boolean secure = "https".equalsIgnoreCase(uri.getScheme());
      String query = uri.getRawQuery();
      String path = uri.getRawPath();
      int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
      InetAddress address = request.address();
      RequestOptions options =
          new RequestOptions()
              .setMethod(HttpMethod.valueOf(request.method()))
              .setHost(uri.getHost())
              .setPort(port)
              .setSsl(secure)
              .setURI(query == null ? path : path + "?" + query);
      if (address != null) {
        options.setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)));
      }
      if (!secure) {
        // Otherwise every new connection asks to be upgraded to h2c, which some servers take ill.
        options.setProtocolVersion(HttpVersion.HTTP_1_1);
      }
      clients
          .apply(loop)
          .request(options)
          .onComplete(result -> {
            if (result.failed()) {
              fail(result.cause());
            } else {
              guarded(() -> connected(result.result()));
            }
          });
    }

    private void connected(HttpClientRequest opened) {
      boolean late;
      synchronized (this) {
        late = closed || abandoned;
        sending = opened;
        sentBody = true;
      }
      if (late) {
        var unused = opened.reset();
        return;
      }
      // Without it the engine logs the fault, and with it what the upstream sent.
      opened.connection().exceptionHandler(ignored -> {});
      var fields = opened.headers();
      Headers given = request.headers();
      for (int i = 0; i < given.size(); i++) {
        fields.add(given.nameAt(i), given.valueAt(i));
      }
      opened
          .response()
          .onComplete(result -> {
            if (result.failed()) {
              fail(result.cause());
            } else {
              guarded(() -> head(result.result()));
            }
          });
      opened.exceptionHandler(this::fail);
      if (request.body().length == 0) {
        var unused = opened.end();
      } else {
        var unused = opened.end(BufferInternal.buffer(Unpooled.wrappedBuffer(request.body())));
      }
    }

    private void head(HttpClientResponse response) {
      Headers.Builder builder = Headers.builder();
      response.headers().forEach(entry -> builder.add(entry.getKey(), entry.getValue()));
      synchronized (this) {
        status = response.statusCode();
        headers = builder.build();
        receiving = response;
      }
      response.handler(this::bytes);
      response.endHandler(nothing -> end());
      response.exceptionHandler(this::fail);
      headArrived = true;
      signal();
    }

    private void bytes(Buffer buffer) {
      byte[] copy = ((BufferInternal) buffer).getBytes();
      synchronized (this) {
        arrived.add(copy);
        arrivedBytes += copy.length;
        if (arrivedBytes > HIGH_WATER_BYTES && !held && receiving != null) {
          held = true;
          receiving.pause();
        }
      }
      signal();
    }

    private void end() {
      synchronized (this) {
        if (abandoned) {
          return;
        }
        ended = true;
      }
      signal();
    }

    private void fail(Throwable cause) {
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
            throw exception(cause, sentBody);
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
          HttpClientResponse response = receiving;
          if (resume && response != null) {
            loop.execute(response::resume);
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
      HttpClientRequest open;
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        open = ended || abandoned ? null : sending;
        arrived.clear();
      }
      loop.ticker().remove(this);
      if (client != null) {
        client.upstream(null);
      }
      if (open != null) {
        loop.execute(() -> {
          var unused = open.reset();
        });
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
      HttpClientRequest open;
      synchronized (this) {
        if (closed || ended || abandoned) {
          return;
        }
        abandoned = true;
        open = sending;
      }
      if (open != null) {
        loop.execute(() -> {
          var unused = open.reset();
        });
      }
    }

    private TransportException exception(Throwable cause, boolean wasSent) {
      String host = request.uri().getHost();
      String name = cause.getClass().getSimpleName();
      if (cause instanceof io.vertx.core.http.ConnectionPoolTooBusyException) {
        return new TransportException(
            Reason.QUEUE_FULL, "too many requests wait for a connection to " + host);
      }
      if (!wasSent) {
        String why =
            cause instanceof UnknownHostException
                ? "unknown host"
                : cause instanceof ConnectException
                    ? "connection refused"
                    : name.toLowerCase(Locale.ROOT).contains("ssl") ? "TLS failed" : name;
        return new TransportException(Reason.CONNECT, "no connection to " + host + ": " + why);
      }
      return new TransportException(Reason.CUT, "the connection to " + host + " broke off");
    }
  }
}
