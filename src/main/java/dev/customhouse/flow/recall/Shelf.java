package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import dev.customhouse.wire.Range;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
  private static final int PAGE_ITEMS = 20;
  private static final int PAGE_ITEMS_MAX = 100;

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
      case RESPONSE_INPUT_ITEMS -> new Plan.Kept(Json.write(inputItems(call, response)));
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

  private static ObjectNode inputItems(Call call, KeptResponse response) {
    Map<String, String> query = query(call.query());
    List<Range> ranges = Items.each(response.input(), new Range(0, response.input().length));
    ObjectNode[] all = new ObjectNode[ranges.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = shown(response, ranges.get(i), i);
    }
    List<ObjectNode> items = Arrays.asList(all);
    if (isNewestFirst(query.get("order"))) {
      items = items.reversed();
    }
    int start = start(items, query.get("after"));
    int end = Math.min(items.size(), start + pageItems(query.get("limit")));
    ObjectNode list = Json.object().put("object", "list");
    ArrayNode data = list.putArray("data");
    items.subList(start, end).forEach(data::add);
    list.put("first_id", data.isEmpty() ? null : data.get(0).path("id").asText());
    list.put("last_id", data.isEmpty() ? null : data.get(data.size() - 1).path("id").asText());
    return list.put("has_more", end < items.size());
  }

  private static boolean isNewestFirst(@Nullable String order) {
    return switch (order == null ? "desc" : order) {
      case "desc" -> true;
      case "asc" -> false;
      default ->
          throw RequestBody.invalid("invalid_value", "'order' must be asc or desc.", "order");
    };
  }

  private static int start(List<ObjectNode> items, @Nullable String after) {
    if (after == null) {
      return 0;
    }
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).path("id").asText().equals(after)) {
        return i + 1;
      }
    }
    throw RequestBody.invalid("invalid_value", "'after' must be the id of a listed item.", "after");
  }

  private static int pageItems(@Nullable String limit) {
    try {
      int items = limit == null ? PAGE_ITEMS : Integer.parseInt(limit);
      if (items >= 1 && items <= PAGE_ITEMS_MAX) {
        return items;
      }
    } catch (NumberFormatException notANumber) {
      // Refused below, as a number out of range is.
    }
    throw RequestBody.invalid(
        "invalid_value",
        "'limit' must be a whole number from 1 to %d.".formatted(PAGE_ITEMS_MAX),
        "limit");
  }

  /** An item as lists show it: with an id, a type, and the content of a message in parts. */
  private static ObjectNode shown(KeptResponse response, Range range, int index) {
    JsonNode item = Json.read(response.input(), range.start(), range.end());
    String type = item.path("type").asText("message");
    String id = Json.text(item.path("id"));
    ObjectNode shown = Json.object();
    shown.put("id", id == null ? prefix(type) + tail(response.id()) + "_" + index : id);
    shown.put("type", type);
    item.properties().forEach(member -> shown.putIfAbsent(member.getKey(), member.getValue()));
    if (type.equals("message")) {
      JsonNode content = item.path("content");
      if (content.isTextual()) {
        boolean said = item.path("role").asText().equals("assistant");
        ObjectNode part = Json.object().put("type", said ? "output_text" : "input_text");
        part.set("text", content);
        shown.putArray("content").add(part);
      }
      if (!shown.has("status")) {
        shown.put("status", "completed");
      }
    }
    return shown;
  }

  private static String prefix(String type) {
    return switch (type) {
      case "message" -> "msg_";
      case "reasoning" -> "rs_";
      case "function_call" -> "fc_";
      case "function_call_output" -> "fco_";
      case "custom_tool_call" -> "ctc_";
      case "custom_tool_call_output" -> "ctco_";
      default -> "item_";
    };
  }

  private static String tail(String responseId) {
    return responseId.startsWith("resp_") ? responseId.substring(5) : responseId;
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
