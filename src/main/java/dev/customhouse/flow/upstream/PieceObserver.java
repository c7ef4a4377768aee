package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.Observation;
import java.io.ByteArrayOutputStream;
import java.util.function.Function;

/** Keeps a copy of a body that passes in pieces, up to a limit, to learn the usage from its end. */
final class PieceObserver {
  private static final int KEPT_BYTES = 4 * 1024 * 1024;

  private final Function<byte[], Observation> reader;
  private final boolean readable;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private boolean tooLong;
  private boolean ended;

  /** {@code readable} false for bodies that tell nothing, such as audio. */
  PieceObserver(boolean readable, Function<byte[], Observation> reader) {
    this.readable = readable;
    this.reader = reader;
  }

  void piece(byte[] piece) {
    if (readable && !tooLong) {
      tooLong = kept.size() + piece.length > KEPT_BYTES;
      if (tooLong) {
        kept.reset();
      } else {
        kept.writeBytes(piece);
      }
    }
  }

  void end() {
    ended = true;
  }

  Observation observation() {
    if (!readable || tooLong) {
      return new Observation(null, null, null, null, ended);
    }
    Observation seen = reader.apply(kept.toByteArray());
    return new Observation(
        seen.responseId(), seen.responseModel(), seen.finish(), seen.usage(), ended);
  }
}
