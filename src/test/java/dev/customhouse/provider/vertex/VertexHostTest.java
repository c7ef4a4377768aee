package dev.customhouse.provider.vertex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Google Vertex AI as a host. */
class VertexHostTest {
  private static VertexHost host(String location) {
    return new VertexHost(
        "my-project",
        location,
        request -> {
          throw new AssertionError("nothing is to be fetched");
        },
        () -> Instant.EPOCH,
        VertexHost.METADATA);
  }

  private static Call call(
      DialectId dialect, Operation operation, String path, @Nullable String query, boolean stream) {
    return new Call(
        "r",
        operation,
        dialect,
        "POST",
        path,
        query,
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
    "us-east5, https://us-east5-aiplatform.googleapis.com",
    "global, https://aiplatform.googleapis.com",
    "eu, https://aiplatform.eu.rep.googleapis.com"
  })
  void everyLocationHasItsAddress(String location, String address) {
    assertThat(host(location).baseUrl()).hasToString(address);
  }

  private static String gemini(String path, @Nullable String query, String model) {
    VertexHost host = host("us-east5");
    Call call = call(DialectId.GEMINI, Operation.CHAT, path, query, false);
    return host.uri(host.baseUrl(), call, model).toString();
  }

  @Test
  void geminiIsAskedInItsPlaceOfTheProject() {
    String root = "https://us-east5-aiplatform.googleapis.com/";
    String place = "projects/my-project/locations/us-east5/";
    assertThat(gemini("/v1beta/models/a:generateContent", null, "gemini-2.5-pro"))
        .isEqualTo(
            root + "v1beta1/" + place + "publishers/google/models/gemini-2.5-pro:generateContent");
    assertThat(gemini("/v1/models/a:streamGenerateContent", "alt=sse", "gemini-2.5-pro"))
        .isEqualTo(
            root
                + "v1/"
                + place
                + "publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assertThat(gemini("/v1/models/a:countTokens", null, "projects/p/locations/l/endpoints/12"))
        .isEqualTo(root + "v1/projects/p/locations/l/endpoints/12:countTokens");
    assertThat(gemini("/v1/models/a:generateContent", null, "publishers/meta/models/llama"))
        .isEqualTo(root + "v1/" + place + "publishers/meta/models/llama:generateContent");
  }

  private static String claude(Operation operation, boolean stream) {
    Call call = call(DialectId.ANTHROPIC_MESSAGES, operation, "/v1/messages", "beta=true", stream);
    return host("us-east5")
        .uri(URI.create("http://h/v1/"), call, "claude-sonnet-4@20250514")
        .toString();
  }

  @Test
  void claudeIsAskedByItsPublisher() {
    String place =
        "http://h/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/";
    assertThat(claude(Operation.CHAT, false))
        .isEqualTo(place + "claude-sonnet-4@20250514:rawPredict");
    assertThat(claude(Operation.CHAT, true))
        .isEqualTo(place + "claude-sonnet-4@20250514:streamRawPredict");
    assertThat(claude(Operation.COUNT_TOKENS, false)).isEqualTo(place + "count-tokens:rawPredict");
  }

  @Test
  void theModelDecidesInWhichDialectItIsServed() {
    VertexHost host = host("global");
    assertThat(host.serves(DialectId.GEMINI, Operation.CHAT, "gemini-2.5-pro")).isTrue();
    assertThat(host.serves(DialectId.GEMINI, Operation.CHAT, "claude-opus-4")).isFalse();
    assertThat(host.serves(DialectId.ANTHROPIC_MESSAGES, Operation.CHAT, "claude-opus-4")).isTrue();
    assertThat(host.serves(DialectId.ANTHROPIC_MESSAGES, Operation.CHAT, "gemini-2.5-pro"))
        .isFalse();
    assertThat(host.serves(DialectId.GEMINI, Operation.EMBEDDINGS, "gemini-2.5-pro")).isFalse();
    assertThat(host.listsModels()).isFalse();
  }

  private static UpstreamRequest prepared(String path, Headers headers, String body)
      throws Exception {
    UpstreamRequest request =
        new UpstreamRequest(
            "POST", URI.create("http://h" + path), headers, body.getBytes(UTF_8), Duration.ZERO);
    Losses losses =
        new Losses(
            LossTable.load(),
            DialectId.ANTHROPIC_MESSAGES,
            DialectId.ANTHROPIC_MESSAGES,
            new Target("p", "vertex", "claude"),
            OnUnsupported.ERROR);
    VertexHost host = host("global");
    return host.prepared(
        host.rehosted(request, DialectId.ANTHROPIC_MESSAGES, losses),
        DialectId.ANTHROPIC_MESSAGES,
        "ya29.token");
  }

  @Test
  void aMessageIsRehostedByteForByteAndItsBetasStayInTheHeader() throws Exception {
    UpstreamRequest sent =
        prepared(
            "/x:streamRawPredict",
            Headers.of("anthropic-version", "2023-06-01", "anthropic-beta", "a,b"),
            "{\"model\":\"m\", \"max_tokens\": 10, \"stream\": true}");

    assertThat(new String(sent.body(), UTF_8))
        .isEqualTo(
            "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\": 10, \"stream\": true}");
    assertThat(sent.headers())
        .isEqualTo(Headers.of("anthropic-beta", "a,b", "authorization", "Bearer ya29.token"));
  }

  @Test
  void aTokenCountNamesItsModelInTheBody() throws Exception {
    UpstreamRequest sent =
        prepared(
            "/models/count-tokens:rawPredict",
            Headers.EMPTY,
            "{\"model\":\"claude\",\"messages\":[]}");
    assertThat(new String(sent.body(), UTF_8))
        .isEqualTo(
            "{\"model\":\"claude\",\"anthropic_version\":\"vertex-2023-10-16\",\"messages\":[]}");
  }

  @Test
  void credentialsThatCannotBeUsedAreNamedAndNotShown() {
    for (String json :
        new String[] {
          "{\"type\":\"other\",\"x\":\"SECRET\"}",
          "{\"type\":\"service_account\",\"private_key\":\"SECRET\",\"client_email\":\"a@b\"}",
          "{\"type\":\"service_account\",\"private_key\":\"SECRET\"}",
          "{\"type\":\"external_account\",\"audience\":\"SECRET\",\"subject_token_type\":\"x\","
              + "\"token_url\":\"no address\",\"credential_source\":{\"file\":\"/x\"}}",
          "{\"type\":\"external_account\",\"audience\":\"SECRET\",\"subject_token_type\":\"x\","
              + "\"token_url\":\"https://h\",\"credential_source\":{\"environment_id\":\"aws1\"}}",
          "{not json SECRET"
        }) {
      assertThatThrownBy(() -> GoogleKey.of(json))
          .hasMessageStartingWith("Google credentials: ")
          .hasMessageNotContaining("SECRET");
    }
  }
}
