package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as it is written: members and elements one after another, into one array of bytes. What is
 * written whole and only once needs no tree. Letters stand as UTF-8; what must be escaped, and
 * surrogates, are escaped as Jackson does it. Used by one thread.
 */
public final class JsonBytes {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

  /** The most bytes of one char: an escape by its number. */
  private static final int CHAR_BYTES = 6;

  private static final boolean[] PLAIN = new boolean[0x80];

  static {
    Arrays.fill(PLAIN, ' ', PLAIN.length, true);
    PLAIN['"'] = false;
    PLAIN['\\'] = false;
  }

  private byte[] bytes;
  private int length;

  /** Nothing yet; {@code expected} bytes need no growing. */
  public JsonBytes(int expected) {
    bytes = new byte[expected];
  }

  /** What was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** What was written, as text. */
  String text() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** An object begins, as an element. */
  public JsonBytes beginObject() {
    next();
    return open('{');
  }

  /** An object begins, as a member. */
  public JsonBytes beginObject(String name) {
    return name(name).open('{');
  }

  /** The innermost object ends. */
  public JsonBytes endObject() {
    return close('}');
  }

  /** A list begins, as an element. */
  public JsonBytes beginArray() {
    next();
    return open('[');
  }

  /** A list begins, as a member. */
  public JsonBytes beginArray(String name) {
    return name(name).open('[');
  }

  /** The innermost list ends. */
  public JsonBytes endArray() {
    return close(']');
  }

  /** An element. */
  public JsonBytes add(JsonNode element) {
    next();
    return tree(element);
  }

  /** A text as an element. */
  public JsonBytes add(String element) {
    next();
    return quoted(element);
  }

  /** A text as a member; null is written as such. */
  public JsonBytes put(String name, @Nullable String value) {
    name(name);
    return value == null ? raw(NULL) : quoted(value);
  }

  /** A number as a member. */
  public JsonBytes put(String name, long value) {
    return name(name).ascii(Long.toString(value));
  }

  /** A number as a member; null is written as such. */
  public JsonBytes put(String name, @Nullable Integer value) {
    return value == null ? putNull(name) : put(name, value.longValue());
  }

  /** True or false as a member. */
  public JsonBytes put(String name, boolean value) {
    return name(name).raw(value ? TRUE : FALSE);
  }

  /** A member that is null. */
  public JsonBytes putNull(String name) {
    return name(name).raw(NULL);
  }

  /** A member; null is written as such. */
  public JsonBytes set(String name, @Nullable JsonNode value) {
    name(name);
    return value == null ? raw(NULL) : tree(value);
  }

  /** The name of the next member, and its colon. */
  JsonBytes name(String name) {
    next();
    quoted(name);
    room(1)[length++] = ':';
    return this;
  }

  /** A value that is JSON already. */
  JsonBytes literal(String json) {
    next();
    return ascii(json);
  }

  /** The comma before an element or a member that is not the first, nor the value of a name. */
  private void next() {
    if (length == 0) {
      return;
    }
    byte last = bytes[length - 1];
    if (last != '{' && last != '[' && last != ':') {
      room(1)[length++] = ',';
    }
  }

  private JsonBytes open(char bracket) {
    room(1)[length++] = (byte) bracket;
    return this;
  }

  private JsonBytes close(char bracket) {
    room(1)[length++] = (byte) bracket;
    return this;
  }

  /** The value itself, where a name or nothing stands before it. */
  JsonBytes tree(JsonNode node) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        open('{');
        for (Map.Entry<String, JsonNode> member : node.properties()) {
          name(member.getKey()).tree(member.getValue());
        }
        close('}');
      }
      case ARRAY -> {
        open('[');
        for (JsonNode element : node) {
          add(element);
        }
        close(']');
      }
      case STRING -> quoted(node.textValue());
      case NUMBER -> number(node);
      case BOOLEAN -> raw(node.booleanValue() ? TRUE : FALSE);
      case NULL, MISSING -> raw(NULL);
      case BINARY, POJO -> throw new IllegalArgumentException("no JSON: " + node.getNodeType());
    }
    return this;
  }

  /** What is no number in JSON is written as text. */
  private void number(JsonNode node) {
    boolean finite = !node.isDouble() && !node.isFloat() || Double.isFinite(node.doubleValue());
    if (finite) {
      ascii(node.asText());
    } else {
      quoted(node.asText());
    }
  }

  private JsonBytes raw(byte[] value) {
    System.arraycopy(value, 0, room(value.length), length, value.length);
    length += value.length;
    return this;
  }

  private JsonBytes ascii(String value) {
    byte[] to = room(value.length());
    for (int i = 0; i < value.length(); i++) {
      to[length++] = (byte) value.charAt(i);
    }
    return this;
  }

  private JsonBytes quoted(String text) {
    int end = text.length();
    byte[] to = room(end + 2);
    int at = length;
    to[at++] = '"';
    for (int i = 0; i < end; i++) {
      char letter = text.charAt(i);
      if (letter >= PLAIN.length || !PLAIN[letter]) {
        length = at;
        return rest(text, i);
      }
      to[at++] = (byte) letter;
    }
    to[at++] = '"';
    length = at;
    return this;
  }

  /** From the first letter on that does not stand for itself. */
  private JsonBytes rest(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      room(CHAR_BYTES);
      letter(text.charAt(i));
    }
    room(1)[length++] = '"';
    return this;
  }

  private void letter(char letter) {
    if (letter < PLAIN.length) {
      switch (letter) {
        case '"', '\\' -> escaped((byte) letter);
        case '\b' -> escaped((byte) 'b');
        case '\t' -> escaped((byte) 't');
        case '\n' -> escaped((byte) 'n');
        case '\f' -> escaped((byte) 'f');
        case '\r' -> escaped((byte) 'r');
        default -> {
          if (letter < ' ') {
            numbered(letter);
          } else {
            bytes[length++] = (byte) letter;
          }
        }
      }
    } else if (letter < 0x800) {
      bytes[length++] = (byte) (0xC0 | letter >> 6);
      bytes[length++] = (byte) (0x80 | letter & 0x3F);
    } else if (Character.isSurrogate(letter)) {
      numbered(letter);
    } else {
      bytes[length++] = (byte) (0xE0 | letter >> 12);
      bytes[length++] = (byte) (0x80 | letter >> 6 & 0x3F);
      bytes[length++] = (byte) (0x80 | letter & 0x3F);
    }
  }

  private void escaped(byte kind) {
    bytes[length++] = '\\';
    bytes[length++] = kind;
  }

  private void numbered(char letter) {
    escaped((byte) 'u');
    for (int shift = 12; shift >= 0; shift -= 4) {
      bytes[length++] = HEX[letter >> shift & 0xF];
    }
  }

  private byte[] room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), grown()));
    }
    return bytes;
  }

  private int grown() {
    return (int) Math.min(2L * bytes.length, Integer.MAX_VALUE - 8);
  }
}
