package dev.customhouse.flow.auth;

import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.KeyHash;
import dev.customhouse.secret.KeyHasher;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All downstream keys, by the hash of the whole key. Looking one up never touches the database, and
 * neither an unknown key nor a wrong one is told apart by time: what is compared is a keyed hash.
 */
public final class Keyring {
  private final KeyHasher hasher;
  private final Clock clock;
  private final Map<KeyHash, Entry> entries = new ConcurrentHashMap<>();

  /** An empty keyring. */
  public Keyring(KeyHasher hasher, Clock clock) {
    this.hasher = hasher;
    this.clock = clock;
  }

  /**
   * A key and whom it stands for.
   *
   * @param managed true: it belongs to the configuration file and goes when the file drops it
   */
  public record Entry(
      KeyHash hash,
      Caller caller,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt,
      boolean managed) {}

  /** Adds a key, or replaces what was known of it. */
  public void put(Entry entry) {
    entries.put(entry.hash(), entry);
  }

  /** Replaces the keys of the configuration file by these; all others stay. */
  public void replaceManaged(Collection<Entry> managed) {
    managed.forEach(this::put);
    var kept = managed.stream().map(Entry::hash).collect(java.util.stream.Collectors.toSet());
    entries.values().removeIf(entry -> entry.managed() && !kept.contains(entry.hash()));
  }

  /** Marks a key as revoked from now on. */
  public void revoke(KeyHash hash, Instant at) {
    entries.computeIfPresent(
        hash,
        (same, entry) -> new Entry(hash, entry.caller(), entry.expiresAt(), at, entry.managed()));
  }

  /** The hash by which a key is known. */
  public KeyHash hash(String key) {
    return hasher.hash(key);
  }

  /**
   * Who shows this key.
   *
   * @throws Refusal of kind UNAUTHORIZED when nobody does: no key, unknown, revoked, expired
   */
  public Caller identify(@Nullable String key) {
    if (key == null || key.isEmpty()) {
      throw unauthorized(
          "missing_api_key",
          "No API key was sent. Send it as 'Authorization: Bearer KEY', 'x-api-key', 'api-key',"
              + " 'x-goog-api-key' or '?key='.");
    }
    Entry entry = entries.get(hasher.hash(key));
    if (entry == null) {
      boolean mistyped = key.startsWith(KeyFormat.PREFIX) && !KeyFormat.isWellFormed(key);
      throw unauthorized(
          "invalid_api_key",
          mistyped
              ? "The API key is not whole: its checksum does not fit. Copy it again."
              : "The API key is not known here.");
    }
    if (entry.revokedAt() != null) {
      throw unauthorized(
          "api_key_revoked",
          "The API key '%s' was revoked at %s."
              .formatted(entry.caller().keyName(), entry.revokedAt()));
    }
    Instant expiry = entry.expiresAt();
    if (expiry != null && !clock.instant().isBefore(expiry)) {
      throw unauthorized(
          "api_key_expired",
          "The API key '%s' expired at %s.".formatted(entry.caller().keyName(), expiry));
    }
    return entry.caller();
  }

  private static Refusal unauthorized(String code, String message) {
    return new Refusal(ErrorKind.UNAUTHORIZED, code, message);
  }
}
