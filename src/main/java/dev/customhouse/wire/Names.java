package dev.customhouse.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The member names a {@link JsonScan} looks for. Immutable; made once, as a constant. Names are
 * printable ASCII without quote and backslash, so that a name in the bytes without escapes can be
 * compared as it lies there.
 */
public final class Names {
  /** No names: the scan only validates. */
  public static final Names NONE = new Names(new String[0]);

  private final String[] texts;
  private final byte[][] encoded;

  /** Open addressing: an index into {@code texts} plus one, 0 for a free place. */
  private final byte[] table;

  private Names(String[] texts) {
    this.texts = texts;
    this.encoded = new byte[texts.length][];
    this.table = new byte[Integer.highestOneBit(Math.max(texts.length, 1)) * 4];
    for (int i = 0; i < texts.length; i++) {
      byte[] name = texts[i].getBytes(StandardCharsets.UTF_8);
      encoded[i] = name;
      if (indexOf(name, 0, name.length) >= 0) {
        throw new IllegalArgumentException("the name \"" + texts[i] + "\" is given twice");
      }
      int place = hash(name, 0, name.length) & table.length - 1;
      while (table[place] != 0) {
        place = place + 1 & table.length - 1;
      }
      table[place] = (byte) (i + 1);
    }
  }

  /** A set of at most 100 different names; an {@link IllegalArgumentException} otherwise. */
  public static Names of(String... names) {
    if (names.length > 100) {
      throw new IllegalArgumentException("expected at most 100 names, got " + names.length);
    }
    for (String name : names) {
      if (name.isEmpty()
          || !name.chars().allMatch(c -> c >= ' ' && c < 127 && c != '"' && c != '\\')) {
        throw new IllegalArgumentException("expected printable ASCII, got \"" + name + "\"");
      }
    }
    return new Names(names.clone());
  }

  int size() {
    return texts.length;
  }

  /** The index of a name written without escapes; -1 when it is not one of these. */
  int indexOf(byte[] bytes, int start, int end) {
    if (start == end) {
      return -1;
    }
    int place = hash(bytes, start, end) & table.length - 1;
    while (table[place] != 0) {
      int index = table[place] - 1;
      byte[] name = encoded[index];
      if (Arrays.equals(bytes, start, end, name, 0, name.length)) {
        return index;
      }
      place = place + 1 & table.length - 1;
    }
    return -1;
  }

  /** The index of a name; -1 when it is not one of these. */
  int indexOf(String name) {
    for (int i = 0; i < texts.length; i++) {
      if (texts[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Spreads names by length and outer bytes: enough for the few names of a vocabulary. */
  static int hash(byte[] bytes, int start, int end) {
    int mixed =
        (bytes[start] * 31 + bytes[end - 1]) * 31 + bytes[(start + end) >>> 1] + (end - start);
    return (mixed * 0x9E3779B1) >>> 16;
  }

  @Override
  public String toString() {
    return Arrays.toString(texts);
  }
}
