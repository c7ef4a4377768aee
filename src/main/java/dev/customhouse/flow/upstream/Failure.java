package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.dialect.UpstreamErrors;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed, or why none could be made.
 *
 * @param status the upstream's; 0 when there was no answer
 * @param detail for {@code explain}; nothing that the client or the upstream wrote
 * @param body the upstream's own words, when a client of the same dialect may read them; null
 *     otherwise
 * @param retryAfter when to come again; null when that is not known
 * @param hindrance why no attempt could be made; null when one was
 */
record Failure(
    ErrorKind kind,
    int status,
    String detail,
    Headers headers,
    byte @Nullable [] body,
    @Nullable Duration retryAfter,
    @Nullable Hindrance hindrance) {

  /** What keeps a request from an upstream. */
  enum Hindrance {
    CIRCUIT_OPEN(ErrorKind.UNAVAILABLE, "circuit open", "failed too often and is given a rest"),
    KEYS_REST(ErrorKind.RATE_LIMITED, "all keys rest", "asks to slow down"),
    KEYS_REFUSED(
        ErrorKind.UNAVAILABLE, "all keys were refused", "does not serve this gateway's account"),
    QUEUE_FULL(ErrorKind.UNAVAILABLE, "queue full", "has no room for this request now");

    private final ErrorKind kind;
    private final String detail;
    private final String words;

    Hindrance(ErrorKind kind, String detail, String words) {
      this.kind = kind;
      this.detail = detail;
      this.words = words;
    }
  }

  /** An attempt's. */
  Failure(
      ErrorKind kind,
      int status,
      String detail,
      Headers headers,
      byte @Nullable [] body,
      @Nullable Duration retryAfter) {
    this(kind, status, detail, headers, body, retryAfter, null);
  }

  static Failure of(ErrorKind kind, String detail) {
    return new Failure(kind, 0, detail, Headers.EMPTY, null, null);
  }

  static Failure of(Hindrance hindrance, Duration retryAfter) {
    return new Failure(
        hindrance.kind, 0, hindrance.detail, Headers.EMPTY, null, retryAfter, hindrance);
  }

  /** Trouble of our own account there: never the client's business. */
  boolean isOurAccount() {
    return switch (kind) {
      case UNAUTHORIZED, FORBIDDEN, INSUFFICIENT_CREDIT -> true;
      default -> false;
    };
  }

  /**
   * The upstream refuses a proof of reasoning: Anthropic's {@code signature}, Gemini's {@code
   * thought_signature}, OpenAI's {@code encrypted_content}.
   */
  boolean isOfSeals() {
    if (kind != ErrorKind.INVALID_REQUEST || body == null) {
      return false;
    }
    String words = UpstreamErrors.message(body).toLowerCase(Locale.ROOT);
    return words.contains("signature")
        || words.contains("encrypted_content")
        || words.contains("encrypted content")
        || words.contains("thinking block");
  }

  /** Trouble of the upstream itself. */
  boolean isIllness() {
    return switch (kind) {
      case OVERLOADED, TIMEOUT, NETWORK, BAD_GATEWAY -> true;
      default -> false;
    };
  }

  /** What the provider does, in words that name no key: to stand behind its name. */
  String words() {
    if (hindrance != null) {
      return hindrance.words;
    }
    return switch (kind) {
      case RATE_LIMITED -> "asks to slow down";
      case OVERLOADED -> "is overloaded";
      case TIMEOUT -> "did not answer in time";
      case NETWORK -> "could not be reached or broke off";
      case UNAUTHORIZED, FORBIDDEN, INSUFFICIENT_CREDIT -> Hindrance.KEYS_REFUSED.words;
      default -> "answered with an error";
    };
  }
}
