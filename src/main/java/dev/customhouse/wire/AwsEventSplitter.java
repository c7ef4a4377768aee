package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Cuts a body of {@code application/vnd.amazon.eventstream} into its frames and checks both of
 * their sums (smithy.io/2.0/aws/amazon-eventstream.html). A frame is handed out as it came. What a
 * frame says of its own length is believed only when its first sum is right, and never beyond the
 * limit; memory is taken for the bytes that have come, not for those that are announced.
 */
public final class AwsEventSplitter implements EventSplitter {
  /** The longest frame, in bytes; Bedrock's are of about a megabyte at most. */
  public static final int FRAME_BYTES_MAX = 16 * 1024 * 1024;

  /** Lengths of frame and headers, and the sum of both. */
  static final int PRELUDE_BYTES = 12;

  /** The sum at the end of a frame. */
  static final int SUM_BYTES = 4;

  private static final int SUMMED_PRELUDE_BYTES = 8;

  /** A buffer that has grown beyond this is not kept for the next frame. */
  private static final int BUFFER_BYTES_KEPT = 64 * 1024;

  private static final int BUFFER_BYTES_FIRST = 1024;
  private static final byte[] NONE = {};

  private final int frameBytesMax;
  private final CRC32 sum = new CRC32();
  private byte[] pending = NONE;
  private int pendingLength;

  /** A splitter with the usual limit. */
  public AwsEventSplitter() {
    this(FRAME_BYTES_MAX);
  }

  /** A splitter for frames of at most so many bytes. */
  public AwsEventSplitter(int frameBytesMax) {
    this.frameBytesMax = frameBytesMax;
  }

  @Override
  public void feed(byte[] chunk, int offset, int length, Sink sink) {
    int at = offset;
    int end = offset + length;
    while (pendingLength > 0 && at < end) {
      int wanted = pendingLength < PRELUDE_BYTES ? PRELUDE_BYTES : frameLength(pending, 0);
      int taken = Math.min(wanted - pendingLength, end - at);
      keep(chunk, at, at + taken);
      at += taken;
      if (pendingLength >= PRELUDE_BYTES && pendingLength == frameLength(pending, 0)) {
        emitPending(sink);
      }
    }
    while (end - at >= PRELUDE_BYTES) {
      int frame = frameLength(chunk, at);
      if (frame > end - at) {
        break;
      }
      check(chunk, at, at + frame);
      sink.event(chunk, at, at + frame);
      at += frame;
    }
    keep(chunk, at, end);
  }

  /** Gives nothing: a frame ends by its own length. */
  @Override
  public void finish(Sink sink) {}

  @Override
  public byte[] rest() {
    return Arrays.copyOf(pending, pendingLength);
  }

  @Override
  public int restLength() {
    return pendingLength;
  }

  private void emitPending(Sink sink) {
    byte[] frame = pending;
    int length = pendingLength;
    pendingLength = 0;
    if (frame.length > BUFFER_BYTES_KEPT) {
      pending = NONE;
    }
    check(frame, 0, length);
    sink.event(frame, 0, length);
  }

  /** The length of the frame whose prelude lies there. */
  private int frameLength(byte[] bytes, int start) {
    if (sum(bytes, start, start + SUMMED_PRELUDE_BYTES)
        != int32(bytes, start + SUMMED_PRELUDE_BYTES)) {
      throw broken("the sum of a frame's prelude is wrong");
    }
    long frame = Integer.toUnsignedLong(int32(bytes, start));
    long headers = Integer.toUnsignedLong(int32(bytes, start + Integer.BYTES));
    if (frame > frameBytesMax) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "event_too_long",
          "a frame of the stream has %d bytes, expected %d at most"
              .formatted(frame, frameBytesMax));
    }
    if (frame < PRELUDE_BYTES + SUM_BYTES + headers) {
      throw broken("a frame of %d bytes has headers of %d".formatted(frame, headers));
    }
    return (int) frame;
  }

  private void check(byte[] bytes, int start, int end) {
    if (sum(bytes, start, end - SUM_BYTES) != int32(bytes, end - SUM_BYTES)) {
      throw broken("the sum of a frame is wrong");
    }
  }

  private int sum(byte[] bytes, int start, int end) {
    sum.reset();
    sum.update(bytes, start, end - start);
    return (int) sum.getValue();
  }

  private void keep(byte[] chunk, int start, int end) {
    if (start == end) {
      return;
    }
    int length = pendingLength + end - start;
    if (length > pending.length) {
      long doubled = Math.min(2L * pending.length, frameBytesMax);
      pending =
          Arrays.copyOf(pending, (int) Math.max(Math.max(length, doubled), BUFFER_BYTES_FIRST));
    }
    System.arraycopy(chunk, start, pending, pendingLength, end - start);
    pendingLength = length;
  }

  private static Refusal broken(String what) {
    return new Refusal(ErrorKind.BAD_GATEWAY, "broken_event_stream", what);
  }

  /** Four bytes, the highest first. */
  static int int32(byte[] bytes, int at) {
    return bytes[at] << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }
}
