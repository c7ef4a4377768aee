package dev.customhouse.admin;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.Exchange;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may pass to the admin API: requests of this machine, or of any where the API has a listener
 * of its own, that show the admin token as {@code x-admin-token} or {@code Authorization: Bearer}.
 *
 * <p>Wrong tokens are limited for each address. The right token passes all the same: 256 bits are
 * not guessed, and nobody else behind the same address can lock the operator out.
 */
public final class AdminGate {
  private static final String BEARER = "bearer ";

  /** What a proxy adds: the request is then not of this machine, whatever its peer's address. */
  private static final List<String> FORWARDED =
      List.of("forwarded", "x-forwarded-for", "x-real-ip");

  private final AdminToken token;
  private final boolean fromAnywhere;
  private final FailedTokens failures;

  /**
   * A gate.
   *
   * @param fromAnywhere true for a listener that serves only the admin API
   */
  public AdminGate(AdminToken token, boolean fromAnywhere, LongSupplier nanoTime) {
    this.token = token;
    this.fromAnywhere = fromAnywhere;
    this.failures = new FailedTokens(nanoTime);
  }

  /**
   * Lets the request pass.
   *
   * @throws Refusal of kind NOT_FOUND from another machine, UNAUTHORIZED without the token,
   *     RATE_LIMITED after too many wrong ones
   */
  void admit(Exchange exchange) {
    if (!fromAnywhere && !isLocal(exchange)) {
      throw new Refusal(ErrorKind.NOT_FOUND, "unknown_url", "Nothing is served at this path.");
    }
    String shown = shown(exchange.headers());
    if (shown == null) {
      throw new Refusal(
          ErrorKind.UNAUTHORIZED,
          "missing_admin_token",
          "No admin token was sent. Send it once, as 'Authorization: Bearer TOKEN' or"
              + " 'x-admin-token'.");
    }
    if (token.verify(shown)) {
      return;
    }
    Duration wait = failures.count(exchange.remoteAddress());
    if (wait != null) {
      throw new Refusal(
          ErrorKind.RATE_LIMITED,
          "too_many_wrong_tokens",
          "More than %d wrong admin tokens came from this address within a minute."
              .formatted(FailedTokens.FAILURES_PER_MINUTE),
          null,
          wait);
    }
    throw new Refusal(
        ErrorKind.UNAUTHORIZED,
        "invalid_admin_token",
        "The admin token is not right. An API key is no admin token.");
  }

  /** Whether the request may see figures: it is of this machine or shows the token. */
  boolean permitsReading(Exchange exchange) {
    if (isLocal(exchange)) {
      return true;
    }
    String shown = shown(exchange.headers());
    return shown != null && token.verify(shown);
  }

  private static boolean isLocal(Exchange exchange) {
    return exchange.fromLoopback() && FORWARDED.stream().noneMatch(exchange.headers()::contains);
  }

  /** The token; null when there is none, or the field is there more than once. */
  private static @Nullable String shown(Headers headers) {
    List<String> own = headers.all("x-admin-token");
    if (!own.isEmpty()) {
      return own.size() == 1 && !own.getFirst().isBlank() ? own.getFirst().strip() : null;
    }
    List<String> bearer = headers.all("authorization");
    return bearer.size() == 1
            && bearer.getFirst().regionMatches(true, 0, BEARER, 0, BEARER.length())
            && !bearer.getFirst().substring(BEARER.length()).isBlank()
        ? bearer.getFirst().substring(BEARER.length()).strip()
        : null;
  }
}
