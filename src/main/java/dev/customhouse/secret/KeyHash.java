package dev.customhouse.secret;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of a downstream key: HMAC-SHA-256 of the key under the pepper, 32 bytes. Two
 * hashes are compared in constant time, so it can be the key of a hash map without telling how many
 * bytes matched. Immutable. It never prints its value.
 */
public final class KeyHash {
  /** Bytes of a hash. */
  public static final int LENGTH_BYTES = 32;

  private final byte[] bytes;

  private KeyHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A hash from its stored bytes, which are copied.
   *
   * @throws IllegalArgumentException when there are not 32 of them
   */
  public static KeyHash of(byte[] bytes) {
    return owning(bytes.clone());
  }

  /** A hash of bytes that the caller gives away. */
  static KeyHash owning(byte[] bytes) {
    if (bytes.length != LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "a key hash of " + bytes.length + " bytes; expected " + LENGTH_BYTES);
    }
    return new KeyHash(bytes);
  }

  /** A copy of the 32 bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyHash hash && MessageDigest.isEqual(bytes, hash.bytes);
  }

  /** The first four bytes: they are as evenly spread as the whole. */
  @Override
  public int hashCode() {
    return bytes[0] << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
  }

  @Override
  public String toString() {
    return "KeyHash[32 bytes]";
  }
}
