package dev.customhouse.dialect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request without what anybody said in it: its members, numbers and words of the dialect stay, of
 * every text only its length. It is made when it is asked for, so that a request does not wait for
 * it.
 */
public final class Outline {
  /** Members whose values are words of a dialect or names of the configuration. */
  private static final Set<String> TOLD =
      Set.of(
          "type",
          "role",
          "model",
          "effort",
          "mode",
          "status",
          "ttl",
          "display",
          "detail",
          "media_type",
          "mimeType",
          "format",
          "service_tier",
          "thinkingLevel",
          "responseMimeType",
          "summary",
          "reasoning_effort",
          "tool_choice",
          "toolChoice",
          "anthropic_version",
          "truncation");

  /** Members whose objects have names that the client made up. */
  private static final Set<String> THEIRS = Set.of("input", "args", "properties", "arguments");

  private static final int WORD_CHARS = 64;

  /** Elements of a list that are shown; of the others the number. */
  private static final int SHOWN = 24;

  private static final int DEPTH = 12;

  private static final int EXPECTED_BYTES = 256;

  private final String path;
  private final byte[] body;

  /** Of longer requests only the size is told: they would lie in memory until it is written. */
  private static final int BODY_BYTES = 64 * 1024;

  /** Of a request, whose body is not written to any more. */
  public Outline(String path, byte[] body) {
    this.path = path;
    this.body =
        body.length <= BODY_BYTES
            ? body
            : Json.write(TextNode.valueOf("<" + body.length + " bytes>"));
  }

  /** Where the request went. */
  public String path() {
    return path;
  }

  /** What it holds until it is made. */
  public int heldBytes() {
    return body.length;
  }

  /** The outline, as JSON. */
  public String json() {
    JsonBytes outline = new JsonBytes(EXPECTED_BYTES);
    try (JsonParser given = Json.parser(body)) {
      if (given.nextToken() == null) {
        return "null";
      }
      value(null, given, DEPTH, outline);
    } catch (IOException e) {
      return "null";
    }
    return outline.text();
  }

  /** Writes the value that the parser stands at, up to its end. */
  private static void value(@Nullable String name, JsonParser given, int depth, JsonBytes outline)
      throws IOException {
    switch (given.currentToken()) {
      case START_OBJECT -> {
        // Names inside of schemas and arguments are the client's.
        if (depth == 0 || name != null && THEIRS.contains(name)) {
          outline.add("<" + size(given) + " members>");
        } else {
          object(given, depth, outline);
        }
      }
      case START_ARRAY -> {
        if (depth == 0) {
          outline.add("<" + size(given) + " elements>");
        } else {
          array(name, given, depth, outline);
        }
      }
      case VALUE_STRING -> {
        if (name == null || TOLD.contains(name) && isWord(given)) {
          outline.add(given.getText());
        } else {
          outline.add("<" + given.getTextLength() + " chars>");
        }
      }
      default -> outline.literal(given.getText());
    }
  }

  private static void object(JsonParser given, int depth, JsonBytes outline) throws IOException {
    outline.beginObject();
    while (given.nextToken() != JsonToken.END_OBJECT) {
      String member = given.currentName();
      outline.name(member);
      given.nextToken();
      value(member, given, depth - 1, outline);
    }
    outline.endObject();
  }

  private static void array(@Nullable String name, JsonParser given, int depth, JsonBytes outline)
      throws IOException {
    outline.beginArray();
    int elements = 0;
    while (given.nextToken() != JsonToken.END_ARRAY) {
      if (elements < SHOWN) {
        value(name, given, depth - 1, outline);
      } else {
        given.skipChildren();
      }
      elements++;
    }
    if (elements > SHOWN) {
      outline.add("<" + (elements - SHOWN) + " more>");
    }
    outline.endArray();
  }

  /** How many members or elements there are; the parser stands at their end then. */
  private static int size(JsonParser given) throws IOException {
    int size = 0;
    while (!given.nextToken().isStructEnd()) {
      size += given.currentToken() == JsonToken.FIELD_NAME ? 0 : 1;
      given.skipChildren();
    }
    return size;
  }

  private static boolean isWord(JsonParser given) throws IOException {
    int length = given.getTextLength();
    if (length == 0 || length > WORD_CHARS) {
      return false;
    }
    char[] text = given.getTextCharacters();
    int start = given.getTextOffset();
    for (int i = start; i < start + length; i++) {
      char letter = text[i];
      boolean plain =
          letter >= 'a' && letter <= 'z'
              || letter >= 'A' && letter <= 'Z'
              || letter >= '0' && letter <= '9'
              || "_./:@-".indexOf(letter) >= 0;
      if (!plain) {
        return false;
      }
    }
    return true;
  }

  /** Without any of it. */
  @Override
  public String toString() {
    return "Outline[" + path + ", " + body.length + " bytes]";
  }
}
