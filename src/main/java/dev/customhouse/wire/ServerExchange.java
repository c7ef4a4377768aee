package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An exchange over a socket. The thread that works on it waits here for the body and for slow
 * readers; everything that touches the engine runs on the loop.
 */
final class ServerExchange extends Waiter implements Exchange {
  /** Bytes of a body that are taken in before anybody has asked for it. */
  private static final int UNASKED_BODY_BYTES = 64 * 1024;

  /** What a body that was declared gets at once, before as much of it has come. */
  private static final int GENEROUS_BYTES = 128 * 1024;

  /** For a slow reader, unless {@link #patience} is given another. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  private static final byte[] NOTHING = {};

  private static final ThreadLocal<@Nullable ServerExchange> CURRENT = new ThreadLocal<>();

  private final Loop loop;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final String id;
  private final Headers headers;
  private final String rawPath;
  private final @Nullable String rawQuery;
  private final Duration bodyReadTimeout;
  private final long arrivedNanos = System.nanoTime();
  private final String date;
  private final Connections.@Nullable Open connection;
  private byte[] body = NOTHING;
  private int bodyBytes;
  private long wantedBytes = UNASKED_BODY_BYTES;
  private boolean bodyHeld;
  private boolean bodyEnded;
  private Strictness.@Nullable Fault bodyFault;
  private boolean gone;
  private @Nullable Abandonable upstream;
  private boolean finished;
  private volatile boolean full;
  private volatile boolean begun;
  private volatile boolean stopping;
  private volatile boolean streamed;
  private volatile long lastSentNanos;
  private @Nullable KeepAlive keepAlive;
  private long patienceNanos = arrivedNanos + PATIENCE.toNanos();

  ServerExchange(
      Loop loop,
      HttpServerRequest request,
      String id,
      Duration bodyReadTimeout,
      String date,
      Connections.@Nullable Open connection,
      Consumer<Exchange> handler) {
    this.loop = loop;
    this.request = request;
    this.response = request.response();
    this.id = id;
    this.bodyReadTimeout = bodyReadTimeout;
    this.date = date;
    this.connection = connection;
    this.headers = fields(request);
    String uri = request.uri();
    int question = uri.indexOf('?');
    this.rawPath = question < 0 ? uri : uri.substring(0, question);
    this.rawQuery = question < 0 ? null : uri.substring(question + 1);
    super.thread(loop.thread(() -> run(handler)));
  }

  /** HTTP/2 has a pseudo field in the place of {@code Host} (RFC 9113, section 8.3.1). */
  private static Headers fields(HttpServerRequest request) {
    Headers.Builder builder = Headers.builder();
    request
        .headers()
        .forEach(entry -> {
          if (!entry.getKey().startsWith(":")) {
            builder.add(entry.getKey(), entry.getValue());
          }
        });
    HostAndPort authority = request.version() == HttpVersion.HTTP_2 ? request.authority() : null;
    if (authority != null && !request.headers().contains("host")) {
      builder.add("host", authority.toString());
    }
    return builder.build();
  }

  /** Called on the loop, before the body can have been read. */
  void start() {
    request.handler(this::bodyPiece);
    request.endHandler(nothing -> bodyEnd());
    request.exceptionHandler(cause -> gone());
    response.exceptionHandler(cause -> gone());
    response.closeHandler(nothing -> gone());
    loop.ticker().add(this);
    if (connection != null) {
      connection.requestBegan();
      FramingGuard guard = connection.guard();
      if (guard != null) {
        guard.begin(this);
      }
    }
    thread().start();
  }

  /** The exchange that the calling thread works on; null on other threads. */
  static @Nullable ServerExchange current() {
    return CURRENT.get();
  }

  /** The gateway ends: no request of this exchange has time to be answered any more. */
  @Override
  void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** What is of no use when the client leaves. */
  interface Abandonable {
    /** The client has left. Called on the loop, once its thread has been interrupted. */
    void abandon();
  }

  /** The request upstream that this exchange waits for; null: none any more. */
  void upstream(@Nullable Abandonable request) {
    synchronized (this) {
      upstream = request;
    }
  }

