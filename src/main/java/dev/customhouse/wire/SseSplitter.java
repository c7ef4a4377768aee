package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.util.Arrays;

/**
 * Cuts a stream of server-sent events (WHATWG HTML, section 9.2) into its raw events, however the
 * bytes arrive. An event ends behind its blank line; a blank line alone and a comment are events
 * too, so that all events and the rest, put together, are the input byte for byte. Where an event
 * ends does not depend on the chunking. Used by one thread; not usable after an exception.
 *
 * <p>Lines end with LF, CR LF or CR. A CR at the end of a chunk waits for the next byte, which may
 * be its LF; {@link #finish} gives the event that such a CR ended when nothing follows.
 */
public final class SseSplitter implements EventSplitter {
  /** The longest event, in bytes; base64 images of about 12 MB fit. */
  public static final int EVENT_BYTES_MAX = 16 * 1024 * 1024;

  /** A buffer that has grown beyond this is not kept for the next event. */
  private static final int BUFFER_BYTES_KEPT = 64 * 1024;

  private static final int BUFFER_BYTES_FIRST = 1024;
  private static final byte[] NONE = {};

  private final int eventBytesMax;
  private byte[] pending = NONE;
  private int pendingLength;
  private boolean lineEmpty = true;

  /** The last byte was a CR that ended a line; its LF may follow. */
  private boolean carriageReturnHeld;

  /** That line was blank: the event is over as soon as the next byte is known. */
  private boolean blankLineHeld;

  /** A splitter with the usual limit. */
  public SseSplitter() {
    this(EVENT_BYTES_MAX);
  }

  /** A splitter for events of at most so many bytes. */
  public SseSplitter(int eventBytesMax) {
    this.eventBytesMax = eventBytesMax;
  }

  /**
   * Takes the next bytes and gives every event that ends in them, from the chunk itself unless an
   * earlier chunk holds its beginning.
   *
   * @throws Refusal of kind BAD_GATEWAY when an event is longer than the limit
   */
  @Override
  public void feed(byte[] chunk, int offset, int length, Sink sink) {
    if (length == 0) {
      return;
    }
    int end = offset + length;
    int eventStart = offset;
    int at = offset;
    if (carriageReturnHeld) {
      carriageReturnHeld = false;
      at = chunk[at] == '\n' ? at + 1 : at;
      if (blankLineHeld) {
        emit(chunk, eventStart, at, sink);
        eventStart = at;
      }
    }
    while (at < end) {
      int lineEnd = ByteSearch.lineEnd(chunk, at, end);
      boolean blank = lineEmpty && lineEnd == at;
      if (lineEnd == end) {
        lineEmpty = blank;
        break;
      }
      lineEmpty = true;
      at = lineEnd + 1;
      if (chunk[lineEnd] == '\r') {
        if (at == end) {
          carriageReturnHeld = true;
          blankLineHeld = blank;
          break;
        }
        at = chunk[at] == '\n' ? at + 1 : at;
      }
      if (blank) {
        emit(chunk, eventStart, at, sink);
        eventStart = at;
      }
    }
    keep(chunk, eventStart, end);
  }

  /** The stream is over: gives the event that a CR as the very last byte ended, if there is one. */
  @Override
  public void finish(Sink sink) {
    if (carriageReturnHeld && blankLineHeld) {
      carriageReturnHeld = false;
      emit(NONE, 0, 0, sink);
    }
  }

  /** A copy of the bytes behind the last event given. */
  @Override
  public byte[] rest() {
    return Arrays.copyOf(pending, pendingLength);
  }

  /** The number of bytes behind the last event given. */
  @Override
  public int restLength() {
    return pendingLength;
  }

  private void emit(byte[] chunk, int start, int end, Sink sink) {
    if (pendingLength == 0) {
      check(end - start);
      sink.event(chunk, start, end);
      return;
    }
    keep(chunk, start, end);
    byte[] event = pending;
    int length = pendingLength;
    pendingLength = 0;
    if (event.length > BUFFER_BYTES_KEPT) {
      pending = NONE;
    }
    sink.event(event, 0, length);
  }

  private void keep(byte[] chunk, int start, int end) {
    if (start == end) {
      return;
    }
    int length = check((long) pendingLength + end - start);
    if (length > pending.length) {
      int doubled = (int) Math.min(2L * pending.length, eventBytesMax);
      pending = Arrays.copyOf(pending, Math.max(Math.max(length, doubled), BUFFER_BYTES_FIRST));
    }
    System.arraycopy(chunk, start, pending, pendingLength, end - start);
    pendingLength = length;
  }

  private int check(long length) {
    if (length > eventBytesMax) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "event_too_long",
          "an event of the stream has "
              + length
              + " bytes or more, expected "
              + eventBytesMax
              + " at most");
    }
    return (int) length;
  }
}
