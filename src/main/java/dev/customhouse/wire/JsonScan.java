package dev.customhouse.wire;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pass over JSON bytes (RFC 8259) that validates all of it and remembers where the wanted
 * members of the outermost object lie; nothing else is built. A value that is not an object is
 * validated too and has no members. The array is not copied: nobody writes to it while the scan is
 * in use. All offsets are offsets in that array.
 *
 * <p>Refused beside what the grammar refuses: nesting deeper than asked, a member name of the
 * outermost object that comes twice (also when one is written with escapes) or is not UTF-8, more
 * than {@link #MEMBERS_MAX} members in it, and a byte order mark. Bytes above 0x7f inside other
 * strings pass unchecked: they are forwarded as they came.
 */
public final class JsonScan {
  /** How deep arrays and objects may nest unless asked otherwise; {@code [[1]]} is 2 deep. */
  public static final int DEPTH_MAX = 64;

  /** How many members the outermost object may have. */
  public static final int MEMBERS_MAX = 4096;

  /** The longest number that is read when it is not a plain row of digits. */
  private static final int NUMBER_BYTES_MAX = 64;

  /** The longest part of a member name that an error quotes. */
  private static final int QUOTED_NAME_CHARACTERS_MAX = 64;

  /** What may follow a backslash; a table, because code is full of escapes. */
  private static final boolean[] ESCAPES = new boolean[256];

  static {
    for (char kind : "\"\\/bfnrtu".toCharArray()) {
      ESCAPES[kind] = true;
    }
  }

  private final byte[] bytes;
  private final int end;
  private final Names names;
  private final int depthMax;

  /** Start and end of each wanted member's value, by the name's index; end 0 when absent. */
  private final int[] ranges;

  private int openingBrace = -1;
  private boolean empty;

  private JsonScan(byte[] bytes, int start, int end, Names names, int depthMax) {
    this.bytes = bytes;
    this.end = end;
    this.names = names;
    this.depthMax = depthMax;
    this.ranges = new int[2 * names.size()];
    scan(start);
  }

  /** Scans the whole array; throws {@link JsonScanException}. */
  public static JsonScan of(byte[] bytes, Names names) {
    return of(bytes, 0, bytes.length, names);
  }

  /** Scans the bytes from start up to end; throws {@link JsonScanException}. */
  public static JsonScan of(byte[] bytes, int start, int end, Names names) {
    return of(bytes, start, end, names, DEPTH_MAX);
  }

  /** Scans with a smaller limit of nesting, 1 to {@link #DEPTH_MAX}. */
  public static JsonScan of(byte[] bytes, int start, int end, Names names, int depthMax) {
    if (start < 0 || start > end || end > bytes.length) {
      throw new IndexOutOfBoundsException(start + " to " + end + " of " + bytes.length);
    }
    if (depthMax < 1 || depthMax > DEPTH_MAX) {
      throw new IllegalArgumentException("expected a depth of 1 to 64, got " + depthMax);
    }
    return new JsonScan(bytes, start, end, names, depthMax);
  }

  /** True when the member is there, whatever its value. */
  public boolean has(String name) {
    return ranges[2 * index(name) + 1] != 0;
  }

  /** Where the member's value lies, as written; null when the member is absent. */
  public @Nullable Range range(String name) {
    int index = index(name);
    int valueEnd = ranges[2 * index + 1];
    return valueEnd == 0 ? null : new Range(ranges[2 * index], valueEnd);
  }

  /** The member's text with escapes taken out; null when it is absent or not a string. */
  public @Nullable String string(String name) {
    int index = index(name);
    int start = ranges[2 * index];
    int valueEnd = ranges[2 * index + 1];
    if (valueEnd == 0 || bytes[start] != '"') {
      return null;
    }
    return JsonStrings.decode(bytes, start + 1, valueEnd - 1);
  }

  /** True when the member is there and is {@code true}. */
  public boolean isTrue(String name) {
    return startsWith(name, 't');
  }

  /** True when the member is there and is {@code null}. */
  public boolean isNull(String name) {
    return startsWith(name, 'n');
  }

  /**
   * The member's number; null when it is absent, not a number, not whole or beyond a long. {@code
   * 1e3} and {@code 4.0} are whole: an upstream may read them so, and a limit must see them.
   */
  public @Nullable Long integer(String name) {
    int index = index(name);
    int start = ranges[2 * index];
    int valueEnd = ranges[2 * index + 1];
    if (valueEnd == 0 || !(bytes[start] == '-' || isDigit(bytes[start]))) {
      return null;
    }
    boolean negative = bytes[start] == '-';
    int at = negative ? start + 1 : start;
    long value = 0;
    if (valueEnd - at <= 18) {
      while (at < valueEnd && isDigit(bytes[at])) {
        value = 10 * value + (bytes[at++] - '0');
      }
    }
    if (at == valueEnd) {
      return negative ? -value : value;
    }
    return valueEnd - start > NUMBER_BYTES_MAX ? null : exact(start, valueEnd);
  }

  private @Nullable Long exact(int start, int valueEnd) {
    try {
      String number = new String(bytes, start, valueEnd - start, StandardCharsets.US_ASCII);
      return new BigDecimal(number).longValueExact();
    } catch (ArithmeticException | NumberFormatException notALong) {
      return null;
    }
  }

  /**
   * The members of a member that is itself an object; null when it is absent or not one. Its own
   * names must be different too.
   */
  public @Nullable JsonScan object(String name, Names nestedNames) {
    int index = index(name);
    int start = ranges[2 * index];
    int valueEnd = ranges[2 * index + 1];
    if (valueEnd == 0 || bytes[start] != '{') {
      return null;
    }
    return new JsonScan(bytes, start, valueEnd, nestedNames, depthMax - 1);
  }

  /** The offset of the outermost object's opening brace; -1 when the value is not an object. */
  public int openingBrace() {
    return openingBrace;
  }

  /** True when the value is an object without members. */
  public boolean isEmptyObject() {
    return empty;
  }

  /** The body with the bytes from start up to end replaced. */
  public static byte[] splice(byte[] body, int start, int end, byte[] replacement) {
    byte[] spliced = new byte[start + replacement.length + body.length - end];
    System.arraycopy(body, 0, spliced, 0, start);
    System.arraycopy(replacement, 0, spliced, start, replacement.length);
    System.arraycopy(body, end, spliced, start + replacement.length, body.length - end);
    return spliced;
  }

  /**
   * The body with a member put first into the object that was scanned in it.
   *
   * @param memberJson name, colon and value, such as {@code "stream":true}
   * @throws IllegalArgumentException when the scanned value is not an object
   */
  public static byte[] insertMember(byte[] body, JsonScan scan, byte[] memberJson) {
    int brace = scan.openingBrace;
    if (brace < 0) {
      throw new IllegalArgumentException("a member needs an object to go into");
    }
    byte[] inserted = memberJson;
    if (!scan.empty) {
      inserted = Arrays.copyOf(memberJson, memberJson.length + 1);
      inserted[memberJson.length] = ',';
    }
    return splice(body, brace + 1, brace + 1, inserted);
  }

  /** The text as a JSON string in UTF-8, quotes included. */
  public static byte[] quote(String text) {
    return JsonWriter.utf8(text.length() + 2).text(text).toByteArray();
  }

  private int index(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("\"" + name + "\" is not among the names scanned for");
    }
    return index;
  }

  private boolean startsWith(String name, char first) {
    int index = index(name);
    return ranges[2 * index + 1] != 0 && bytes[ranges[2 * index]] == first;
  }

  // The scan. Each skip method takes the offset where its thing starts and returns the one behind.

  private void scan(int start) {
    if (peek(start) == 0xEF) {
      throw new JsonScanException(start, "expected a value, found a byte order mark");
    }
    int at = skipSpace(start);
    at = peek(at) == '{' ? scanMembers(at) : skipValue(at, depthMax);
    at = skipSpace(at);
    if (at != end) {
      throw unexpected(at, "nothing after the value");
    }
  }

  private int scanMembers(int brace) {
    openingBrace = brace;
    int at = skipSpace(brace + 1);
    if (peek(at) == '}') {
      empty = true;
      return at + 1;
    }
    SeenNames seen = new SeenNames();
    while (true) {
      int nameEnd = skipString(at, "a member name in quotes");
      int index = see(seen, at + 1, nameEnd - 1);
      int valueStart = skipColon(nameEnd);
      at = skipValue(valueStart, depthMax - 1);
      if (index >= 0) {
        ranges[2 * index] = valueStart;
        ranges[2 * index + 1] = at;
      }
      at = skipSpace(at);
      int next = peek(at);
      if (next == '}') {
        return at + 1;
      }
      if (next != ',') {
        throw unexpected(at, "',' or '}'");
      }
      at = skipSpace(at + 1);
    }
  }

  /** Notes a member name of the outermost object; gives its index among the wanted ones or -1. */
  private int see(SeenNames seen, int start, int nameEnd) {
    if (++seen.count > MEMBERS_MAX) {
      throw new JsonScanException(start, "expected at most " + MEMBERS_MAX + " members");
    }
    if (seen.decoded == null && seen.count <= SeenNames.PLAIN_MAX && isPlain(start, nameEnd)) {
      if (!seen.addPlain(bytes, start, nameEnd)) {
        throw twice(start, plain(start, nameEnd));
      }
      return names.indexOf(bytes, start, nameEnd);
    }
    if (seen.decoded == null) {
      seen.decoded = new HashSet<>();
      for (int i = 0; i < 2 * (seen.count - 1); i += 2) {
        seen.decoded.add(plain(seen.plain[i], seen.plain[i + 1]));
      }
    }
    String name = isPlain(start, nameEnd) ? plain(start, nameEnd) : strict(start, nameEnd);
    if (!seen.decoded.add(name)) {
      throw twice(start, name);
    }
    return names.indexOf(name);
  }

  private boolean isPlain(int start, int nameEnd) {
    for (int i = start; i < nameEnd; i++) {
      if (bytes[i] < 0 || bytes[i] == '\\') {
        return false;
      }
    }
    return true;
  }

  private String plain(int start, int nameEnd) {
    return new String(bytes, start, nameEnd - start, StandardCharsets.ISO_8859_1);
  }

  /** A name with escapes or beyond ASCII; bytes that decoders read differently are refused. */
  private String strict(int start, int nameEnd) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, nameEnd - start));
      return JsonStrings.decode(bytes, start, nameEnd);
    } catch (CharacterCodingException e) {
      throw new JsonScanException(start, "expected a member name in UTF-8");
    }
  }

  private static JsonScanException twice(int offset, String name) {
    StringBuilder shown = new StringBuilder();
    name.chars()
        .limit(QUOTED_NAME_CHARACTERS_MAX)
        .forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
    if (name.length() > QUOTED_NAME_CHARACTERS_MAX) {
      shown.append("...");
    }
    return new JsonScanException(
        offset, "expected each member once, \"" + shown + "\" is repeated");
  }

  /** Skips any value; arrays and objects in it may nest as deep as given. */
  private int skipValue(int at, int depthLeft) {
    int first = peek(at);
    if (first != '{' && first != '[') {
      return skipScalar(at, first);
    }
    int depth = 0;
    long objects = 0; // the lowest bit: the innermost container is an object
    while (true) {
      boolean isObject = first == '{';
      if (isObject || first == '[') {
        if (++depth > depthLeft) {
          throw new JsonScanException(at, "expected at most " + depthMax + " levels of nesting");
        }
        objects = objects << 1 | (isObject ? 1 : 0);
        at = skipSpace(at + 1);
        int next = peek(at);
        if (next != (isObject ? '}' : ']')) {
          at = isObject ? skipName(at) : at;
          first = peek(at);
          continue;
        }
      } else {
        at = skipSpace(skipScalar(at, first));
      }
      // Behind a value, or at the bracket that closes an empty container.
      int next = peek(at);
      while (next == ((objects & 1) == 1 ? '}' : ']')) {
        at++;
        objects >>>= 1;
        if (--depth == 0) {
          return at;
        }
        at = skipSpace(at);
        next = peek(at);
      }
      if (next != ',') {
        throw unexpected(at, (objects & 1) == 1 ? "',' or '}'" : "',' or ']'");
      }
      at = skipSpace(at + 1);
      at = (objects & 1) == 1 ? skipName(at) : at;
      first = peek(at);
    }
  }

  /** Skips a member name and its colon, up to the value. */
  private int skipName(int at) {
    return skipColon(skipString(at, "a member name in quotes"));
  }

  private int skipColon(int at) {
    int colon = skipSpace(at);
    if (peek(colon) != ':') {
      throw unexpected(colon, "':' after the member name");
    }
    return skipSpace(colon + 1);
  }

  private int skipScalar(int at, int first) {
    return switch (first) {
      case '"' -> skipString(at, "a string");
      case 't' -> skipLiteral(at, "true");
      case 'f' -> skipLiteral(at, "false");
      case 'n' -> skipLiteral(at, "null");
      default -> {
        if (first != '-' && !isDigit(first)) {
          throw unexpected(at, "a value");
        }
        yield skipNumber(at);
      }
    };
  }

  private int skipString(int start, String expected) {
    if (peek(start) != '"') {
      throw unexpected(start, expected);
    }
    int at = start + 1;
    while (true) {
      at = ByteSearch.stringStop(bytes, at, end);
      int stop = peek(at);
      if (stop == '"') {
        return at + 1;
      }
      if (stop != '\\') {
        throw unexpected(at, stop < 0 ? "a quote at the string's end" : "an escaped character");
      }
      at = skipEscape(at);
    }
  }

  private int skipEscape(int backslash) {
    int kind = peek(backslash + 1);
    if (kind < 0 || !ESCAPES[kind]) {
      throw unexpected(backslash + 1, "one of \"\\/bfnrtu after a backslash");
    }
    return kind == 'u' ? skipHexadecimal(backslash + 2) : backslash + 2;
  }

  private int skipHexadecimal(int start) {
    for (int at = start; at < start + 4; at++) {
      int digit = peek(at);
      if (!isDigit(digit) && !((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')) {
        throw unexpected(at, "four hexadecimal digits");
      }
    }
    return start + 4;
  }

  private int skipLiteral(int start, String literal) {
    for (int i = 0; i < literal.length(); i++) {
      if (peek(start + i) != literal.charAt(i)) {
        throw unexpected(start + i, literal);
      }
    }
    return start + literal.length();
  }

  private int skipNumber(int start) {
    int at = bytes[start] == '-' ? start + 1 : start;
    at = peek(at) == '0' ? at + 1 : skipDigits(at);
    if (peek(at) == '.') {
      at = skipDigits(at + 1);
    }
    if ((peek(at) | 0x20) == 'e') {
      int sign = peek(at + 1);
      at = skipDigits(sign == '+' || sign == '-' ? at + 2 : at + 1);
    }
    return at;
  }

  private int skipDigits(int start) {
    int at = start;
    while (isDigit(peek(at))) {
      at++;
    }
    if (at == start) {
      throw unexpected(at, "a digit");
    }
    return at;
  }

  private int skipSpace(int start) {
    int at = start;
    while (at < end) {
      byte b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        break;
      }
      at++;
    }
    return at;
  }

  /** The byte at the offset, 0 to 255; -1 at the end. */
  private int peek(int at) {
    return at < end ? bytes[at] & 0xff : -1;
  }

  private static boolean isDigit(int b) {
    return b >= '0' && b <= '9';
  }

  private JsonScanException unexpected(int at, String expected) {
    int found = peek(at);
    String shown =
        found < 0
            ? "the end"
            : found > ' ' && found < 127
                ? "'" + (char) found + "'"
                : String.format("0x%02x", found);
    return new JsonScanException(at, "expected " + expected + ", found " + shown);
  }

  /**
   * The member names of the outermost object so far. The first few plain ones are kept as ranges
   * and compared with each other, which costs no allocation per name; when there are more, or one
   * has escapes, all go into a set of strings, whose look-up no choice of names makes slow.
   */
  private static final class SeenNames {
    static final int PLAIN_MAX = 32;

    int count;
    int[] plain = new int[16];
    @Nullable Set<String> decoded;

    /** A bit for each hash: when it is not set, no name with that hash was seen. */
    private long filter;

    /** False when the name was there; {@link #count} counts this name already. */
    boolean addPlain(byte[] bytes, int start, int end) {
      long bit = 1L << (start == end ? 0 : Names.hash(bytes, start, end));
      int used = 2 * (count - 1);
      if ((filter & bit) != 0) {
        for (int i = 0; i < used; i += 2) {
          if (Arrays.equals(bytes, plain[i], plain[i + 1], bytes, start, end)) {
            return false;
          }
        }
      }
      filter |= bit;
      if (used == plain.length) {
        plain = Arrays.copyOf(plain, 2 * PLAIN_MAX);
      }
      plain[used] = start;
      plain[used + 1] = end;
      return true;
    }
  }
}
