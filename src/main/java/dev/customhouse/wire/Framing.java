package dev.customhouse.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads along with the bytes a client sends on an HTTP/1.1 connection, and accepts only what every
 * other server reads the same way: lines end with CR LF, names are tokens, nothing is folded, a
 * body has one length (RFC 9112, sections 2.2, 3, 5.1, 5.2, 6.1, 6.3 and 7.1). It keeps no bytes
 * and may be given them in any pieces. Used by one thread.
 */
final class Framing {
  /** A chunk's size and extensions (RFC 9112, section 7.1.1 asks for a limit). */
  static final int CHUNK_LINE_BYTES = 256;

  /** The extensions of all chunks of a body. */
  static final int CHUNK_EXTENSION_BYTES = 4 * 1024;

  private static final int WORD_BYTES = 20;
  private static final int LENGTH_DIGITS = 18;

  private static final byte[] VERSION = ascii("HTTP/1.");
  private static final byte[] CONTENT_LENGTH = ascii("content-length");
  private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
  private static final byte[] CHUNKED = ascii("chunked");

  /** Draft hixie-76 of WebSocket gave GET requests with this field a body of 8 bytes. */
  private static final byte[] HIXIE_KEY = ascii("sec-websocket-key1");

  private static final String BARE_CR = "A line must end with CR LF.";
  private static final String FOLDED = "A header field may not be folded or begin with a space.";
  private static final String NO_NAME = "A header field must begin with a name.";
  private static final String CONTROL =
      "A header field's value may hold no control character, and its line must end with CR LF.";
  private static final String CODING =
      "Transfer-Encoding: only 'chunked', once, on HTTP/1.1 is understood.";

  private static final byte TOKEN = 1;
  private static final byte VALUE = 2;
  private static final byte TARGET = 4;
  private static final byte[] KINDS = kinds();

  /** What is being read. */
  private enum Phase {
    REQUEST_LINE,
    FIELDS,
    CHUNK_LINE,
    CHUNK_END,
    TRAILERS
  }

  /** Where in the line. */
  private enum Place {
    START,
    EMPTY_LINE_END,
    METHOD,
    TARGET,
    VERSION,
    NAME,
    VALUE,
    LENGTH,
    CODING,
    SIZE,
    EXTENSION,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPED,
    EXTENSION_CLOSED,
    LINE_END,
    LAST_LINE_END
  }

