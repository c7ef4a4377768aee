package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import dev.customhouse.RawHttp.Talk;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages are written with their line ends, {@code %} standing for CR LF. */
class FramingTest {
  private static final String HEAD = "POST /p HTTP/1.1%Host: a%";
  private static final String CHUNKED = HEAD + "Transfer-Encoding: chunked%%";
  private static final Duration SILENCE = Duration.ofMillis(100);

  private static Yes yes;

  @BeforeAll
  static void listen() {
    yes = new Yes();
  }

  @AfterAll
  static void end() {
    yes.close();
  }

  private static byte[] wire(String message) {
    return message.replace("%", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Talk talk(String message) {
    return RawHttp.talk(yes.port(), wire(message), SILENCE);
  }

  static Stream<String> invalid() {
    return Stream.of(
        // The request line
        "GET  / HTTP/1.1%Host: a%%",
        "GET /  HTTP/1.1%Host: a%%",
        "GET / HTTP/1.1 %Host: a%%",
        "GET\t/ HTTP/1.1%Host: a%%",
        " GET / HTTP/1.1%Host: a%%",
        "GET / http/1.1%Host: a%%",
        "GET / HTTP/2.0%Host: a%%",
        "GET / HTTP/1.2%Host: a%%",
        "GET / HTTP/1.10%Host: a%%",
        "GET / HTTP/1,1%Host: a%%",
        "GET /%Host: a%%",
        "GET%Host: a%%",
        "GET /a b HTTP/1.1%Host: a%%",
        "GET /a#b HTTP/1.1%Host: a%%",
        "GET /\u0001 HTTP/1.1%Host: a%%",
        "GET /\u007f HTTP/1.1%Host: a%%",
        "GET /\u00e9 HTTP/1.1%Host: a%%",
        "G(T / HTTP/1.1%Host: a%%",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1%Host: a\n%",
        "GET / HTTP/1.1%Host: a%\n",
        "GET / HTTP/1.1\rHost: a\r\r",
        "\nGET / HTTP/1.1%Host: a%%",
        "\rGET / HTTP/1.1%Host: a%%",
        "PRI * HTTP/2.0%%SM%%",
        "\u0016\u0003\u0001\u0002\u0000",
        // Fields
        "GET / HTTP/1.1%Host: a%X : b%%",
        "GET / HTTP/1.1%Host: a%X\t: b%%",
        "GET / HTTP/1.1%Host: a%: b%%",
        "GET / HTTP/1.1%Host: a%Xb%%",
        "GET / HTTP/1.1%Host: a%X b: c%%",
        "GET / HTTP/1.1%Host: a%X: b% c%%",
        "GET / HTTP/1.1%Host: a%X: b%\tc%%",
        "GET / HTTP/1.1% Host: a%%",
        "GET / HTTP/1.1%Host: a%X: b\rc%%",
        "GET / HTTP/1.1%Host: a%X: b\nc: d%%",
        "GET / HTTP/1.1%Host: a%X: b\u0000c%%",
        "GET / HTTP/1.1%Host: a%X: b\u001fc%%",
        "GET / HTTP/1.1%Host: a%X: b\u007fc%%",
        "GET / HTTP/1.1%Host: a%X\u0000: b%%",
        "GET / HTTP/1.1%Host: a%X\u00e9: b%%",
        "GET / HTTP/1.1%Host: a%X: b\r\r\n%",
        // Lengths
        HEAD + "Content-Length: 2%Content-Length: 2%%{}",
        HEAD + "Content-Length: 2, 2%%{}",
        HEAD + "Content-Length: -2%%{}",
        HEAD + "Content-Length: +2%%{}",
        HEAD + "Content-Length: 0x2%%{}",
        HEAD + "Content-Length: 2 2%%{}",
        HEAD + "Content-Length:%%",
        HEAD + "Content-Length: 18446744073709551618%%{}",
        HEAD + "content-length: 2%CONTENT-LENGTH: 3%%{}",
        HEAD + "Content-Length: 2%Transfer-Encoding: chunked%%0%%",
        HEAD + "Transfer-Encoding: chunked%Content-Length: 2%%0%%",
        HEAD + "Transfer-Encoding: chunked%Transfer-Encoding: chunked%%0%%",
        HEAD + "Transfer-Encoding: chunked, chunked%%0%%",
        HEAD + "Transfer-Encoding: gzip, chunked%%0%%",
        HEAD + "Transfer-Encoding: identity%%",
        HEAD + "Transfer-Encoding:%%",
        HEAD + "Transfer-Encoding: \u000bchunked%%0%%",
        HEAD + "Transfer-Encoding: chunked\u00a0%%0%%",
        HEAD + "Transfer-Encoding: \"chunked\"%%0%%",
        HEAD + "Transfer-Encoding:% chunked%%0%%",
        "POST / HTTP/1.0%Host: a%Transfer-Encoding: chunked%%0%%",
        "GET / HTTP/1.1%Host: a%Sec-WebSocket-Key1: 1%Sec-WebSocket-Key2: 2%%12345678",
        // Chunks
        CHUNKED + "g%",
        CHUNKED + "%",
        CHUNKED + "-1%",
        CHUNKED + "+1%",
        CHUNKED + "0x1%a%0%%",
        CHUNKED + " 1%a%0%%",
        CHUNKED + "1 %a%0%%",
        CHUNKED + "1_0%",
        CHUNKED + "100000000%",
        CHUNKED + "fffffffffffffffff%",
        CHUNKED + "1\na\n0\n\n",
        CHUNKED + "1\r\ra",
        CHUNKED + "1%ab%0%%",
        CHUNKED + "1%a0%%",
        CHUNKED + "1%a\n0%%",
        CHUNKED + "1;%a%0%%",
        CHUNKED + "1;=b%a%0%%",
        CHUNKED + "1;b=%a%0%%",
        CHUNKED + "1;b=\"c%a%0%%",
        CHUNKED + "1;b=\"c\"d%a%0%%",
        CHUNKED + "1;b=c\nd%a%0%%",
        CHUNKED + "1 ;b%a%0%%",
        CHUNKED + "1; b%a%0%%",
        CHUNKED + "1;" + "b".repeat(300) + "%a%0%%",
        CHUNKED + ("1;" + "b".repeat(200) + "%a%").repeat(25) + "0%%",
        CHUNKED + "0%X : y%%",
        CHUNKED + "0%X: y% z%%",
        CHUNKED + "0%X: y\u0000%%",
        CHUNKED + "0%\n",
        // Hosts and targets
        "GET / HTTP/1.1%%",
        "GET / HTTP/1.1%Host: a%Host: a%%",
        "GET / HTTP/1.1%Host: a, b%%",
        "GET / HTTP/1.1%Host: a/b%%",
        "GET / HTTP/1.1%Host: user@a%%",
        "GET / HTTP/1.1%Host:%%",
        "GET / HTTP/1.1%Host: [::1%%",
        "GET http://a/ HTTP/1.1%Host: a%%",
        "GET a HTTP/1.1%Host: a%%",
        "OPTIONS * HTTP/1.1%Host: a%%",
        "CONNECT a:443 HTTP/1.1%Host: a%%");
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void whatIsNotWellFormedIsAnsweredOnceWith400AndTheEnd(String message) {
    Talk talk = talk(message + "GET /smuggled HTTP/1.1%Host: a%%");

    assertThat(talk.statuses()).containsExactly(400);
    assertThat(talk.closed()).isTrue();
    assertThat(talk.answers().getFirst().header("connection")).isEqualTo("close");
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void theSameComesOfItByteByByte(String message) {
    byte[] bytes = wire(message);
    Framing framing = new Framing();
    for (int i = 0; i < bytes.length && framing.fault() == null; i++) {
      if (framing.body() > 0) {
        framing.passed(1);
      } else {
        framing.read(bytes, i, i + 1);
      }
    }
    Framing whole = new Framing();
    for (int at = 0; at < bytes.length && whole.fault() == null; ) {
      int passed = (int) Math.min(whole.body(), bytes.length - at);
      whole.passed(passed);
      at = whole.read(bytes, at + passed, bytes.length);
    }
    assertThat(framing.fault()).isEqualTo(whole.fault());
  }

  @ParameterizedTest
  @MethodSource("valid")
  void whatIsWellFormedIsRead(String message, String read) {
    Talk talk = talk(message);

    assertThat(talk.answers()).extracting(Answer::body).containsExactly(read);
    assertThat(talk.statuses()).containsExactly(200);
  }

  static Stream<List<String>> validPairs() {
    return Stream.of(
        List.of("GET / HTTP/1.1%Host: a%%", "GET / 1 "),
        List.of("%GET / HTTP/1.1%Host: a%%", "GET / 1 "),
        List.of("GET / HTTP/1.0%Host: a%%", "GET / 1 "),
        List.of("GET / HTTP/1.0%%", "GET / 0 "),
        List.of("GET /?a=b|c\"<> HTTP/1.1%Host: a:80%%", "GET /?a=b|c\"<> 1 "),
        List.of("M-SEARCH /x HTTP/1.1%Host: [::1]:80%%", "M-SEARCH /x 1 "),
        List.of("GET / HTTP/1.1%Host: a%X:\t b\u00e9\tc \t%%", "GET / 2 "),
        List.of("GET / HTTP/1.1%Host: a%!#$&'*+-.^_`|~1:%%", "GET / 2 "),
        List.of(HEAD + "Content-Length: \t2 %%{}", "POST /p 2 {}"),
        List.of(HEAD + "Content-Length: 0002%%{}", "POST /p 2 {}"),
        List.of(HEAD + "cOnTeNt-LeNgTh:2%%{}", "POST /p 2 {}"),
        List.of("GET / HTTP/1.1%Host: a%Content-Length: 2%%{}", "GET / 2 {}"),
        List.of(HEAD + "Transfer-Encoding: Chunked \t%%2%{}%0%%", "POST /p 2 {}"),
        List.of(CHUNKED + "A%0123456789%0%%", "POST /p 2 0123456789"),
        List.of(CHUNKED + "0a%0123456789%000%%", "POST /p 2 0123456789"),
        List.of(CHUNKED + "1;a;b=c;d=\"e;\\\"f\"%1%1%2%0;z%%", "POST /p 2 12"),
        List.of(CHUNKED + "1%a%0%Content-Length: 50%Host: b%%", "POST /p 2 a"),
        List.of(CHUNKED + "2%\r\n%0%%", "POST /p 2 \r\n"));
  }

  static Stream<Object[]> valid() {
    return validPairs().map(pair -> new Object[] {pair.get(0), pair.get(1)});
  }

  @Test
  void requestsOfAPipelineAreAnsweredInOrderEachWithItsOwnBody() {
    StringBuilder pipeline = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      pipeline.append(
          i % 3 == 0
              ? "POST /%d HTTP/1.1%%Host: a%%Content-Length: 1%%%%x".formatted(i)
              : i % 3 == 1
                  ? "POST /%d HTTP/1.1%%Host: a%%Transfer-Encoding: chunked%%%%1%%y%%0%%%%"
                      .formatted(i)
                  : "GET /%d HTTP/1.1%%Host: a%%%%".formatted(i));
    }
    Talk talk = talk(pipeline.toString().replace("\r\n", "%"));

    assertThat(talk.answers()).hasSize(30);
    for (int i = 0; i < 30; i++) {
      assertThat(talk.answers().get(i).body())
          .startsWith((i % 3 == 2 ? "GET /" : "POST /") + i + " ")
          .endsWith(i % 3 == 0 ? "x" : i % 3 == 1 ? "y" : " ");
    }
  }

  @Test
  void requestsBeforeAFaultyOneAreAnsweredFirst() {
    Talk talk =
        talk("GET /1 HTTP/1.1%Host: a%%GET /2 HTTP/1.1%Host: a%%GET /3 HTTP/1.1%Host : a%%");

    assertThat(talk.statuses()).containsExactly(200, 200, 400);
    assertThat(talk.closed()).isTrue();
  }

  @Test
  void aRequestMayComeInAnyPieces() {
    byte[] bytes = wire(CHUNKED + "2;a=\"b\"%{}%0%X: y%%GET /next HTTP/1.1%Host: a%%");
    for (int cut = 1; cut < bytes.length; cut += 7) {
      try (RawHttp client = RawHttp.to(yes.port())) {
        client.send(java.util.Arrays.copyOf(bytes, cut));
        client.send(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
        assertThat(client.answer().body()).isEqualTo("POST /p 2 {}");
        assertThat(client.answer().body()).isEqualTo("GET /next 1 ");
      }
    }
  }

  @Test
  void whatIsTooLongIsCalledByItsName() {
    String long8k = "a".repeat(8 * 1024);

    assertThat(talk("GET /" + long8k + " HTTP/1.1%Host: a%%").statuses()).containsExactly(414);
    assertThat(talk("GET / HTTP/1.1%Host: a%" + ("X: " + long8k + "%").repeat(4) + "%").statuses())
        .containsExactly(431);
    assertThat(talk("GET / HTTP/1.1%Host: a%" + "X: y%".repeat(100) + "%").statuses())
        .containsExactly(431);
    assertThat(talk("GET / HTTP/1.1%Host: a%" + "X: y%".repeat(99) + "%").statuses())
        .containsExactly(200);
    assertThat(talk("GET /" + "a".repeat(8_000) + " HTTP/1.1%Host: a%%").statuses())
        .containsExactly(200);
    assertThat(talk("GET / HTTP/1.1%Host: a%" + ("X: " + long8k + "%").repeat(3) + "%").statuses())
        .containsExactly(200);
  }

  @Test
  void anUnknownExpectationIsNotMet() {
    assertThat(talk(HEAD + "Expect: 200-maybe%Content-Length: 2%%{}").statuses())
        .containsExactly(417);
  }
}
