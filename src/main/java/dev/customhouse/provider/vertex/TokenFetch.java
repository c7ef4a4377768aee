package dev.customhouse.provider.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Fetches tokens, each in the way of its credential. Keeps nothing. */
final class TokenFetch {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration ASSERTED = Duration.ofHours(1);

  /** How long a token is taken to last whose answer does not say. */
  private static final Duration UNTOLD = Duration.ofMinutes(5);

  private static final int ANSWER_BYTES = 64 * 1024;

  private final Transport transport;
  private final InstantSource clock;
  private final URI metadata;

  /**
   * A fetcher.
   *
   * @param metadata the root of the machine's metadata server
   */
  TokenFetch(Transport transport, InstantSource clock, URI metadata) {
    this.transport = transport;
    this.clock = clock;
    this.metadata = metadata;
  }

  /**
   * A new token.
   *
   * @throws TransportException when nobody answered, or with an error that may pass
   * @throws Refusal of kind UNAUTHORIZED when the credential was refused
   */
  AccessToken fetch(GoogleKey key) throws TransportException, InterruptedException {
    return switch (key) {
      case GoogleKey.Token token -> new AccessToken(token.text(), Instant.MAX);
      case GoogleKey.ServiceAccount account ->
          posted(
              account.tokenUri(),
              "grant_type",
              "urn:ietf:params:oauth:grant-type:jwt-bearer",
              "assertion",
              assertion(account));
      case GoogleKey.User user ->
          posted(
              user.tokenUri(),
              "grant_type",
              "refresh_token",
              "client_id",
              user.clientId(),
              "client_secret",
              user.clientSecret(),
              "refresh_token",
              user.refreshToken());
      case GoogleKey.Federated federated -> exchanged(federated);
      case GoogleKey.Machine ignored -> ofMachine();
    };
  }

  /** A JSON Web Token signed with RS256 (RFC 7515, RFC 7518). */
  private String assertion(GoogleKey.ServiceAccount account) {
    Instant now = clock.instant();
    ObjectNode header = Json.object().put("alg", "RS256").put("typ", "JWT");
    if (account.keyId() != null) {
      header.put("kid", account.keyId());
    }
    ObjectNode claims =
        Json.object()
            .put("iss", account.email())
            .put("scope", SCOPE)
            .put("aud", account.tokenUri().toString())
            .put("iat", now.getEpochSecond())
            .put("exp", now.plus(ASSERTED).getEpochSecond());
    String signed = base64(Json.write(header)) + "." + base64(Json.write(claims));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(account.key());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw refused("the private key cannot sign");
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private AccessToken exchanged(GoogleKey.Federated federated)
      throws TransportException, InterruptedException {
    AccessToken exchanged =
        posted(
            federated.tokenUri(),
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience",
            federated.audience(),
            "scope",
            SCOPE,
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
            "subject_token",
            subject(federated.subject()),
            "subject_token_type",
            federated.subjectTokenType());
    URI impersonation = federated.impersonation();
    return impersonation == null
        ? exchanged
        : impersonated(impersonation, exchanged, federated.lifetimeSeconds());
  }

  private AccessToken impersonated(URI at, AccessToken with, int lifetimeSeconds)
      throws TransportException, InterruptedException {
    ObjectNode asked = Json.object();
    asked.putArray("scope").add(SCOPE);
    asked.put("lifetime", lifetimeSeconds + "s");
    JsonNode answer =
        asked(
            "POST",
            at,
            Headers.of(
                "content-type", "application/json", "authorization", "Bearer " + with.text()),
            Json.write(asked));
    String token = Json.text(answer.path("accessToken"));
    if (token == null) {
      throw refused("the answer to the impersonation holds no token");
    }
    try {
      return new AccessToken(token, Instant.parse(answer.path("expireTime").asText()));
    } catch (DateTimeException e) {
      return new AccessToken(token, clock.instant().plus(UNTOLD));
    }
  }

  private String subject(GoogleKey.Subject subject)
      throws TransportException, InterruptedException {
    byte[] told =
        switch (subject) {
          case GoogleKey.Subject.InFile in -> file(in.file());
          case GoogleKey.Subject.AtUrl at -> body("GET", at.url(), at.headers(), new byte[0]);
        };
    String member = subject.member();
    String text =
        member == null
            ? new String(told, StandardCharsets.UTF_8).strip()
            : Json.read(told).path(member).asText("");
    if (text.isBlank()) {
      throw refused("the token to be exchanged is empty");
    }
    return text;
  }

  private static byte[] file(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(ANSWER_BYTES);
    } catch (IOException e) {
      throw refused("the file of the token to be exchanged cannot be read");
    }
  }

  private AccessToken ofMachine() throws TransportException, InterruptedException {
    URI at = URI.create(metadata + "/computeMetadata/v1/instance/service-accounts/default/token");
    return token(asked("GET", at, Headers.of("metadata-flavor", "Google"), new byte[0]));
  }

  private AccessToken posted(URI at, String... fields)
      throws TransportException, InterruptedException {
    StringBuilder form = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      form.append(i == 0 ? "" : "&").append(fields[i]).append('=');
      form.append(URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
    }
    return token(
        asked(
            "POST",
            at,
            Headers.of("content-type", "application/x-www-form-urlencoded"),
            form.toString().getBytes(StandardCharsets.US_ASCII)));
  }

  private AccessToken token(JsonNode answer) {
    String token = Json.text(answer.path("access_token"));
    if (token == null) {
      throw refused("the token endpoint answered without a token");
    }
    Long seconds = Json.count(answer.path("expires_in"));
    Duration lasts = seconds == null ? UNTOLD : Duration.ofSeconds(seconds);
    return new AccessToken(token, clock.instant().plus(lasts));
  }

  private JsonNode asked(String method, URI at, Headers headers, byte[] body)
      throws TransportException, InterruptedException {
    return Json.read(body(method, at, headers, body));
  }

  private byte[] body(String method, URI at, Headers headers, byte[] body)
      throws TransportException, InterruptedException {
    Headers all = headers.toBuilder().add("accept", "application/json").build();
    try (UpstreamAnswer answer =
        transport.send(new UpstreamRequest(method, at, all, body, PATIENCE))) {
      byte[] told = read(answer);
      if (answer.status() == 429 || answer.status() >= 500) {
        throw new TransportException(
            TransportException.Reason.CONNECT,
            "%s answered with status %d".formatted(at.getHost(), answer.status()));
      }
      if (answer.status() != 200) {
        throw refused(why(answer.status(), at, told));
      }
      return told;
    }
  }

  /** The endpoint's word for it, such as {@code invalid_grant}; its description may be personal. */
  private static String why(int status, URI at, byte[] body) {
    JsonNode error = Json.read(body).path("error");
    String word = error.isTextual() ? error.textValue() : error.path("status").asText("");
    String shown = word.matches("[A-Za-z_]{1,64}") ? " (" + word + ")" : "";
    return "%s answered with status %d%s".formatted(at.getHost(), status, shown);
  }

  private static byte[] read(UpstreamAnswer answer)
      throws TransportException, InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte @Nullable [] piece = answer.next(PATIENCE);
    while (piece != null && all.size() <= ANSWER_BYTES) {
      all.writeBytes(piece);
      piece = answer.next(PATIENCE);
    }
    return all.toByteArray();
  }

  private static Refusal refused(String why) {
    return new Refusal(
        ErrorKind.UNAUTHORIZED, "credentials_refused", "Google credentials: " + why + ".");
  }
}
