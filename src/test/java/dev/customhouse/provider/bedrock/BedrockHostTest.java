package dev.customhouse.provider.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.provider.ScriptedAnswer;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Amazon Bedrock as a host. */
class BedrockHostTest {
  private static final BedrockHost HOST =
      new BedrockHost("eu-central-1", () -> Instant.parse("2026-11-21T10:11:12Z"));
  private static final URI BASE = HOST.baseUrl();
  private static final String CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

  private static Call call(DialectId dialect, Operation operation, String path, boolean stream) {
    return new Call(
        "r",
        operation,
        dialect,
        "POST",
        path,
        "beta=true",
        Headers.EMPTY,
        new byte[0],
        "asked",
        null,
        stream,
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  @ParameterizedTest
  @CsvSource({
    "BEDROCK, CHAT, /model/asked/converse, false, /converse",
    "BEDROCK, CHAT, /model/asked/converse-stream, true, /converse-stream",
    "BEDROCK, COUNT_TOKENS, /model/asked/count-tokens, false, /count-tokens",
    "ANTHROPIC_MESSAGES, CHAT, /v1/messages, false, /invoke",
    "ANTHROPIC_MESSAGES, CHAT, /v1/messages, true, /invoke-with-response-stream",
    "ANTHROPIC_MESSAGES, COUNT_TOKENS, /v1/messages/count_tokens, false, /count-tokens"
  })
  void everyOperationHasItsAddress(
      DialectId dialect, Operation operation, String path, boolean stream, String action) {
    assertThat(HOST.uri(BASE, call(dialect, operation, path, stream), CLAUDE))
        .hasToString(
            "https://bedrock-runtime.eu-central-1.amazonaws.com/model/"
                + "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0"
                + action);
  }

  @Test
  void aModelIsOneSegmentOfThePathWhateverItHolds() {
    Call call = call(DialectId.BEDROCK, Operation.CHAT, "/model/a/converse", false);
    assertThat(HOST.uri(URI.create("http://h:1/x/"), call, "arn:aws:bedrock:r:1:p/a b"))
        .hasToString("http://h:1/x/model/arn%3Aaws%3Abedrock%3Ar%3A1%3Ap%2Fa%20b/converse");
    assertThat(HOST.uri(URI.create("http://h"), call, "../x"))
        .hasToString("http://h/model/..%2Fx/converse");
    assertThatThrownBy(() -> HOST.uri(URI.create("http://h"), call, ".."))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void theRegionIsPartOfTheAddressAndCanBeReadFromIt() {
    assertThat(new BedrockHost("cn-north-1", Instant::now).baseUrl())
        .hasToString("https://bedrock-runtime.cn-north-1.amazonaws.com.cn");
    assertThat(BedrockHost.regionOf(URI.create("https://bedrock-runtime.us-west-2.amazonaws.com/")))
        .isEqualTo("us-west-2");
    assertThat(
            BedrockHost.regionOf(
                URI.create("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com")))
        .isEqualTo("us-gov-west-1");
    assertThat(BedrockHost.regionOf(URI.create("https://proxy.example"))).isNull();
  }

  @Test
  void claudeIsServedInItsOwnDialectAndAllModelsInConverse() {
    assertThat(HOST.serves(DialectId.BEDROCK, Operation.CHAT, "amazon.nova-lite-v1:0")).isTrue();
    assertThat(HOST.serves(DialectId.ANTHROPIC_MESSAGES, Operation.CHAT, CLAUDE)).isTrue();
    assertThat(HOST.serves(DialectId.ANTHROPIC_MESSAGES, Operation.CHAT, "amazon.nova-lite-v1:0"))
        .isFalse();
    assertThat(HOST.serves(DialectId.OPENAI_CHAT, Operation.CHAT, CLAUDE)).isFalse();
    assertThat(HOST.serves(DialectId.BEDROCK, Operation.EMBEDDINGS, CLAUDE)).isFalse();
    assertThat(HOST.preferred()).containsExactly(DialectId.BEDROCK);
    assertThat(HOST.listsModels()).isFalse();
  }

  private static UpstreamRequest request(String action, Headers headers, String body) {
    return new UpstreamRequest(
        "POST",
        URI.create(BASE + "/model/m/" + action),
        headers,
        body.getBytes(UTF_8),
        Duration.ofSeconds(5));
  }

  @Test
  void anApiKeyIsSentAndAnAccessKeySigns() {
    UpstreamRequest request =
        request("converse", Headers.of("content-type", "application/json"), "{}");
    Headers bearer = HOST.prepared(request, DialectId.BEDROCK, "ABSKkey").headers();
    Headers signed =
        HOST.prepared(request, DialectId.BEDROCK, "AKIAIOSFODNN7EXAMPLE:secret").headers();

    assertThat(bearer.get("authorization")).isEqualTo("Bearer ABSKkey");
    assertThat(signed.get("authorization"))
        .startsWith(
            "AWS4-HMAC-SHA256 Credential="
                + "AKIAIOSFODNN7EXAMPLE/20261121/eu-central-1/bedrock/aws4_request, ");
    assertThat(signed.get("x-amz-date")).isEqualTo("20261121T101112Z");
    assertThat(HOST.prepared(request, DialectId.BEDROCK, null)).isSameAs(request);
  }

  @Test
  void aMessageIsRehostedByteForByte() {
    UpstreamRequest request =
        request(
            "invoke-with-response-stream",
            Headers.of(
                "anthropic-version",
                "2023-06-01",
                "anthropic-beta",
                "claude-code-20250219,context-1m-2025-08-07",
                "anthropic-beta",
                "interleaved-thinking-2025-05-14"),
            """
            { "model": "m", "max_tokens": 1.0e2 , "messages":[ ],
              "metadata":{"user_id":"u"}, "stream" : true}\
            """);

    Losses losses = losses(OnUnsupported.LISTED);
    UpstreamRequest sent = HOST.rehosted(request, DialectId.ANTHROPIC_MESSAGES, losses);

    assertThat(new String(sent.body(), UTF_8))
        .isEqualTo(
            """
            {"anthropic_version":"bedrock-2023-05-31",\
            "anthropic_beta":["context-1m-2025-08-07","interleaved-thinking-2025-05-14"],\
             "max_tokens": 1.0e2 , "messages":[ ]}\
            """);
    assertThat(sent.headers().contains("anthropic-version")).isFalse();
    assertThat(sent.headers().contains("anthropic-beta")).isFalse();
    assertThat(losses.dropped()).containsExactly("anthropic-beta claude-code-20250219", "metadata");
    assertThat(losses.unlisted()).isEmpty();
    assertThatThrownBy(
            () -> HOST.rehosted(request, DialectId.ANTHROPIC_MESSAGES, losses(OnUnsupported.ERROR)))
        .isInstanceOfSatisfying(
            Refusal.class,
            e ->
                assertThat(e)
                    .hasMessageContaining("anthropic-beta 'claude-code-20250219'")
                    .hasMessageContaining("Bedrock"));
  }

  private static Losses losses(OnUnsupported policy) {
    return new Losses(
        LossTable.load(),
        DialectId.ANTHROPIC_MESSAGES,
        DialectId.ANTHROPIC_MESSAGES,
        new Target("aws", BedrockHost.TYPE, CLAUDE),
        policy);
  }

  @Test
  void aTokenCountIsWrappedAndItsAnswerUnwrapped() throws Exception {
    UpstreamRequest sent =
        HOST.rehosted(
            request("count-tokens", Headers.EMPTY, "{\"model\":\"m\",\"messages\":[]}"),
            DialectId.ANTHROPIC_MESSAGES,
            losses(OnUnsupported.ERROR));
    String body = Json.read(sent.body()).at("/input/invokeModel/body").asText();
    assertThat(new String(Base64.getDecoder().decode(body), UTF_8))
        .isEqualTo(
            "{\"anthropic_version\":\"bedrock-2023-05-31\",\"messages\":[],\"max_tokens\":1}");

    UpstreamAnswer answer =
        HOST.received(
            ScriptedAnswer.of(200, "application/json", "{\"inputTo", "kens\":23}"),
            sent,
            DialectId.ANTHROPIC_MESSAGES);
    assertThat(text(answer)).isEqualTo("{\"input_tokens\":23}");
  }

  @Test
  void anErrorKeepsItsWordsInAnthropicsShape() throws Exception {
    UpstreamRequest request = request("invoke", Headers.EMPTY, "{}");
    UpstreamAnswer answer =
        HOST.received(
            ScriptedAnswer.of(
                429, "application/json", "{\"message\":\"Too many tokens, please wait\"}"),
            request,
            DialectId.ANTHROPIC_MESSAGES);
    assertThat(text(answer))
        .isEqualTo(
            "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
                + "\"message\":\"Too many tokens, please wait\"}}");
    UpstreamAnswer page =
        HOST.received(
            ScriptedAnswer.of(502, "text/html", "<html>"), request, DialectId.ANTHROPIC_MESSAGES);
    assertThat(text(page)).isEqualTo("<html>");
  }

  private static byte[] chunk(String json) {
    String base64 = Base64.getEncoder().encodeToString(json.getBytes(UTF_8));
    return AwsEvent.event(
        "chunk", ("{\"bytes\":\"" + base64 + "\",\"p\":\"abc\"}").getBytes(UTF_8));
  }

  @Test
  void framesBecomeTheEventsThatAnthropicWouldHaveSent() throws Exception {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(chunk("{\"type\":\"message_start\",\"a\":1}"));
    stream.writeBytes(chunk("{\"type\":\"message_stop\"}"));
    stream.writeBytes(
        AwsEvent.exception("throttlingException", "{\"message\":\"slow\"}".getBytes(UTF_8)));
    byte[] bytes = stream.toByteArray();
    List<byte[]> pieces = new ArrayList<>();
    for (byte b : bytes) {
      pieces.add(new byte[] {b});
    }
    UpstreamAnswer answer =
        HOST.received(
            new ScriptedAnswer(
                200, Headers.of("content-type", "application/vnd.amazon.eventstream"), pieces),
            request("invoke-with-response-stream", Headers.EMPTY, "{}"),
            DialectId.ANTHROPIC_MESSAGES);

    assertThat(answer.headers().get("content-type")).startsWith("text/event-stream");
    assertThat(text(answer))
        .isEqualTo(
            """
            event: message_start
            data: {"type":"message_start","a":1}

            event: message_stop
            data: {"type":"message_stop"}

            event: error
            data: {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}

            """);
  }

  @Test
  void framesOfNonsenseBreakTheAnswerOff() {
    UpstreamAnswer answer =
        HOST.received(
            ScriptedAnswer.of(200, "application/vnd.amazon.eventstream", "no frames at all"),
            request("invoke-with-response-stream", Headers.EMPTY, "{}"),
            DialectId.ANTHROPIC_MESSAGES);
    assertThatThrownBy(() -> text(answer))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.reason()).isEqualTo(TransportException.Reason.CUT));
  }

  private static String text(UpstreamAnswer answer)
      throws TransportException, InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte @Nullable [] piece = answer.next(Duration.ofSeconds(5));
    while (piece != null) {
      all.writeBytes(Objects.requireNonNull(piece));
      piece = answer.next(Duration.ofSeconds(5));
    }
    answer.close();
    return all.toString(UTF_8);
  }
}
