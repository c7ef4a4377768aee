package dev.customhouse.canonical;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own "no" to a request: thrown anywhere in the flow, written in the caller's dialect
 * at its end. The message names the value and what was expected; it never holds a prompt or a key.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;
  private final String code;
  private final @Nullable String param;
  private final @Nullable Duration retryAfter;

  /**
   * A refusal; {@code code} is the stable machine-readable word of it, such as {@code
   * model_not_found}.
   */
  public Refusal(ErrorKind kind, String code, String message) {
    this(kind, code, message, null, null);
  }

  /**
   * A refusal with everything that can be said.
   *
   * @param param the field of the request that is at fault; null when none is
   * @param retryAfter when to come again; null when coming again does not help or is unknown
   */
  public Refusal(
      ErrorKind kind,
      String code,
      String message,
      @Nullable String param,
      @Nullable Duration retryAfter) {
    super(message, null, false, false);
    this.kind = kind;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  /** What went wrong, of the closed list. */
  public ErrorKind kind() {
    return kind;
  }

  /** The stable machine-readable word. */
  public String code() {
    return code;
  }

  /** The request's field at fault; null when none is. */
  public @Nullable String param() {
    return param;
  }

  /** When to come again; null when unknown. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** The message; never null here. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? kind.label() : message;
  }
}
