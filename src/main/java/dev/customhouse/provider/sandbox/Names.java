package dev.customhouse.provider.sandbox;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes the ids of one answer from a hash of its request, so that equal requests get equal ids. */
final class Names {
  private static final int ID_CHARACTERS = 24;

  private final byte[] seed;

  private Names(byte[] seed) {
    this.seed = seed;
  }

  /** The ids of the request that these bytes stand for. */
  static Names of(byte[] request) {
    return new Names(sha256().digest(request));
  }

  /** An id such as {@code msg_3f2a...}; the same prefix gives the same id. */
  String id(String prefix) {
    return id(prefix, 0);
  }

  /** The id of the n-th thing with this prefix. */
  String id(String prefix, int index) {
    MessageDigest digest = sha256();
    digest.update(seed);
    digest.update((prefix + index).getBytes(StandardCharsets.UTF_8));
    return prefix + HexFormat.of().formatHex(digest.digest()).substring(0, ID_CHARACTERS);
  }

  /** The request's hash; the caller may keep it but not write to it. */
  byte[] seed() {
    return seed;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
