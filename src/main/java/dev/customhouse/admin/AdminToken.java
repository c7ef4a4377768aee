package dev.customhouse.admin;

import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.KeyHash;
import dev.customhouse.secret.KeyHasher;
import dev.customhouse.store.AdminTokenStore;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The one credential of the admin API: {@code adm-ch-} and 43 characters of base 62 that hold 256
 * random bits. Stored is its hash under the pepper, as 64 hex digits; the token itself is known
 * only to whom it was printed for.
 */
public final class AdminToken {
  /** What every admin token begins with. */
  public static final String PREFIX = "adm-ch-";

  private final KeyHasher hasher;
  private final @Nullable KeyHash hash;

  /**
   * The token whose hash is stored now. A token made later is not seen.
   *
   * @throws IllegalStateException when what is stored is no hash
   */
  public AdminToken(AdminTokenStore store, KeyHasher hasher) {
    this.hasher = hasher;
    this.hash = store.get().map(AdminToken::parse).orElse(null);
  }

  /** Makes a token when there is none, and returns it to be printed once; else empty. */
  public static Optional<String> ensure(
      AdminTokenStore store, KeyHasher hasher, RandomGenerator random) {
    return store.get().isPresent() ? Optional.empty() : Optional.of(renew(store, hasher, random));
  }

  /** Makes a token in place of the one before, for somebody who lost it; returns it. */
  public static String renew(AdminTokenStore store, KeyHasher hasher, RandomGenerator random) {
    String token = PREFIX + KeyFormat.randomDigits(random);
    store.put(HexFormat.of().formatHex(hasher.hash(token).toBytes()));
    return token;
  }

  /** Whether this is the token. Takes the same time wherever it differs. */
  public boolean verify(String token) {
    KeyHash shown = hasher.hash(token);
    return hash != null && hash.equals(shown);
  }

  private static KeyHash parse(String text) {
    try {
      return KeyHash.of(HexFormat.of().parseHex(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "the stored hash of the admin token has "
              + text.length()
              + " characters that are no hash; expected 64 hex digits; make a new token",
          e);
    }
  }
}
