package dev.customhouse.flow.recall;

import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Events of one stream, packed with DEFLATE (RFC 1951): they repeat each other so much that little
 * more is left than what they say.
 */
final class Packed {
  private static final byte[] NONE = {};
  private static final int PIECE_BYTES = 8_192;

  private Packed() {}

  /** The events as they are kept. */
  static byte[] pack(List<byte[]> events) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] piece = new byte[PIECE_BYTES];
    try (Deflater deflater = new Deflater()) {
      for (byte[] event : events) {
        deflater.setInput(event);
        while (!deflater.needsInput()) {
          packed.write(piece, 0, deflater.deflate(piece));
        }
      }
      deflater.finish();
      while (!deflater.finished()) {
        packed.write(piece, 0, deflater.deflate(piece));
      }
    }
    return packed.toByteArray();
  }

  /**
   * The events of what {@link #pack} made.
   *
   * @throws IllegalStateException when it is something else
   */
  static List<byte[]> unpack(byte[] packed) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(8 * packed.length);
    byte[] piece = new byte[PIECE_BYTES];
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(packed);
      while (!inflater.finished()) {
        int bytes = inflater.inflate(piece);
        if (bytes == 0 && inflater.needsInput()) {
          throw new IllegalStateException("packed events end before their end");
        }
        all.write(piece, 0, bytes);
      }
    } catch (DataFormatException e) {
      throw new IllegalStateException("these are no packed events", e);
    }
    return split(all.toByteArray());
  }

  /** The raw events that lie one after another. */
  static List<byte[]> split(byte[] events) {
    List<byte[]> found = new ArrayList<>();
    SseSplitter splitter = new SseSplitter(Math.max(events.length, SseSplitter.EVENT_BYTES_MAX));
    SseSplitter.Sink sink =
        (buffer, start, end) -> found.add(Arrays.copyOfRange(buffer, start, end));
    splitter.feed(events, 0, events.length, sink);
    splitter.finish(sink);
    byte[] rest = splitter.rest();
    if (rest.length > 0) {
      found.add(rest);
    }
    return found.isEmpty() ? List.of(NONE) : found;
  }
}
