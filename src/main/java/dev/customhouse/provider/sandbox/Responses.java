package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The operations on OpenAI's {@code /v1/responses}, with the store behind them. */
final class Responses {
  private static final int MAX_PAGE_ITEMS = 100;
  private static final int DEFAULT_PAGE_ITEMS = 20;

  private final ResponseStore store = new ResponseStore();

  /** A new response. */
  Spoken create(Call call) {
    ObjectNode body = call.body();
    if (!Json.first(body, "conversation").isMissingNode()) {
      throw FaultException.invalid(
          "'conversation' must be absent: the sandbox keeps responses only", "conversation");
    }
    List<JsonNode> ownItems = ownItems(call);
    Ask ask = read(body, ownItems);
    Script.Scene scene = Script.play(ask);
    ResponsesVoice voice = new ResponsesVoice(call, ask, scene);
    boolean whole = scene.ending() instanceof Ending.Proper;
    boolean stored = body.path("store").asBoolean(true);
    boolean background = body.path("background").asBoolean();
    if (background && !stored) {
      throw FaultException.invalid("'store' must be true for a background response", "store");
    }
    ObjectNode response = voice.whole();
    String previousId = Json.text(body, "previous_response_id");
    if (background && !ask.stream()) {
      ObjectNode queued = voice.begun("queued");
      store.put(queued, response, ownItems, previousId);
      return Spoken.json(queued);
    }
    if (stored && whole) {
      store.put(response, null, ownItems, previousId);
    }
    if (ask.stream()) {
      return voice.stream();
    }
    return whole ? Spoken.json(response) : Spoken.json(response).broken();
  }

  /** The count of what a response's request would send to the model. */
  Spoken countTokens(Call call) {
    Ask ask = read(call.body(), ownItems(call));
    return Spoken.json(
        Json.object()
            .put("object", "response.input_tokens")
            .put("input_tokens", Tokens.ofPrompt(ask)));
  }

  Spoken get(String id, Map<String, String> query) {
    if (Boolean.parseBoolean(query.get("stream"))) {
      throw FaultException.invalid(
          "'stream' must be false: the sandbox does not say a kept response again", "stream");
    }
    return Spoken.json(found(store.get(id), id));
  }

  Spoken delete(String id) {
    if (!store.delete(id)) {
      throw unknown(id);
    }
    return Spoken.json(Json.object().put("id", id).put("object", "response").put("deleted", true));
  }

  Spoken cancel(String id) {
    ObjectNode response = found(store.cancel(id), id);
    if (!response.path("background").asBoolean()) {
      throw FaultException.invalid("Cannot cancel a synchronous response.", null);
    }
    return Spoken.json(response);
  }

  Spoken inputItems(String id, Map<String, String> query) {
    List<JsonNode> items = new ArrayList<>(found(store.inputItems(id), id));
    if (!"asc".equals(query.get("order"))) {
      Collections.reverse(items);
    }
    int start = 0;
    String after = query.get("after");
    for (int i = 0; i < items.size() && after != null; i++) {
      if (items.get(i).path("id").asText().equals(after)) {
        start = i + 1;
      }
    }
    int end = Math.min(items.size(), start + pageItems(query.get("limit")));
    ArrayNode data = Json.array();
    items.subList(start, end).forEach(data::add);
    ObjectNode list = Json.object().put("object", "list");
    list.set("data", data);
    return Spoken.json(
        list.put("first_id", data.isEmpty() ? null : data.get(0).path("id").asText())
            .put("last_id", data.isEmpty() ? null : data.get(data.size() - 1).path("id").asText())
            .put("has_more", end < items.size()));
  }

  private static int pageItems(@Nullable String limit) {
    try {
      int items = limit == null ? DEFAULT_PAGE_ITEMS : Integer.parseInt(limit);
      if (items >= 1 && items <= MAX_PAGE_ITEMS) {
        return items;
      }
    } catch (NumberFormatException notANumber) {
      // Refused below, as a number out of range is.
    }
    throw FaultException.invalid(
        "'limit' must be a whole number from 1 to " + MAX_PAGE_ITEMS, "limit");
  }

  private Ask read(ObjectNode body, List<JsonNode> ownItems) {
    List<JsonNode> items = new ArrayList<>();
    String previousId = Json.text(body, "previous_response_id");
    if (previousId != null) {
      List<JsonNode> earlier = store.conversation(previousId);
      if (earlier == null) {
        throw new FaultException(
            new Fault(
                Fault.Kind.UNKNOWN_PREVIOUS,
                400,
                "Previous response with id '" + previousId + "' not found.",
                "previous_response_id",
                0));
      }
      items.addAll(earlier);
    }
    items.addAll(ownItems);
    return ResponsesAsk.read(body, items);
  }

  /** The request's items: texts as messages, references as what they refer to, all with ids. */
  private List<JsonNode> ownItems(Call call) {
    JsonNode input = call.body().path("input");
    List<JsonNode> items = new ArrayList<>();
    if (input.isTextual()) {
      items.add(withId(call, 0, Json.object().put("role", "user").set("content", input)));
    } else if (input.isArray()) {
      for (JsonNode item : input) {
        if (!item.isObject()) {
          throw FaultException.invalid("each element of 'input' must be an object", "input");
        }
        items.add(withId(call, items.size(), resolved(item)));
      }
    }
    boolean goesOn = call.body().path("previous_response_id").isTextual();
    if (items.isEmpty() && !goesOn) {
      throw FaultException.invalid("'input' must be a text or an array of one or more", "input");
    }
    return items;
  }

  private JsonNode resolved(JsonNode item) {
    boolean reference =
        item.path("type").asText().equals("item_reference") || (item.size() == 1 && item.has("id"));
    if (!reference) {
      return item;
    }
    JsonNode found = store.item(item.path("id").asText());
    if (found == null) {
      throw new FaultException(
          new Fault(
              Fault.Kind.UNKNOWN_RESPONSE,
              404,
              "Item with id '" + item.path("id").asText() + "' not found.",
              "input",
              0));
    }
    return found;
  }

  /** The item as lists of input items show it. */
  private static JsonNode withId(Call call, int index, JsonNode item) {
    String type = item.path("type").asText("message");
    ObjectNode named = Json.object();
    String prefix =
        switch (type) {
          case "message" -> "msg_in";
          case "function_call" -> "fc_in";
          case "function_call_output" -> "fco_in";
          default -> "item_in";
        };
    named.put("id", Json.text(item, "id", call.names().id(prefix, index))).put("type", type);
    if (item instanceof ObjectNode object) {
      object
          .properties()
          .forEach(member -> {
            if (!member.getKey().equals("id") && !member.getKey().equals("type")) {
              named.set(member.getKey(), member.getValue());
            }
          });
    }
    if (type.equals("message")) {
      JsonNode content = named.path("content");
      if (content.isTextual()) {
        boolean said = named.path("role").asText().equals("assistant");
        ObjectNode part = Json.object().put("type", said ? "output_text" : "input_text");
        part.set("text", content);
        named.set("content", Json.array(part));
      }
      if (!named.has("status")) {
        named.put("status", "completed");
      }
    }
    return named;
  }

  private static <T> T found(@Nullable T kept, String id) {
    if (kept == null) {
      throw unknown(id);
    }
    return kept;
  }

  private static FaultException unknown(String id) {
    return new FaultException(
        new Fault(
            Fault.Kind.UNKNOWN_RESPONSE,
            404,
            "Response with id '" + id + "' not found.",
            "response_id",
            0));
  }
}
