package dev.customhouse.dialect.openairesponses;

import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.List;
import java.util.function.Consumer;

/**
 * A block of an answer that is told piece by piece. It remembers what it told, so that an event
 * that repeats the whole tells only what is new. Pieces that come before the block may begin are
 * kept until then.
 */
final class GrowingBlock {
  private final Consumer<StreamPart> parts;
  private final StringBuilder told = new StringBuilder();
  private int number = -1;
  private int citations;
  private boolean ended;

  GrowingBlock(Consumer<StreamPart> parts) {
    this.parts = parts;
  }

  boolean hasBegun() {
    return number >= 0;
  }

  boolean isEmpty() {
    return told.isEmpty();
  }

  int number() {
    return number;
  }

  void begin(int block, Content opening) {
    number = block;
    parts.accept(new StreamPart.BlockBegun(block, opening));
    if (!told.isEmpty()) {
      parts.accept(new StreamPart.Delta(block, told.toString()));
    }
  }

  void grow(String piece) {
    if (piece.isEmpty() || ended) {
      return;
    }
    told.append(piece);
    if (hasBegun()) {
      parts.accept(new StreamPart.Delta(number, piece));
    }
  }

  /** The whole text: what is missing of it is told. One that differs from what was told is not. */
  void whole(String text) {
    if (text.length() > told.length() && text.startsWith(told.toString())) {
      grow(text.substring(told.length()));
    }
  }

  void cite(Citation citation) {
    citations++;
    parts.accept(new StreamPart.Cited(number, citation));
  }

  /** All citations: those that were not told are. */
  void cited(List<Citation> all) {
    while (citations < all.size()) {
      cite(all.get(citations));
    }
  }

  void end() {
    if (hasBegun() && !ended) {
      ended = true;
      parts.accept(new StreamPart.BlockEnded(number));
    }
  }
}
