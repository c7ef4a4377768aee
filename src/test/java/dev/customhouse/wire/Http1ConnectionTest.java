package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Http1ConnectionTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final EmbeddedChannel channel =
      new EmbeddedChannel(new HttpResponseDecoder(), new Dialer.Unpacking());
  private final List<Http1Connection> freed = new ArrayList<>();
  private Http1Connection connection = keeping(MINUTE);

  private Http1Connection keeping(Duration keepAlive) {
    if (connection != null) {
      channel.pipeline().remove(connection);
    }
    connection = new Http1Connection(channel, new RequestHead(), keepAlive, freed::add);
    channel.pipeline().addLast(connection);
    return connection;
  }

  @AfterEach
  void closed() {
    channel.finishAndReleaseAll();
  }

  /** Keeps what it is told, as words. */
  private static final class Told implements UpstreamConnection.Receiver {
    final List<String> words = new ArrayList<>();
    boolean wanted = true;
    UpstreamConnection.@Nullable Stream stream;

    @Override
    public boolean sending(UpstreamConnection.Stream given) {
      stream = given;
      return wanted;
    }

    @Override
    public void head(int status, Headers headers) {
      words.add(status + " " + headers);
    }

    @Override
    public void bytes(byte[] piece) {
      words.add(new String(piece, StandardCharsets.UTF_8));
    }

    @Override
    public void end() {
      words.add("end");
    }

    @Override
    public void fail(Throwable cause) {
      words.add("failed");
    }
  }

  private static UpstreamRequest request(String method, String uri, String body, String... fields) {
    return new UpstreamRequest(
        method,
        URI.create(uri),
        Headers.of(fields),
        body.getBytes(StandardCharsets.UTF_8),
        Duration.ofSeconds(1));
  }

  private Told send(UpstreamRequest request) {
    Told told = new Told();
    connection.send(request, Origin.of(request), told);
    return told;
  }

  private String sent() {
    StringBuilder all = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      all.append(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return all.toString();
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
  }

  @Test
  void aRequestIsWrittenAsItIs() {
    send(request("POST", "http://a.test:8080/v1/chat?x=1%2B", "{}", "x-b", "caf\u00e9", "c", ""));

    assertThat(sent())
        .isEqualTo(
            "POST /v1/chat?x=1%2B HTTP/1.1\r\nhost: a.test:8080\r\nx-b: caf\u00e9\r\nc: \r\n"
                + "content-length: 2\r\n\r\n{}");
  }

  @Test
  void aRequestWithoutABodyAndAPathOfItsOwn() {
    send(request("GET", "https://a.test", ""));
    assertThat(sent()).isEqualTo("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    receive("HTTP/1.1 204 No Content\r\n\r\n");

    send(request("DELETE", "http://[::1]:81/\u00fc", ""));
    assertThat(sent())
        .isEqualTo("DELETE /%C3%BC HTTP/1.1\r\nhost: [::1]:81\r\ncontent-length: 0\r\n\r\n");
  }

  @Test
  void aLargeBodyFollowsItsHead() {
    String large = "a".repeat(100_000);
    send(request("POST", "http://a.test/p", large));
    assertThat(sent()).endsWith("content-length: 100000\r\n\r\n" + large);
  }

  @Test
  void aConnectionServesOneAnswerAfterAnother() {
    for (int i = 0; i < 3; i++) {
      Told told = send(request("POST", "http://a.test/p", "{}"));
      assertThat(connection.hasRoom()).isFalse();
      receive("HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 4\r\n\r\nok");
      receive("ay");
      assertThat(told.words).containsExactly("200 Headers[A, content-length]", "ok", "ay", "end");
      assertThat(freed).hasSize(i + 1);
      assertThat(connection.hasRoom()).isTrue();
    }
  }

  @Test
  void compressedAnswersAreUnpackedAndPlainOnesAfterThemStayAsTheyAre() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("hello".getBytes(StandardCharsets.US_ASCII));
    }
    for (int i = 0; i < 2; i++) {
      Told told = send(request("POST", "http://a.test/p", "{}"));
      receive(
          "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%s"
              .formatted(packed.size(), packed.toString(StandardCharsets.ISO_8859_1)));
      assertThat(String.join("", told.words)).isEqualTo("200 Headers[transfer-encoding]helloend");

      Told plain = send(request("POST", "http://a.test/p", "{}"));
      receive("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
      assertThat(plain.words).containsExactly("200 Headers[content-length]", "hello", "end");
    }
  }

  @Test
  void whatComesBeforeTheAnswerIsPassedOver() {
    Told told = send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    receive("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    assertThat(told.words).containsExactly("200 Headers[transfer-encoding]", "hi", "end");
  }

  @Test
  void aConnectionThatTheUpstreamDoesNotKeepIsClosed() {
    Told told = send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    assertThat(told.words).last().isEqualTo("end");
    assertThat(freed).isEmpty();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerThatEndsWithItsConnectionIsWhole() {
    Told told = send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 200 OK\r\n\r\nto the end");
    channel.close();
    assertThat(told.words).containsExactly("200 Headers[]", "to the end", "end");
  }

  @Test
  void anAnswerThatBreaksOffIsNotWhole() {
    Told told = send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nto");
    channel.close();
    assertThat(told.words).last().isEqualTo("failed");

    assertThat(told.words).doesNotContain("end");
  }

  @Test
  void whatIsNotHttpFails() {
    Told told = send(request("POST", "http://a.test/p", "{}"));
    receive("220 mail.test ESMTP\r\n\r\n");
    assertThat(told.words).containsExactly("failed");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerThatNobodyAskedForEndsTheConnection() {
    receive("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aLineBreakInAFieldIsNotSent() {
    for (String[] field :
        List.of(
            new String[] {"a", "b\r\nc: d"},
            new String[] {"a", "b\u010a"},
            new String[] {"a b", "c"},
            new String[] {"", "c"})) {
      assertThatThrownBy(() -> send(request("POST", "http://a.test/p", "{}", field)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(connection.hasRoom()).isTrue();
      assertThat(sent()).isEmpty();
    }
  }

  @Test
  void nothingIsSentForThoseWhoHaveLeft() {
    UpstreamRequest request = request("POST", "http://a.test/p", "{}");
    Told told = new Told();
    told.wanted = false;
    connection.send(request, Origin.of(request), told);
    assertThat(sent()).isEmpty();
    assertThat(connection.hasRoom()).isTrue();
  }

  @Test
  void whoGaveUpEarlierDoesNotEndTheNextAnswer() {
    Told first = send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    Told second = send(request("POST", "http://a.test/p", "{}"));

    connection.cancel(first);
    connection.hold(first);
    assertThat(channel.isOpen()).isTrue();
    assertThat(channel.config().isAutoRead()).isTrue();

    connection.cancel(second);
    assertThat(channel.isOpen()).isFalse();
    assertThat(second.words).isEmpty();
  }

  @Test
  void aConnectionIsKeptForItsTimeAndNotForLonger() {
    send(request("POST", "http://a.test/p", "{}"));
    long later = System.nanoTime() + MINUTE.toNanos();
    connection.tick(later + MINUTE.toNanos());
    assertThat(channel.isOpen()).isTrue();

    receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    connection.tick(System.nanoTime() + MINUTE.toNanos() / 2);
    assertThat(channel.isOpen()).isTrue();
    connection.tick(System.nanoTime() + MINUTE.toNanos());
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anUpstreamThatKeepsItForLessIsTakenAtItsWord() {
    send(request("POST", "http://a.test/p", "{}"));
    receive("HTTP/1.1 200 OK\r\nkeep-alive: timeout=5, max=9\r\ncontent-length: 0\r\n\r\n");
    connection.tick(System.nanoTime() + Duration.ofSeconds(3).toNanos());
    assertThat(channel.isOpen()).isTrue();
    connection.tick(System.nanoTime() + Duration.ofSeconds(4).toNanos());
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aConnectionForOneRequestSaysSo() {
    keeping(Duration.ZERO);
    send(request("GET", "http://a.test/p", ""));
    assertThat(sent()).contains("\r\nconnection: close\r\n");
    receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    assertThat(channel.isOpen()).isFalse();
    assertThat(freed).isEmpty();
  }
}
