package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed.
 *
 * @param status the upstream's; 0 when there was no answer
 * @param detail for {@code explain}; nothing that the client or the upstream wrote
 * @param body the upstream's own words, when a client of the same dialect may read them; null
 *     otherwise
 */
record Failure(
    ErrorKind kind,
    int status,
    String detail,
    Headers headers,
    byte @Nullable [] body,
    @Nullable Duration retryAfter) {

  static Failure of(ErrorKind kind, String detail) {
    return new Failure(kind, 0, detail, Headers.EMPTY, null, null);
  }

  /** Trouble of our own account there: never the client's business. */
  boolean isOurAccount() {
    return switch (kind) {
      case UNAUTHORIZED, FORBIDDEN, INSUFFICIENT_CREDIT -> true;
      default -> false;
    };
  }

  /** Trouble of the upstream itself. */
  boolean isIllness() {
    return switch (kind) {
      case OVERLOADED, TIMEOUT, NETWORK, BAD_GATEWAY -> true;
      default -> false;
    };
  }
}
