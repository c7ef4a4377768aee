package dev.customhouse.canonical;

/** A range of bytes, {@code end} excluded. */
public record Span(int start, int end) {
  /** The number of bytes. */
  public int length() {
    return end - start;
  }
}
