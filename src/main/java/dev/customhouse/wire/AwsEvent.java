package dev.customhouse.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What one frame of {@code application/vnd.amazon.eventstream} says: headers and a payload
 * (smithy.io/2.0/aws/amazon-eventstream.html). The payload stays where it lies. Valid as long as
 * the buffer it was parsed from is not written to.
 */
public final class AwsEvent {
  private static final String MESSAGE_TYPE = ":message-type";
  private static final String EVENT_TYPE = ":event-type";
  private static final String EXCEPTION_TYPE = ":exception-type";
  private static final String ERROR_CODE = ":error-code";

  private static final int TRUE = 0;
  private static final int FALSE = 1;
  private static final int BYTE = 2;
  private static final int SHORT = 3;
  private static final int INTEGER = 4;
  private static final int LONG = 5;
  private static final int BYTES = 6;
  private static final int STRING = 7;
  private static final int TIMESTAMP = 8;
  private static final int UUID = 9;
  private static final int UUID_BYTES = 16;

  private final byte[] buffer;
  private final int payloadStart;
  private final int payloadEnd;
  private final Map<String, String> headers;

  private AwsEvent(byte[] buffer, int payloadStart, int payloadEnd, Map<String, String> headers) {
    this.buffer = buffer;
    this.payloadStart = payloadStart;
    this.payloadEnd = payloadEnd;
    this.headers = headers;
  }

  /**
   * Reads the frame in the range, whose sums have been checked. Never fails: what is no frame has
   * neither headers nor payload, and headers behind one that makes no sense are not there.
   */
  public static AwsEvent parse(byte[] buffer, int start, int end) {
    int least = AwsEventSplitter.PRELUDE_BYTES + AwsEventSplitter.SUM_BYTES;
    long headerBytes =
        end - start < least
            ? -1
            : Integer.toUnsignedLong(AwsEventSplitter.int32(buffer, start + Integer.BYTES));
    if (headerBytes < 0 || headerBytes > end - start - least) {
      return new AwsEvent(buffer, start, start, Map.of());
    }
    int first = start + AwsEventSplitter.PRELUDE_BYTES;
    int payload = first + (int) headerBytes;
    return new AwsEvent(
        buffer, payload, end - AwsEventSplitter.SUM_BYTES, headers(buffer, first, payload));
  }

  private static Map<String, String> headers(byte[] bytes, int start, int end) {
    Map<String, String> headers = new LinkedHashMap<>();
    int at = start;
    while (at < end) {
      int nameEnd = at + 1 + (bytes[at] & 0xff);
      if (nameEnd >= end) {
        break;
      }
      int value = nameEnd + 1;
      int type = bytes[nameEnd];
      boolean counted = type == STRING || type == BYTES;
      if (counted && value + 2 > end) {
        break;
      }
      int from = counted ? value + 2 : value;
      int length = counted ? (bytes[value] & 0xff) << 8 | bytes[value + 1] & 0xff : lengthOf(type);
      if (length < 0 || from + length > end) {
        break;
      }
      if (type == STRING) {
        String name = new String(bytes, at + 1, nameEnd - at - 1, StandardCharsets.UTF_8);
        headers.put(name, new String(bytes, from, length, StandardCharsets.UTF_8));
      }
      at = from + length;
    }
    return headers;
  }

  /** The bytes of a value whose type tells its length; -1 for types that there are not. */
  private static int lengthOf(int type) {
    return switch (type) {
      case TRUE, FALSE -> 0;
      case BYTE -> Byte.BYTES;
      case SHORT -> Short.BYTES;
      case INTEGER -> Integer.BYTES;
      case LONG, TIMESTAMP -> Long.BYTES;
      case UUID -> UUID_BYTES;
      default -> -1;
    };
  }

  /** The header of that name if it is a text; null when it is not there. */
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** {@code event}, {@code exception} or {@code error}; empty when the frame does not say. */
  public String messageType() {
    return headers.getOrDefault(MESSAGE_TYPE, "");
  }

  /** The type of the event or of the exception, or the error's code; empty when there is none. */
  public String type() {
    String event = headers.get(EVENT_TYPE);
    String exception = headers.get(EXCEPTION_TYPE);
    return event != null
        ? event
        : exception != null ? exception : headers.getOrDefault(ERROR_CODE, "");
  }

  /** True when the frame tells of a failure. */
  public boolean isFailure() {
    return messageType().equals("exception") || messageType().equals("error");
  }

  /** The array that holds the payload from {@link #payloadStart} up to {@link #payloadEnd}. */
  public byte[] payloadBuffer() {
    return buffer;
  }

  /** Where the payload starts in {@link #payloadBuffer}. */
  public int payloadStart() {
    return payloadStart;
  }

  /** Where the payload ends in {@link #payloadBuffer}. */
  public int payloadEnd() {
    return payloadEnd;
  }

  /** A copy of the payload. */
  public byte[] payload() {
    return Arrays.copyOfRange(buffer, payloadStart, payloadEnd);
  }

  /** The frame of an event whose payload is JSON. */
  public static byte[] event(String type, byte[] json) {
    return frame(headers(EVENT_TYPE, type, "event"), json);
  }

  /** The frame of an exception whose payload is JSON. */
  public static byte[] exception(String type, byte[] json) {
    return frame(headers(EXCEPTION_TYPE, type, "exception"), json);
  }

  private static Map<String, String> headers(String kind, String type, String messageType) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(kind, type);
    headers.put(":content-type", "application/json");
    headers.put(MESSAGE_TYPE, messageType);
    return headers;
  }

  /**
   * A frame of these headers, all of them texts, in their order.
   *
   * @throws IllegalArgumentException when a name has more than 255 bytes or a value more than 65535
   */
  public static byte[] frame(Map<String, String> headers, byte[] payload) {
    ByteArrayOutputStream block = new ByteArrayOutputStream(128);
    headers.forEach((name, value) -> {
      byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
      byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
      if (nameBytes.length > 0xff || valueBytes.length > 0xffff) {
        throw new IllegalArgumentException(
            "a header of %d and %d bytes, expected 255 and 65535 at most"
                .formatted(nameBytes.length, valueBytes.length));
      }
      block.write(nameBytes.length);
      block.writeBytes(nameBytes);
      block.write(STRING);
      block.write(valueBytes.length >> 8);
      block.write(valueBytes.length);
      block.writeBytes(valueBytes);
    });
    int length =
        AwsEventSplitter.PRELUDE_BYTES + block.size() + payload.length + AwsEventSplitter.SUM_BYTES;
    ByteBuffer frame = ByteBuffer.allocate(length).putInt(length).putInt(block.size());
    frame.putInt(sum(frame)).put(block.toByteArray()).put(payload);
    return frame.putInt(sum(frame)).array();
  }

  private static int sum(ByteBuffer written) {
    CRC32 sum = new CRC32();
    sum.update(written.array(), 0, written.position());
    return (int) sum.getValue();
  }
}
