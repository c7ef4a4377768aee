package dev.customhouse.dialect.anthropicmessages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages by way of Bedrock and Vertex, in both directions. */
class InvokedAnswerTest {
  private static String outward(String body, RehostedMessages.Service service, String... betas) {
    return new String(
        RehostedMessages.outward(
            body.getBytes(UTF_8), service, List.of(betas), Desk.ofItsOwn(OnUnsupported.DROP)),
        UTF_8);
  }

  @Test
  void whatOtherServicesDoNotTakeIsCutOutAndTheRestStaysByteForByte() {
    String body =
        "{ \"messages\" : [ {\"model\":1} ],\n \"m\\u006fdel\": \"x\" ,\"stream\":true,"
            + "\"max_tokens\":1e2,\"metadata\":{\"user_id\":\"u\"}, \"service_tier\":\"auto\" }";
    assertThat(outward(body, RehostedMessages.Service.BEDROCK, "a, b", "a"))
        .isEqualTo(
            "{\"anthropic_version\":\"bedrock-2023-05-31\",\"anthropic_beta\":[\"a\",\"b\"],"
                + " \"messages\" : [ {\"model\":1} ],\n \"max_tokens\":1e2}");
    assertThat(outward(body, RehostedMessages.Service.VERTEX))
        .isEqualTo(
            "{\"anthropic_version\":\"vertex-2023-10-16\", \"messages\" : [ {\"model\":1} ],\n"
                + " \"stream\":true,\"max_tokens\":1e2,\"metadata\":{\"user_id\":\"u\"},"
                + " \"service_tier\":\"auto\" }");
    assertThat(outward("{\"model\":\"x\"}", RehostedMessages.Service.BEDROCK))
        .isEqualTo("{\"anthropic_version\":\"bedrock-2023-05-31\"}");
  }

  @Test
  void aRequestOfInvokeModelBecomesAnthropicsOwn() {
    RehostedMessages.Direct direct =
        RehostedMessages.inward(
            "{\"anthropic_version\":\"bedrock-2023-05-31\",\"anthropic_beta\":[\"a\",\"b\"],\"x\": 1}"
                .getBytes(UTF_8),
            "claude",
            true);
    assertThat(new String(direct.body(), UTF_8))
        .isEqualTo("{\"model\":\"claude\",\"stream\":true,\"x\": 1}");
    assertThat(direct.headers()).isEqualTo(Headers.of("anthropic-beta", "a,b"));
  }

  /** Keeps what it is sent. */
  private static final class Client implements AnswerWriter {
    private int status;
    private Headers headers = Headers.EMPTY;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private String ended = "";

    @Override
    public boolean answer(int sent, Headers fields, byte[] bytes) {
      begin(sent, fields);
      body.writeBytes(bytes);
      ended = "end";
      return true;
    }

    @Override
    public void begin(int sent, Headers fields) {
      status = sent;
      headers = fields;
    }

    @Override
    public boolean begun() {
      return status != 0;
    }

    @Override
    public void patience(long untilNanos) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {
      body.write(bytes, offset, length);
    }

    @Override
    public void end() {
      ended = "end";
    }

    @Override
    public void abort() {
      ended = "abort";
    }
  }

  private static List<String> chunks(byte[] frames) {
    List<String> chunks = new ArrayList<>();
    AwsEventSplitter splitter = new AwsEventSplitter();
    splitter.feed(
        frames,
        0,
        frames.length,
        (buffer, start, end) -> {
          AwsEvent frame = AwsEvent.parse(buffer, start, end);
          @Nullable String base64 = Json.text(Json.read(frame.payload()).path("bytes"));
          byte[] told =
              base64 == null
                  ? frame.payload()
                  : Base64.getDecoder().decode(Objects.requireNonNull(base64));
          chunks.add(frame.type() + " " + new String(told, UTF_8));
        });
    return chunks;
  }

  private static final String EVENTS =
      """
      event: message_start
      data: {"type":"message_start"}

      event: ping
      data: {"type":"ping"}

      : comment

      data: {"type":"message_stop"}

      event: error
      data: {"type":"error","error":{"type":"overloaded_error","message":"Busy"}}

      """;

  @Test
  void eventsBecomeFramesWithoutPings() throws InterruptedException {
    Client client = new Client();
    AnswerWriter writer = new InvokedAnswer(client);
    writer.begin(200, Headers.of("content-type", "text/event-stream; charset=utf-8", "x-a", "1"));
    for (byte b : EVENTS.getBytes(UTF_8)) {
      writer.write(new byte[] {0, b, 0}, 1, 1);
    }
    writer.patience(1);
    writer.end();

    assertThat(writer.begun()).isTrue();
    assertThat(client.headers.get("content-type")).isEqualTo("application/vnd.amazon.eventstream");
    assertThat(client.headers.get("x-a")).isEqualTo("1");
    assertThat(chunks(client.body.toByteArray()))
        .containsExactly(
            "chunk {\"type\":\"message_start\"}",
            "chunk {\"type\":\"message_stop\"}",
            "serviceUnavailableException {\"message\":\"Busy\"}");
    assertThat(client.ended).isEqualTo("end");
  }

  @Test
  void aStreamThatIsWholeBeforeItIsShownIsFramedToo() {
    Client client = new Client();
    new InvokedAnswer(client)
        .answer(200, Headers.of("content-type", "text/event-stream"), EVENTS.getBytes(UTF_8));
    assertThat(chunks(client.body.toByteArray())).hasSize(3);
  }

  private static String answered(int status, String body, Client client) {
    new InvokedAnswer(client)
        .answer(status, Headers.of("content-type", "application/json"), body.getBytes(UTF_8));
    return client.body.toString(UTF_8);
  }

  @Test
  void errorsHaveAmazonsShapeAndTheirWords() {
    Client client = new Client();
    String error =
        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Busy\"}}";
    assertThat(answered(529, error, client)).isEqualTo("{\"message\":\"Busy\"}");
    assertThat(client.status).isEqualTo(503);
    assertThat(client.headers.get("x-amzn-errortype")).isEqualTo("ServiceUnavailableException");
    assertThat(answered(400, "no json", new Client())).isEqualTo("no json");
  }

  @Test
  void messagesPassAsTheyAre() throws InterruptedException {
    assertThat(answered(200, "{\"usage\":{\"input_tokens\":7}}", new Client()))
        .isEqualTo("{\"usage\":{\"input_tokens\":7}}");
    Client client = new Client();
    AnswerWriter writer = new InvokedAnswer(client);
    writer.begin(200, Headers.of("content-type", "application/json"));
    writer.write("{}".getBytes(UTF_8), 0, 2);
    writer.abort();
    assertThat(client.body.toString(UTF_8)).isEqualTo("{}");
    assertThat(client.ended).isEqualTo("abort");
  }
}
