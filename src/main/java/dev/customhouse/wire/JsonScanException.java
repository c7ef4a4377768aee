package dev.customhouse.wire;

/**
 * Bytes are not the JSON that was expected. The message says where and what was expected; of the
 * content it holds one character or one (shortened) member name at most.
 */
public final class JsonScanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int offset;

  JsonScanException(int offset, String message) {
    super("JSON at byte " + offset + ": " + message, null, false, false);
    this.offset = offset;
  }

  /** The offset in the scanned array of the byte at fault. */
  public int offset() {
    return offset;
  }
}
