package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Answers in Anthropic's Messages. */
final class MessagesVoice {
  private final Call call;
  private final Ask ask;
  private final Script.Scene scene;

  private MessagesVoice(Call call, Ask ask, Script.Scene scene) {
    this.call = call;
    this.ask = ask;
    this.scene = scene;
  }

  static Spoken answer(Call call) {
    Ask ask = MessagesAsk.read(call.body(), false);
    MessagesVoice voice = new MessagesVoice(call, ask, Script.play(ask));
    return ask.stream() ? voice.stream() : voice.whole();
  }

  /** The same count that the answer's usage would tell. */
  static Spoken countTokens(Call call) {
    return Spoken.json(
        Json.object().put("input_tokens", Tokens.ofPrompt(MessagesAsk.read(call.body(), true))));
  }

  private Spoken whole() {
    ArrayNode content = Json.array();
    switch (scene.reply()) {
      // No empty text blocks: Anthropic never sends one, and refuses to be sent one.
      case Reply.Text(String text, var _, var _) -> {
        if (!text.isEmpty()) {
          content.add(textBlock(text));
        }
      }
      case Reply.ToolCall tool ->
          content.add(
              toolBlock(tool, Json.parseObject(tool.input().getBytes(StandardCharsets.UTF_8))));
    }
    Spoken spoken =
        Spoken.json(message(content, stopReason(), stopSequence(), usage(scene.reply().tokens())));
    return scene.ending() instanceof Ending.Cut ? spoken.broken() : spoken;
  }

  private ObjectNode message(
      ArrayNode content,
      @Nullable String stopReason,
      @Nullable String stopSequence,
      ObjectNode usage) {
    ObjectNode message =
        Json.object()
            .put("id", call.names().id("msg_"))
            .put("type", "message")
            .put("role", "assistant")
            .put("model", ask.model());
    message.set("content", content);
    message.put("stop_reason", stopReason).put("stop_sequence", stopSequence);
    message.putNull("stop_details").putNull("container");
    message.set("usage", usage);
    return message;
  }

  private Spoken stream() {
    Spoken.Events events = new Spoken.Events();
    Ending ending = scene.ending();
    if (ending instanceof Ending.Failed failed && !failed.afterContent()) {
      return events.named(error(failed.fault())).end(ending);
    }
    // The output's count is told at the end only: some clients add this figure to that one.
    ObjectNode start = event("message_start");
    start.set("message", message(Json.array(), null, null, usage(0)));
    events.named(start);
    events.named(event("ping"));
    switch (scene.reply()) {
      case Reply.Text(String text, var _, var _) -> {
        if (!text.isEmpty()) {
          events.named(blockStart(textBlock("")));
          for (String piece : Spoken.beginning(Pieces.words(text, 1), ending)) {
            events.named(blockDelta(Json.object().put("type", "text_delta").put("text", piece)));
          }
        }
      }
      case Reply.ToolCall tool -> {
        events.named(blockStart(toolBlock(tool, Json.object())));
        events.named(inputDelta(""));
        for (String piece : Spoken.beginning(Pieces.runs(tool.input(), 1), ending)) {
          events.named(inputDelta(piece));
        }
      }
    }
    if (ending instanceof Ending.Failed failed) {
      return events.named(error(failed.fault())).end(ending);
    }
    if (ending instanceof Ending.Cut) {
      return events.end(ending);
    }
    if (!(scene.reply() instanceof Reply.Text(String text, var _, var _) && text.isEmpty())) {
      events.named(event("content_block_stop").put("index", 0));
    }
    ObjectNode delta = event("message_delta");
    delta.set(
        "delta",
        Json.object()
            .put("stop_reason", stopReason())
            .put("stop_sequence", stopSequence())
            .putNull("stop_details")
            .putNull("container"));
    delta.set("usage", usage(scene.reply().tokens()));
    return events.named(delta).named(event("message_stop")).end(ending);
  }

  private static ObjectNode event(String type) {
    return Json.object().put("type", type);
  }

  private static ObjectNode error(Fault fault) {
    ObjectNode event = event("error");
    event.set("error", FaultVoice.anthropicError(fault));
    return event;
  }

  private static ObjectNode blockStart(ObjectNode block) {
    ObjectNode event = event("content_block_start").put("index", 0);
    event.set("content_block", block);
    return event;
  }

  private static ObjectNode blockDelta(ObjectNode delta) {
    ObjectNode event = event("content_block_delta").put("index", 0);
    event.set("delta", delta);
    return event;
  }

  private static ObjectNode inputDelta(String piece) {
    return blockDelta(Json.object().put("type", "input_json_delta").put("partial_json", piece));
  }

  private static ObjectNode textBlock(String text) {
    return Json.object().put("type", "text").put("text", text);
  }

  private ObjectNode toolBlock(Reply.ToolCall tool, ObjectNode input) {
    ObjectNode block =
        Json.object()
            .put("type", "tool_use")
            .put("id", call.names().id("toolu_"))
            .put("name", tool.tool().name());
    block.set("input", input);
    return block;
  }

  private String stopReason() {
    return switch (scene.reply()) {
      case Reply.Text(var _, Reply.Stop stop, var _) ->
          switch (stop) {
            case DONE -> "end_turn";
            case SEQUENCE -> "stop_sequence";
            case LENGTH -> "max_tokens";
          };
      case Reply.ToolCall _ -> "tool_use";
    };
  }

  private @Nullable String stopSequence() {
    return scene.reply() instanceof Reply.Text text ? text.stopSequence() : null;
  }

  private ObjectNode usage(long outputTokens) {
    ObjectNode usage =
        Json.object()
            .put("input_tokens", Tokens.ofPrompt(ask))
            .put("cache_creation_input_tokens", 0)
            .put("cache_read_input_tokens", 0);
    usage.set(
        "cache_creation",
        Json.object().put("ephemeral_5m_input_tokens", 0).put("ephemeral_1h_input_tokens", 0));
    return usage.put("output_tokens", outputTokens).put("service_tier", "standard");
  }
}