  private final byte[] word = new byte[WORD_BYTES];
  private Phase phase = Phase.REQUEST_LINE;
  private Place place = Place.START;
  private int budget = Listener.REQUEST_LINE_BYTES;
  private int count;
  private int fields;
  private int extensionBytes;
  private boolean oldVersion;
  private boolean chunked;
  private long length = -1;
  private long chunkSize;
  private long body;
  private int heads;
  private boolean inBody;
  private boolean entered;
  private Strictness.@Nullable Fault fault;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[256];
    for (int b = 0; b < 256; b++) {
      boolean visible = b > ' ' && b < 0x7f;
      boolean text = visible || b >= 0x80 || b == ' ' || b == '\t';
      boolean alphanumeric = b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
      boolean token = alphanumeric || visible && "!#$%&'*+-.^_`|~".indexOf(b) >= 0;
      kinds[b] =
          (byte) ((token ? TOKEN : 0) | (text ? VALUE : 0) | (visible && b != '#' ? TARGET : 0));
    }
    return kinds;
  }

  /** What is wrong; null as long as nothing is. After a fault nothing more is read. */
  Strictness.@Nullable Fault fault() {
    return fault;
  }

  /** How many heads of requests have been read to their end. */
  int heads() {
    return heads;
  }

  /** True between the end of a head and the end of its body. */
  boolean inBody() {
    return inBody;
  }

  /** How many bytes of body come next, of which none needs to be looked at. */
  long body() {
    return body;
  }

  /** That many bytes of body have passed. */
  void passed(long bytes) {
    body -= bytes;
    if (body == 0 && phase == Phase.REQUEST_LINE) {
      inBody = false;
    }
  }

  /**
   * Reads bytes that are not body.
   *
   * @return where it stopped: at {@code to}, where bytes of a body begin, or at the byte that is
   *     wrong
   */
  int read(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && body == 0 && fault == null) {
      entered = false;
      int next = line(bytes, at, Math.min(to, at + budget));
      if (!entered) {
        budget -= next - at;
        if (budget == 0 && fault == null) {
          fault = tooLong();
        }
      }
      at = next;
    }
    return at;
  }

  private int line(byte[] bytes, int from, int to) {
    return switch (phase) {
      case REQUEST_LINE -> requestLine(bytes, from, to);
      case FIELDS, TRAILERS -> fields(bytes, from, to);
      case CHUNK_LINE -> chunkLine(bytes, from, to);
      case CHUNK_END -> chunkEnd(bytes, from, to);
    };
  }

  private void enter(Phase next) {
    entered = true;
    phase = next;
    place = Place.START;
    count = 0;
    budget =
        switch (next) {
          case REQUEST_LINE -> Listener.REQUEST_LINE_BYTES;
          case FIELDS, TRAILERS -> Listener.HEADER_BYTES;
          case CHUNK_LINE, CHUNK_END -> CHUNK_LINE_BYTES;
        };
  }

  private Strictness.Fault tooLong() {
    return switch (phase) {
      case REQUEST_LINE ->
          new Strictness.Fault(
              414,
              "The request line is longer than %d bytes.".formatted(Listener.REQUEST_LINE_BYTES));
      case FIELDS, TRAILERS ->
          new Strictness.Fault(
              431, "The header is larger than %d bytes.".formatted(Listener.HEADER_BYTES));
      case CHUNK_LINE, CHUNK_END ->
          malformed("A chunk's line is longer than %d bytes.".formatted(CHUNK_LINE_BYTES));
    };
  }

  private static Strictness.Fault malformed(String message) {
    return new Strictness.Fault(400, message);
  }

  private int wrong(int at, String message) {
    fault = malformed(message);
    return at;
  }

  /** RFC 9112, section 3; empty lines before it are section 2.2's. */
  private int requestLine(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      byte b = bytes[at];
      switch (place) {
        case START -> {
          if (b == '\r') {
            place = Place.EMPTY_LINE_END;
          } else if (is(b, TOKEN)) {
            place = Place.METHOD;
          } else {
            return wrong(at, "A request line must begin with a method.");
          }
          at++;
        }
        case EMPTY_LINE_END -> {
          if (b != '\n') {
            return wrong(at, BARE_CR);
          }
          place = Place.START;
          at++;
        }
        case METHOD -> {
          at = skip(bytes, at, to, TOKEN);
          if (at < to) {
            if (bytes[at] != ' ') {
              return wrong(at, "The method must be a token with one space after it.");
            }
            place = Place.TARGET;
            count = 0;
            at++;
          }
        }
        case TARGET -> {
          int end = skip(bytes, at, to, TARGET);
          count += end - at;
          at = end;
          if (at < to) {
            if (bytes[at] != ' ' || count == 0) {
              return wrong(
                  at,
                  "The request target must be visible ASCII without a fragment, and one space after it.");
            }
            place = Place.VERSION;
            count = 0;
            at++;
          }
        }
        case VERSION -> {
          if (count < VERSION.length ? b != VERSION[count] : b != '0' && b != '1') {
            return wrong(at, "The version must be HTTP/1.1 or HTTP/1.0.");
          }
          if (count++ == VERSION.length) {
            oldVersion = b == '0';
            place = Place.LINE_END;
            count = 0;
          }
          at++;
        }
        default -> {
          if (b != (count == 0 ? '\r' : '\n')) {
            return wrong(at, "The request line must end with CR LF.");
          }
          at++;
          if (count++ == 1) {
            beginHead();
            return at;
          }
        }
      }
    }
    return at;
  }

  private void beginHead() {
    enter(Phase.FIELDS);
    fields = 0;
    length = -1;
    chunked = false;
    extensionBytes = 0;
  }

  /** RFC 9112, section 5, for the header and for trailers. */
  private int fields(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      byte b = bytes[at];
      switch (place) {
        case START -> {
          if (b == '\r') {
            place = Place.LAST_LINE_END;
            at++;
          } else if (!is(b, TOKEN)) {
            return wrong(at, b == ' ' || b == '\t' ? FOLDED : NO_NAME);
          } else if (++fields > Listener.HEADER_FIELDS) {
            fault =
                new Strictness.Fault(
                    431,
                    "The request has more than %d header fields."
                        .formatted(Listener.HEADER_FIELDS));
            return at;
          } else {
            place = Place.NAME;
            count = 0;
          }
        }
        case NAME -> {
          int end = skip(bytes, at, to, TOKEN);
          keepName(bytes, at, end);
          at = end;
          if (at < to) {
            if (bytes[at] != ':') {
              return wrong(at, "A header field must be a token, a colon and a value.");
            }
            place = phase == Phase.FIELDS ? valueOf() : Place.VALUE;
            if (fault != null) {
              return at;
            }
            count = 0;
            at++;
          }
        }
        case VALUE -> {
          at = skip(bytes, at, to, VALUE);
          if (at < to) {
            if (bytes[at] != '\r') {
              return wrong(at, CONTROL);
            }
            place = Place.LINE_END;
            at++;
          }
        }
        case LENGTH, CODING -> {
          if (b == '\r') {
            endValue();
            if (fault != null) {
              return at;
            }
            place = Place.LINE_END;
          } else if (!is(b, VALUE)) {
            return wrong(at, CONTROL);
          } else if (count > 0 || b != ' ' && b != '\t') {
            keep(b);
          }
          at++;
        }
        case LINE_END -> {
          if (b != '\n') {
            return wrong(at, BARE_CR);
          }
          place = Place.START;
          at++;
        }
        default -> {
          if (b != '\n') {
            return wrong(at, BARE_CR);
          }
          if (phase == Phase.TRAILERS) {
            inBody = false;
            enter(Phase.REQUEST_LINE);
          } else {
            endHead();
            if (fault != null) {
              return at;
            }
          }
          return at + 1;
        }
      }
    }
    return at;
  }

  private void keepName(byte[] bytes, int from, int to) {
    if (count + (to - from) > WORD_BYTES) {
      count = WORD_BYTES + 1;
      return;
    }
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      word[count++] = b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
  }

  private void keep(byte b) {
    if (count < WORD_BYTES) {
      word[count] = b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
    count++;
  }

  private boolean kept(byte[] expected) {
    return count == expected.length && Arrays.equals(word, 0, count, expected, 0, count);
  }

  /** What the field whose name was kept holds. */
  private Place valueOf() {
    if (kept(CONTENT_LENGTH)) {
      if (length >= 0) {
        fault = malformed("Content-Length may be there once.");
      }
      return Place.LENGTH;
    }
    if (kept(TRANSFER_ENCODING)) {
      if (chunked || oldVersion) {
        fault = malformed(CODING);
      }
      return Place.CODING;
    }
    if (kept(HIXIE_KEY)) {
      fault = malformed("Sec-WebSocket-Key1 belongs to no protocol that is spoken here.");
    }
    return Place.VALUE;
  }

  private void endValue() {
    int end = Math.min(count, WORD_BYTES);
    while (end > 0 && (word[end - 1] == ' ' || word[end - 1] == '\t')) {
      end--;
    }
    if (count > WORD_BYTES) {
      end = WORD_BYTES;
    }
    count = end;
    if (place == Place.CODING) {
      chunked = kept(CHUNKED);
      if (!chunked) {
        fault = malformed(CODING);
      }
      return;
    }
    boolean number = end > 0 && end <= LENGTH_DIGITS;
    long value = 0;
    for (int i = 0; i < end && number; i++) {
      number = word[i] >= '0' && word[i] <= '9';
      value = 10 * value + (word[i] - '0');
    }
    if (number) {
      length = value;
    } else {
      fault = malformed("Content-Length must be one whole number.");
    }
  }

  private void endHead() {
    if (chunked && length >= 0) {
      fault = malformed("Content-Length and Transfer-Encoding exclude each other.");
      return;
    }
    heads++;
    inBody = chunked || length > 0;
    body = chunked ? 0 : Math.max(0, length);
    enter(chunked ? Phase.CHUNK_LINE : Phase.REQUEST_LINE);
  }

  /** RFC 9112, section 7.1, without the "bad" white space it advises against. */
  private int chunkLine(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      byte b = bytes[at];
      switch (place) {
        case START, SIZE -> {
          int digit = Character.digit(b, 16);
          if (digit >= 0) {
            chunkSize = place == Place.START ? digit : 16 * chunkSize + digit;
            place = Place.SIZE;
            if (chunkSize > Integer.MAX_VALUE) {
              return wrong(at, "A chunk's size is beyond all limits.");
            }
          } else if (place == Place.START || b != '\r' && b != ';') {
            return wrong(at, "A chunk must begin with its size in hexadecimal digits.");
          } else {
            place = b == ';' ? Place.EXTENSION : Place.LINE_END;
            count = 0;
          }
        }
        case LINE_END -> {
          if (b != '\n') {
            return wrong(at, BARE_CR);
          }
          body = chunkSize;
          enter(chunkSize == 0 ? Phase.TRAILERS : Phase.CHUNK_END);
          return at + 1;
        }
        default -> {
          if (++extensionBytes > CHUNK_EXTENSION_BYTES || !extension(b)) {
            return wrong(at, "A chunk's extension is not well-formed or too long.");
          }
        }
      }
      at++;
    }
    return at;
  }

  /** Name, name=token, name="quoted", each after a semicolon; {@code count}: its characters. */
  private boolean extension(byte b) {
    boolean token = is(b, TOKEN);
    switch (place) {
      case EXTENSION -> {
        if (b == '=' && count > 0) {
          place = Place.EXTENSION_VALUE;
          count = 0;
          return true;
        }
      }
      case EXTENSION_VALUE -> {
        if (b == '"' && count == 0) {
          place = Place.EXTENSION_QUOTED;
          return true;
        }
      }
      case EXTENSION_QUOTED -> {
        place =
            b == '\\'
                ? Place.EXTENSION_ESCAPED
                : b == '"' ? Place.EXTENSION_CLOSED : Place.EXTENSION_QUOTED;
        return is(b, VALUE);
      }
      case EXTENSION_ESCAPED -> {
        place = Place.EXTENSION_QUOTED;
        return is(b, VALUE);
      }
      default -> {
        token = false;
        count = 1;
      }
    }
    if (token) {
      count++;
      return true;
    }
    if (count == 0 || b != ';' && b != '\r') {
      return false;
    }
    place = b == ';' ? Place.EXTENSION : Place.LINE_END;
    count = 0;
    return true;
  }

  /** The line's end after the bytes of a chunk. */
  private int chunkEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (bytes[at] != (place == Place.START ? '\r' : '\n')) {
        return wrong(at, "A chunk must be as long as it says and end with CR LF.");
      }
      at++;
      if (place == Place.LINE_END) {
        enter(Phase.CHUNK_LINE);
        return at;
      }
      place = Place.LINE_END;
    }
    return at;
  }

  private static boolean is(byte b, byte kind) {
    return (KINDS[b & 0xff] & kind) != 0;
  }

  private static int skip(byte[] bytes, int from, int to, byte kind) {
    int at = from;
    while (at < to && (KINDS[bytes[at] & 0xff] & kind) != 0) {
      at++;
    }
    return at;
  }
}
