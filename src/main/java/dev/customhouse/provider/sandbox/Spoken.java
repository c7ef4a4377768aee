package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An answer as it goes out.
 *
 * @param chunks the body, piece by piece; nobody writes to them
 * @param cut true when the body breaks off after the last chunk
 */
record Spoken(int status, String contentType, List<byte[]> chunks, boolean cut) {
  private static final String JSON = "application/json";
  static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

  /** A whole JSON answer. */
  static Spoken json(JsonNode body) {
    return json(200, body);
  }

  /** A whole JSON answer with the status. */
  static Spoken json(int status, JsonNode body) {
    return new Spoken(status, JSON, List.of(Json.bytes(body)), false);
  }

  /** A whole answer of another type. */
  static Spoken of(String contentType, byte[] body) {
    return new Spoken(200, contentType, List.of(body), false);
  }

  /** This answer with the body broken off in the middle. */
  Spoken broken() {
    List<byte[]> kept = new ArrayList<>();
    for (byte[] chunk : chunks) {
      kept.add(Arrays.copyOf(chunk, chunk.length / 2));
    }
    return new Spoken(status, contentType, kept, true);
  }

  boolean isStream() {
    return contentType.equals(EVENT_STREAM);
  }

  /** Collects the events of a stream; each becomes one chunk. */
  static final class Events {
    private final List<byte[]> chunks = new ArrayList<>();

    /** An event without a name. */
    Events data(JsonNode data) {
      return raw("data: " + Json.write(data) + "\n\n");
    }

    /** An event whose name is its data's {@code type}. */
    Events named(JsonNode data) {
      return raw("event: " + data.path("type").asText() + "\ndata: " + Json.write(data) + "\n\n");
    }

    /** A named event without parts that change, such as ping. */
    Events raw(String text) {
      chunks.add(text.getBytes(StandardCharsets.UTF_8));
      return this;
    }

    Spoken end(Ending ending) {
      return new Spoken(200, EVENT_STREAM, chunks, ending instanceof Ending.Cut);
    }
  }

  /** The first half of the pieces, one at least where there is one: what a broken stream says. */
  static List<String> beginning(List<String> pieces, Ending ending) {
    boolean nothing = ending instanceof Ending.Failed failed && !failed.afterContent();
    return ending instanceof Ending.Proper
        ? pieces
        : pieces.subList(0, nothing ? 0 : Math.ceilDiv(pieces.size(), 2));
  }
}
