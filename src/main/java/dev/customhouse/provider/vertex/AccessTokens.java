package dev.customhouse.provider.vertex;

import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.TransportException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The token of one credential, kept until shortly before it ends. It is fetched by whoever needs it
 * first, by one at a time: others wait for that one, or go on with a token that still lasts. No
 * lock is held while it is fetched.
 */
final class AccessTokens {
  /** A token that ends within this time is not used any more. */
  private static final Duration SPENT = Duration.ofSeconds(30);

  /** A token that ends within this time is fetched anew, by one, while others still use it. */
  private static final Duration FADING = Duration.ofMinutes(5);

  /** How long one waits for another's fetch: a federated one asks three servers. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final GoogleKey key;
  private final TokenFetch fetch;
  private final InstantSource clock;
  private final AtomicReference<@Nullable CompletableFuture<AccessToken>> fetching =
      new AtomicReference<>();
  private volatile @Nullable AccessToken kept;

  /** The token of this credential. */
  AccessTokens(GoogleKey key, TokenFetch fetch, InstantSource clock) {
    this.key = key;
    this.fetch = fetch;
    this.clock = clock;
  }

  /**
   * A token that lasts for a while.
   *
   * @throws TransportException when it could not be fetched
   * @throws Refusal of kind UNAUTHORIZED when the credential was refused
   */
  String token() throws TransportException, InterruptedException {
    while (true) {
      AccessToken token = kept;
      if (token != null && lasts(token, FADING)) {
        return token.text();
      }
      CompletableFuture<AccessToken> mine = new CompletableFuture<>();
      CompletableFuture<AccessToken> running = fetching.compareAndExchange(null, mine);
      if (running == null) {
        return fetched(mine);
      }
      if (token != null && lasts(token, SPENT)) {
        return token.text();
      }
      AccessToken others = awaited(running);
      if (others != null) {
        return others.text();
      }
    }
  }

  private boolean lasts(AccessToken token, Duration atLeast) {
    return clock.instant().isBefore(token.expires().minus(atLeast));
  }

  private String fetched(CompletableFuture<AccessToken> mine)
      throws TransportException, InterruptedException {
    try {
      AccessToken token = kept;
      if (token == null || !lasts(token, FADING)) {
        token = fetch.fetch(key);
        kept = token;
      }
      mine.complete(token);
      return token.text();
    } catch (TransportException | InterruptedException | RuntimeException e) {
      mine.completeExceptionally(e);
      AccessToken old = kept;
      if (e instanceof TransportException && old != null && lasts(old, SPENT)) {
        return old.text();
      }
      throw e;
    } finally {
      fetching.set(null);
    }
  }

  /** Null when the one who fetched was called away by its client: then another must fetch. */
  private static @Nullable AccessToken awaited(CompletableFuture<AccessToken> running)
      throws TransportException, InterruptedException {
    try {
      return running.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TransportException(
          TransportException.Reason.TIMEOUT,
          "no access token within " + PATIENCE.toSeconds() + "s");
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case InterruptedException ignored -> null;
        case TransportException broken ->
            throw new TransportException(broken.reason(), String.valueOf(broken.getMessage()));
        case RuntimeException refused -> throw refused;
        case null, default -> throw new IllegalStateException(e);
      };
    }
  }
}
