package dev.customhouse.provider.vertex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.provider.ScriptedAnswer;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens of Google's: how they are fetched and how long they are kept. */
class AccessTokensTest {
  private static final URI METADATA = URI.create("http://metadata.example");

  private Instant now = Instant.parse("2026-11-21T10:00:00Z");
  private final List<UpstreamRequest> asked = Collections.synchronizedList(new ArrayList<>());
  private Function<UpstreamRequest, UpstreamAnswer> endpoint = request -> token("t1", 3_600);

  private static UpstreamAnswer token(String token, int seconds) {
    return ScriptedAnswer.of(
        200,
        "application/json",
        "{\"access_token\":\"%s\",\"expires_in\":%d,\"token_type\":\"Bearer\"}"
            .formatted(token, seconds));
  }

  private AccessTokens tokens(GoogleKey key) {
    TokenFetch fetch =
        new TokenFetch(
            request -> {
              asked.add(request);
              return endpoint.apply(request);
            },
            () -> now,
            METADATA);
    return new AccessTokens(key, fetch, () -> now);
  }

  private static Map<String, String> form(UpstreamRequest request) {
    Map<String, String> fields = new TreeMap<>();
    for (String pair : new String(request.body(), UTF_8).split("&", -1)) {
      int equals = pair.indexOf('=');
      fields.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), UTF_8));
    }
    return fields;
  }

  @Test
  void aTokenIsKeptUntilShortlyBeforeItEnds() throws Exception {
    AccessTokens tokens = tokens(new GoogleKey.Machine());

    assertThat(tokens.token()).isEqualTo("t1");
    now = now.plusSeconds(3_600 - 301);
    assertThat(tokens.token()).isEqualTo("t1");
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().uri())
        .hasToString(
            "http://metadata.example/computeMetadata/v1/instance/service-accounts/default/token");
    assertThat(asked.getFirst().headers().get("metadata-flavor")).isEqualTo("Google");

    endpoint = request -> token("t2", 3_600);
    now = now.plusSeconds(2);
    assertThat(tokens.token()).isEqualTo("t2");
    assertThat(asked).hasSize(2);
  }

  @Test
  void aFadingTokenIsStillUsedWhenNoOtherCanBeFetched() throws Exception {
    AccessTokens tokens = tokens(new GoogleKey.Machine());
    assertThat(tokens.token()).isEqualTo("t1");
    endpoint = request -> ScriptedAnswer.of(503, "text/plain", "busy");

    now = now.plusSeconds(3_400);
    assertThat(tokens.token()).isEqualTo("t1");
    now = now.plusSeconds(180);
    assertThatThrownBy(tokens::token)
        .isInstanceOf(TransportException.class)
        .hasMessage("metadata.example answered with status 503");
  }

  @Test
  void manyAtOnceFetchOneToken() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    endpoint =
        request -> {
          begun.countDown();
          await(released);
          return token("t1", 3_600);
        };
    AccessTokens tokens = tokens(new GoogleKey.Machine());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(threads.submit(tokens::token));
      }
      await(begun);
      released.countDown();
      for (Future<String> each : all) {
        assertThat(each.get()).isEqualTo("t1");
      }
    }
    assertThat(asked).hasSize(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void oneWhoIsCalledAwayLeavesTheFetchToAnother() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    TokenFetch fetch =
        new TokenFetch(
            request -> {
              if (calls.getAndIncrement() == 0) {
                begun.countDown();
                new CountDownLatch(1).await();
              }
              return token("t1", 3_600);
            },
            () -> now,
            METADATA);
    AccessTokens tokens = new AccessTokens(new GoogleKey.Machine(), fetch, () -> now);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first = threads.submit(tokens::token);
      begun.await();
      Future<String> second = threads.submit(tokens::token);
      first.cancel(true);
      assertThat(second.get()).isEqualTo("t1");
    }
    assertThat(calls).hasValue(2);
  }

  @Test
  void aServiceAccountSignsWhoItIs() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    KeyPair pair = generator.generateKeyPair();
    ObjectNode json =
        Json.object()
            .put("type", "service_account")
            .put("client_email", "sa@p.iam.gserviceaccount.com")
            .put("private_key_id", "kid1")
            .put(
                "private_key",
                "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                    + "\n-----END PRIVATE KEY-----\n")
            .put("token_uri", "https://token.example/token");

    assertThat(tokens(GoogleKey.of(new String(Json.write(json), UTF_8))).token()).isEqualTo("t1");

    UpstreamRequest request = asked.getFirst();
    assertThat(request.uri()).hasToString("https://token.example/token");
    assertThat(request.headers().get("content-type"))
        .isEqualTo("application/x-www-form-urlencoded");
    assertThat(form(request).get("grant_type"))
        .isEqualTo("urn:ietf:params:oauth:grant-type:jwt-bearer");
    String[] assertion = String.valueOf(form(request).get("assertion")).split("\\.", -1);
    JsonNode header = Json.read(Base64.getUrlDecoder().decode(assertion[0]));
    JsonNode claims = Json.read(Base64.getUrlDecoder().decode(assertion[1]));
    assertThat(header)
        .isEqualTo(Json.object().put("alg", "RS256").put("typ", "JWT").put("kid", "kid1"));
    assertThat(claims.path("iss").asText()).isEqualTo("sa@p.iam.gserviceaccount.com");
    assertThat(claims.path("aud").asText()).isEqualTo("https://token.example/token");
    assertThat(claims.path("scope").asText())
        .isEqualTo("https://www.googleapis.com/auth/cloud-platform");
    assertThat(claims.path("iat").asLong()).isEqualTo(now.getEpochSecond());
    assertThat(claims.path("exp").asLong()).isEqualTo(now.getEpochSecond() + 3_600);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initVerify(pair.getPublic());
    signature.update((assertion[0] + "." + assertion[1]).getBytes(UTF_8));
    assertThat(signature.verify(Base64.getUrlDecoder().decode(assertion[2]))).isTrue();
  }

  @Test
  void aRefreshTokenIsExchangedForAnAccessToken() throws Exception {
    GoogleKey key =
        GoogleKey.of(
            "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\","
                + "\"refresh_token\":\"r/1\"}");
    assertThat(tokens(key).token()).isEqualTo("t1");
    assertThat(asked.getFirst().uri()).hasToString("https://oauth2.googleapis.com/token");
    assertThat(form(asked.getFirst()))
        .isEqualTo(
            Map.of(
                "grant_type",
                "refresh_token",
                "client_id",
                "c",
                "client_secret",
                "s",
                "refresh_token",
                "r/1"));
  }

  private static String federated(String source, String more) {
    return """
    {"type":"external_account","audience":"//iam.googleapis.com/x",
     "subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
     "token_url":"https://sts.example/v1/token","credential_source":%s%s}
    """
        .formatted(source, more);
  }

  @Test
  void aTokenInAFileIsExchangedAndTheAccountImpersonated(@TempDir Path folder)
      throws IOException, Exception {
    Path file = folder.resolve("token");
    Files.writeString(file, "subject-1\n");
    endpoint =
        request ->
            request.uri().getHost().equals("sts.example")
                ? token("federated", 3_600)
                : ScriptedAnswer.of(
                    200,
                    "application/json",
                    "{\"accessToken\":\"t9\",\"expireTime\":\"2026-11-21T10:20:00Z\"}");
    AccessTokens tokens =
        tokens(
            GoogleKey.of(
                federated(
                    Json.object().put("file", file.toString()).toString(),
                    ",\"service_account_impersonation_url\":\"https://iam.example/sa:generate\","
                        + "\"service_account_impersonation\":{\"token_lifetime_seconds\":1200}")));

    assertThat(tokens.token()).isEqualTo("t9");

    Map<String, String> exchange = form(asked.getFirst());
    assertThat(exchange)
        .containsEntry("subject_token", "subject-1")
        .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
        .containsEntry("audience", "//iam.googleapis.com/x")
        .containsEntry("requested_token_type", "urn:ietf:params:oauth:token-type:access_token");
    UpstreamRequest impersonation = asked.get(1);
    assertThat(impersonation.headers().get("authorization")).isEqualTo("Bearer federated");
    assertThat(new String(impersonation.body(), UTF_8))
        .isEqualTo(
            "{\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],\"lifetime\":\"1200s\"}");
    now = Instant.parse("2026-11-21T10:14:59Z");
    assertThat(tokens.token()).isEqualTo("t9");
    assertThat(asked).hasSize(2);
  }

  @Test
  void aTokenAtAnAddressIsReadFromItsJson() throws Exception {
    endpoint =
        request ->
            request.uri().getHost().equals("idp.example")
                ? ScriptedAnswer.of(200, "application/json", "{\"id\":\"subject-2\"}")
                : token("t1", 3_600);
    AccessTokens tokens =
        tokens(
            GoogleKey.of(
                federated(
                    "{\"url\":\"http://idp.example/t\",\"headers\":{\"x-a\":\"1\"},"
                        + "\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"id\"}}",
                    "")));

    assertThat(tokens.token()).isEqualTo("t1");
    assertThat(asked.getFirst().headers().get("x-a")).isEqualTo("1");
    assertThat(form(asked.get(1))).containsEntry("subject_token", "subject-2");
  }

  @Test
  void aCredentialThatIsRefusedSaysSoWithTheEndpointsWord() {
    endpoint =
        request ->
            ScriptedAnswer.of(
                400,
                "application/json",
                "{\"error\":\"invalid_grant\",\"error_description\":\"for somebody@example.com\"}");
    AccessTokens tokens = tokens(new GoogleKey.Machine());
    assertThatThrownBy(tokens::token)
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHORIZED))
        .hasMessage(
            "Google credentials: metadata.example answered with status 400 (invalid_grant).");
  }

  @Test
  void aGivenTokenIsUsedAsItIs() throws Exception {
    assertThat(tokens(GoogleKey.of(" ya29.x\n")).token()).isEqualTo("ya29.x");
    assertThat(asked).isEmpty();
    assertThat(new AccessToken("secret", now.plus(Duration.ofHours(1))).toString())
        .doesNotContain("secret");
  }
}
