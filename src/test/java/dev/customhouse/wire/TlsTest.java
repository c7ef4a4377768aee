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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir static Path folder;

  private static Identity server;
  private static Identity client;
  private static Identity stranger;

  /** A key with a certificate of its own making, in a key store and as PEM files. */
  private record Identity(KeyStore store, Path certificate, Path key) {}

  @BeforeAll
  static void makeIdentities() throws Exception {
    server = identity("server");
    client = identity("client");
    stranger = identity("stranger");
  }

  private static Identity identity(String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-ext",
                "bc:c",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
    return new Identity(
        store,
        pem(name + ".crt", "CERTIFICATE", store.getCertificate(name).getEncoded()),
        pem(name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded()));
  }

  private static Path pem(String name, String kind, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind));
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
    KeyStore trusted = server.store();
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(certificateOnly(trusted));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own == null ? null : own.store(), PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore certificateOnly(KeyStore store) throws GeneralSecurityException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("server", store.getCertificate("server"));
      return trusted;
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
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
        SSLSocket socket =
            (SSLSocket) context(null).getSocketFactory().createSocket("127.0.0.1", yes.port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(15_000);
      OutputStream out = socket.getOutputStream();
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.write(frame(4, 0, 0, new byte[0]));
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
