package dev.customhouse.provider.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Signatures that others computed: two of AWS's published suite of tests for Signature Version 4,
 * and two made with Python's hmac.
 */
class AwsSignatureTest {
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

  private static String signed(
      String region,
      String service,
      String time,
      String method,
      String uri,
      Headers headers,
      String body,
      @Nullable String sessionToken) {
    AwsSignature signature = new AwsSignature(region, service, () -> Instant.parse(time));
    UpstreamRequest request =
        new UpstreamRequest(
            method, URI.create(uri), headers, body.getBytes(UTF_8), Duration.ofSeconds(1));
    AwsKey.Access key = new AwsKey.Access("AKIDEXAMPLE", SECRET, sessionToken);
    Headers signed = signature.signed(request, key).headers();
    assertThat(signed.all("authorization")).hasSize(1);
    return signed.all("authorization").getFirst();
  }

  @Test
  void thePublishedGetAndPostAreSignedAsPublished() {
    String scope =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ";
    String fields = "SignedHeaders=host;x-amz-date, ";
    assertThat(
            signed(
                "us-east-1",
                "service",
                "2015-08-30T12:36:00Z",
                "GET",
                "https://example.amazonaws.com/",
                Headers.EMPTY,
                "",
                null))
        .isEqualTo(
            scope
                + fields
                + "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    assertThat(
            signed(
                "us-east-1",
                "service",
                "2015-08-30T12:36:00Z",
                "POST",
                "https://example.amazonaws.com",
                Headers.of("authorization", "old", "user-agent", "x"),
                "",
                null))
        .isEqualTo(
            scope
                + fields
                + "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  }

  @Test
  void thePathIsEncodedOnceMoreAndTheSessionTokenIsSigned() {
    assertThat(
            signed(
                "us-west-2",
                "bedrock",
                "2026-11-21T10:11:12Z",
                "POST",
                "https://bedrock-runtime.us-west-2.amazonaws.com/model/"
                    + "us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
                Headers.of("Content-Type", " application/json ", "traceparent", "x"),
                "{\"messages\":[]}",
                "the/session+token=="))
        .endsWith(
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
                + "Signature=44118ea1e8dfd3f974b06d5e26f9e6897d0d5fa668be6ea23d9a679ee50a113f");
  }

  @Test
  void aPortIsPartOfTheHostAndTheQueryIsSorted() {
    assertThat(
            signed(
                "us-west-2",
                "bedrock",
                "2026-11-21T10:11:12Z",
                "POST",
                "http://127.0.0.1:8080/model/m/converse?b=3&a=1&b=2",
                Headers.of("content-type", "application/json"),
                "{\"messages\":[]}",
                null))
        .endsWith("Signature=7263e9899913e296d50cbc4f783591fe2249c46e9099b12ec06d4194f1ff31d5");
  }

  @Test
  void anAccessKeyIsToldFromAnApiKey() {
    assertThat(AwsKey.of("AKIAIOSFODNN7EXAMPLE:abc/def+1"))
        .isEqualTo(new AwsKey.Access("AKIAIOSFODNN7EXAMPLE", "abc/def+1", null));
    assertThat(AwsKey.of(" ASIAIOSFODNN7EXAMPLE:abc:token== \n"))
        .isEqualTo(new AwsKey.Access("ASIAIOSFODNN7EXAMPLE", "abc", "token=="));
    assertThat(AwsKey.of("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl"))
        .isEqualTo(new AwsKey.Bearer("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl"));
    assertThat(AwsKey.of("AKIAIOSFODNN7EXAMPLE:abc").toString()).isEqualTo("Access[hidden]");
    assertThat(AwsKey.of("secret").toString()).isEqualTo("Bearer[hidden]");
  }
}
