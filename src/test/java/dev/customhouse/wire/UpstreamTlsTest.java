package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Headers;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests upstream over TLS: our own server at the other end, or one of a few lines. */
class UpstreamTlsTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int MANY = 40;

  @TempDir static Path folder;

  private static Identity server;
  private static Identity stranger;

  @BeforeAll
  static void makeIdentities() throws Exception {
    server = Identity.of("server", folder);
    stranger = Identity.of("stranger", folder);
  }

  /** A server that speaks HTTP/2 and lets nobody in twice. */
  private static int serve(Engine engine, Consumer<Exchange> handler) throws Exception {
    return serve(engine, 1, handler);
  }

  private static int serve(Engine engine, int connections, Consumer<Exchange> handler)
      throws Exception {
    return engine.listen(
        new Listener(
            "127.0.0.1",
            0,
            new Listener.Tls(server.certificate(), server.key(), Listener.ClientAuth.NONE, null),
            LONG,
            connections),
        handler,
        (status, message) -> message.getBytes(StandardCharsets.US_ASCII));
  }

  private static Engine client(Identity trusted) throws Exception {
    return new Engine(1, () -> "req_2", trusted.certificateOnly());
  }

  private static UpstreamRequest post(String host, int port, byte[] body) {
    return new UpstreamRequest(
        "POST",
        URI.create("https://%s:%d/p?q=1".formatted(host, port)),
        Headers.of("x-a", "b"),
        body,
        LONG);
  }

  private static byte[] ask(Engine client, UpstreamRequest request) throws Exception {
    try (UpstreamAnswer answer = client.transport().send(request)) {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers().get("x-c")).isEqualTo("d");
      for (int i = 0; i < answer.headers().size(); i++) {
        assertThat(answer.headers().nameAt(i)).doesNotStartWith("x-http2");
      }
      return rest(answer);
    }
  }

  private static byte[] rest(UpstreamAnswer answer) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte @Nullable [] piece = answer.next(LONG); piece != null; piece = answer.next(LONG)) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }

  private static void echo(Exchange exchange) {
    try {
      assertThat(exchange.method() + " " + exchange.rawPath() + "?" + exchange.rawQuery())
          .isEqualTo("POST /p?q=1");
      assertThat(exchange.headers().get("x-a")).isEqualTo("b");
      exchange.answer(200, Headers.of("x-c", "d"), exchange.body(10_000_000));
    } catch (InterruptedException e) {
      // Nobody is left to be answered.
    }
  }

  @Test
  void manyRequestsAtOnceShareOneConnection() throws Exception {
    share(MANY, 1);
  }

  @Test
  void whatOneConnectionCannotTakeGoesOverAnother() throws Exception {
    share(Listener.STREAMS + MANY, 2);
  }

  /** Nothing is answered before all are under way. */
  private static void share(int requests, int connections) throws Exception {
    CountDownLatch all = new CountDownLatch(requests);
    try (Engine house = new Engine(1, () -> "req_1");
        Engine client = client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int port =
          serve(
              house,
              connections,
              exchange -> {
                all.countDown();
                try {
                  all.await();
                } catch (InterruptedException e) {
                  return;
                }
                echo(exchange);
              });
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        byte[] body = ("number " + i).getBytes(StandardCharsets.US_ASCII);
        answers.add(threads.submit(() -> ask(client, post("localhost", port, body))));
      }
      for (int i = 0; i < requests; i++) {
        assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).asString().isEqualTo("number " + i);
      }
    }
  }

  @Test
  void largeBodiesArriveWholeBothWays() throws Exception {
    byte[] large = new byte[5_000_000];
    new Random(7).nextBytes(large);
    try (Engine house = new Engine(1, () -> "req_1");
        Engine client = client(server)) {
      int port = serve(house, UpstreamTlsTest::echo);
      assertThat(ask(client, post("localhost", port, large))).isEqualTo(large);
      assertThat(ask(client, post("localhost", port, new byte[0]))).isEmpty();
    }
  }

  @Test
  void anAnswerThatNobodyReadsDoesNotHoldUpTheOthers() throws Exception {
    byte[] large = new byte[5_000_000];
    try (Engine house = new Engine(1, () -> "req_1");
        Engine client = client(server)) {
      int port = serve(house, UpstreamTlsTest::echo);
      try (UpstreamAnswer unread = client.transport().send(post("localhost", port, large))) {
        for (int i = 0; i < 5; i++) {
          assertThat(ask(client, post("localhost", port, new byte[] {'a'}))).hasSize(1);
        }
        assertThat(rest(unread)).isEqualTo(large);
      }
    }
  }

  @Test
  void whoGivesUpEndsItsOwnRequestOnly() throws Exception {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    try (Engine house = new Engine(1, () -> "req_1");
        Engine client = client(server)) {
      int port =
          serve(
              house,
              exchange -> {
                try {
                  if (exchange.body(100).length > 0) {
                    echo(exchange);
                    return;
                  }
                  exchange.begin(200, Headers.of("x-c", "d"));
                  byte[] word = {'w'};
                  exchange.write(word, 0, 1);
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  ends.add("left");
                }
              });
      UpstreamAnswer first = client.transport().send(post("localhost", port, new byte[0]));
      UpstreamAnswer second = client.transport().send(post("localhost", port, new byte[0]));
      assertThat(first.next(LONG)).hasSize(1);
      first.close();
      assertThat(ends.poll(60, TimeUnit.SECONDS)).isEqualTo("left");

      assertThat(second.next(LONG)).hasSize(1);
      assertThat(ask(client, post("localhost", port, new byte[] {'a'}))).hasSize(1);
      assertThat(ends).isEmpty();
      second.close();
      assertThat(ends.poll(60, TimeUnit.SECONDS)).isEqualTo("left");
    }
  }

  @Test
  void anAnswerThatBreaksOffIsToldAsSuch() throws Exception {
    try (Engine house = new Engine(1, () -> "req_1");
        Engine client = client(server)) {
      int port =
          serve(
              house,
              exchange -> {
                try {
                  exchange.begin(200, Headers.of("x-c", "d"));
                  exchange.write(new byte[] {'w'}, 0, 1);
                } catch (InterruptedException e) {
                  // Broken off either way.
                }
                exchange.abort();
              });
      try (UpstreamAnswer answer = client.transport().send(post("localhost", port, new byte[0]))) {
        assertThatThrownBy(() -> rest(answer))
            .isInstanceOfSatisfying(
                TransportException.class,
                e -> assertThat(e.reason()).isEqualTo(TransportException.Reason.CUT));
      }
    }
  }

  @Test
  void whoCannotBeRecognisedIsNotAsked() throws Exception {
    List<Exchange> asked = new ArrayList<>();
    try (Engine house = new Engine(1, () -> "req_1");
        Engine trusting = client(server);
        Engine suspicious = client(stranger)) {
      int port = serve(house, asked::add);
      assertThatThrownBy(() -> suspicious.transport().send(post("localhost", port, new byte[1])))
          .isInstanceOf(TransportException.class)
          .hasMessage("no connection to localhost: TLS failed");
      // The right certificate under a name that it is not for.
      UpstreamRequest renamed = post("elsewhere.test", port, new byte[1]);
      assertThatThrownBy(() ->
              trusting
                  .transport()
                  .send(
                      new UpstreamRequest(
                          renamed.method(),
                          renamed.uri(),
                          renamed.headers(),
                          renamed.body(),
                          LONG,
                          java.net.InetAddress.getLoopbackAddress())))
          .isInstanceOf(TransportException.class)
          .hasMessage("no connection to elsewhere.test: TLS failed");
      assertThat(asked).isEmpty();
    }
  }

  @Test
  void whereNobodyListensAllAreTold() throws Exception {
    int dead;
    try (ServerSocket socket = new ServerSocket(0)) {
      dead = socket.getLocalPort();
    }
    try (Engine client = client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        answers.add(threads.submit(() -> ask(client, post("127.0.0.1", dead, new byte[1]))));
      }
      for (Future<byte[]> answer : answers) {
        assertThatThrownBy(() -> answer.get(60, TimeUnit.SECONDS))
            .hasRootCauseMessage("no connection to 127.0.0.1: connection refused");
      }
    }
  }

  @Test
  void anUpstreamWithoutHttp2IsSpokenToInHttp1() throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(server.store(), Identity.PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    try (SSLServerSocket listening =
            (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Engine client = client(server)) {
      Future<List<String>> heard =
          threads.submit(() -> {
            List<String> lines = new ArrayList<>();
            try (SSLSocket socket = (SSLSocket) listening.accept()) {
              for (int i = 0; i < 3; i++) {
                lines.add(head(socket.getInputStream()));
                OutputStream out = socket.getOutputStream();
                out.write(
                    "HTTP/1.1 200 OK\r\nx-c: d\r\ncontent-length: 2\r\n\r\nok"
                        .getBytes(StandardCharsets.US_ASCII));
                out.flush();
              }
            }
            return lines;
          });
      for (int i = 0; i < 3; i++) {
        UpstreamRequest request = post("localhost", listening.getLocalPort(), new byte[0]);
        assertThat(ask(client, request)).asString().isEqualTo("ok");
      }
      assertThat(heard.get(60, TimeUnit.SECONDS))
          .hasSize(3)
          .allMatch(head -> head.startsWith("POST /p?q=1 HTTP/1.1\r\nhost: localhost:"));
    }
  }

  private static String head(InputStream in) throws Exception {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IllegalStateException("ended after " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }
}