  private void run(Consumer<Exchange> handler) {
    CURRENT.set(this);
    try {
      handler.accept(this);
    } finally {
      loop.ticker().remove(this);
      if (streamed) {
        loop.streams().decrementAndGet();
      }
      if (connection != null) {
        connection.requestEnded(System.nanoTime());
      }
      boolean incomplete;
      synchronized (this) {
        incomplete = !finished;
      }
      if (incomplete) {
        abort();
      }
    }
  }

  private void bodyPiece(Buffer buffer) {
    int arrived = buffer.length();
    synchronized (this) {
      if (bodyBytes + arrived > body.length) {
        body = Arrays.copyOf(body, room(bodyBytes + arrived));
      }
      buffer.getBytes(body, bodyBytes);
      bodyBytes += arrived;
      if (bodyBytes > wantedBytes && !bodyHeld) {
        bodyHeld = true;
        request.pause();
      }
    }
    signal();
  }

  /**
   * How large the array becomes for so many bytes: as large as the client has declared, so that it
   * is copied once, but not much beyond what has come. Who declares much and sends little gets
   * little.
   */
  private int room(int bytes) {
    long ahead = Math.max(GENEROUS_BYTES, 4L * bytes);
    String declared = headers.get("content-length");
    long whole =
        declared == null || declared.length() > 10
            ? (bodyBytes == 0 ? bytes : 2L * bytes)
            : Math.max(bytes, Long.parseLong(declared));
    return (int) Math.min(Math.min(whole, ahead), Integer.MAX_VALUE - 8);
  }

  private void bodyEnd() {
    synchronized (this) {
      bodyEnded = true;
    }
    signal();
  }

  /** The rest of the body cannot be read. Called on the loop. */
  void bodyFailed(Strictness.Fault fault) {
    synchronized (this) {
      bodyFault = fault;
    }
    signal();
  }

