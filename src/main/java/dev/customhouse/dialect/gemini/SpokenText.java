package dev.customhouse.dialect.gemini;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All the text of an answer, so that places in it can be found: Google counts bytes of UTF-8 from
 * the beginning of a part, or of the whole answer where it streams, and the hub counts UTF-16 code
 * units of a block. Used by one thread.
 */
final class SpokenText {
  private final StringBuilder all = new StringBuilder();
  private final List<Integer> blocks = new ArrayList<>();
  private final List<Integer> blockStarts = new ArrayList<>();
  private final List<Integer> partStarts = new ArrayList<>();

  /** A range of a block's text. */
  record Place(int block, int start, int end) {}

  void block(int block) {
    blocks.add(block);
    blockStarts.add(all.length());
  }

  /** Another part begins, be it of text or not. */
  void part() {
    partStarts.add(all.length());
  }

  void text(String piece) {
    all.append(piece);
  }

  boolean isEmpty() {
    return blocks.isEmpty();
  }

  int lastBlock() {
    return blocks.getLast();
  }

  /**
   * Where the bytes are.
   *
   * @param quote the text of the range, by which it is found where the offsets do not fit; null:
   *     not told
   * @return null when there is no such place
   */
  @Nullable Place find(int part, int startBytes, int endBytes, @Nullable String quote) {
    int partStart = part >= 0 && part < partStarts.size() ? partStarts.get(part) : 0;
    for (int base : new int[] {partStart, 0}) {
      int start = forward(base, startBytes);
      int end = forward(base, endBytes);
      boolean fits = start >= 0 && end >= start;
      if (fits && (quote == null || all.substring(start, end).equals(quote))) {
        return place(start, end);
      }
    }
    if (quote == null || quote.isEmpty()) {
      return null;
    }
    int at = all.indexOf(quote);
    return at < 0 ? null : place(at, at + quote.length());
  }

  /** The index that many bytes behind the base; -1 when the text is not that long. */
  private int forward(int base, int bytes) {
    int at = base;
    int left = bytes;
    while (left > 0 && at < all.length()) {
      int point = all.codePointAt(at);
      left -= utf8Bytes(point);
      at += Character.charCount(point);
    }
    return left > 0 ? -1 : at;
  }

  static int utf8Bytes(int point) {
    if (point < 0x80) {
      return 1;
    }
    if (point < 0x800) {
      return 2;
    }
    return point < 0x10000 ? 3 : 4;
  }

  private @Nullable Place place(int start, int end) {
    for (int i = blocks.size() - 1; i >= 0; i--) {
      int blockStart = blockStarts.get(i);
      if (blockStart <= start) {
        int blockEnd = i + 1 < blocks.size() ? blockStarts.get(i + 1) : all.length();
        return new Place(blocks.get(i), start - blockStart, Math.min(end, blockEnd) - blockStart);
      }
    }
    return null;
  }
}
