package dev.customhouse.secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Texts that clients carry and only the gateway reads: AES-256-GCM (NIST SP 800-38D) under a key of
 * their owner, which is made from the pepper. The nonce is made from the text (as RFC 8452 does),
 * so that the same text is sealed to the same characters; a seal tells no more than that. Any
 * thread may use it.
 */
public final class TextSeal {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final String CIPHER = "AES/GCM/NoPadding";

  private final KeyHasher pepper;

  /** Seals under keys that are made with this hasher. */
  public TextSeal(KeyHasher pepper) {
    this.pepper = pepper;
  }

  /** The text in characters of base64url (RFC 4648), without padding. */
  public String seal(String owner, String text) {
    byte[] nonce =
        Arrays.copyOf(pepper.hash("nonce\0" + owner + '\0' + text).toBytes(), NONCE_BYTES);
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, owner, nonce).doFinal(plain);
      byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  /** The text; null when it was not sealed here for this owner, or was changed. */
  public @Nullable String open(String owner, String sealed) {
    try {
      byte[] all = Base64.getUrlDecoder().decode(sealed);
      if (all.length < NONCE_BYTES) {
        return null;
      }
      byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
      byte[] plain =
          cipher(Cipher.DECRYPT_MODE, owner, nonce)
              .doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
      return new String(plain, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      return null;
    }
  }

  private Cipher cipher(int mode, String owner, byte[] nonce) throws GeneralSecurityException {
    byte[] key = pepper.hash("key\0" + owner).toBytes();
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
