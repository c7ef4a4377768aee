package dev.customhouse.provider.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * What the sandbox answers instead of an answer; each dialect has its own JSON for it.
 *
 * @param status the HTTP status
 * @param message what is wrong and what was expected; null where each dialect has its own words
 * @param param the request's field at fault; null when none is
 * @param promptTokens the prompt's size by {@link Tokens}; told where a prompt is too long
 */
record Fault(
    Kind kind, int status, @Nullable String message, @Nullable String param, long promptTokens) {

  /** What went wrong. */
  enum Kind {
    INVALID,
    CONTEXT_TOO_LONG,
    UNAUTHORIZED,
    FORBIDDEN,
    UNKNOWN_PATH,
    UNKNOWN_MODEL,
    UNKNOWN_RESPONSE,
    UNKNOWN_PREVIOUS,
    METHOD_NOT_ALLOWED,
    TOO_LARGE,
    THREAD_UNSUPPORTED,
    RATE_LIMITED,
    SERVER,
    UNAVAILABLE,
    OVERLOADED
  }

  /** The fault that a provider means by the status. */
  static Fault ofStatus(int status) {
    Kind kind =
        switch (status) {
          case 401 -> Kind.UNAUTHORIZED;
          case 403 -> Kind.FORBIDDEN;
          case 404 -> Kind.UNKNOWN_MODEL;
          case 413 -> Kind.TOO_LARGE;
          case 429 -> Kind.RATE_LIMITED;
          case 503 -> Kind.UNAVAILABLE;
          case 529 -> Kind.OVERLOADED;
          default -> status >= 500 ? Kind.SERVER : Kind.INVALID;
        };
    return new Fault(kind, status, null, null, 0);
  }

  /** The prompt is longer than the model can take. */
  static Fault tooLong(long promptTokens) {
    return new Fault(Kind.CONTEXT_TOO_LONG, 400, null, null, promptTokens);
  }
}
