package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import com.github.luben.zstd.Zstd;
import dev.customhouse.House;
import dev.customhouse.admin.UsageRows;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Operation;
import dev.customhouse.store.UsageRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How large, how packed and how deep a body may be. */
class BodiesTest {
  private static final int LIMIT = 64 * 1024;
  private static final Map<String, UnaryOperator<byte[]>> CODINGS =
      Map.of(
          "gzip",
          body -> through(body, true),
          "deflate",
          body -> through(body, false),
          "zstd",
          Zstd::compress,
          "br",
          BodiesTest::brotli);

  private static House house;

  @BeforeAll
  static void open() {
    Brotli4jLoader.ensureAvailability();
    house = House.of("  limits: { body_bytes: 64KiB }", "");
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static byte[] through(byte[] body, boolean gzip) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        gzip ? new GZIPOutputStream(packed) : new DeflaterOutputStream(packed)) {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  private static byte[] brotli(byte[] body) {
    try {
      return Encoder.compress(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int post(byte[] body, String coding) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(house.root() + "/v1/chat/completions"))
            .header("authorization", "Bearer " + House.KEY)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    return house.send(request.header("content-encoding", coding).build()).statusCode();
  }

  private static byte[] chat(int letters) {
    return "{\"model\":\"sandbox/echo\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
        .formatted("a".repeat(letters))
        .getBytes(UTF_8);
  }

  @Test
  void aPackedBodyIsUnpackedUpToTheLimit() {
    CODINGS.forEach((coding, pack) -> {
      assertThat(post(pack.apply(chat(10)), coding)).as(coding).isEqualTo(200);
      assertThat(post(pack.apply(chat(LIMIT - 100)), coding)).as(coding).isEqualTo(200);
      assertThat(post(pack.apply(chat(LIMIT)), coding)).as(coding).isEqualTo(413);
      assertThat(post(pack.apply(new byte[20_000_000]), coding)).as(coding).isEqualTo(413);
      assertThat(post(pack.apply(pack.apply(new byte[20_000_000])), coding + ", " + coding))
          .as(coding)
          .isEqualTo(413);
    });
  }

  @Test
  void whatIsNoPackedBodyIsRefused() {
    for (String coding : CODINGS.keySet()) {
      assertThat(post(chat(10), coding)).as(coding).isEqualTo(400);
    }
    assertThat(post(chat(10), "compress")).isEqualTo(415);
    assertThat(post(chat(10), "gzip, gzip, gzip")).isEqualTo(415);
    assertThat(post(chat(10), "identity")).isEqualTo(200);
  }

  @Test
  void aBodyBeyondTheLimitIsRefusedHoweverItsLengthIsTold() {
    assertThat(post(chat(LIMIT - 100), "identity")).isEqualTo(200);
    assertThat(post(chat(LIMIT), "identity")).isEqualTo(413);
    HttpRequest chunked =
        HttpRequest.newBuilder(URI.create(house.root() + "/v1/messages"))
            .header("x-api-key", House.KEY)
            .POST(
                HttpRequest.BodyPublishers.ofByteArrays(List.of(new byte[LIMIT], new byte[LIMIT])))
            .build();
    var answer = house.send(chunked);
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("request_too_large", Integer.toString(LIMIT));
    RequestRecord record = house.record(answer.headers().firstValue("x-request-id").orElseThrow());
    assertThat(UsageRows.of(record))
        .as("a row of usage: the path says what was asked")
        .map(UsageRow::operation)
        .contains(Operation.CHAT);
  }

  @Test
  void whatHasTwoReadingsOrNoEndIsNoBody() {
    String deep = "[".repeat(64) + "]".repeat(64);
    for (String body :
        List.of(
            "",
            "{",
            "[]",
            "null",
            "{}{}",
            "{\"model\":\"sandbox/echo\",\"model\":\"sandbox/tools\",\"messages\":[]}",
            "{\"model\":\"sandbox/echo\",\"mod\\u0065l\":\"sandbox/tools\",\"messages\":[]}",
            "{\"model\":\"sandbox/echo\",\"stream\":true,\"stream\":false,\"messages\":[]}",
            "{\"model\":\"sandbox/echo\",\"messages\":[],\"x\":" + deep + "}",
            "{\"model\":\"sandbox/echo\",\"messages\":[],\"x\":" + "[".repeat(10_000),
            "{\"model\":1,\"messages\":[]}",
            "{\"model\":\"\",\"messages\":[]}",
            "{\"model\":\"a\\u0000b\",\"messages\":[]}",
            "{\"model\":\"" + "a".repeat(300) + "\",\"messages\":[]}",
            "\ufeff{\"model\":\"sandbox/echo\",'messages':[]}")) {
      var answer = house.post("/v1/chat/completions", body);
      assertThat(answer.statusCode())
          .as(body.substring(0, Math.min(60, body.length())))
          .isEqualTo(400);
      assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
    }
  }
}
