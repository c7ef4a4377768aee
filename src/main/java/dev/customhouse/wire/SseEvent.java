package dev.customhouse.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What one raw event says (WHATWG HTML, section 9.2.6). The data stays where it lies unless it has
 * several lines. Valid as long as the buffer it was parsed from is not written to. A byte order
 * mark is skipped at the start of any event, because one event does not know whether it is the
 * first of its stream.
 */
public final class SseEvent {
  private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private String name = "";
  private boolean comment;
  private boolean field;
  private int dataLines;
  private byte[] buffer;
  private int dataStart;
  private int dataEnd;

  private SseEvent(byte[] buffer, int start) {
    this.buffer = buffer;
    this.dataStart = start;
    this.dataEnd = start;
  }

  /** Reads the raw event in the range; any bytes are an event, so there is nothing to refuse. */
  public static SseEvent parse(byte[] buffer, int start, int end) {
    SseEvent event = new SseEvent(buffer, start);
    boolean marked =
        end - start >= 3 && Arrays.equals(buffer, start, start + 3, BYTE_ORDER_MARK, 0, 3);
    int at = marked ? start + 3 : start;
    while (at < end) {
      int lineEnd = ByteSearch.lineEnd(buffer, at, end);
      event.line(buffer, at, lineEnd, end);
      at = lineEnd + 1;
    }
    return event;
  }

  /** The event's type; empty when the event names none (a browser then says "message"). */
  public String name() {
    return name;
  }

  /** True when there is a data line, be it empty: only then a browser dispatches the event. */
  public boolean hasData() {
    return dataLines > 0;
  }

  /** The array that holds the data from {@link #dataStart} up to {@link #dataEnd}. */
  public byte[] dataBuffer() {
    return buffer;
  }

  /** Where the data starts in {@link #dataBuffer}. */
  public int dataStart() {
    return dataStart;
  }

  /** Where the data ends in {@link #dataBuffer}. */
  public int dataEnd() {
    return dataEnd;
  }

  /** A copy of the data; its lines are joined by a line feed. */
  public byte[] data() {
    return Arrays.copyOfRange(buffer, dataStart, dataEnd);
  }

  /** True when the data is exactly these bytes, such as {@code [DONE]}. */
  public boolean dataIs(byte[] expected) {
    return hasData() && Arrays.equals(buffer, dataStart, dataEnd, expected, 0, expected.length);
  }

  /** True when the event holds a comment and nothing else, as keep-alives do. */
  public boolean isComment() {
    return comment && !field;
  }

  /**
   * False when the raw event begins with a comment or a blank line: then it may be a sign of life.
   */
  public static boolean startsWithField(byte[] buffer, int start, int end) {
    return start < end && buffer[start] != ':' && buffer[start] != '\n' && buffer[start] != '\r';
  }

  /** Where the needle first lies in the range; -1 when it does not. */
  public static int indexOf(byte[] buffer, int start, int end, byte[] needle) {
    return ByteSearch.indexOf(buffer, start, end, needle);
  }

  private void line(byte[] raw, int start, int end, int eventEnd) {
    if (start == end) {
      return;
    }
    if (raw[start] == ':') {
      comment = true;
      return;
    }
    field = true;
    int value = valueStart(raw, start, end, DATA);
    if (value >= 0) {
      addData(raw, value, end, eventEnd);
      return;
    }
    value = valueStart(raw, start, end, EVENT);
    if (value >= 0) {
      name = new String(raw, value, end - value, StandardCharsets.UTF_8);
    }
  }

  /** Where the value of the line starts when its field has this name; -1 when it has another. */
  private static int valueStart(byte[] raw, int start, int end, byte[] fieldName) {
    int behind = start + fieldName.length;
    if (behind > end || !Arrays.equals(raw, start, behind, fieldName, 0, fieldName.length)) {
      return -1;
    }
    if (behind == end) {
      return end;
    }
    if (raw[behind] != ':') {
      return -1;
    }
    return behind + 1 < end && raw[behind + 1] == ' ' ? behind + 2 : behind + 1;
  }

  private void addData(byte[] raw, int start, int end, int eventEnd) {
    dataLines++;
    if (dataLines == 1) {
      dataStart = start;
      dataEnd = end;
      return;
    }
    if (dataLines == 2) {
      // The joined lines are shorter than what is left of the event: each lost its "data".
      byte[] joined = new byte[eventEnd - dataStart];
      System.arraycopy(raw, dataStart, joined, 0, dataEnd - dataStart);
      dataEnd -= dataStart;
      dataStart = 0;
      buffer = joined;
    }
    buffer[dataEnd++] = '\n';
    System.arraycopy(raw, start, buffer, dataEnd, end - start);
    dataEnd += end - start;
  }
}
