import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;

/** The little of HTTP/1.1 reading that the fake upstream and the load generator share. */
final class Http {
  private Http() {}

  /** Where bytes of a body go, without their chunk headers. */
  interface Sink {
    void accept(byte[] bytes, int from, int to);
  }

  /** The index after a head's empty line, or -1 when it has not come yet. */
  static int headEnd(byte[] bytes, int to) {
    for (int i = 3; i < to; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  /** The head as text in lower case: names and the values asked for here have no case. */
  static String head(byte[] bytes, int end) {
    for (int i = 0; i < end; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
        return new String(bytes, 0, end, ISO_8859_1).toLowerCase(Locale.ROOT);
      }
    }
    return new String(bytes, 0, end, ISO_8859_1);
  }

  /** A header's value, or null. {@code name} in lower case; {@code head} from {@link #head}. */
  static String header(String head, String name) {
    int at = head.indexOf("\r\n" + name + ":");
    if (at < 0) {
      return null;
    }
    int start = at + name.length() + 3;
    return head.substring(start, head.indexOf('\r', start)).strip();
  }

  /** Reads a body of known length or in chunks. Reused for one message after another. */
  static final class Body {
    private enum Part {
      SIZE,
      DATA,
      DATA_END,
      TRAILER,
      PLAIN,
      COMPLETE
    }

    private Part part = Part.COMPLETE;
    private long left;
    private int lineLength;

    /** Begins the body that this head announces; none announced is an empty one. */
    void begin(String head) {
      String coding = header(head, "transfer-encoding");
      lineLength = 0;
      left = 0;
      if (coding != null && coding.contains("chunked")) {
        part = Part.SIZE;
        return;
      }
      String length = header(head, "content-length");
      left = length == null ? 0 : Long.parseLong(length);
      part = left == 0 ? Part.COMPLETE : Part.PLAIN;
    }

    boolean complete() {
      return part == Part.COMPLETE;
    }

    /** Takes what belongs to this body; returns the index of the first byte that does not. */
    int read(byte[] bytes, int from, int to, Sink sink) {
      int at = from;
      while (at < to && part != Part.COMPLETE) {
        if (part == Part.PLAIN || part == Part.DATA) {
          int count = (int) Math.min(left, to - at);
          sink.accept(bytes, at, at + count);
          at += count;
          left -= count;
          if (left == 0) {
            part = part == Part.PLAIN ? Part.COMPLETE : Part.DATA_END;
          }
        } else {
          control(bytes[at++]);
        }
      }
      return at;
    }

    private void control(byte value) {
      switch (part) {
        case SIZE -> {
          int digit = Character.digit(value, 16);
          if (value == '\n') {
            part = left == 0 ? Part.TRAILER : Part.DATA;
            lineLength = 0;
          } else if (digit >= 0) {
            left = left * 16 + digit;
          } else if (value != '\r') {
            throw new IllegalStateException("not a chunk size: byte " + value);
          }
        }
        case DATA_END -> {
          if (value == '\n') {
            part = Part.SIZE;
          }
        }
        case TRAILER -> {
          if (value == '\n' && lineLength == 0) {
            part = Part.COMPLETE;
          } else if (value == '\n') {
            lineLength = 0;
          } else if (value != '\r') {
            lineLength++;
          }
        }
        case DATA, PLAIN, COMPLETE -> throw new IllegalStateException("no control byte in " + part);
      }
    }
  }
}
