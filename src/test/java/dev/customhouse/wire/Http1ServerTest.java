package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import dev.customhouse.canonical.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of HTTP/1.1 with clients: whose turn it is, how answers are framed, how it ends. */
class Http1ServerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SILENCE = Duration.ofMillis(300);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int LARGE_BYTES = 300_000;

  /** More than the buffers of both sides hold. */
  private static final int HUGE_BYTES = 20_000_000;

  private final Engine engine = new Engine(1, () -> "req_1");
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final AtomicLong written = new AtomicLong();
  private final CompletableFuture<Throwable> left = new CompletableFuture<>();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    port = listen(null, new Listener.Timeouts(LONG, LONG, LONG));
  }

  private int listen(Listener.@Nullable Tls tls, Listener.Timeouts timeouts) throws Exception {
    return engine.listen(
        new Listener("127.0.0.1", 0, tls, timeouts, 100),
        this::handle,
        (status, message) -> bytes(message));
  }

  @AfterEach
  void close() {
    mayGoOn.countDown();
    engine.close();
  }

  private void handle(Exchange exchange) {
    try {
      exchange.patience(System.nanoTime() + LONG.toNanos());
      String body = new String(exchange.body(1_000_000), StandardCharsets.US_ASCII);
      switch (exchange.rawPath()) {
        case "/slow" -> {
          arrived.countDown();
          mayGoOn.await();
          exchange.answer(200, Headers.EMPTY, bytes("slow " + body));
        }
        case "/nothing" -> exchange.answer(204, Headers.EMPTY, new byte[0]);
        case "/large" -> {
          exchange.answer(200, Headers.EMPTY, new byte[LARGE_BYTES]);
          written.addAndGet(LARGE_BYTES);
        }
        case "/huge" -> exchange.answer(200, Headers.EMPTY, new byte[HUGE_BYTES]);
        case "/fields" ->
            exchange.answer(
                200,
                Headers.of(
                    "X-Model", "a\r\nSet-Cookie: b\u6a21",
                    "Content-Length", "1",
                    "Connection", "close",
                    "Transfer-Encoding", "chunked",
                    "Date", "never"),
                bytes("whole"));
        case "/stream" -> {
          stream(exchange, bytes("one "), bytes("two"), new byte[LARGE_BYTES]);
          exchange.end();
        }
        case "/cut" -> {
          stream(exchange, bytes("one "));
          exchange.abort();
        }
        case "/endless" -> {
          exchange.begin(200, Headers.EMPTY);
          byte[] piece = new byte[10_000];
          while (true) {
            exchange.write(piece, 0, piece.length);
            written.addAndGet(piece.length);
            arrived.countDown();
          }
        }
        default -> exchange.answer(200, Headers.EMPTY, bytes(exchange.method() + " " + body));
      }
    } catch (InterruptedException e) {
      left.complete(e);
    }
  }

  private static void stream(Exchange exchange, byte[]... pieces) throws InterruptedException {
    exchange.begin(200, Headers.of("content-type", "text/plain"));
    for (byte[] piece : pieces) {
      exchange.write(piece, 0, piece.length);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String get(String path) {
    return "GET %s HTTP/1.1\r\nHost: a\r\n\r\n".formatted(path);
  }

  private static String post(String path, String body) {
    return "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, body.length(), body);
  }

  @Test
  void requestsSentAtOnceAreAnsweredInTheirOrder() throws Exception {
    try (RawHttp client = RawHttp.to(port)) {
      client.send(post("/slow", "a") + post("/", "b"));
      arrived.await();
      client.send(get("/") + post("/large", "c") + "POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
      mayGoOn.countDown();

      assertThat(client.answer().body()).isEqualTo("slow a");
      assertThat(client.answer().body()).isEqualTo("POST b");
      assertThat(client.answer().body()).isEqualTo("GET ");
      assertThat(client.answer().body()).hasSize(LARGE_BYTES);
      client.send("ngth: 1\r\n\r\nd");
      assertThat(client.answer().body()).isEqualTo("POST d");
    }
  }

  @Test
  void aThousandRequestsSentAtOnceAreAllAnswered() {
    try (RawHttp client = RawHttp.to(port)) {
      client.send(post("/", "b").repeat(1_000));

      for (int i = 0; i < 1_000; i++) {
        assertThat(client.answer().body()).isEqualTo("POST b");
      }
    }
  }

  @Test
  void largeBodiesComeOneAfterTheOther() {
    String body = "x".repeat(LARGE_BYTES);
    try (RawHttp client = RawHttp.to(port)) {
      for (int i = 0; i < 20; i++) {
        String part = body.substring(i * LARGE_BYTES / 20);
        assertThat(client.send(post("/", part)).answer().body()).isEqualTo("POST " + part);
      }
      client.send(post("/", body) + post("/", body));
      assertThat(client.answer().body()).hasSize(5 + LARGE_BYTES);
      assertThat(client.answer().body()).hasSize(5 + LARGE_BYTES);
    }
  }

  @Test
  void aFaultIsAnsweredWhenItsTurnHasCome() throws Exception {
    try (RawHttp client = RawHttp.to(port)) {
      client.send(post("/slow", "a") + "GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get("/"));
      arrived.await();
      mayGoOn.countDown();

      assertThat(client.rest(SILENCE).statuses()).containsExactly(200, 400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/large", "/stream"})
  void headGetsTheHeadAlone(String path) {
    try (RawHttp client = RawHttp.to(port)) {
      client.send("HEAD %s HTTP/1.1\r\nHost: a\r\n\r\n".formatted(path));
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assertThat(client.text().split("\r\n\r\n"))
          .hasSize(2)
          .allSatisfy(head -> assertThat(head).startsWith("HTTP/1.1 200 OK\r\n"));
    }
  }

  @Test
  void anAnswerWithoutContentSaysNoLength() {
    try (RawHttp client = RawHttp.to(port)) {
      Answer answer = client.send(get("/nothing") + get("/")).answer();

      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.headers()).doesNotContainKeys("content-length", "transfer-encoding");
      assertThat(client.answer().body()).isEqualTo("GET ");
    }
  }

  @Test
  void whatAnAnswerSaysOfItsFrameIsTheConnectionsBusiness() {
    try (RawHttp client = RawHttp.to(port)) {
      Answer answer = client.send(get("/fields") + get("/")).answer();

      assertThat(answer.body()).isEqualTo("whole");
      assertThat(answer.headers())
          .containsOnlyKeys("x-model", "date", "content-length")
          .containsEntry("x-model", "a  Set-Cookie: b?");
      assertThat(answer.header("date")).matches("..., \\d+ ... \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
      assertThat(client.answer().body()).isEqualTo("GET ");
    }
  }

  @Test
  void aStreamComesInChunksAndTheNextAnswerAfterIt() {
    try (RawHttp client = RawHttp.to(port)) {
      Answer answer = client.send(get("/stream") + get("/")).answer();

      assertThat(answer.header("transfer-encoding")).isEqualTo("chunked");
      assertThat(answer.body()).startsWith("one two").hasSize(7 + LARGE_BYTES);
      assertThat(client.answer().body()).isEqualTo("GET ");
    }
  }

  @Test
  void theConnectionIsClosedWhereTheClientWantsIt() {
    try (RawHttp client = RawHttp.to(port)) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get("/"));

      assertThat(client.answer().header("connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void theOldVersionKeepsTheConnectionOnlyWhenAsked() {
    try (RawHttp client = RawHttp.to(port)) {
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.answer().header("connection")).isEqualTo("keep-alive");
      client.send("GET / HTTP/1.0\r\n\r\n");
      assertThat(client.answer().header("connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void theOldVersionGetsAStreamThatEndsWithTheConnection() {
    try (RawHttp client = RawHttp.to(port)) {
      client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

      assertThat(client.text())
          .doesNotContainIgnoringCase("transfer-encoding")
          .containsIgnoringCase("connection: close\r\n")
          .contains("\r\n\r\none two")
          .hasSizeGreaterThan(LARGE_BYTES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1.1"})
  void anAnswerThatIsBrokenOffDoesNotLookWhole(String version) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) LONG.toMillis());
      socket
          .getOutputStream()
          .write(bytes("GET /cut HTTP/%s\r\nHost: a\r\n\r\n".formatted(version)));

      InputStream in = socket.getInputStream();
      boolean reset = false;
      StringBuilder text = new StringBuilder();
      try {
        for (int b = in.read(); b >= 0; b = in.read()) {
          text.append((char) b);
        }
      } catch (SocketException e) {
        reset = true;
      }
      assertThat(reset || text.toString().contains("4\r\none \r\n")).isTrue();
      assertThat(text).doesNotContain("0\r\n\r\n");
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsTheWriterUp() throws Exception {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4_096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.getOutputStream().write(bytes(get("/endless")));
      arrived.await();
      long held = settled();
      assertThat(held).isLessThan(20_000_000);
      assertThat(socket.getInputStream().readNBytes((int) held + 1_000_000))
          .hasSize((int) held + 1_000_000);
      assertThat(written.get()).isGreaterThan(held);
    }
    assertThat(left.get(15, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void aClientThatOnlyAsksWaitsUntilItReads() throws Exception {
    int requests = 300;
    try (RawHttp client = RawHttp.to(port)) {
      client.send(get("/large").repeat(requests));

      assertThat(settled()).isPositive().isLessThan(requests * LARGE_BYTES / 3);
      for (int i = 0; i < requests; i++) {
        assertThat(client.answer().body()).hasSize(LARGE_BYTES);
      }
    }
  }

  /** One that has begun to read a huge answer. */
  private static Socket slowReader(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(65_536);
    socket.setSoTimeout((int) LONG.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.getOutputStream().write(bytes(get("/huge")));
    assertThat(socket.getInputStream().readNBytes(1_000)).hasSize(1_000);
    return socket;
  }

  /** Lets so much time pass as makes a connection an idle one. */
  private static void awaitIdle(int port) {
    try (RawHttp idle = RawHttp.to(port)) {
      assertThat(idle.send(get("/")).answer().status()).isEqualTo(200);
      assertThat(idle.closed()).isTrue();
    }
  }

  @Test
  void aConnectionIsNotIdleWhileItsAnswerIsSent() throws Exception {
    int hasty = listen(null, new Listener.Timeouts(LONG, SHORT, LONG));
    try (Socket slow = slowReader(hasty)) {
      awaitIdle(hasty);
      assertThat(slow.getInputStream().readNBytes(HUGE_BYTES - 1_000)).hasSize(HUGE_BYTES - 1_000);
    }
  }

  @Test
  void anAnswerThatIsNotReadIsGivenUpOneDay() throws Exception {
    int hasty = listen(null, new Listener.Timeouts(LONG, SHORT, LONG, SHORT));
    try (Socket slow = slowReader(hasty)) {
      awaitIdle(hasty);
      long read = 0;
      try {
        read = slow.getInputStream().readAllBytes().length;
      } catch (SocketException e) {
        // Reset, which is as good.
      }
      assertThat(read).isLessThan(HUGE_BYTES - 1_000);
    }
  }

  @Test
  void anAnswerIsSentWholeBeforeTheEnd() throws Exception {
    try (Socket slow = slowReader(port);
        RawHttp idle = RawHttp.to(port)) {
      assertThat(idle.send(get("/")).answer().status()).isEqualTo(200);
      Thread draining = drain();
      assertThat(idle.closed()).isTrue();
      assertThat(slow.getInputStream().readNBytes(HUGE_BYTES - 1_000)).hasSize(HUGE_BYTES - 1_000);
      slow.close();
      assertThat(draining.join(Duration.ofSeconds(15))).isTrue();
    }
  }

  private Thread drain() {
    return Thread.startVirtualThread(() -> {
      try {
        engine.drain(LONG);
      } catch (InterruptedException e) {
        // Then it has not drained, and the test fails.
      }
    });
  }

  @Test
  void anAnswerThatIsBrokenOffDoesNotLookWholeOverTls(@TempDir Path folder) throws Exception {
    Identity identity = Identity.of("server", folder);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(identity.certificateOnly());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    int secure =
        listen(
            new Listener.Tls(
                identity.certificate(), identity.key(), Listener.ClientAuth.NONE, null),
            new Listener.Timeouts(LONG, LONG, LONG));
    try (Socket socket = context.getSocketFactory().createSocket("127.0.0.1", secure)) {
      socket.setSoTimeout((int) LONG.toMillis());
      socket.getOutputStream().write(bytes("GET /cut HTTP/1.0\r\n\r\n"));

      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class);
    }
  }

  /** How much was written when no more was for a while. */
  private long settled() {
    long before = -1;
    long sinceNanos = System.nanoTime();
    while (System.nanoTime() - sinceNanos < SILENCE.toNanos()) {
      long now = written.get();
      if (now != before) {
        before = now;
        sinceNanos = System.nanoTime();
      }
      Thread.onSpinWait();
    }
    return before;
  }

  @Test
  void aClientThatLeavesIsNoticedWhileItsAnswerIsAwaited() throws Exception {
    try (RawHttp client = RawHttp.to(port)) {
      client.send(get("/slow"));
      arrived.await();
    }
    assertThat(left.get(15, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void whoeverIsConnectedAtTheEndGetsTheAnswerUnderWayAndNoOther() throws Exception {
    try (RawHttp busy = RawHttp.to(port);
        RawHttp idle = RawHttp.to(port)) {
      assertThat(idle.send(get("/")).answer().status()).isEqualTo(200);
      busy.send(get("/slow") + get("/"));
      arrived.await();
      Thread draining = drain();
      assertThat(idle.closed()).isTrue();
      mayGoOn.countDown();
      assertThat(busy.answer().header("connection")).isEqualTo("close");
      assertThat(busy.closed()).isTrue();
      busy.close();
      assertThat(draining.join(Duration.ofSeconds(15))).isTrue();
    }
  }
}
