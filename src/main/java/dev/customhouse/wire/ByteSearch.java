package dev.customhouse.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds bytes eight at a time. Each test below leaves the high bit set in a byte of the word that
 * matches. A borrow can set it wrongly too, but only above a byte that does match, so the lowest
 * hit is always true (Hacker's Delight, "Find First 0-Byte"). Words are read little-endian: the
 * lowest byte is the first.
 */
final class ByteSearch {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private ByteSearch() {}

  /**
   * The first byte in the range that ends a run of plain characters in a JSON string: a quote, a
   * backslash or a control character; {@code end} when there is none.
   */
  static int stringStop(byte[] bytes, int start, int end) {
    int at = start;
    for (; at <= end - 2 * Long.BYTES; at += 2 * Long.BYTES) {
      long low = stringStops((long) WORDS.get(bytes, at));
      long high = stringStops((long) WORDS.get(bytes, at + Long.BYTES));
      if ((low | high) != 0) {
        return low != 0 ? at + first(low) : at + Long.BYTES + first(high);
      }
    }
    for (; at < end; at++) {
      byte b = bytes[at];
      if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
        return at;
      }
    }
    return end;
  }

  /** The first carriage return or line feed in the range; {@code end} when there is none. */
  static int lineEnd(byte[] bytes, int start, int end) {
    int at = start;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      long word = (long) WORDS.get(bytes, at);
      long hits = equal(word, '\n' * ONES) | equal(word, '\r' * ONES);
      if (hits != 0) {
        return at + first(hits);
      }
    }
    for (; at < end; at++) {
      if (bytes[at] == '\n' || bytes[at] == '\r') {
        return at;
      }
    }
    return end;
  }

  /**
   * Where the needle first lies in the range; -1 when it does not. Candidates are the places where
   * both its first and its last byte match.
   */
  static int indexOf(byte[] bytes, int start, int end, byte[] needle) {
    if (needle.length == 0) {
      return start;
    }
    int last = needle.length - 1;
    long firsts = (needle[0] & 0xff) * ONES;
    long lasts = (needle[last] & 0xff) * ONES;
    int at = start;
    for (; at <= end - last - Long.BYTES; at += Long.BYTES) {
      long hits =
          equal((long) WORDS.get(bytes, at), firsts)
              & equal((long) WORDS.get(bytes, at + last), lasts);
      for (; hits != 0; hits &= hits - 1) {
        int candidate = at + first(hits);
        if (matches(bytes, candidate, needle)) {
          return candidate;
        }
      }
    }
    for (; at < end - last; at++) {
      if (bytes[at] == needle[0] && matches(bytes, at, needle)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean matches(byte[] bytes, int at, byte[] needle) {
    return Arrays.equals(bytes, at, at + needle.length, needle, 0, needle.length);
  }

  /**
   * Quotes, backslashes and control characters. Flipping bit 1 moves the quote (0x22) to 0x20 and
   * leaves the control characters below it, so one subtraction finds both. Bytes above 0x7f are
   * never hits.
   */
  private static long stringStops(long word) {
    long quoteOrControl = (word ^ 2 * ONES) - 0x21 * ONES;
    long backslash = (word ^ '\\' * ONES) - ONES;
    return (quoteOrControl | backslash) & ~word & HIGHS;
  }

  private static long equal(long word, long repeated) {
    long difference = word ^ repeated;
    return (difference - ONES) & ~difference & HIGHS;
  }

  private static int first(long hits) {
    return Long.numberOfTrailingZeros(hits) >>> 3;
  }
}
