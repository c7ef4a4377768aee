package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The events of one stream as bytes, numbered without gaps. */
final class EventLines {
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
    ByteArrayOutputStream target = out;
    if (target == null) {
      return;
    }
    ObjectNode event = Json.object().put("type", type).put("sequence_number", next++);
    event.setAll(members);
    target.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    target.writeBytes(Json.write(event));
    target.write('\n');
    target.write('\n');
  }
}
