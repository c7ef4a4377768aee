package dev.customhouse.store;

import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.secret.KeyHash;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A downstream key as it is stored: never the key itself.
 *
 * @param id names the key in the admin API, in usage and in audit records
 * @param project null: none
 * @param hash by which a caller is found
 * @param hint the few characters that may be shown
 * @param models globs of permitted models; empty permits all
 * @param requestsPerMinute null: no limit
 * @param concurrentStreams null: the gateway's default
 * @param onUnsupported what becomes of what a target's dialect cannot carry; null: as the model has
 *     it
 * @param createdAt whole milliseconds, as all times here: more is cut off
 * @param expiresAt null: never
 * @param revokedAt null: it is not revoked
 */
public record KeyRow(
    String id,
    String name,
    @Nullable String project,
    KeyHash hash,
    String hint,
    List<String> models,
    @Nullable Integer requestsPerMinute,
    @Nullable Integer concurrentStreams,
    @Nullable OnUnsupported onUnsupported,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant revokedAt) {

  /** Characters of a name, a project or a model glob. */
  public static final int TEXT_CHARS = 256;

  /** Globs of one key. */
  public static final int MODELS = 1_000;

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException when a text is blank, too long or has a control character, or
   *     there are too many models
   */
  public KeyRow {
    check("id", id);
    check("name", name);
    if (project != null) {
      check("project", project);
    }
    models = List.copyOf(models);
    if (models.size() > MODELS) {
      throw new IllegalArgumentException(models.size() + " models; expected at most " + MODELS);
    }
    for (String model : models) {
      check("model", model);
    }
    createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
    expiresAt = expiresAt == null ? null : expiresAt.truncatedTo(ChronoUnit.MILLIS);
    revokedAt = revokedAt == null ? null : revokedAt.truncatedTo(ChronoUnit.MILLIS);
  }

  private static void check(String what, String text) {
    if (text.isBlank()
        || text.length() > TEXT_CHARS
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " of a key; expected 1 to "
              + TEXT_CHARS
              + " characters, not blank, none of them a control character");
    }
  }
}
