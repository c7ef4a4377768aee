package dev.customhouse.recorded;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Where an upstream's body is cut into pieces. */
enum Split {
  /** Nowhere. */
  WHOLE,
  /** Behind each byte. */
  BYTES,
  /** Behind each event. */
  EVENTS,
  /** At places drawn from a seed. */
  RANDOM,
  /** Where it hurts: in characters of several bytes, between CR and LF, between two LF. */
  SEAMS;

  private static final int MEAN_PIECE_BYTES = 700;

  List<byte[]> pieces(byte[] body) {
    List<byte[]> pieces = new ArrayList<>();
    Random random = new Random(body.length);
    int from = 0;
    for (int i = 1; i < body.length; i++) {
      boolean cut =
          switch (this) {
            case WHOLE -> false;
            case BYTES -> true;
            case EVENTS -> endsEvent(body, i);
            case RANDOM -> random.nextInt(MEAN_PIECE_BYTES) == 0;
            case SEAMS -> isSeam(body, i) && (i - from > 20 || body.length < 20_000);
          };
      if (cut) {
        pieces.add(Arrays.copyOfRange(body, from, i));
        from = i;
      }
    }
    pieces.add(Arrays.copyOfRange(body, from, body.length));
    return pieces;
  }

  private static boolean endsEvent(byte[] body, int at) {
    return body[at - 1] == '\n'
        && at > 1
        && (body[at - 2] == '\n' || at > 3 && body[at - 2] == '\r' && body[at - 3] == '\n');
  }

  private static boolean isSeam(byte[] body, int at) {
    boolean insideCharacter = (body[at] & 0xC0) == 0x80;
    boolean insideLineEnd = body[at - 1] == '\r' && body[at] == '\n';
    boolean insideBlankLine = body[at - 1] == '\n' && body[at] == '\n';
    return insideCharacter || insideLineEnd || insideBlankLine;
  }
}
