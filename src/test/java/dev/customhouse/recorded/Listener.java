package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.DialectId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of one dialect: asks simply, and reads answers as the dialect's description says. */
interface Listener {
  /** Which. */
  DialectId dialect();

  /** The oracle's name of the dialect. */
  String oracleName();

  /** Where it asks. */
  String path(String model, boolean stream);

  /** What it asks: a short question, with tools of these names and any arguments. */
  String request(String model, boolean stream, List<String> tools);

  /** Reads a whole answer. */
  Heard whole(JsonNode body, String model);

  /** Reads a stream. */
  Heard stream(List<Event> events, String model);

  /** What an error says. */
  default String words(JsonNode error) {
    return error.path("error").path("message").asText();
  }

  /** Says whether the body is an error of the dialect with that status. */
  boolean isError(JsonNode body, int status);

  /** All of them. */
  static List<Listener> all() {
    return List.of(
        new ChatListener(),
        new ResponsesListener(),
        new MessagesListener(),
        new GeminiListener(),
        new BedrockListener());
  }

  /** Reads an answer of either kind. */
  default Heard hear(byte[] body, boolean stream, String model) throws IOException {
    if (stream) {
      return stream(Event.all(new String(body, UTF_8)), model);
    }
    return whole(new ObjectMapper().readTree(body), model);
  }

  /**
   * An event of a stream.
   *
   * @param name {@code message} when it has none
   * @param data its JSON; null when it is none
   */
  record Event(String name, String text, @Nullable JsonNode data) {
    /** The events of a body, by the HTML standard's section 9.2.6. */
    static List<Event> all(String body) throws IOException {
      List<Event> events = new ArrayList<>();
      String name = "message";
      StringBuilder data = new StringBuilder();
      for (String line : body.split("\r\n|\n|\r", -1)) {
        if (line.isEmpty()) {
          if (!data.isEmpty()) {
            events.add(of(name, data.substring(1)));
          }
          name = "message";
          data.setLength(0);
        } else if (line.startsWith("event:")) {
          name = line.substring("event:".length()).strip();
        } else if (line.startsWith("data:")) {
          data.append('\n').append(line.substring("data:".length()).stripLeading());
        } else if (!line.startsWith(":")) {
          throw new IOException("a line of no event: " + line);
        }
      }
      return events;
    }

    private static Event of(String name, String text) throws IOException {
      return new Event(
          name, text, text.equals("[DONE]") ? null : new ObjectMapper().readTree(text));
    }

    /** A member of the JSON; missing when there is none. */
    JsonNode path(String member) {
      return data == null
          ? com.fasterxml.jackson.databind.node.MissingNode.getInstance()
          : data.path(member);
    }
  }

  /** A count; null when it is not told. */
  static @Nullable Long count(JsonNode node) {
    return node.isNumber() ? node.asLong() : null;
  }

  /** Definitions of tools, each from its quoted name, with commas between. */
  static String tools(List<String> names, String form) {
    return String.join(
        ",", names.stream().map(name -> form.replace("NAME", "\"" + name + "\"")).toList());
  }
}