  /**
   * The client has left, or the answer is over. Only the first is news to the thread; the upstream
   * hears of it here already, because where a thousand leave at once it takes long until the last
   * thread has had its turn.
   */
  private void gone() {
    Abandonable request;
    synchronized (this) {
      if (gone || finished) {
        return;
      }
      gone = true;
      request = upstream;
    }
    thread().interrupt();
    if (request != null) {
      request.abandon();
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public String rawPath() {
    return rawPath;
  }

  @Override
  public @Nullable String rawQuery() {
    return rawQuery;
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public String remoteAddress() {
    return connection == null ? Connections.address(request.connection()) : connection.address();
  }

  @Override
  public boolean fromLoopback() {
    String address = remoteAddress();
    return address.startsWith("127.")
        || (!"unknown".equals(address) && InetAddress.ofLiteral(address).isLoopbackAddress());
  }

  @Override
  public long arrivedNanos() {
    return arrivedNanos;
  }

  @Override
  public byte[] body(int maxBytes) throws InterruptedException {
    String declared = headers.get("content-length");
    if (declared != null && (declared.length() > 10 || Long.parseLong(declared) > maxBytes)) {
      throw tooLarge(maxBytes);
    }
    if (headers.contains("expect")) {
      loop.execute(() -> {
        var unused = response.writeContinue();
      });
    }
    boolean resume;
    synchronized (this) {
      wantedBytes = maxBytes;
      resume = bodyHeld && bodyBytes <= maxBytes;
      if (resume) {
        bodyHeld = false;
      }
    }
    if (resume) {
      loop.execute(request::resume);
    }
    long untilNanos = System.nanoTime() + bodyReadTimeout.toNanos();
    while (true) {
      synchronized (this) {
        if (bodyBytes > maxBytes) {
          throw tooLarge(maxBytes);
        }
        if (bodyEnded) {
          return bodyBytes == body.length ? body : Arrays.copyOf(body, bodyBytes);
        }
        if (bodyFault != null) {
          throw new Refusal(
              ErrorKind.INVALID_REQUEST,
              "malformed_body",
              "The request body is not well-formed: " + bodyFault.message());
        }
      }
      if (!await(untilNanos)) {
        throw new Refusal(
            ErrorKind.TIMEOUT,
            "request_timeout",
            "The request body did not arrive within %d s.".formatted(bodyReadTimeout.toSeconds()));
      }
    }
  }

  private static Refusal tooLarge(int maxBytes) {
    return new Refusal(
        ErrorKind.TOO_LARGE,
        "request_too_large",
        "The request body is larger than the limit of %d bytes.".formatted(maxBytes));
  }

  @Override
  public boolean answer(int status, Headers fields, byte[] body) {
    synchronized (this) {
      if (begun || finished) {
        return false;
      }
      begun = true;
      finished = true;
    }
    loop.execute(() -> answerOnLoop(status, fields, body));
    return true;
  }

  private void answerOnLoop(int status, Headers fields, byte[] body) {
    if (response.ended() || response.closed()) {
      return;
    }
    boolean bodyUnread;
    synchronized (this) {
      bodyUnread = !bodyEnded;
    }
    FramingGuard guard = connection == null ? null : connection.guard();
    head(status, fields);
    if (bodyUnread && guard != null) {
      guard.stop();
      response.putHeader("connection", "close");
    }
    var sending = response.end(BufferInternal.buffer(Unpooled.wrappedBuffer(body)));
    if (bodyUnread) {
      sending.onComplete(done -> leave(guard));
    }
  }

  /** What is left of the body is not wanted (RFC 9112, section 9.6; RFC 9113, section 8.1). */
  private void leave(@Nullable FramingGuard guard) {
    if (guard != null) {
      guard.leave();
    } else {
      var unused = response.reset(0);
    }
  }

  private void head(int status, Headers fields) {
    response.setStatusCode(status);
    var target = response.headers();
    for (int i = 0; i < fields.size(); i++) {
      target.add(fields.nameAt(i), fields.valueAt(i));
    }
    target.set("date", date);
  }

  @Override
  public void begin(int status, Headers fields) {
    synchronized (this) {
      if (begun || finished) {
        return;
      }
      begun = true;
      lastSentNanos = System.nanoTime();
    }
    streaming();
    loop.execute(() -> beginOnLoop(status, fields));
  }

  private void streaming() {
    streamed = true;
    loop.streams().incrementAndGet();
  }

  private void beginOnLoop(int status, Headers fields) {
    if (!response.closed() && !response.headWritten()) {
      response.setChunked(request.version() != HttpVersion.HTTP_2);
      head(status, fields);
    }
  }

  @Override
  public boolean begun() {
    return begun;
  }

  @Override
  public void keepAlive(Duration interval, Headers fields, byte[] bytes) {
    synchronized (this) {
      lastSentNanos = System.nanoTime();
      keepAlive = new KeepAlive(interval.toNanos(), fields, bytes);
    }
  }

  private record KeepAlive(long intervalNanos, Headers headers, byte[] bytes) {}

  /** On the loop's own thread, like everything that is sent: a comment never splits a piece. */
  @Override
  void tick(long nowNanos) {
    super.tick(nowNanos);
    KeepAlive due;
    boolean first;
    synchronized (this) {
      due = keepAlive;
      if (due == null || finished || gone || nowNanos - lastSentNanos < due.intervalNanos()) {
        return;
      }
      first = !begun;
      begun = true;
      lastSentNanos = nowNanos;
    }
    if (first) {
      streaming();
      beginOnLoop(200, due.headers());
    }
    send(BufferInternal.buffer(Unpooled.wrappedBuffer(due.bytes())));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (length == 0) {
      return;
    }
    lastSentNanos = System.nanoTime();
    Buffer buffer = BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, offset, length));
    loop.execute(() -> send(buffer));
    while (full) {
      if (!await(patienceNanos) && full) {
        abort();
        throw new InterruptedException();
      }
    }
  }

  @Override
  public void patience(long untilNanos) {
    patienceNanos = untilNanos;
  }

  private void send(Buffer buffer) {
    if (response.closed() || response.ended()) {
      return;
    }
    var unused = response.write(buffer);
    if (response.writeQueueFull()) {
      full = true;
      response.drainHandler(nothing -> {
        full = false;
        signal();
      });
    }
  }

  @Override
  public void end() {
    synchronized (this) {
      if (finished) {
        return;
      }
      finished = true;
    }
    loop.execute(() -> {
      if (!response.closed() && !response.ended()) {
        var unused = response.end();
      }
    });
  }

  @Override
  public void abort() {
    synchronized (this) {
      finished = true;
    }
    loop.execute(() -> {
      if (!response.closed()) {
        var unused =
            request.version() == HttpVersion.HTTP_2
                ? response.reset(0x2)
                : request.connection().close();
      }
    });
  }
}
