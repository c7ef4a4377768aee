package dev.customhouse.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A response that the gateway keeps because the provider that made it does not: it holds a prompt
 * and an answer.
 *
 * @param owner whose it is; nobody else finds it
 * @param id by which the client comes back to it
 * @param previousId the response that its conversation goes on from; null: it begins here
 * @param at when it was made, in whole milliseconds: more is cut off
 * @param input the request's own input items, JSON with commas between them and without brackets
 * @param response the response object as the client got it
 * @param itemIds the ids of its output items, to which later requests may refer
 * @param events the events that it was told by, as its keeper packed them; empty where they are not
 *     kept, or not asked for
 */
public record KeptResponse(
    String owner,
    String id,
    @Nullable String previousId,
    Instant at,
    byte[] input,
    byte[] response,
    List<String> itemIds,
    byte[] events) {
  private static final byte[] NONE = {};

  /** A response without its events. */
  public KeptResponse(
      String owner,
      String id,
      @Nullable String previousId,
      Instant at,
      byte[] input,
      byte[] response,
      List<String> itemIds) {
    this(owner, id, previousId, at, input, response, itemIds, NONE);
  }

  /** Cuts the time and copies the list; the bytes are nobody's to write to. */
  public KeptResponse {
    at = at.truncatedTo(ChronoUnit.MILLIS);
    itemIds = List.copyOf(itemIds);
  }

  /** The bytes of what was said. */
  public long bytes() {
    return (long) input.length + response.length + events.length;
  }

  /** Without what was said. */
  @Override
  public String toString() {
    return "KeptResponse[" + id + "]";
  }
}
