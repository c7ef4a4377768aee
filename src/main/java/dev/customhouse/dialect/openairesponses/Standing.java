package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.dialect.Json;
import java.io.ByteArrayOutputStream;

/** How a response that is made in the background stands: object and events that say so. */
public final class Standing {
  private Standing() {}

  /** The response as one that failed. */
  public static byte[] failed(byte[] response, ErrorKind kind, String message) {
    ObjectNode failed = (ObjectNode) Json.read(response);
    failed.put("status", "failed");
    failed.set("error", Ending.error(kind, message));
    return Json.write(failed);
  }

  /** The response as one that was cancelled. */
  public static byte[] cancelled(byte[] response) {
    return Json.write(((ObjectNode) Json.read(response)).put("status", "cancelled"));
  }

  /**
   * One event about the response.
   *
   * @param step what follows {@code response.} in its type
   */
  public static byte[] event(String step, long number, byte[] response) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(response.length + 128);
    EventLines events = new EventLines(number);
    events.into(out);
    ObjectNode members = Json.object();
    members.set("response", Json.read(response));
    events.write("response." + step, members);
    return out.toByteArray();
  }
}
