package dev.customhouse.canonical;

/** The closed list of what can go wrong. Each dialect maps each kind to its own JSON and status. */
public enum ErrorKind {
  INVALID_REQUEST,
  UNAUTHORIZED,
  FORBIDDEN,
  INSUFFICIENT_CREDIT,
  NOT_FOUND,
  METHOD_NOT_ALLOWED,
  TOO_LARGE,
  UNSUPPORTED_MEDIA,
  CONTEXT_TOO_LONG,
  CONTENT_FILTERED,
  RATE_LIMITED,
  OVERLOADED,
  TIMEOUT,
  /** The upstream answered with an error or nonsense. */
  BAD_GATEWAY,
  /** The upstream could not be reached or broke off. */
  NETWORK,
  /** Nothing can serve this now: all targets resting, queue full, draining. */
  UNAVAILABLE,
  INTERNAL;

  /** The bounded label used in metrics, rows and {@code explain}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
