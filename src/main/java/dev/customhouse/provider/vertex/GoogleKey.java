package dev.customhouse.provider.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A credential of a Google account, as one secret holds it: the JSON that Google hands out, or an
 * access token. (google.aip.dev/auth/4110)
 */
sealed interface GoogleKey {
  /** A token that somebody else keeps fresh. */
  record Token(String text) implements GoogleKey {
    /** Without the token. */
    @Override
    public String toString() {
      return "Token[hidden]";
    }
  }

  /**
   * The key of a service account, by which the gateway signs that it is that account.
   *
   * @param keyId null: not told
   */
  record ServiceAccount(String email, @Nullable String keyId, PrivateKey key, URI tokenUri)
      implements GoogleKey {
    /** Without the key. */
    @Override
    public String toString() {
      return "ServiceAccount[" + email + "]";
    }
  }

  /** A user's consent, as {@code gcloud auth application-default login} leaves it. */
  record User(String clientId, String clientSecret, String refreshToken, URI tokenUri)
      implements GoogleKey {
    /** Without the secrets. */
    @Override
    public String toString() {
      return "User[hidden]";
    }
  }

  /**
   * Workload identity federation: a token of another issuer is exchanged for one of Google's.
   *
   * @param impersonation where a service account's token is asked for with that one; null: it is
   *     used itself
   */
  record Federated(
      String audience,
      String subjectTokenType,
      URI tokenUri,
      Subject subject,
      @Nullable URI impersonation,
      int lifetimeSeconds)
      implements GoogleKey {}

  /** Whatever account the machine has that the gateway runs on. */
  record Machine() implements GoogleKey {}

  /** Where the other issuer's token is. */
  sealed interface Subject {
    /**
     * The member of the JSON that holds the token; null: the text is the token.
     *
     * @see Subject
     */
    @Nullable String member();

    /** In a file that somebody keeps fresh. */
    record InFile(Path file, @Nullable String member) implements Subject {}

    /** At an address. */
    record AtUrl(URI url, Headers headers, @Nullable String member) implements Subject {}
  }

  /** How long impersonation lasts when nobody says otherwise. */
  int LIFETIME_SECONDS = 3_600;

  /** Where tokens of Google's are asked for. */
  URI TOKEN_URI = URI.create("https://oauth2.googleapis.com/token");

  /**
   * The credential of a secret.
   *
   * @throws Refusal of kind UNAUTHORIZED when it is JSON of a kind that cannot be used, or lacks
   *     something; the message names what, never the secret
   */
  static GoogleKey of(String secret) {
    String text = secret.strip();
    if (!text.startsWith("{")) {
      return new Token(text);
    }
    JsonNode json = Json.read(text.getBytes(StandardCharsets.UTF_8));
    String type = json.path("type").asText("");
    return switch (type) {
      case "service_account" -> serviceAccount(json);
      case "authorized_user" ->
          new User(
              text(json, "client_id"),
              text(json, "client_secret"),
              text(json, "refresh_token"),
              json.has("token_uri") ? uri(json, "token_uri") : TOKEN_URI);
      case "external_account" -> federated(json);
      default ->
          throw unusable(
              "the type is '%s', expected service_account, external_account or authorized_user"
                  .formatted(type));
    };
  }

  private static GoogleKey serviceAccount(JsonNode json) {
    return new ServiceAccount(
        text(json, "client_email"),
        Json.text(json.path("private_key_id")),
        privateKey(text(json, "private_key")),
        json.has("token_uri") ? uri(json, "token_uri") : TOKEN_URI);
  }

  private static PrivateKey privateKey(String pem) {
    String base64 =
        pem.replace("-----BEGIN PRIVATE KEY-----", "")
            .replace("-----END PRIVATE KEY-----", "")
            .replaceAll("\\s", "");
    try {
      byte[] encoded = Base64.getDecoder().decode(base64);
      return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw unusable("'private_key' is no RSA key in PKCS #8 form");
    }
  }

  private static GoogleKey federated(JsonNode json) {
    JsonNode impersonation = json.path("service_account_impersonation");
    return new Federated(
        text(json, "audience"),
        text(json, "subject_token_type"),
        uri(json, "token_url"),
        subject(json.path("credential_source")),
        json.has("service_account_impersonation_url")
            ? uri(json, "service_account_impersonation_url")
            : null,
        impersonation.path("token_lifetime_seconds").asInt(LIFETIME_SECONDS));
  }

  private static Subject subject(JsonNode source) {
    JsonNode format = source.path("format");
    String member =
        format.path("type").asText("text").equals("json")
            ? text(format, "subject_token_field_name")
            : null;
    if (source.has("environment_id") || source.has("executable")) {
      throw unusable(
          "'credential_source' is of a kind that is not supported, expected 'file' or 'url'");
    }
    if (source.has("file")) {
      return new Subject.InFile(Path.of(text(source, "file")), member);
    }
    Headers.Builder headers = Headers.builder();
    source
        .path("headers")
        .properties()
        .forEach(field -> headers.add(field.getKey(), field.getValue().asText()));
    return new Subject.AtUrl(uri(source, "url"), headers.build(), member);
  }

  private static String text(JsonNode json, String name) {
    String text = Json.text(json.path(name));
    if (text == null || text.isBlank()) {
      throw unusable("'%s' is missing".formatted(name));
    }
    return text;
  }

  private static URI uri(JsonNode json, String name) {
    try {
      URI uri = URI.create(text(json, name));
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).startsWith("http")) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // It is no address either.
    }
    throw unusable("'%s' is no address".formatted(name));
  }

  private static Refusal unusable(String what) {
    return new Refusal(
        ErrorKind.UNAUTHORIZED, "unusable_credentials", "Google credentials: " + what + ".");
  }
}
