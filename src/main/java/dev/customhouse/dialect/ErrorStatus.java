package dev.customhouse.dialect;

import dev.customhouse.canonical.Refusal;

/** The HTTP status of an error, where a dialect has none of its own for it. */
public final class ErrorStatus {
  private ErrorStatus() {}

  /** The status that most vendors use, and that their SDKs know (RFC 9110, RFC 6585). */
  public static int usual(Refusal refusal) {
    return switch (refusal.kind()) {
      case INVALID_REQUEST, CONTEXT_TOO_LONG, CONTENT_FILTERED -> 400;
      case UNAUTHORIZED -> 401;
      case FORBIDDEN, INSUFFICIENT_CREDIT -> 403;
      case NOT_FOUND -> 404;
      case METHOD_NOT_ALLOWED -> 405;
      case TOO_LARGE -> 413;
      case UNSUPPORTED_MEDIA -> 415;
      case RATE_LIMITED -> 429;
      case INTERNAL -> 500;
      case BAD_GATEWAY, NETWORK -> 502;
      case OVERLOADED, UNAVAILABLE -> 503;
      case TIMEOUT -> refusal.code().equals("request_timeout") ? 408 : 504;
    };
  }
}
