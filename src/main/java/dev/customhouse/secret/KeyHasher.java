package dev.customhouse.secret;

import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes downstream keys under the pepper with HMAC-SHA-256 (RFC 2104). Used on every request, by
 * many threads at once.
 *
 * <p>It is written over {@link MessageDigest} and not {@code javax.crypto.Mac} because the two
 * padded key blocks, half of the work for a key of 55 characters, are then hashed once and cloned,
 * not again for every request. A test compares it with {@code Mac}.
 */
public final class KeyHasher {
  /** Bytes of a pepper. */
  public static final int PEPPER_BYTES = 32;

  private static final int BLOCK_BYTES = 64;

  private final MessageDigest inner;
  private final MessageDigest outer;

  /**
   * A hasher under a pepper of 32 random bytes. The pepper is not kept.
   *
   * @throws IllegalArgumentException when the pepper has another length
   */
  public KeyHasher(byte[] pepper) {
    if (pepper.length != PEPPER_BYTES) {
      throw new IllegalArgumentException(
          "a pepper of " + pepper.length + " bytes; expected " + PEPPER_BYTES);
    }
    this.inner = padded(pepper, 0x36);
    this.outer = padded(pepper, 0x5c);
  }

  /** The hash of a key as the client sent it. */
  public KeyHash hash(String key) {
    try {
      MessageDigest first = (MessageDigest) inner.clone();
      first.update(key.getBytes(StandardCharsets.UTF_8));
      byte[] hash = first.digest();
      MessageDigest second = (MessageDigest) outer.clone();
      second.update(hash);
      second.digest(hash, 0, hash.length);
      return KeyHash.owning(hash);
    } catch (CloneNotSupportedException | DigestException e) {
      throw new IllegalStateException("SHA-256 of this Java cannot be cloned", e);
    }
  }

  private static MessageDigest padded(byte[] pepper, int pad) {
    byte[] block = new byte[BLOCK_BYTES];
    for (int i = 0; i < BLOCK_BYTES; i++) {
      block[i] = (byte) ((i < pepper.length ? pepper[i] : 0) ^ pad);
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(block);
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
