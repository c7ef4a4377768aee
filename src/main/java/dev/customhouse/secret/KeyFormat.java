package dev.customhouse.secret;

import java.math.BigInteger;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * How a downstream key is written: {@code sk-ch-}, 43 characters of base 62 that hold 256 random
 * bits, and 6 characters of base 62 that hold the CRC-32 of all before them. The prefix lets secret
 * scanners find a leaked key; the checksum lets them, and the gateway, tell a key from noise
 * without a look-up.
 */
public final class KeyFormat {
  /** What every key begins with. */
  public static final String PREFIX = "sk-ch-";

  /** Characters of a whole key. */
  public static final int LENGTH_CHARS = 55;

  private static final int RANDOM_BYTES = 32;
  private static final int CHECKSUM_CHARS = 6;
  private static final int CHECKED_CHARS = LENGTH_CHARS - CHECKSUM_CHARS;
  private static final int HINT_HEAD_CHARS = 9;
  private static final int HINT_TAIL_CHARS = 4;

  /** Of a shorter text a hint would show too large a part. */
  private static final int HINTED_CHARS_MIN = 32;

  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());

  private KeyFormat() {}

  /** A new key. The generator must be a cryptographic one outside of tests. */
  public static String generate(RandomGenerator random) {
    char[] key = new char[LENGTH_CHARS];
    (PREFIX + randomDigits(random)).getChars(0, CHECKED_CHARS, key, 0);
    long checksum = checksum(new String(key, 0, CHECKED_CHARS));
    for (int i = LENGTH_CHARS - 1; i >= CHECKED_CHARS; i--) {
      key[i] = DIGITS.charAt((int) (checksum % DIGITS.length()));
      checksum /= DIGITS.length();
    }
    return new String(key);
  }

  /** 43 characters of base 62 that hold 256 random bits: what cannot be guessed of a key. */
  public static String randomDigits(RandomGenerator random) {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    char[] digits = new char[CHECKED_CHARS - PREFIX.length()];
    BigInteger rest = new BigInteger(1, bytes);
    for (int i = digits.length - 1; i >= 0; i--) {
      BigInteger[] quotientAndDigit = rest.divideAndRemainder(BASE);
      digits[i] = DIGITS.charAt(quotientAndDigit[1].intValue());
      rest = quotientAndDigit[0];
    }
    return new String(digits);
  }

  /** Whether a text has the prefix, length, alphabet and checksum of a key. */
  public static boolean isWellFormed(String text) {
    if (text.length() != LENGTH_CHARS || !text.startsWith(PREFIX)) {
      return false;
    }
    long written = 0;
    for (int i = PREFIX.length(); i < LENGTH_CHARS; i++) {
      int digit = digit(text.charAt(i));
      if (digit < 0) {
        return false;
      }
      if (i >= CHECKED_CHARS) {
        written = written * DIGITS.length() + digit;
      }
    }
    return written == checksum(text);
  }

  /**
   * What may be shown of a key: its first 9 and last 4 characters with an ellipsis between. Of a
   * text of fewer than 32 characters, as a static key may be, only the ellipsis.
   */
  public static String hint(String key) {
    if (key.length() < HINTED_CHARS_MIN) {
      return "…";
    }
    return key.substring(0, HINT_HEAD_CHARS) + "…" + key.substring(key.length() - HINT_TAIL_CHARS);
  }

  private static int digit(char character) {
    if (character >= '0' && character <= '9') {
      return character - '0';
    }
    if (character >= 'A' && character <= 'Z') {
      return character - 'A' + 10;
    }
    return character >= 'a' && character <= 'z' ? character - 'a' + 36 : -1;
  }

  /** CRC-32 of the first {@link #CHECKED_CHARS} characters, which are ASCII. */
  private static long checksum(String key) {
    byte[] checked = new byte[CHECKED_CHARS];
    for (int i = 0; i < CHECKED_CHARS; i++) {
      checked[i] = (byte) key.charAt(i);
    }
    CRC32 crc = new CRC32();
    crc.update(checked);
    return crc.getValue();
  }
}
