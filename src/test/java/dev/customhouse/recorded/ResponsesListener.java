package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A client of OpenAI's Responses (platform.openai.com/docs/api-reference/responses). */
final class ResponsesListener implements Listener {
  private static final List<String> REQUIRED =
      List.of(
          "id",
          "object",
          "created_at",
          "status",
          "error",
          "incomplete_details",
          "instructions",
          "metadata",
          "model",
          "output",
          "parallel_tool_calls",
          "temperature",
          "tool_choice",
          "tools",
          "top_p");

  @Override
  public DialectId dialect() {
    return DialectId.OPENAI_RESPONSES;
  }

  @Override
  public String oracleName() {
    return "openai-responses";
  }

  @Override
  public String path(String model, boolean stream) {
    return "/v1/responses";
  }

  @Override
  public String request(String model, boolean stream, List<String> tools) {
    String form =
        "{\"type\":\"function\",\"name\":NAME,\"strict\":false,\"parameters\":{\"type\":\"object\"}}";
    return "{\"model\":\"%s\"%s%s,\"input\":\"Go on.\"}"
        .formatted(
            model,
            stream ? ",\"stream\":true" : "",
            tools.isEmpty() ? "" : ",\"tools\":[" + Listener.tools(tools, form) + "]");
  }

  @Override
  public Heard whole(JsonNode body, String model) {
    Heard heard = new Heard();
    envelope(heard, body, model);
    Set<String> ids = new HashSet<>();
    int number = 0;
    for (JsonNode item : body.path("output")) {
      heard.require(ids.add(item.path("id").asText()), "each item has an id of its own");
      item(heard, number, item);
      number++;
    }
    finish(heard, body);
    heard.usage = usage(heard, body.path("usage"));
    return heard;
  }

  private static void envelope(Heard heard, JsonNode response, String model) {
    for (String name : REQUIRED) {
      heard.require(response.has(name), "there is a " + name);
    }
    heard.same(response.path("object").asText(), "response", "object");
    heard.same(response.path("model").asText(), model, "model");
    heard.require(!response.path("id").asText().isEmpty(), "there is an id");
  }

  private static void item(Heard heard, int number, JsonNode item) {
    heard.require(!item.path("id").asText().isEmpty(), "an item has an id");
    switch (item.path("type").asText()) {
      case "message" -> {
        heard.same(item.path("role").asText(), "assistant", "the role");
        heard.require(item.path("status").isTextual(), "a message has a status");
        for (JsonNode part : item.path("content")) {
          part(heard, part);
        }
      }
      case "reasoning" -> {
        heard.require(item.path("summary").isArray(), "reasoning has a summary");
        for (JsonNode part : item.path("summary")) {
          heard.same(part.path("type").asText(), "summary_text", "the type of a summary");
          heard.reasoning.append(part.path("text").asText());
        }
        if (item.path("summary").isEmpty()) {
          item.path("content").forEach(part -> heard.reasoning.append(part.path("text").asText()));
        }
      }
      case "function_call", "custom_tool_call" -> {
        boolean custom = item.path("type").asText().equals("custom_tool_call");
        JsonNode text = item.path(custom ? "input" : "arguments");
        heard.require(!item.path("call_id").asText().isEmpty(), "a call has a call_id");
        heard.require(text.isTextual(), "the arguments are a text");
        Heard.Wish wish =
            new Heard.Wish(item.path("call_id").asText(), item.path("name").asText(), custom);
        wish.arguments.append(text.asText());
        heard.calls.put(number, wish);
      }
      case "image_generation_call" -> {}
      default -> heard.require(false, "an item of the type " + item.path("type"));
    }
  }

  private static void part(Heard heard, JsonNode part) {
    switch (part.path("type").asText()) {
      case "output_text" -> {
        heard.require(part.path("annotations").isArray(), "a text has annotations");
        heard.text.append(part.path("text").asText());
      }
      case "refusal" -> heard.refusal.append(part.path("refusal").asText());
      default -> heard.require(false, "a part of the type " + part.path("type"));
    }
  }

  private static void finish(Heard heard, JsonNode response) {
    String reason = response.path("incomplete_details").path("reason").asText();
    heard.finish =
        switch (response.path("status").asText()) {
          case "completed" -> heard.calls.isEmpty() ? "stop" : "tool_calls";
          case "incomplete" ->
              switch (reason) {
                case "max_output_tokens" -> "length";
                case "content_filter" -> "content_filter";
                default -> "incomplete";
              };
          case "failed" -> "error";
          default -> null;
        };
    heard.require(heard.finish != null, "the status is final: " + response.path("status"));
    if (response.path("error").isObject()) {
      heard.error = response.path("error").path("message").asText();
    }
  }

  private static @Nullable Usage usage(Heard heard, JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    long input = usage.path("input_tokens").asLong();
    long output = usage.path("output_tokens").asLong();
    heard.same(usage.path("total_tokens").asLong(-1), input + output, "total_tokens");
    JsonNode parts = usage.path("input_tokens_details");
    return new Usage(
        input,
        output,
        Listener.count(parts.path("cached_tokens")),
        Listener.count(parts.path("cache_write_tokens")),
        Listener.count(usage.path("output_tokens_details").path("reasoning_tokens")),
        false);
  }

