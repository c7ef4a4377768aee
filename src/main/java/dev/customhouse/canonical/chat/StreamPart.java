package dev.customhouse.canonical.chat;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What an event of a stream tells. The order: one {@link Begun}; blocks, each of which begins,
 * grows and ends, of which several may be open at once; {@link Counted} at any place, the last one
 * holds; one {@link Finished}; one {@link Ended}. A stream that breaks off has {@link Broken} in
 * the place of its last.
 */
public sealed interface StreamPart {
  /**
   * The answer begins. Null: not told.
   *
   * @param usage what is known of it by now: the input
   */
  record Begun(@Nullable String id, @Nullable String model, @Nullable Usage usage)
      implements StreamPart {}

  /**
   * A block begins.
   *
   * @param block its number, from 0 in the order of beginning, unique in the stream
   * @param opening what is known of it: text and arguments that are still to come are empty. Of
   *     {@link Content.Native} and {@link Content.Media} it is all there will be
   */
  record BlockBegun(int block, Content opening) implements StreamPart {}

  /** More text of a text, of reasoning, of declining words, or more of a call's arguments. */
  record Delta(int block, String piece) implements StreamPart {}

  /** A source of a text. */
  record Cited(int block, Citation citation) implements StreamPart {}

  /** The proof of a reasoning or of a call. */
  record Sealed(int block, Seal seal) implements StreamPart {}

  /** A block is whole. */
  record BlockEnded(int block) implements StreamPart {}

  /** Tokens so far: all of them, not those since the last time. */
  record Counted(Usage usage) implements StreamPart {}

  /** The model stopped. */
  record Finished(FinishReason reason, @Nullable String stopSequence, Extras extras)
      implements StreamPart {}

  /** The upstream is there and has nothing to tell. */
  record Alive() implements StreamPart {}

  /** The answer is whole. */
  record Ended() implements StreamPart {}

  /** The upstream says, in the middle of its answer, that it failed. */
  record Broken(ErrorKind kind, String message) implements StreamPart {}
}
