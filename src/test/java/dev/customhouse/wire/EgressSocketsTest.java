package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.FakeUpstream;
import dev.customhouse.FakeWeb;
import dev.customhouse.canonical.Glob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** The way out over real sockets, on loopback. */
class EgressSocketsTest {
  private static final int BYTES = 100_000;
  private static final long LONG = Duration.ofSeconds(60).toNanos();

  private final List<String> asked = new ArrayList<>();

  private Egress.File fetch(Engine engine, String url) throws Exception {
    Resolver resolver =
        (host, timeout) -> {
          asked.add(host);
          return List.of(InetAddress.getLoopbackAddress());
        };
    Egress.Rules rules = new Egress.Rules(List.of(new Glob("*")), List.of());
    return new Egress(engine.egress(), resolver, rules, "customhouse/test", System::nanoTime)
        .fetch(url, BYTES, System.nanoTime() + LONG);
  }

  private static int port(FakeUpstream server) {
    return URI.create(server.root()).getPort();
  }

  @Test
  void theHostIsNamedThoughItsCheckedAddressIsConnectedTo() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1");
        FakeUpstream server =
            FakeUpstream.of(
                (request, connection) -> connection.whole(200, "text/plain", "hello"))) {
      Egress.File file = fetch(engine, "http://files.test:%d/a?b=c#d".formatted(port(server)));

      assertThat(file.bytes()).isEqualTo(FakeWeb.text("hello"));
      FakeUpstream.Request request = server.next();
      assertThat(request.target()).isEqualTo("/a?b=c");
      assertThat(request.headers())
          .containsOnlyKeys("host", "accept", "accept-encoding", "user-agent", "connection")
          .containsEntry("host", "files.test:" + port(server))
          .containsEntry("accept-encoding", "identity")
          .containsEntry("connection", "close");
      assertThat(asked).containsExactly("files.test");
    }
  }

  @Test
  void redirectsAreFollowedHereAndNotByTheEngine() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1");
        FakeUpstream server =
            FakeUpstream.of((request, connection) -> {
              if (request.target().equals("/b")) {
                connection.whole(200, "text/plain", "there");
              } else {
                connection.whole(302, "text/plain", "", "location", "/b");
              }
            })) {
      Egress.File file = fetch(engine, "http://files.test:%d/a".formatted(port(server)));
      assertThat(file.bytes()).isEqualTo(FakeWeb.text("there"));
      assertThat(asked).containsExactly("files.test", "files.test");
    }
  }

  @Test
  void aBombIsNotUnpackedByTheEngine() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(new byte[20_000_000]);
    }
    try (Engine engine = new Engine(1, () -> "req_1");
        FakeUpstream server =
            FakeUpstream.of((request, connection) -> {
              connection.raw(
                  FakeWeb.text(
                      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
                          .formatted(packed.size())));
              connection.raw(packed.toByteArray());
            })) {
      assertThatThrownBy(() -> fetch(engine, "http://files.test:%d/".formatted(port(server))))
          .isInstanceOf(EgressException.class)
          .hasMessageContaining("more than 100000 bytes");
    }
  }

  @Test
  void anEndlessFileIsCutOff() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1");
        FakeUpstream server =
            FakeUpstream.of((request, connection) -> {
              connection.begin("image/png");
              while (true) {
                connection.chunk(new byte[10_000]);
              }
            })) {
      assertThatThrownBy(() -> fetch(engine, "http://files.test:%d/".formatted(port(server))))
          .hasMessageContaining("more than 100000 bytes");
      assertThat(server.departureNanos()).isPositive();
    }
  }

  @Test
  void aHostThatIsNotThereCannotBeReached() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1")) {
      int free;
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        free = socket.getLocalPort();
      }
      assertThatThrownBy(() -> fetch(engine, "http://files.test:" + free))
          .hasMessage("its host cannot be reached");
    }
  }

  @Test
  void theHostIsNamedInTheFirstWordsOfTlsToo() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1");
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<byte[]> hello = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> hello.complete(firstBytes(server)));
      assertThatThrownBy(() -> fetch(engine, "https://files.test:" + server.getLocalPort()))
          .isInstanceOf(EgressException.class);
      byte[] first = hello.get(20, TimeUnit.SECONDS);
      assertThat(new String(first, java.nio.charset.StandardCharsets.ISO_8859_1))
          .as("the extension server_name of a ClientHello (RFC 6066)")
          .contains("\0\0\nfiles.test");
    }
  }

  private static byte[] firstBytes(ServerSocket server) {
    try (Socket socket = server.accept();
        InputStream in = socket.getInputStream()) {
      byte[] bytes = new byte[4_096];
      int read = in.readNBytes(bytes, 0, 5) < 5 ? 0 : ((bytes[3] & 0xff) << 8 | bytes[4] & 0xff);
      return java.util.Arrays.copyOf(in.readNBytes(read), read);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  @Test
  void theSystemKnowsItsOwnName() throws Exception {
    try (Engine engine = new Engine(1, () -> "req_1")) {
      List<InetAddress> found = engine.resolver().resolve("localhost", Duration.ofSeconds(20));
      assertThat(found).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
      assertThat(engine.resolver().resolve("nobody.invalid", Duration.ofMillis(1))).isEmpty();
    }
  }
}
