package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.AwsEvent;
import java.net.http.HttpResponse;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Clients of OpenAI's and Anthropic's dialects, and models at Amazon and Google. */
class CloudsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String MESSAGES = "/v1/messages";
  private static final String FRAMES = "application/vnd.amazon.eventstream";

  private static final String CONVERSED =
      """
      {"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn",\
      "usage":{"inputTokens":10,"outputTokens":3,"totalTokens":18,"cacheReadInputTokens":5},\
      "metrics":{"latencyMs":7}}\
      """;

  private static House house(FakeUpstream upstream, String key) {
    return House.of(
        """
        providers:
          aws: { type: bedrock, region: us-west-2, base_url: "%s", api_keys: ["%s"] }
        models:
          nova: { provider: aws, model: "us.amazon.nova-lite-v1:0", retry: { attempts: 1 } }
          claude: { provider: aws, model: "us.anthropic.claude-haiku-4-5-20251001-v1:0", retry: { attempts: 1 } }
        """
            .formatted(upstream.root(), key));
  }

  private static String chat(String model, String members) {
    return """
    {"model":"%s","messages":[{"role":"user","content":"Hi"}]%s}\
    """
        .formatted(model, members);
  }

  private static byte[] frame(String type, String json) {
    return AwsEvent.event(type, json.getBytes(UTF_8));
  }

  @Test
  void aChatClientAsksAModelOfConverse() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, CONVERSED));
        House house = house(upstream, "ABSKkey")) {
      HttpResponse<String> answer = house.post(CHAT, chat("nova", ",\"max_tokens\":50"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("\"content\":\"Hello\"").contains("\"prompt_tokens\":15");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/model/us.amazon.nova-lite-v1%3A0/converse");
      assertThat(sent.headers()).containsEntry("authorization", "Bearer ABSKkey");
      assertThat(sent.text())
          .isEqualTo(
              "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}],"
                  + "\"inferenceConfig\":{\"maxTokens\":50}}");
      RequestRecord record = house.anyRecord();
      assertThat(record.usage()).isEqualTo(new Usage(15, 3, 5L, null, null, false));
      assertThat(record.finish()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void aStreamOfFramesIsAStreamOfChunksForAChatClient() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.begin(FRAMES);
              connection.chunk(frame("messageStart", "{\"role\":\"assistant\"}"));
              byte[] delta =
                  frame(
                      "contentBlockDelta",
                      "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hello\"}}");
              connection.chunk(delta);
              connection.chunk(frame("contentBlockStop", "{\"contentBlockIndex\":0}"));
              connection.chunk(frame("messageStop", "{\"stopReason\":\"end_turn\"}"));
              connection.chunk(
                  frame(
                      "metadata",
                      "{\"usage\":{\"inputTokens\":10,\"outputTokens\":3},\"metrics\":{}}"));
              connection.end();
            });
        House house = house(upstream, "AKIAIOSFODNN7EXAMPLE:secret:token==")) {
      HttpResponse<String> answer =
          house.post(
              CHAT, chat("nova", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

      assertThat(answer.headers().firstValue("content-type"))
          .hasValue("text/event-stream; charset=utf-8");
      assertThat(answer.body())
          .contains("\"content\":\"Hello\"")
          .contains("\"finish_reason\":\"stop\"")
          .contains("\"prompt_tokens\":10")
          .endsWith("data: [DONE]\n\n");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target()).isEqualTo("/model/us.amazon.nova-lite-v1%3A0/converse-stream");
      assertThat(sent.headers().get("authorization"))
          .startsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
          .contains(
              "/us-west-2/bedrock/aws4_request, "
                  + "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=");
      assertThat(sent.headers()).containsEntry("x-amz-security-token", "token==");
      assertThat(house.anyRecord().usage()).isEqualTo(Usage.of(10, 3));
    }
  }

  @Test
  void aStreamThatIsCutIsToldToBeBroken() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.begin(FRAMES);
              byte[] delta =
                  frame(
                      "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"H\"}}");
              connection.chunk(delta);
              connection.chunk(Arrays.copyOf(delta, 20));
              connection.end();
            });
        House house = house(upstream, "ABSKkey")) {
      HttpResponse<String> answer = house.post(CHAT, chat("nova", ",\"stream\":true"));

      assertThat(answer.body()).contains("\"content\":\"H\"").contains("\"error\":{");
      assertThat(answer.body()).doesNotContain("[DONE]");
      assertThat(house.anyRecord().error()).isEqualTo(ErrorKind.NETWORK);
    }
  }

  @Test
  void throttlingOfBedrockIsARateLimitForAChatClient() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    429,
                    "{\"message\":\"Too many tokens, please wait before trying again.\"}",
                    "x-amzn-errortype",
                    "ThrottlingException:http://internal.amazon.com/"));
        House house = house(upstream, "ABSKkey")) {
      HttpResponse<String> answer = house.post(CHAT, chat("nova", ""));

      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(house.anyRecord().error()).isEqualTo(ErrorKind.RATE_LIMITED);
    }
  }

  @Test
  void aMessagesClientAsksClaudeAtBedrockInItsOwnDialect() {
    String begun =
        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_bdrk_1\",\"model\":\"c\","
            + "\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}";
    String delta =
        "{\"type\":\"content_block_delta\",\"index\":0,"
            + "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}";
    String ended =
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
            + "\"usage\":{\"output_tokens\":3}}";
    List<String> events = List.of(begun, delta, ended, "{\"type\":\"message_stop\"}");
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.begin(FRAMES);
              for (String event : events) {
                String base64 = Base64.getEncoder().encodeToString(event.getBytes(UTF_8));
                connection.chunk(frame("chunk", "{\"bytes\":\"" + base64 + "\"}"));
              }
              connection.end();
            });
        House house = house(upstream, "ABSKkey")) {
      HttpResponse<String> answer =
          house.post(
              MESSAGES + "?beta=true",
              "{\"model\":\"claude\",\"max_tokens\": 9,\"stream\":true,\"messages\":[]}",
              "anthropic-version",
              "2023-06-01",
              "anthropic-beta",
              "claude-code-20250219,context-1m-2025-08-07");

      assertThat(answer.headers().firstValue("content-type"))
          .hasValue("text/event-stream; charset=utf-8");
      assertThat(answer.body())
          .startsWith("event: message_start\ndata: " + begun + "\n\n")
          .endsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target())
          .isEqualTo(
              "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream");
      assertThat(sent.text())
          .isEqualTo(
              "{\"anthropic_version\":\"bedrock-2023-05-31\","
                  + "\"anthropic_beta\":[\"context-1m-2025-08-07\"],\"max_tokens\": 9,\"messages\":[]}");
      assertThat(answer.headers().firstValue("x-customhouse-dropped"))
          .hasValue("anthropic-beta claude-code-20250219");
      assertThat(house.anyRecord().usage()).isEqualTo(Usage.of(10, 3));
    }
  }

  @Test
  void whatBedrockDoesNotTakeOfAMessageIsToldOrRefused() {
    String message =
        "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\","
            + "\"content\":[],\"stop_reason\":\"end_turn\","
            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
    String asked =
        "{\"model\":\"%s\",\"max_tokens\":9,\"messages\":[],\"metadata\":{\"user_id\":\"u\"}}";
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, message));
        House house =
            House.of(
                """
                providers:
                  aws: { type: bedrock, region: us-west-2, base_url: "%s", api_keys: [ABSKkey] }
                models:
                  claude: { provider: aws, model: "anthropic.claude-haiku-4-5-20251001-v1:0" }
                  strict: { provider: aws, model: "anthropic.claude-haiku-4-5-20251001-v1:0", on_unsupported: error }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer = house.post(MESSAGES, asked.formatted("claude"));

      assertThat(answer.body()).isEqualTo(message);
      assertThat(answer.headers().firstValue("x-customhouse-dropped")).hasValue("metadata");
      assertThat(upstream.next().text()).doesNotContain("metadata");
      assertThat(house.anyRecord().dropped()).containsExactly("metadata");

      HttpResponse<String> refused = house.post(MESSAGES, asked.formatted("strict"));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("'metadata' cannot be carried").contains("Bedrock");
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void aTokenCountOfClaudeAtBedrockIsAsked() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(200, "{\"inputTokens\":23}"));
        House house = house(upstream, "ABSKkey")) {
      HttpResponse<String> answer =
          house.post(MESSAGES + "/count_tokens", "{\"model\":\"claude\",\"messages\":[]}");

      assertThat(answer.body()).isEqualTo("{\"input_tokens\":23}");
      assertThat(upstream.next().target()).endsWith("/count-tokens");
    }
  }

  private static String serviceAccount(FakeUpstream upstream) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
    ObjectNode json =
        Json.object()
            .put("type", "service_account")
            .put("client_email", "sa@p.iam.gserviceaccount.com")
            .put(
                "private_key",
                "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getEncoder().encodeToString(key)
                    + "\n-----END PRIVATE KEY-----\n")
            .put("token_uri", upstream.root() + "/token");
    return new String(Json.write(json), UTF_8);
  }

  private static House vertex(FakeUpstream upstream, String credentials) {
    return House.of(
        """
        providers:
          google: { type: vertex, project: my-project, location: us-east5, base_url: "%s", credentials: '%s' }
        models:
          gemini: { provider: google, model: gemini-2.5-flash, retry: { attempts: 1 } }
          claude: { provider: google, model: "claude-sonnet-4-5@20250929", retry: { attempts: 1 } }
        """
            .formatted(upstream.root(), credentials));
  }

  private static FakeUpstream google(String answer) {
    return FakeUpstream.of((request, connection) -> {
      if (request.target().equals("/token")) {
        connection.json(200, "{\"access_token\":\"ya29.fresh\",\"expires_in\":3599}");
      } else {
        connection.json(200, answer);
      }
    });
  }

  @Test
  void geminiAtVertexIsAskedWithOneTokenForAllRequests() throws Exception {
    String generated =
        """
        {"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],\
        "usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6}}\
        """;
    try (FakeUpstream upstream = google(generated);
        House house = vertex(upstream, serviceAccount(upstream))) {
      for (int i = 0; i < 3; i++) {
        assertThat(house.post(CHAT, chat("gemini", "")).body()).contains("\"content\":\"Hello\"");
      }

      assertThat(upstream.next().target()).isEqualTo("/token");
      for (int i = 0; i < 3; i++) {
        FakeUpstream.Request sent = upstream.next();
        assertThat(sent.target())
            .matches(
                "/v1(beta1)?/projects/my-project/locations/us-east5/publishers/google/models/"
                    + "gemini-2.5-flash:generateContent");
        assertThat(sent.headers()).containsEntry("authorization", "Bearer ya29.fresh");
      }
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void claudeAtVertexIsAskedInItsOwnDialect() throws Exception {
    String message =
        "{\"id\":\"msg_vrtx_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\","
            + "\"content\":[],\"stop_reason\":\"end_turn\","
            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
    try (FakeUpstream upstream = google(message);
        House house = vertex(upstream, "ya29.given")) {
      HttpResponse<String> answer =
          house.post(MESSAGES, "{\"model\":\"claude\",\"max_tokens\":9,\"messages\":[]}");

      assertThat(answer.body()).isEqualTo(message);
      FakeUpstream.Request sent = upstream.next();
      assertThat(sent.target())
          .isEqualTo(
              "/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/"
                  + "claude-sonnet-4-5@20250929:rawPredict");
      assertThat(sent.text())
          .isEqualTo(
              "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":9,\"messages\":[]}");
      assertThat(sent.headers()).containsEntry("authorization", "Bearer ya29.given");
    }
  }

  @Test
  void aCredentialThatGoogleRefusesIsOurOwnAffair() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.of(
                (request, connection) -> connection.json(400, "{\"error\":\"invalid_grant\"}"));
        House house = vertex(upstream, serviceAccount(upstream))) {
      HttpResponse<String> answer = house.post(CHAT, chat("gemini", ""));

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("does not serve this gateway's account");
      assertThat(Objects.requireNonNull(house.anyRecord().error()))
          .isEqualTo(ErrorKind.UNAVAILABLE);
      assertThat(house.remains()).doesNotContain("PRIVATE KEY");
    }
  }

  @Test
  void theSecretsOfTheCloudsAreWrittenNowhere() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.json(403, "{\"message\":\"no\"}"));
        House house = house(upstream, "AKIAIOSFODNN7EXAMPLE:verysecret:sessiontoken")) {
      HttpResponse<String> answer = house.post(CHAT, chat("nova", ""));
      assertThat(answer.statusCode()).isEqualTo(503);
      var unused = house.anyRecord();
      assertThat(house.remains())
          .doesNotContain("verysecret", "sessiontoken", "AKIAIOSFODNN7EXAMPLE");
    }
  }
}
