package dev.customhouse.wire;

import java.util.Arrays;

/**
 * The head of an HTTP/1.1 message as bytes (RFC 9112), gathered in an array that serves again.
 * Belongs to one event loop.
 */
abstract class Head {
  private static final int USUAL_BYTES = 1_024;

  private byte[] bytes = new byte[USUAL_BYTES];
  private int length;

  /** Where the bytes are, until the next head is written. */
  final byte[] bytes() {
    return bytes;
  }

  /** How many they are. */
  final int length() {
    return length;
  }

  final void clear() {
    length = 0;
  }

  final void line(String name, String value) {
    add(name);
    add(": ");
    add(value);
    add("\r\n");
  }

  /** Characters up to 0xff become a byte each. */
  @SuppressWarnings("deprecation") // does just that, and is a plain copy
  final void add(String text) {
    int count = text.length();
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
    }
    text.getBytes(0, count, bytes, length);
    length += count;
  }
}
