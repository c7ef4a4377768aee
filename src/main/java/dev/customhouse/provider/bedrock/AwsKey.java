package dev.customhouse.provider.bedrock;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A credential of an AWS account, as one secret holds it. */
sealed interface AwsKey {
  /** A Bedrock API key, which is sent as it is. */
  record Bearer(String token) implements AwsKey {
    /** Without the token. */
    @Override
    public String toString() {
      return "Bearer[hidden]";
    }
  }

  /**
   * An access key, by which requests are signed.
   *
   * @param sessionToken of temporary credentials; null: they are not
   */
  record Access(String id, String secret, @Nullable String sessionToken) implements AwsKey {
    /** Without the secrets. */
    @Override
    public String toString() {
      return "Access[hidden]";
    }
  }

  /** An id, a secret and perhaps a token; ids have letters and digits only, API keys no colon. */
  Pattern ACCESS = Pattern.compile("([A-Z0-9]{16,128}):([^:\\s]+)(?::([^:\\s]+))?");

  /** The credential of a text: {@code ID:SECRET}, {@code ID:SECRET:SESSION_TOKEN} or an API key. */
  static AwsKey of(String text) {
    Matcher access = ACCESS.matcher(text.strip());
    return access.matches()
        ? new Access(access.group(1), access.group(2), access.group(3))
        : new Bearer(text.strip());
  }
}
