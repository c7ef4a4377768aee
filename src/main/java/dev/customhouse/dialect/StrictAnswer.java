package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON that was written in the strict form of a schema, as the schema itself has it: a null that
 * stands for an optional key which is not there is taken out with its key. All other characters
 * pass as they come, and text that is no JSON object passes whole. Used by one thread.
 */
final class StrictAnswer {
  /** Deeper values pass as they are. */
  private static final int DEPTH = 128;

  /** Schemas that one value may have to fit, by choices and references. */
  private static final int SCHEMAS = 64;

  private static final String NULL = "null";

  private final JsonNode root;
  private final Deque<Level> levels = new ArrayDeque<>();
  private final StringBuilder out = new StringBuilder();

  /** A member's comma, name and colon, until it is known whether it stays. */
  private final StringBuilder held = new StringBuilder();

  private State state = State.BEFORE;
  private boolean escaped;
  private @Nullable StringBuilder name;

  /** Where in the JSON the next character is. */
  private enum State {
    /** Nothing but white space so far. */
    BEFORE,
    /** A value is to come. */
    VALUE,
    /** Within a string that is a value. */
    STRING,
    /** In an object, where a name or the end may come. */
    NAME,
    /** Within a name. */
    IN_NAME,
    /** Behind a name, before its colon. */
    COLON,
    /** Within null, the value of a key that may have to go. */
    IN_NULL,
    /** Within a number or a word, or behind a value. */
    REST,
    /** It is not what was expected, or over: all passes. */
    ALL
  }

  /** An object or an array that is open. */
  private static final class Level {
    private final boolean object;
    private final List<JsonNode> schemas;
    private boolean begun;
    private String key = "";

    Level(boolean object, List<JsonNode> schemas) {
      this.object = object;
      this.schemas = schemas;
    }
  }

  /** Text of a schema's strict form. */
  StrictAnswer(JsonNode schema) {
    this.root = schema;
  }

  /** A whole text. */
  static String of(JsonNode schema, String text) {
    StrictAnswer answer = new StrictAnswer(schema);
    return answer.piece(text) + answer.end();
  }

  /** What can be shown when this piece has come. */
  String piece(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      next(piece.charAt(i));
    }
    String ready = out.toString();
    out.setLength(0);
    return ready;
  }

  /** What is left when no more comes. */
  String end() {
    release();
    String rest = out.toString();
    out.setLength(0);
    return rest;
  }

  private void next(char c) {
    switch (state) {
      case BEFORE -> before(c);
      case VALUE -> value(c);
      case STRING -> {
        out.append(c);
        if (isEndOfString(c)) {
          state = State.REST;
        }
      }
      case NAME -> name(c);
      case IN_NAME -> inName(c);
      case COLON -> {
        held.append(c);
        if (c == ':') {
          state = State.VALUE;
        } else if (!isSpace(c)) {
          giveUp();
        }
      }
      case IN_NULL -> inNull(c);
      case REST -> rest(c);
      case ALL -> out.append(c);
    }
  }

  private void before(char c) {
    out.append(c);
    if (c == '{') {
      levels.push(new Level(true, List.of(root)));
      widen();
      state = State.NAME;
    } else if (!isSpace(c)) {
      state = State.ALL;
    }
  }

  private void value(char c) {
    if (isSpace(c)) {
      hold(c);
      return;
    }
    Level level = levels.element();
    if (c == 'n' && level.object && isAbsence(level)) {
      held.append(c);
      state = State.IN_NULL;
      return;
    }
    release();
    level.begun = true;
    switch (c) {
      case '{', '[' -> {
        out.append(c);
        open(c == '{', level);
      }
      case ']' -> close(c);
      case '"' -> {
        out.append(c);
        state = State.STRING;
      }
      default -> {
        out.append(c);
        state = State.REST;
      }
    }
  }

  private void open(boolean object, Level level) {
    if (levels.size() >= DEPTH) {
      giveUp();
      return;
    }
    levels.push(new Level(object, within(level)));
    widen();
    state = object ? State.NAME : State.VALUE;
  }

  private void close(char c) {
    release();
    out.append(c);
    levels.pop();
    state = levels.isEmpty() ? State.ALL : State.REST;
  }

  private void name(char c) {
    if (c == '}') {
      close(c);
    } else {
      hold(c);
      if (c == '"') {
        name = new StringBuilder("\"");
        state = State.IN_NAME;
      } else if (c != ',' && !isSpace(c)) {
        giveUp();
      }
    }
  }

  private void inName(char c) {
    held.append(c);
    StringBuilder quoted = name;
    if (quoted == null) {
      giveUp();
      return;
    }
    quoted.append(c);
    if (isEndOfString(c)) {
      levels.element().key = Json.read(quoted.toString().getBytes(StandardCharsets.UTF_8)).asText();
      name = null;
      state = State.COLON;
    }
  }

  private void inNull(char c) {
    held.append(c);
    int letters = held.length() - held.lastIndexOf("n");
    if (!NULL.startsWith(held.substring(held.lastIndexOf("n")))) {
      giveUp();
    } else if (letters == NULL.length()) {
      held.setLength(0);
      state = State.REST;
    }
  }

  private void rest(char c) {
    Level level = levels.element();
    switch (c) {
      case ',' -> {
        hold(c);
        state = level.object ? State.NAME : State.VALUE;
      }
      case '}', ']' -> close(c);
      default -> out.append(c);
    }
  }

  private boolean isEndOfString(char c) {
    boolean end = c == '"' && !escaped;
    escaped = c == '\\' && !escaped;
    return end;
  }

  /** A comma that nothing stands before is left out. */
  private void hold(char c) {
    if (c != ',' || levels.element().begun) {
      held.append(c);
    }
  }

  private void release() {
    out.append(held);
    held.setLength(0);
  }

  private void giveUp() {
    release();
    state = State.ALL;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  /** True when null cannot but stand for a key that is not there. */
  private boolean isAbsence(Level level) {
    boolean optional = false;
    for (JsonNode schema : level.schemas) {
      JsonNode value = schema.path(StrictSchema.PROPERTIES).path(level.key);
      if (!value.isMissingNode()) {
        if (isRequired(schema, level.key) || StrictSchema.takesNull(value, root)) {
          return false;
        }
        optional = true;
      }
    }
    return optional;
  }

  private static boolean isRequired(JsonNode schema, String key) {
    for (JsonNode name : schema.path(StrictSchema.REQUIRED)) {
      if (name.asText().equals(key)) {
        return true;
      }
    }
    return false;
  }

  private static List<JsonNode> within(Level level) {
    List<JsonNode> schemas = new ArrayList<>();
    for (JsonNode schema : level.schemas) {
      JsonNode value =
          level.object
              ? schema.path(StrictSchema.PROPERTIES).path(level.key)
              : schema.path("items");
      if (value.isObject()) {
        schemas.add(value);
      }
    }
    return schemas;
  }

  /** Choices and references of the schemas of the innermost value are among them. */
  private void widen() {
    Level level = levels.pop();
    List<JsonNode> all = new ArrayList<>(level.schemas);
    for (int i = 0; i < all.size() && all.size() < SCHEMAS; i++) {
      JsonNode schema = all.get(i);
      for (String choice : List.of(StrictSchema.ANY_OF, StrictSchema.ONE_OF, StrictSchema.ALL_OF)) {
        schema.path(choice).forEach(all::add);
      }
      if (schema.has("$ref")) {
        all.add(StrictSchema.referred(schema, root));
      }
    }
    levels.push(new Level(level.object, List.copyOf(all)));
  }
}
