package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.openairesponses.Replay;
import dev.customhouse.dialect.openairesponses.Standing;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.store.KeptResponses;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client may do with one kept response (platform.openai.com/docs/api-reference/responses:
 * retrieve, delete, cancel, list input items).
 */
final class Shelf {
  private static final Names MEMBERS = Names.of("status", "background");
  private static final Set<String> UNDER_WAY = Set.of("queued", "in_progress");

  private final KeptResponses kept;

  Shelf(KeptResponses kept) {
    this.kept = kept;
  }

  /**
   * The answer to an operation on a kept response.
   *
   * @throws Refusal of kind INVALID_REQUEST when it cannot do what is asked
   */
  Plan answer(Call call, KeptResponse response) {
    return switch (call.operation()) {
      case RESPONSE_GET -> get(call, response);
      case RESPONSE_DELETE -> delete(response);
      case RESPONSE_CANCEL -> {
        if (!JsonScan.of(response.response(), MEMBERS).isTrue("background")) {
          throw RequestBody.invalid(
              "response_not_in_background", "Cannot cancel a synchronous response.", null);
        }
        yield new Plan.Kept(settled(response)); // Whoever comes too late is told what became of it.
      }
      case RESPONSE_INPUT_ITEMS ->
          new Plan.Kept(Json.write(ItemList.of(response, query(call.query()))));
      default -> throw new IllegalArgumentException(call.operation().label());
    };
  }

  /** The same on a response that is being made. */
  Plan answer(Call call, Work work) {
    return switch (call.operation()) {
      case RESPONSE_GET ->
          call.stream()
              ? new Plan.Followed(work.follow(startingAfter(call)))
              : new Plan.Kept(work.object());
      case RESPONSE_DELETE -> {
        work.discard();
        yield delete(work.asked());
      }
      case RESPONSE_CANCEL -> {
        work.cancel();
        yield new Plan.Kept(work.object());
      }
      default -> answer(call, work.asked());
    };
  }

  /** The status of a response object; {@code completed} when it has none. */
  static String status(byte[] response) {
    String status = JsonScan.of(response, MEMBERS).string("status");
    return status == null ? "completed" : status;
  }

  /** Nobody makes it any more: what was under way when the gateway was killed has failed. */
  private static byte[] settled(KeptResponse response) {
    return UNDER_WAY.contains(status(response.response()))
        ? Standing.failed(response.response(), ErrorKind.UNAVAILABLE, Recall.STOPPED)
        : response.response();
  }

  private static Plan get(Call call, KeptResponse response) {
    byte[] object = settled(response);
    if (!call.stream()) {
      return new Plan.Kept(object);
    }
    boolean exact = response.events().length > 0;
    List<byte[]> events =
        exact ? Packed.unpack(response.events()) : Packed.split(Replay.events(object));
    long first = startingAfter(call) + 1;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    events.subList((int) Math.min(first, events.size()), events.size()).forEach(all::writeBytes);
    return new Plan.Followed(once(all.toByteArray()));
  }

  private static Plan.Following once(byte[] events) {
    Iterator<byte[]> left = (events.length == 0 ? List.<byte[]>of() : List.of(events)).iterator();
    return () -> left.hasNext() ? left.next() : null;
  }

  /** The number of the last event that the client has; -1: it has none. */
  private static long startingAfter(Call call) {
    String number = query(call.query()).get("starting_after");
    try {
      long after = number == null ? -1 : Integer.parseInt(number);
      if (number == null || after >= 0) {
        return after;
      }
    } catch (NumberFormatException notANumber) {
      // Refused below, as a negative number is.
    }
    throw RequestBody.invalid(
        "invalid_value", "'starting_after' must be a whole number from 0.", "starting_after");
  }

  /** Whoever comes second is told the same: the response is gone. */
  private Plan.Kept delete(KeptResponse response) {
    boolean ignored = kept.delete(response.owner(), response.id());
    ObjectNode told = Json.object().put("id", response.id()).put("object", "response");
    return new Plan.Kept(Json.write(told.put("deleted", true)));
  }

  private static Map<String, String> query(@Nullable String query) {
    Map<String, String> members = new HashMap<>();
    for (String member : (query == null ? "" : query).split("&", -1)) {
      int equals = member.indexOf('=');
      if (equals > 0) {
        members.putIfAbsent(member.substring(0, equals), decoded(member.substring(equals + 1)));
      }
    }
    return members;
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return value;
    }
  }
}