  @Override
  public Heard stream(List<Event> events, String model) {
    Reading reading = new Reading(model);
    events.forEach(reading::event);
    Heard heard = reading.heard;
    heard.require(reading.last != null || heard.error != null, "there is a last event");
    JsonNode last = reading.last;
    if (last == null) {
      heard.text.append(reading.text);
      heard.reasoning.append(reading.thought);
      return heard;
    }
    Heard whole = whole(last, model);
    if (whole.error != null) {
      // The output of a failed response is not whole: what was heard, was heard in pieces.
      whole.text.setLength(0);
      whole.text.append(reading.text);
      whole.reasoning.setLength(0);
      whole.reasoning.append(reading.thought);
    } else {
      List<JsonNode> output = new ArrayList<>();
      last.path("output").forEach(output::add);
      heard.same(reading.output(), output, "the output of the last event");
      heard.require(reading.items.size() == output.size(), "no item is open at the end");
      heard.same(reading.text.toString(), whole.text.toString(), "the text of the deltas");
      heard.same(reading.declined.toString(), whole.refusal.toString(), "the declining deltas");
      heard.same(reading.thought.toString(), whole.reasoning.toString(), "the reasoning's deltas");
    }
    whole.faults.addAll(0, heard.faults);
    return whole;
  }

  /** One stream. Several items may be open at once; each is told by its index. */
  private static final class Reading {
    private final Heard heard = new Heard();
    private final String model;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder declined = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final Map<Integer, Item> items = new TreeMap<>();
    private @Nullable JsonNode last;
    private int number;

    /** One item of the output. */
    private static final class Item {
      private final String id;
      private final Map<String, StringBuilder> pieces = new HashMap<>();
      private @Nullable String openPart;
      private @Nullable JsonNode done;

      Item(String id) {
        this.id = id;
      }

      String pieces(String of) {
        StringBuilder all = pieces.get(of);
        return all == null ? "" : all.toString();
      }
    }

    Reading(String model) {
      this.model = model;
    }

    List<JsonNode> output() {
      List<JsonNode> output = new ArrayList<>();
      for (Item item : items.values()) {
        if (item.done != null) {
          output.add(item.done);
        }
      }
      return output;
    }

    void event(Event event) {
      String type = event.path("type").asText();
      heard.same(event.name(), type, "the event's name");
      heard.same(event.path("sequence_number").asInt(-1), number, "sequence_number");
      heard.require(last == null && heard.error == null, "nothing follows the end");
      heard.require(number != 0 || type.equals("response.created"), "response.created is first");
      heard.require(
          number != 1 || type.equals("response.in_progress"), "response.in_progress is second");
      number++;
      switch (type) {
        case "response.created", "response.in_progress" -> {
          envelope(heard, event.path("response"), model);
          heard.same(event.path("response").path("status").asText(), "in_progress", "the status");
        }
        case "response.output_item.added" -> {
          int index = event.path("output_index").asInt(-1);
          heard.same(index, items.size(), "the index of a new item");
          items.put(index, new Item(event.path("item").path("id").asText()));
        }
        case "response.completed", "response.incomplete", "response.failed" -> {
          last = event.path("response");
          heard.same("response." + last.path("status").asText(), type, "the last event");
        }
        case "error" -> heard.error = event.path("message").asText();
        default -> {
          Item item = items.get(event.path("output_index").asInt(-1));
          heard.require(item != null && item.done == null, "the item of " + type + " is open");
          if (item != null) {
            inItem(item, event, type);
          }
        }
      }
    }

    private void inItem(Item item, Event event, String type) {
      if (type.equals("response.output_item.done")) {
        JsonNode done = event.path("item");
        heard.same(done.path("id").asText(), item.id, "the item that is done");
        heard.require(item.openPart == null, "no part is open in an item that is done");
        if (done.path("type").asText().equals("function_call")) {
          heard.same(
              item.pieces("response.function_call_arguments"),
              done.path("arguments").asText(),
              "the arguments of the deltas");
        }
        item.done = done;
        return;
      }
      heard.same(event.path("item_id").asText(), item.id, "the item of " + type);
      switch (type) {
        case "response.content_part.added", "response.reasoning_summary_part.added" -> {
          heard.require(item.openPart == null, "one part of an item is open at a time");
          item.openPart = event.path("part").path("type").asText();
          item.pieces.clear();
        }
        case "response.content_part.done", "response.reasoning_summary_part.done" -> {
          heard.same(
              event.path("part").path("type").asText(), item.openPart, "the part that is done");
          item.openPart = null;
        }
        case "response.output_text.annotation.added" -> {}
        default -> piece(item, event, type);
      }
    }

    private void piece(Item item, Event event, String type) {
      if (type.endsWith(".delta")) {
        String delta = event.path("delta").asText();
        String of = type.substring(0, type.length() - ".delta".length());
        item.pieces.computeIfAbsent(of, none -> new StringBuilder()).append(delta);
        StringBuilder whole =
            switch (type) {
              case "response.output_text.delta" -> text;
              case "response.refusal.delta" -> declined;
              case "response.reasoning_summary_text.delta", "response.reasoning_text.delta" ->
                  thought;
              default -> null;
            };
        if (whole != null) {
          whole.append(delta);
        }
      } else if (type.endsWith(".done")) {
        String of = type.substring(0, type.length() - ".done".length());
        String told =
            event.path("text").asText("")
                + event.path("arguments").asText("")
                + event.path("input").asText("")
                + event.path("refusal").asText("");
        heard.same(item.pieces(of), told, "what is done of " + of);
      } else {
        heard.require(false, "an event of the type " + type);
      }
    }
  }

  @Override
  public boolean isError(JsonNode body, int status) {
    JsonNode error = body.path("error");
    return !error.path("message").asText().isEmpty()
        && error.path("type").isTextual()
        && error.has("param")
        && error.has("code");
  }
}
