package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.JsonBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The events of one stream as bytes, numbered without gaps. */
final class EventLines {
  /** Most events have no more. */
  private static final int EVENT_BYTES = 256;

  private @Nullable ByteArrayOutputStream out;
  private long next;

  /** Events numbered from 0. */
  EventLines() {
    this(0);
  }

  /** Events numbered from here. */
  EventLines(long first) {
    next = first;
  }

  /** Where the events go from now on; null: nowhere, when only the whole answer is wanted. */
  void into(@Nullable ByteArrayOutputStream target) {
    out = target;
  }

  /** Writes one event; its type and number come first. */
  void write(String type, ObjectNode members) {
    write(
        type,
        (JsonBytes event) ->
            members.properties().forEach(member -> event.set(member.getKey(), member.getValue())));
  }

  /** Writes one event. Its members are asked for only when it goes somewhere. */
  void write(String type, Consumer<JsonBytes> members) {
    ByteArrayOutputStream target = out;
    if (target == null) {
      return;
    }
    JsonBytes event = new JsonBytes(EVENT_BYTES).beginObject();
    event.put("type", type).put("sequence_number", next++);
    members.accept(event);
    target.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    target.writeBytes(event.endObject().toByteArray());
    target.write('\n');
    target.write('\n');
  }
}
