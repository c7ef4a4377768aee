package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Headers;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients' connections of HTTP/2: streams of their own, and how they end. */
class Http2ServerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SILENCE = Duration.ofMillis(300);
  private static final int LARGE_BYTES = 300_000;

  @TempDir static Path folder;

  private static Identity identity;

  private final Engine engine = new Engine(1, () -> "req_1");
  private final Engine other = newClient();
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final AtomicLong written = new AtomicLong();
  private final CompletableFuture<Throwable> left = new CompletableFuture<>();
  private int port;

  @BeforeAll
  static void makeIdentity() throws Exception {
    identity = Identity.of("server", folder);
  }

  private static Engine newClient() {
    try {
      return new Engine(1, () -> "req_2", identity.certificateOnly());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** One connection is let in, so all that is asked shares it. */
  @BeforeEach
  void listen() throws Exception {
    port =
        engine.listen(
            new Listener(
                "127.0.0.1",
                0,
                new Listener.Tls(
                    identity.certificate(), identity.key(), Listener.ClientAuth.NONE, null),
                LONG,
                1),
            this::handle,
            (status, message) -> bytes(message));
  }

  @AfterEach
  void close() {
    mayGoOn.countDown();
    other.close();
    engine.close();
  }

  private void handle(Exchange exchange) {
    try {
      exchange.patience(System.nanoTime() + LONG.toNanos());
      int most = exchange.rawPath().equals("/refused") ? 10 : 1_000_000;
      switch (exchange.rawPath()) {
        case "/early" -> exchange.answer(400, Headers.EMPTY, bytes("early"));
        case "/slow" -> {
          arrived.countDown();
          mayGoOn.await();
          exchange.answer(200, Headers.EMPTY, bytes("slow"));
        }
        case "/nothing" -> exchange.answer(204, Headers.EMPTY, new byte[0]);
        case "/fields" ->
            exchange.answer(
                200,
                Headers.of(
                    "X-Model", "a\r\nb\u6a21",
                    "X-Other", "\nc ",
                    "Connection", "close",
                    "Content-Length", "1"),
                bytes("whole"));
        case "/stream", "/cut" -> {
          exchange.begin(200, Headers.of("content-type", "text/plain"));
          for (byte[] piece : new byte[][] {bytes("one "), bytes("two"), new byte[LARGE_BYTES]}) {
            exchange.write(piece, 0, piece.length);
          }
          if (exchange.rawPath().equals("/cut")) {
            exchange.abort();
          } else {
            exchange.end();
          }
        }
        case "/brief" -> {
          exchange.begin(200, Headers.EMPTY);
          exchange.write(bytes("one "), 0, 4);
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
        default -> exchange.answer(200, Headers.EMPTY, exchange.body(most));
      }
    } catch (InterruptedException e) {
      left.complete(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private UpstreamAnswer ask(String method, String path, byte[] body) throws Exception {
    return other
        .transport()
        .send(
            new UpstreamRequest(
                method,
                URI.create("https://127.0.0.1:%d%s".formatted(port, path)),
                Headers.EMPTY,
                body,
                LONG));
  }

  private static String rest(UpstreamAnswer answer) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte @Nullable [] piece = answer.next(LONG); piece != null; piece = answer.next(LONG)) {
      all.writeBytes(piece);
    }
    return all.toString(StandardCharsets.US_ASCII);
  }

  /** An answer that is awaited; the request has arrived. */
  private CompletableFuture<String> underWay() throws InterruptedException {
    CompletableFuture<String> slow = new CompletableFuture<>();
    other.start(() -> {
      try (UpstreamAnswer answer = ask("POST", "/slow", bytes("a"))) {
        slow.complete(rest(answer));
      } catch (Exception e) {
        slow.completeExceptionally(e);
      }
    });
    arrived.await();
    return slow;
  }

  @Test
  void aSlowAnswerHoldsNoOtherUp() throws Exception {
    CompletableFuture<String> slow = underWay();
    try (UpstreamAnswer answer = ask("POST", "/", bytes("b"))) {
      assertThat(rest(answer)).isEqualTo("b");
    }
    mayGoOn.countDown();
    assertThat(slow.get(15, TimeUnit.SECONDS)).isEqualTo("slow");
  }

  @Test
  void aLargeBodyIsReadAndAnsweredWhole() throws Exception {
    String body = "x".repeat(1_000_000);
    try (UpstreamAnswer answer = ask("POST", "/", bytes(body))) {
      assertThat(answer.headers().get("content-length")).isEqualTo("1000000");
      assertThat(rest(answer)).isEqualTo(body);
    }
  }

  @Test
  void whatAnAnswerSaysOfItsFrameIsTheConnectionsBusiness() throws Exception {
    try (UpstreamAnswer answer = ask("GET", "/fields", new byte[0])) {
      assertThat(answer.headers().get("x-model")).isEqualTo("a  b?");
      assertThat(answer.headers().get("x-other")).isEqualTo("c");
      assertThat(answer.headers().get("content-length")).isEqualTo("5");
      assertThat(answer.headers().contains("connection")).isFalse();
      assertThat(answer.headers().get("date")).endsWith(" GMT");
      assertThat(rest(answer)).isEqualTo("whole");
    }
  }

  @Test
  void answersWithoutContentHaveNone() throws Exception {
    try (UpstreamAnswer answer = ask("GET", "/nothing", new byte[0])) {
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.headers().contains("content-length")).isFalse();
      assertThat(rest(answer)).isEmpty();
    }
    for (String path : new String[] {"/fields", "/stream"}) {
      try (UpstreamAnswer answer = ask("HEAD", path, new byte[0])) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(rest(answer)).isEmpty();
      }
    }
  }

  @Test
  void aStreamComesWhole() throws Exception {
    try (UpstreamAnswer answer = ask("GET", "/stream", new byte[0])) {
      assertThat(rest(answer)).startsWith("one two").hasSize(7 + LARGE_BYTES);
    }
  }

  @Test
  void anAnswerThatIsBrokenOffDoesNotLookWhole() throws Exception {
    try (UpstreamAnswer answer = ask("GET", "/cut", new byte[0])) {
      assertThatThrownBy(() -> rest(answer)).isInstanceOf(TransportException.class);
    }
    try (UpstreamAnswer answer = ask("POST", "/", bytes("after"))) {
      assertThat(rest(answer)).isEqualTo("after");
    }
  }

  @Test
  void answersThatAreBrokenOffTakeNoOtherWithThem() throws Exception {
    CompletableFuture<String> slow = underWay();
    for (int i = 0; i < Listener.STREAMS; i++) {
      assertThatThrownBy(
              () -> {
                try (UpstreamAnswer answer = ask("GET", "/brief", new byte[0])) {
                  rest(answer);
                }
              })
          .isInstanceOf(TransportException.class);
    }
    mayGoOn.countDown();
    assertThat(slow.get(15, TimeUnit.SECONDS)).isEqualTo("slow");
  }

  @Test
  void aBodyThatNobodyWantsIsNotWaitedFor() throws Exception {
    try (UpstreamAnswer answer = ask("POST", "/early", new byte[5_000_000])) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(rest(answer)).isEqualTo("early");
    }
    try (UpstreamAnswer answer = ask("POST", "/", bytes("after"))) {
      assertThat(rest(answer)).isEqualTo("after");
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsTheWriterUpAndNobodyElse() throws Exception {
    try (UpstreamAnswer endless = ask("GET", "/endless", new byte[0])) {
      arrived.await();
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
      assertThat(before).isLessThan(20_000_000);
      try (UpstreamAnswer answer = ask("POST", "/", bytes("b"))) {
        assertThat(rest(answer)).isEqualTo("b");
      }
    }
    assertThat(left.get(15, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void whatIsUnderWayAtTheEndIsAnswered() throws Exception {
    CompletableFuture<String> slow = underWay();
    Thread draining =
        Thread.startVirtualThread(() -> {
          try {
            engine.drain(LONG);
          } catch (InterruptedException e) {
            // Then it has not drained, and the test fails.
          }
        });
    assertThat(draining.join(SILENCE)).isFalse();
    mayGoOn.countDown();
    assertThat(slow.get(15, TimeUnit.SECONDS)).isEqualTo("slow");
    assertThat(draining.join(Duration.ofSeconds(15))).isTrue();
  }
}
