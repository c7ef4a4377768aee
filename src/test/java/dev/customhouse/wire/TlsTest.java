package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.RawHttp;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir static Path folder;

  private static Identity server;
  private static Identity client;
  private static Identity stranger;

  @BeforeAll
  static void makeIdentities() throws Exception {
    server = Identity.of("server", folder);
    client = Identity.of("client", folder);
    stranger = Identity.of("stranger", folder);
  }

  private static Yes listen(Listener.ClientAuth auth) {
    Path authorities = auth == Listener.ClientAuth.NONE ? null : client.certificate();
    return new Yes(
        new Listener(
            "127.0.0.1",
            0,
            new Listener.Tls(server.certificate(), server.key(), auth, authorities),
            new Listener.Timeouts(LONG, LONG, LONG),
            100));
  }

  private static SSLContext context(@Nullable Identity own) throws GeneralSecurityException {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(server.certificateOnly());
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own == null ? null : own.store(), Identity.PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static HttpResponse<String> post(
      Yes yes, @Nullable Identity own, HttpClient.Version version, String body) throws Exception {
    return post(yes, own, version, body, 0);
  }

  private static HttpResponse<String> post(
      Yes yes, @Nullable Identity own, HttpClient.Version version, String body, int fields)
      throws Exception {
    try (HttpClient http =
        HttpClient.newBuilder().sslContext(context(own)).version(version).build()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:%d/p?q=1".formatted(yes.port())))
              .timeout(Duration.ofSeconds(20))
              .POST(HttpRequest.BodyPublishers.ofString(body));
      for (int i = 0; i < fields; i++) {
        request.header("x", "y");
      }
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void bothVersionsOfHttpAreSpokenOverTls() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE)) {
      for (HttpClient.Version version : HttpClient.Version.values()) {
        if (version == HttpClient.Version.HTTP_2 || version == HttpClient.Version.HTTP_1_1) {
          HttpResponse<String> answer = post(yes, null, version, "hello");
          assertThat(answer.version()).isEqualTo(version);
          assertThat(answer.statusCode()).isEqualTo(200);
          assertThat(answer.body()).startsWith("POST /p?q=1 ").endsWith("hello");
        }
      }
    }
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedInBothVersions() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE)) {
      String large = "a".repeat(3_000_000);
      assertThat(post(yes, null, HttpClient.Version.HTTP_2, large).statusCode()).isEqualTo(413);
      assertThat(post(yes, null, HttpClient.Version.HTTP_1_1, large).statusCode()).isEqualTo(413);
      assertThat(post(yes, null, HttpClient.Version.HTTP_2, "small").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void fieldsOfOneNameAreCountedInBothVersions() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE)) {
      assertThat(post(yes, null, HttpClient.Version.HTTP_2, "a", 101).statusCode()).isEqualTo(431);
      assertThat(post(yes, null, HttpClient.Version.HTTP_1_1, "a", 101).statusCode())
          .isEqualTo(431);
      assertThat(post(yes, null, HttpClient.Version.HTTP_2, "a", 90).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void framingIsGuardedBehindTlsToo() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE);
        SSLSocket socket =
            (SSLSocket) context(null).getSocketFactory().createSocket("127.0.0.1", yes.port());
        RawHttp raw = RawHttp.over(socket)) {
      raw.send(
          "GET /ok HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\nGET /s HTTP/1.1\r\n");
      assertThat(raw.rest(Duration.ofSeconds(5)).statuses()).containsExactly(200, 400);
    }
  }

  @Test
  void aClientWithoutItsCertificateGetsInWhereItIsOnlyRequested() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.REQUEST)) {
      assertThat(post(yes, null, HttpClient.Version.HTTP_2, "a").statusCode()).isEqualTo(200);
      assertThat(post(yes, client, HttpClient.Version.HTTP_2, "a").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aClientWithoutItsCertificateStaysOutsideWhereItIsRequired() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.REQUIRE)) {
      assertThat(post(yes, client, HttpClient.Version.HTTP_2, "a").statusCode()).isEqualTo(200);
      for (@Nullable Identity other : Arrays.asList(null, stranger)) {
        assertThatThrownBy(() -> post(yes, other, HttpClient.Version.HTTP_1_1, "a"))
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void aClientThatOnlyResetsIsSentAway() throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE);
        SSLSocket socket = http2(yes, new byte[0])) {
      OutputStream out = socket.getOutputStream();
      byte[] get = {(byte) 0x82, (byte) 0x87, (byte) 0x84, 0x41, 1, 'a'};
      byte[] cancel = {0, 0, 0, 8};
      try {
        for (int i = 0; i <= Listener.RESETS; i++) {
          out.write(frame(1, 5, 2 * i + 1, get));
          out.write(frame(3, 0, 2 * i + 1, cancel));
        }
        out.flush();
      } catch (SocketException e) {
        // Sent away already.
      }
      assertThat(sentAway(new DataInputStream(socket.getInputStream()))).isTrue();
    }
  }

  private static SSLSocket http2(Yes yes, byte[] settings) throws Exception {
    SSLSocket socket =
        (SSLSocket) context(null).getSocketFactory().createSocket("127.0.0.1", yes.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(15_000);
    OutputStream out = socket.getOutputStream();
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.write(frame(4, 0, 0, settings));
    return socket;
  }

  @Test
  void aClientThatLetsNothingBeSentIsGivenUp() throws Exception {
    Listener.Tls files =
        new Listener.Tls(server.certificate(), server.key(), Listener.ClientAuth.NONE, null);
    Listener.Timeouts timeouts =
        new Listener.Timeouts(Duration.ofMillis(300), LONG, LONG, Duration.ofMillis(300));
    byte[] noWindow = {0, 4, 0, 0, 0, 0};
    byte[] get = {(byte) 0x82, (byte) 0x87, (byte) 0x84, 0x41, 1, 'a'};
    try (Yes yes = new Yes(new Listener("127.0.0.1", 0, files, timeouts, 100));
        SSLSocket socket = http2(yes, noWindow)) {
      socket.getOutputStream().write(frame(1, 5, 1, get));

      assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0082\u0087\u0004\u0004/a b\u0041\u0001a", // a space in the path
        "\u0082\u0087\u0004\u0004/a#b\u0041\u0001a", // a fragment
        "\u0002\u0003G T\u0087\u0084\u0041\u0001a", // a space in the method
        "\u0082\u0087\u0084\u0041\u0003a b", // a space in the host
        "\u0082\u0087\u0084\u0041\u0001a\u0066\u0001b", // two hosts
      })
  void whatVersion1WouldNotTakeVersion2DoesNotTakeEither(String head) throws Exception {
    try (Yes yes = listen(Listener.ClientAuth.NONE);
        SSLSocket socket = http2(yes, new byte[0])) {
      socket.getOutputStream().write(frame(1, 5, 1, head.getBytes(StandardCharsets.ISO_8859_1)));

      DataInputStream in = new DataInputStream(socket.getInputStream());
      int type;
      byte[] payload;
      do {
        int start = in.readInt();
        type = start & 0xff;
        in.skipNBytes(5);
        payload = in.readNBytes(start >>> 8);
      } while (type != 1);
      assertThat(payload[0]).as("the static table's :status 400").isEqualTo((byte) 0x8c);
    }
  }

  /** RFC 9113, section 4.1. */
  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** GOAWAY with ENHANCE_YOUR_CALM. */
  private static boolean sentAway(DataInputStream in) throws IOException {
    try {
      while (true) {
        int head = in.readInt();
        in.readByte();
        in.readInt();
        byte[] payload = in.readNBytes(head >>> 8);
        if ((head & 0xff) == 7) {
          return ByteBuffer.wrap(payload).getInt(4) == 11;
        }
      }
    } catch (EOFException | SocketException e) {
      return false;
    }
  }
}
