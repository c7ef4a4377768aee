package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Answers in OpenAI's Chat Completions. */
final class ChatVoice {
  /** The last event of a stream. */
  static final String DONE = "data: [DONE]\n\n";

  private final Call call;
  private final Ask ask;
  private final Script.Scene scene;

  private ChatVoice(Call call, Ask ask, Script.Scene scene) {
    this.call = call;
    this.ask = ask;
    this.scene = scene;
  }

  static Spoken answer(Call call) {
    Ask ask = ChatAsk.read(call.body());
    ChatVoice voice = new ChatVoice(call, ask, Script.play(ask));
    return ask.stream() ? voice.stream() : voice.whole();
  }

  private Spoken whole() {
    ArrayNode choices = Json.array();
    for (int index = 0; index < ask.choices(); index++) {
      ObjectNode choice = Json.object().put("index", index);
      choice.set("message", message(index));
      choices.add(choice.putNull("logprobs").put("finish_reason", finish(scene.reply())));
    }
    ObjectNode answer = head("chat.completion");
    answer.set("choices", choices);
    answer.set("usage", usage());
    answer.put("service_tier", "default").putNull("system_fingerprint");
    Spoken spoken = Spoken.json(answer);
    return scene.ending() instanceof Ending.Cut ? spoken.broken() : spoken;
  }

  private ObjectNode message(int index) {
    ObjectNode message = Json.object().put("role", "assistant");
    switch (scene.reply()) {
      case Reply.Text(String text, var _, var _) -> message.put("content", text);
      case Reply.ToolCall tool -> {
        message.putNull("content");
        message.set("tool_calls", Json.array(toolCall(tool, index, tool.input())));
      }
    }
    message.putNull("refusal");
    message.set("annotations", Json.array());
    return message;
  }

  private ObjectNode toolCall(Reply.ToolCall tool, int index, String input) {
    boolean freeform = tool.tool().freeform();
    ObjectNode said =
        Json.object().put("name", tool.tool().name()).put(freeform ? "input" : "arguments", input);
    ObjectNode toolCall =
        Json.object()
            .put("id", call.names().id("call_", index))
            .put("type", freeform ? "custom" : "function");
    toolCall.set(freeform ? "custom" : "function", said);
    return toolCall;
  }

  private Spoken stream() {
    Spoken.Events events = new Spoken.Events();
    Ending ending = scene.ending();
    if (ending instanceof Ending.Failed failed && !failed.afterContent()) {
      return events.data(FaultVoice.openai(failed.fault())).end(ending);
    }
    for (int index = 0; index < ask.choices(); index++) {
      content(events, index);
      if (ending instanceof Ending.Failed failed) {
        return events.data(FaultVoice.openai(failed.fault())).end(ending);
      }
      if (ending instanceof Ending.Cut) {
        return events.end(ending);
      }
      events.data(chunk(index, Json.object(), finish(scene.reply())));
    }
    if (withUsage()) {
      ObjectNode last = head("chat.completion.chunk");
      last.put("service_tier", "default").putNull("system_fingerprint");
      last.set("choices", Json.array());
      last.set("usage", usage());
      events.data(last);
    }
    return events.raw(DONE).end(ending);
  }

  private void content(Spoken.Events events, int index) {
    ObjectNode first = Json.object().put("role", "assistant");
    switch (scene.reply()) {
      case Reply.Text(String text, var _, var _) -> {
        events.data(chunk(index, first.put("content", "").putNull("refusal"), null));
        for (String piece : Spoken.beginning(Pieces.words(text, ask.choices()), scene.ending())) {
          events.data(chunk(index, Json.object().put("content", piece), null));
        }
      }
      case Reply.ToolCall tool -> {
        events.data(chunk(index, first.putNull("content").putNull("refusal"), null));
        ObjectNode begun = Json.object().put("index", 0);
        begun.setAll(toolCall(tool, index, ""));
        events.data(chunk(index, toolCalls(begun), null));
        boolean freeform = tool.tool().freeform();
        for (String piece :
            Spoken.beginning(Pieces.runs(tool.input(), ask.choices()), scene.ending())) {
          ObjectNode more = Json.object().put("index", 0);
          more.set(
              freeform ? "custom" : "function",
              Json.object().put(freeform ? "input" : "arguments", piece));
          events.data(chunk(index, toolCalls(more), null));
        }
      }
    }
  }

  private static ObjectNode toolCalls(ObjectNode toolCall) {
    ObjectNode delta = Json.object();
    delta.set("tool_calls", Json.array(toolCall));
    return delta;
  }

  private ObjectNode chunk(int index, ObjectNode delta, @Nullable String finish) {
    ObjectNode choice = Json.object().put("index", index);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", finish);
    ObjectNode chunk = head("chat.completion.chunk");
    chunk.put("service_tier", "default").putNull("system_fingerprint");
    chunk.set("choices", Json.array(choice));
    if (withUsage()) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private boolean withUsage() {
    return call.body().path("stream_options").path("include_usage").asBoolean();
  }

  private ObjectNode head(String object) {
    return Json.object()
        .put("id", call.names().id("chatcmpl-"))
        .put("object", object)
        .put("created", call.createdSeconds())
        .put("model", ask.model());
  }

  private ObjectNode usage() {
    return usage(Tokens.ofPrompt(ask), scene.reply().tokens() * ask.choices());
  }

  /** Usage as Chat Completions and its sisters tell it. */
  static ObjectNode usage(long promptTokens, long completionTokens) {
    ObjectNode usage =
        Json.object()
            .put("prompt_tokens", promptTokens)
            .put("completion_tokens", completionTokens)
            .put("total_tokens", promptTokens + completionTokens);
    usage.set(
        "prompt_tokens_details", Json.object().put("cached_tokens", 0).put("audio_tokens", 0));
    usage.set(
        "completion_tokens_details",
        Json.object()
            .put("reasoning_tokens", 0)
            .put("audio_tokens", 0)
            .put("accepted_prediction_tokens", 0)
            .put("rejected_prediction_tokens", 0));
    return usage;
  }

  /** The finish reason. */
  static String finish(Reply reply) {
    return switch (reply) {
      case Reply.Text(var _, Reply.Stop stop, var _) ->
          stop == Reply.Stop.LENGTH ? "length" : "stop";
      case Reply.ToolCall _ -> "tool_calls";
    };
  }
}
