package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A client of Anthropic's Messages (platform.claude.com/docs/en/api/messages). */
final class MessagesListener implements Listener {
  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_-]+");
  private static final Map<String, String> FINISH =
      Map.of(
          "end_turn", "stop",
          "stop_sequence", "stop_sequence",
          "max_tokens", "length",
          "tool_use", "tool_calls",
          "pause_turn", "pause",
          "refusal", "refusal",
          "model_context_window_exceeded", "context_window");
  private static final Map<String, String> DELTAS =
      Map.of(
          "text_delta", "text",
          "citations_delta", "text",
          "thinking_delta", "thinking",
          "signature_delta", "thinking",
          "input_json_delta", "tool_use");

  @Override
  public DialectId dialect() {
    return DialectId.ANTHROPIC_MESSAGES;
  }

  @Override
  public String oracleName() {
    return "anthropic-messages";
  }

  @Override
  public String path(String model, boolean stream) {
    return "/v1/messages";
  }

  @Override
  public String request(String model, boolean stream, List<String> tools) {
    String form = "{\"name\":NAME,\"input_schema\":{\"type\":\"object\"}}";
    return "{\"model\":\"%s\"%s,\"max_tokens\":4000%s,\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]}"
        .formatted(
            model,
            stream ? ",\"stream\":true" : "",
            tools.isEmpty() ? "" : ",\"tools\":[" + Listener.tools(tools, form) + "]");
  }

  @Override
  public Heard whole(JsonNode body, String model) {
    Heard heard = new Heard();
    envelope(heard, body, model);
    int number = 0;
    for (JsonNode block : body.path("content")) {
      block(heard, number, block);
      if (block.path("type").asText().equals("tool_use")) {
        Heard.Wish wish = heard.calls.get(number);
        heard.require(block.path("input").isObject(), "input is an object");
        if (wish != null) {
          wish.arguments.append(block.path("input"));
        }
      }
      number++;
    }
    finish(heard, body.path("stop_reason"), body.path("stop_sequence"));
    heard.usage = usage(heard, body.path("usage"));
    return heard;
  }

  private static void envelope(Heard heard, JsonNode message, String model) {
    heard.same(message.path("type").asText(), "message", "type");
    heard.same(message.path("role").asText(), "assistant", "the role");
    heard.same(message.path("model").asText(), model, "model");
    heard.require(!message.path("id").asText().isEmpty(), "there is an id");
    heard.require(message.path("content").isArray(), "content is an array");
    heard.require(message.has("stop_reason"), "there is a stop_reason");
    heard.require(message.has("stop_sequence"), "there is a stop_sequence");
  }

  private static void block(Heard heard, int number, JsonNode block) {
    switch (block.path("type").asText()) {
      case "text" -> {
        heard.require(block.path("text").isTextual(), "a text block has a text");
        heard.text.append(block.path("text").asText(""));
      }
      case "thinking" -> {
        heard.require(block.path("signature").isTextual(), "thinking has a signature");
        heard.reasoning.append(block.path("thinking").asText(""));
      }
      case "redacted_thinking" ->
          heard.require(!block.path("data").asText().isEmpty(), "redacted thinking has data");
      case "tool_use" -> {
        String id = block.path("id").asText();
        heard.require(ID.matcher(id).matches(), "the id of a call fits: " + id);
        heard.calls.put(number, new Heard.Wish(id, block.path("name").asText(), false));
      }
      default -> heard.require(false, "a block of the type " + block.path("type"));
    }
  }

  private static void finish(Heard heard, JsonNode reason, JsonNode sequence) {
    heard.finish = FINISH.get(reason.asText());
    heard.require(heard.finish != null, "stop_reason is one of the dialect's: " + reason);
    heard.same(
        sequence.isTextual(),
        "stop_sequence".equals(heard.finish),
        "whether a stop_sequence is told");
  }

  private static @Nullable Usage usage(Heard heard, JsonNode usage) {
    if (!usage.path("output_tokens").isNumber()) {
      return null;
    }
    heard.require(usage.path("input_tokens").asLong(-1) >= 0, "input_tokens is a count");
    Long read = Listener.count(usage.path("cache_read_input_tokens"));
    Long written = Listener.count(usage.path("cache_creation_input_tokens"));
    return new Usage(
        usage.path("input_tokens").asLong()
            + (read == null ? 0 : read)
            + (written == null ? 0 : written),
        usage.path("output_tokens").asLong(),
        read,
        written,
        Listener.count(usage.path("output_tokens_details").path("thinking_tokens")),
        false);
  }

  @Override
  public Heard stream(List<Event> events, String model) {
    Heard heard = new Heard();
    Reading reading = new Reading(heard, model);
    events.forEach(reading::event);
    heard.require(reading.begun, "there is a message_start");
    heard.require(reading.stopped != (heard.error != null), "message_stop is last");
    heard.require(heard.error != null || heard.finish != null, "there is a stop_reason");
    return heard;
  }

  /** One stream. */
  private static final class Reading {
    private final Heard heard;
    private final String model;
    private boolean begun;
    private boolean stopped;
    private @Nullable Usage usageAtStart;
    private int blocks;
    private @Nullable String open;

    Reading(Heard heard, String model) {
      this.heard = heard;
      this.model = model;
    }

    void event(Event event) {
      String type = event.path("type").asText();
      heard.same(event.name(), type, "the event's name");
      heard.require(!stopped && heard.error == null, "nothing follows the end");
      boolean first = type.equals("message_start") || type.equals("ping") || type.equals("error");
      heard.require(begun || first, "message_start is first");
      switch (type) {
        case "ping" -> {}
        case "message_start" -> {
          heard.require(!begun, "one message_start");
          begun = true;
          JsonNode message = event.path("message");
          envelope(heard, message, model);
          heard.require(message.path("stop_reason").isNull(), "the reason is not known at first");
          heard.require(message.path("content").isEmpty(), "the content comes later");
          usageAtStart = usage(heard, message.path("usage"));
          heard.require(usageAtStart != null, "message_start tells usage");
        }
        case "content_block_start" -> {
          heard.require(open == null, "one block is open at a time");
          heard.require(heard.finish == null, "the blocks come before message_delta");
          heard.same(event.path("index").asInt(-1), blocks, "the index of a new block");
          JsonNode block = event.path("content_block");
          open = block.path("type").asText();
          block(heard, blocks, block);
          heard.require(
              !"tool_use".equals(open)
                  || block.path("input").isObject() && block.path("input").isEmpty(),
              "input is empty at first");
        }
        case "content_block_delta" -> delta(event);
        case "content_block_stop" -> {
          heard.require(open != null, "only an open block is stopped");
          heard.same(event.path("index").asInt(-1), blocks, "the index of a stopped block");
          Heard.Wish wish = heard.calls.get(blocks);
          heard.require(
              wish == null || wish.json() != null && wish.json().isObject(),
              "the input of a call is an object");
          open = null;
          blocks++;
        }
        case "message_delta" -> {
          heard.require(open == null, "no block is open at message_delta");
          heard.require(heard.finish == null, "one message_delta");
          // Of an answer that breaks off only the tokens are told.
          if (!event.path("delta").path("stop_reason").isNull()) {
            finish(
                heard,
                event.path("delta").path("stop_reason"),
                event.path("delta").path("stop_sequence"));
          }
          heard.usage = usage(heard, event.path("usage"));
        }
        case "message_stop" -> stopped = true;
        case "error" -> {
          heard.error = event.path("error").path("message").asText();
          heard.usage = heard.usage == null ? usageAtStart : heard.usage;
          heard.require(!event.path("error").path("type").asText().isEmpty(), "errors have types");
        }
        default -> heard.require(false, "an event of the type " + type);
      }
    }

    private void delta(Event event) {
      heard.same(event.path("index").asInt(-1), blocks, "the index of a delta");
      JsonNode delta = event.path("delta");
      String type = delta.path("type").asText();
      heard.same(DELTAS.get(type), open, "the block of a " + type);
      switch (type) {
        case "text_delta" -> heard.text.append(delta.path("text").asText());
        case "thinking_delta" -> heard.reasoning.append(delta.path("thinking").asText());
        case "input_json_delta" -> {
          Heard.Wish wish = heard.calls.get(blocks);
          if (wish != null) {
            wish.arguments.append(delta.path("partial_json").asText());
          }
        }
        default -> {}
      }
    }
  }

  @Override
  public boolean isError(JsonNode body, int status) {
    return body.path("type").asText().equals("error")
        && !body.path("error").path("type").asText().isEmpty()
        && !body.path("error").path("message").asText().isEmpty();
  }
}
