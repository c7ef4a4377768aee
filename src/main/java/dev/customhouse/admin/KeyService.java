package dev.customhouse.admin;

import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.Glob;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.config.Settings;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.KeyHash;
import dev.customhouse.secret.Secret;
import dev.customhouse.store.KeyRow;
import dev.customhouse.store.KeyStore;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Downstream keys: made, revoked, and put where callers are identified. The store is what lasts,
 * the keyring is what counts at once; both are changed here and nowhere else. Safe for use by many
 * threads.
 */
public final class KeyService {
  /** What the id of a key begins with that belongs to the configuration file; its name follows. */
  public static final String STATIC_PREFIX = "static:";

  private static final String PREFIX = "key_";
  private static final int ID_BYTES = 12;

  private final KeyStore store;
  private final Keyring keyring;
  private final Clock clock;
  private final RandomGenerator random;
  private final int concurrentStreams;
  private final Consumer<Change> changes;
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private volatile NavigableMap<String, Settings.Key> managed = new TreeMap<>();

  /**
   * Keys in a store and a keyring.
   *
   * @param random a cryptographic one outside of tests; safe for use by many threads
   * @param concurrentStreams of a key that has no limit of its own
   * @param changes is told of every key that was made or revoked; must not block
   */
  public KeyService(
      KeyStore store,
      Keyring keyring,
      Clock clock,
      RandomGenerator random,
      int concurrentStreams,
      Consumer<Change> changes) {
    this.store = store;
    this.keyring = keyring;
    this.clock = clock;
    this.random = random;
    this.concurrentStreams = concurrentStreams;
    this.changes = changes;
  }

  /** What happened to a key: {@code made} or {@code revoked}. */
  public record Change(String keyId, String what) {}

  /**
   * A key that was made.
   *
   * @param key the key itself, to be shown this one time
   */
  public record Created(KeyRow row, Secret key) {
    /** Names the key in the admin API, in usage and in audit records. */
    public String id() {
      return row.id();
    }
  }

  /** Puts all stored keys into the keyring; once, before the first request. */
  public void loadAll() {
    store.all().forEach(this::hang);
  }

  /** Replaces the keys of the configuration file by these. */
  public void replaceManaged(
      List<Settings.Key> keys, Function<Settings.SecretRef, Secret> secrets) {
    List<Keyring.Entry> entries = new ArrayList<>();
    NavigableMap<String, Settings.Key> byId = new TreeMap<>();
    for (Settings.Key key : keys) {
      KeyHash hash = keyring.hash(secrets.apply(key.key()).reveal());
      String id = STATIC_PREFIX + key.name();
      Caller caller =
          caller(
              id,
              key.name(),
              key.project(),
              key.models(),
              key.rpm(),
              key.concurrentStreams(),
              key.onUnsupported());
      entries.add(new Keyring.Entry(hash, caller, null, null, true));
      byId.put(id, key);
    }
    keyring.replaceManaged(entries);
    managed = byId;
  }

  /** Makes a key for which losses between dialects are as the model has them. */
  public Created create(
      String name,
      @Nullable String project,
      List<String> models,
      @Nullable Integer rpm,
      @Nullable Integer concurrentStreams,
      @Nullable Instant expiresAt) {
    return create(name, project, models, rpm, concurrentStreams, null, expiresAt);
  }

  /**
   * Makes a key that counts at once.
   *
   * @param models globs; empty permits all
   * @param rpm requests per minute; null: no limit
   * @param concurrentStreams null: the gateway's default
   * @param onUnsupported what becomes of what a target's dialect cannot carry; null: as the model
   *     has it
   * @param expiresAt null: never
   * @throws IllegalArgumentException when a text is blank, too long or has a control character
   * @throws dev.customhouse.store.StoreException when it cannot be stored; there is no key then
   */
  public Created create(
      String name,
      @Nullable String project,
      List<String> models,
      @Nullable Integer rpm,
      @Nullable Integer concurrentStreams,
      @Nullable OnUnsupported onUnsupported,
      @Nullable Instant expiresAt) {
    Secret key = new Secret(KeyFormat.generate(random));
    KeyRow row =
        new KeyRow(
            newId(),
            name,
            project,
            keyring.hash(key.reveal()),
            KeyFormat.hint(key.reveal()),
            models,
            rpm,
            concurrentStreams,
            onUnsupported,
            clock.instant(),
            expiresAt,
            null);
    // First the keyring, so that whoever sees the id in a list can revoke the key: nobody knows it.
    hang(row);
    boolean stored = false;
    try {
      stored = store.insert(row);
    } finally {
      if (!stored) {
        keyring.revoke(row.hash(), clock.instant());
      }
    }
    if (!stored) {
      throw new IllegalStateException("the random generator gave the same key or id twice");
    }
    changes.accept(new Change(row.id(), "made"));
    return new Created(row, key);
  }

  /**
   * Revokes a stored key at once; empty when none has the id. Revoking it again changes nothing.
   *
   * @throws dev.customhouse.store.StoreException when it cannot be stored: the key is refused all
   *     the same, until the next start
   */
  public Optional<KeyRow> revoke(String id) {
    Optional<KeyRow> found = store.find(id);
    if (found.isEmpty()) {
      return found;
    }
    KeyRow row = found.get();
    keyring.revoke(row.hash(), row.revokedAt() == null ? clock.instant() : row.revokedAt());
    Optional<KeyRow> revoked = store.revoke(id);
    changes.accept(new Change(id, "revoked"));
    return revoked;
  }

  /** The name of a key, revoked ones included; null when none has the id. */
  @Nullable String nameOf(String id) {
    if (!id.startsWith(STATIC_PREFIX)) {
      return names.get(id);
    }
    Settings.Key key = managed.get(id);
    return key == null ? null : key.name();
  }

  /** The keys of the configuration file, by id; nobody writes to it. */
  NavigableMap<String, Settings.Key> managed() {
    return managed;
  }

  private void hang(KeyRow row) {
    names.put(row.id(), row.name());
    Caller caller =
        caller(
            row.id(),
            row.name(),
            row.project(),
            row.models(),
            row.requestsPerMinute(),
            row.concurrentStreams(),
            row.onUnsupported());
    keyring.put(new Keyring.Entry(row.hash(), caller, row.expiresAt(), row.revokedAt(), false));
  }

  private Caller caller(
      String id,
      String name,
      @Nullable String project,
      List<String> models,
      @Nullable Integer rpm,
      @Nullable Integer streams,
      @Nullable OnUnsupported onUnsupported) {
    return new Caller(
        id,
        name,
        project,
        models.stream().map(Glob::new).toList(),
        rpm,
        streams == null ? concurrentStreams : streams,
        onUnsupported);
  }

  private String newId() {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return PREFIX + HexFormat.of().formatHex(bytes);
  }
}
