package dev.customhouse.secret;

/**
 * A reference that leads to no secret. The message names the reference and what was expected, never
 * a value.
 */
public final class SecretException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SecretException(String message) {
    super(message);
  }
}
