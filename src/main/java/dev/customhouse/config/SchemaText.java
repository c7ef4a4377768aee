package dev.customhouse.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Reads the JSON (RFC 8259) of the schema. Every start of the gateway reads it, and a mapper of
 * Jackson's costs 60 ms of a processor when it is made for the first time, mostly for calendars and
 * large numbers that the schema does not have. Here numbers are integers of 64 bits.
 */
final class SchemaText {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String text;
  private int at;

  private SchemaText(String text) {
    this.text = text;
  }

  /**
   * The tree of a JSON text.
   *
   * @throws IllegalStateException the text is not JSON, or has a number that is no integer
   */
  static JsonNode read(String text) {
    SchemaText reader = new SchemaText(text);
    JsonNode root = reader.value();
    if (reader.peek() != '\0') {
      throw reader.unexpected("the end");
    }
    return root;
  }

  private JsonNode value() {
    char first = peek();
    if (first == '{') {
      return object();
    }
    if (first == '[') {
      return array();
    }
    if (first == '"') {
      return NODES.textNode(string());
    }
    return word();
  }

  private ObjectNode object() {
    ObjectNode object = NODES.objectNode();
    expect('{');
    if (peek() != '}') {
      do {
        peek();
        String name = string();
        expect(':');
        object.set(name, value());
      } while (another());
    }
    expect('}');
    return object;
  }

  private ArrayNode array() {
    ArrayNode array = NODES.arrayNode();
    expect('[');
    if (peek() != ']') {
      do {
        array.add(value());
      } while (another());
    }
    expect(']');
    return array;
  }

  private boolean another() {
    boolean comma = peek() == ',';
    at += comma ? 1 : 0;
    return comma;
  }

  private String string() {
    expect('"');
    int begin = at;
    StringBuilder unescaped = null;
    while (at < text.length() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        unescaped = unescaped == null ? new StringBuilder() : unescaped;
        unescaped.append(text, begin, at).append(escaped());
        begin = at;
      } else {
        at++;
      }
    }
    String rest = text.substring(begin, at);
    expect('"');
    return unescaped == null ? rest : unescaped.append(rest).toString();
  }

  private char escaped() {
    at += 2;
    char kind = at > text.length() ? '\0' : text.charAt(at - 1);
    return switch (kind) {
      case '"', '\\', '/' -> kind;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        at += 4;
        if (at > text.length()) {
          throw unexpected("four hexadecimal digits");
        }
        yield (char) Integer.parseInt(text, at - 4, at, 16);
      }
      default -> throw unexpected("an escape");
    };
  }

  private JsonNode word() {
    int begin = at;
    while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(begin, at);
    return switch (word) {
      case "true" -> NODES.booleanNode(true);
      case "false" -> NODES.booleanNode(false);
      case "null" -> NODES.nullNode();
      default -> number(word);
    };
  }

  private JsonNode number(String word) {
    try {
      long number = Long.parseLong(word);
      return (int) number == number ? NODES.numberNode((int) number) : NODES.numberNode(number);
    } catch (NumberFormatException e) {
      throw unexpected("a value");
    }
  }

  private void expect(char wanted) {
    if (peek() != wanted) {
      throw unexpected("'" + wanted + "'");
    }
    at++;
  }

  /** The next character that is not white space; NUL at the end. */
  private char peek() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private IllegalStateException unexpected(String expected) {
    return new IllegalStateException(
        "the schema is not JSON at character " + at + ", expected " + expected);
  }
}
