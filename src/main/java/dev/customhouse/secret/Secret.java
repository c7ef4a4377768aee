package dev.customhouse.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A secret in the clear. Its text leaves only through {@link #reveal()}, so that a search for that
 * name shows every place which sees it; {@code toString} never shows it. It is no record, because a
 * record would print itself, and it cannot be serialised.
 */
public final class Secret {
  private final String value;

  /** A secret of this text; blank text is no secret and is refused. */
  public Secret(String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a secret is blank, expected at least one character");
    }
    this.value = value;
  }

  /** The secret itself: for the header it belongs in, never for a log or an error. */
  public String reveal() {
    return value;
  }

  /**
   * Whether both hold the same text, compared in time that does not depend on where they differ.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret
        && MessageDigest.isEqual(
            value.getBytes(StandardCharsets.UTF_8), secret.value.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** Always the same words. */
  @Override
  public String toString() {
    return "Secret[hidden]";
  }
}
