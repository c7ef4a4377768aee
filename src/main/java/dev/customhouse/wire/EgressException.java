package dev.customhouse.wire;

import java.io.IOException;

/**
 * A file was not fetched. The message says why in words that a client may read: neither the address
 * nor what lies behind it is in them, and a host that does not exist is not told from one that may
 * not be asked.
 */
public final class EgressException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /** For this reason, a sentence without its full stop. */
  public EgressException(String reason) {
    super(reason);
    this.reason = reason;
  }

  /** Why; a sentence without its full stop. */
  public String reason() {
    return reason;
  }
}
