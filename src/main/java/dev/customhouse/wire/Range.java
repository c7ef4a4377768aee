package dev.customhouse.wire;

/**
 * A run of bytes in an array that the holder of the range knows.
 *
 * @param start the offset of the first byte
 * @param end the offset behind the last byte
 */
public record Range(int start, int end) {
  /** Checks that the range does not run backwards. */
  public Range {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("expected 0 <= start <= end, got " + start + ", " + end);
    }
  }

  /** The number of bytes. */
  public int length() {
    return end - start;
  }
}
