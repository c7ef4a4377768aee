package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import io.netty.buffer.ByteBuf;
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

  /** Bytes that a thread may write before the loop must have had its turn. */
  private static final int UNSENT_BYTES = 64 * 1024;

  /** For a slow reader, unless {@link #patience} is given another. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  private static final byte[] NOTHING = {};

  private static final ThreadLocal<@Nullable ServerExchange> CURRENT = new ThreadLocal<>();

  private final Loop loop;
  private final ServerStream stream;
  private final ServerConnection connection;
  private final String id;
  private final String method;
  private final String rawPath;
  private final @Nullable String rawQuery;
  private final Headers headers;
  private final Duration bodyTime;
  private final long arrivedNanos = System.nanoTime();
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
  private int unsentBytes;
  private volatile boolean begun;
  private volatile boolean stopping;
  private volatile boolean streamed;
  private volatile long lastSentNanos;
  private @Nullable KeepAlive keepAlive;
  private long patienceNanos = arrivedNanos + PATIENCE.toNanos();

  /**
   * An exchange whose head has come.
   *
   * @param target the request's, as sent
   */
  ServerExchange(
      Loop loop,
      ServerStream stream,
      ServerConnection connection,
      Service service,
      String method,
      String target,
      Headers headers) {
    this.loop = loop;
    this.stream = stream;
    this.connection = connection;
    this.id = service.ids().get();
    this.method = method;
    int question = target.indexOf('?');
    this.rawPath = question < 0 ? target : target.substring(0, question);
    this.rawQuery = question < 0 ? null : target.substring(question + 1);
    this.headers = headers;
    this.bodyTime = service.bodyTime();
    super.thread(loop.thread(() -> run(service.handler())));
  }

  /** Called on the loop, like all that follows until {@link #gone}. */
  void start() {
    loop.ticker().add(this);
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
      boolean incomplete;
      synchronized (this) {
        incomplete = !finished;
      }
      if (incomplete) {
        abort();
      }
    }
  }

  /** A piece of the body has come; its bytes are copied. */
  void bodyPiece(ByteBuf bytes) {
    int arrived = bytes.readableBytes();
    synchronized (this) {
      if (bodyBytes + arrived > body.length) {
        body = Arrays.copyOf(body, room(bodyBytes + arrived));
      }
      bytes.readBytes(body, bodyBytes, arrived);
      bodyBytes += arrived;
      if (bodyBytes > wantedBytes && !bodyHeld) {
        bodyHeld = true;
        stream.hold(this);
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

  /** The body is complete. */
  void bodyEnd() {
    synchronized (this) {
      bodyEnded = true;
    }
    signal();
  }

  /** The rest of the body cannot be read. */
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
  void gone() {
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

  /** What was sent has gone out as far as to make room for more. */
  void drained() {
    full = false;
    signal();
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String method() {
    return method;
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
    return connection.address();
  }

  @Override
  public boolean fromLoopback() {
    return connection.isLoopback();
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
      loop.execute(() -> stream.askForBody(this));
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
      loop.execute(() -> stream.resume(this));
    }
    long untilNanos = System.nanoTime() + bodyTime.toNanos();
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
            "The request body did not arrive within %d s.".formatted(bodyTime.toSeconds()));
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
    loop.execute(() -> stream.answer(this, status, fields, body));
    return true;
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
    loop.execute(() -> stream.begin(this, status, fields));
  }

  private void streaming() {
    streamed = true;
    loop.streams().incrementAndGet();
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
      stream.begin(this, 200, due.headers());
    }
    send(due.bytes(), 0, due.bytes().length);
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
    unsentBytes += length;
    if (unsentBytes >= UNSENT_BYTES) {
      unsentBytes = 0;
      full = true;
    }
    loop.execute(() -> send(bytes, offset, length));
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

  private void send(byte[] bytes, int offset, int length) {
    stream.write(this, bytes, offset, length);
    boolean before = full;
    full = stream.isFull();
    if (before && !full) {
      signal();
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
    loop.execute(() -> stream.end(this));
  }

  @Override
  public void abort() {
    synchronized (this) {
      finished = true;
    }
    loop.execute(() -> stream.abort(this));
  }
}
