package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers in OpenAI's Responses. Makes the response object and the events that build it up. */
final class ResponsesVoice {
  private static final String IN_PROGRESS = "in_progress";

  private final Call call;
  private final Ask ask;
  private final Script.Scene scene;
  private int sequenceNumber;

  ResponsesVoice(Call call, Ask ask, Script.Scene scene) {
    this.call = call;
    this.ask = ask;
    this.scene = scene;
  }

  /** The finished response. */
  ObjectNode whole() {
    boolean incomplete =
        scene.reply() instanceof Reply.Text text && text.stop() == Reply.Stop.LENGTH;
    ObjectNode response =
        response(incomplete ? "incomplete" : "completed", List.of(item(finalStatus(), true)));
    if (incomplete) {
      response.set("incomplete_details", Json.object().put("reason", "max_output_tokens"));
    }
    response.set("usage", usage());
    return response;
  }

  /** The response before anything of it is there. */
  ObjectNode begun(String status) {
    return response(status, List.of());
  }

  /** All events, the last of them with the finished response. There is no {@code [DONE]}. */
  Spoken stream() {
    Spoken.Events events = new Spoken.Events();
    Ending ending = scene.ending();
    if (ending instanceof Ending.Failed failed && !failed.afterContent()) {
      return fail(events, failed);
    }
    for (String type : List.of("response.created", "response.in_progress")) {
      ObjectNode event = event(type);
      event.set("response", begun(IN_PROGRESS));
      events.named(event);
    }
    ObjectNode added = event("response.output_item.added").put("output_index", 0);
    added.set("item", item(IN_PROGRESS, false));
    events.named(added);
    switch (scene.reply()) {
      case Reply.Text(String text, var _, var _) -> streamText(events, text);
      case Reply.ToolCall tool -> streamToolCall(events, tool);
    }
    if (ending instanceof Ending.Failed failed) {
      return fail(events, failed);
    }
    if (ending instanceof Ending.Cut) {
      return events.end(ending);
    }
    ObjectNode done = event("response.output_item.done").put("output_index", 0);
    done.set("item", item(finalStatus(), true));
    events.named(done);
    ObjectNode response = whole();
    ObjectNode last = event("response." + response.path("status").asText());
    last.set("response", response);
    return events.named(last).end(ending);
  }

  private void streamText(Spoken.Events events, String text) {
    ObjectNode added = textEvent("response.content_part.added");
    added.set("part", outputText(""));
    events.named(added);
    for (String piece : Spoken.beginning(Pieces.words(text, 1), scene.ending())) {
      ObjectNode delta = textEvent("response.output_text.delta").put("delta", piece);
      delta.set("logprobs", Json.array());
      events.named(delta);
    }
    if (!(scene.ending() instanceof Ending.Proper)) {
      return;
    }
    ObjectNode done = textEvent("response.output_text.done").put("text", text);
    done.set("logprobs", Json.array());
    events.named(done);
    ObjectNode partDone = textEvent("response.content_part.done");
    partDone.set("part", outputText(text));
    events.named(partDone);
  }

  private void streamToolCall(Spoken.Events events, Reply.ToolCall tool) {
    boolean freeform = tool.tool().freeform();
    String type = freeform ? "response.custom_tool_call_input" : "response.function_call_arguments";
    for (String piece : Spoken.beginning(Pieces.runs(tool.input(), 1), scene.ending())) {
      events.named(itemEvent(type + ".delta").put("delta", piece));
    }
    if (scene.ending() instanceof Ending.Proper) {
      ObjectNode done = itemEvent(type + ".done");
      if (!freeform) {
        done.put("name", tool.tool().name());
      }
      events.named(done.put(freeform ? "input" : "arguments", tool.input()));
    }
  }

  /** OpenAI nests the error in its event, and tells it again with the failed response. */
  private Spoken fail(Spoken.Events events, Ending.Failed failed) {
    Fault fault = failed.fault();
    ObjectNode event = event("error");
    event.set("error", FaultVoice.openaiError(fault));
    events.named(event);
    String code = FaultVoice.openaiCode(fault.kind());
    ObjectNode response = begun("failed");
    response.set(
        "error",
        Json.object()
            .put("code", code == null ? "server_error" : code)
            .put("message", FaultVoice.openaiMessage(fault)));
    ObjectNode last = event("response.failed");
    last.set("response", response);
    return events.named(last).end(failed);
  }

  private ObjectNode event(String type) {
    return Json.object().put("type", type).put("sequence_number", sequenceNumber++);
  }

  private ObjectNode itemEvent(String type) {
    return event(type).put("item_id", itemId()).put("output_index", 0);
  }

  private ObjectNode textEvent(String type) {
    return itemEvent(type).put("content_index", 0);
  }

  private String itemId() {
    return switch (scene.reply()) {
      case Reply.Text _ -> call.names().id("msg_");
      case Reply.ToolCall tool -> call.names().id(tool.tool().freeform() ? "ctc_" : "fc_");
    };
  }

  private String finalStatus() {
    return scene.reply() instanceof Reply.Text text && text.stop() == Reply.Stop.LENGTH
        ? "incomplete"
        : "completed";
  }

  /** The one output item, with its content or before it. */
  private ObjectNode item(String status, boolean filled) {
    ObjectNode item = Json.object().put("id", itemId());
    switch (scene.reply()) {
      case Reply.Text(String text, var _, var _) -> {
        item.put("type", "message").put("status", status).put("role", "assistant");
        item.set("content", filled ? Json.array(outputText(text)) : Json.array());
      }
      case Reply.ToolCall(Ask.Tool tool, String input) -> {
        item.put("type", tool.freeform() ? "custom_tool_call" : "function_call")
            .put("status", status)
            .put("call_id", call.names().id("call_"))
            .put("name", tool.name())
            .put(tool.freeform() ? "input" : "arguments", filled ? input : "");
        if (tool.namespace() != null) {
          item.put("namespace", tool.namespace());
        }
      }
    }
    return item;
  }

  private static ObjectNode outputText(String text) {
    ObjectNode part = Json.object().put("type", "output_text").put("text", text);
    part.set("annotations", Json.array());
    part.set("logprobs", Json.array());
    return part;
  }

  private ObjectNode response(String status, List<ObjectNode> output) {
    ObjectNode body = call.body();
    ObjectNode response =
        Json.object()
            .put("id", call.names().id("resp_"))
            .put("object", "response")
            .put("created_at", call.createdSeconds())
            .put("status", status)
            .put("background", body.path("background").asBoolean());
    if (status.equals("completed")) {
      response.put("completed_at", call.createdSeconds());
    } else {
      response.putNull("completed_at");
    }
    response.putNull("error").putNull("incomplete_details");
    copy(response, "instructions", null);
    copy(response, "max_output_tokens", null);
    copy(response, "max_tool_calls", null);
    response.put("model", ask.model());
    response.set("output", Json.array(output.toArray(JsonNode[]::new)));
    response.put("parallel_tool_calls", body.path("parallel_tool_calls").asBoolean(true));
    copy(response, "previous_response_id", null);
    copy(response, "prompt_cache_key", null);
    copy(response, "reasoning", Json.object().putNull("effort").putNull("summary"));
    copy(response, "safety_identifier", null);
    response.put("service_tier", "default");
    response.put("store", body.path("store").asBoolean(true));
    response.put("frequency_penalty", 0.0).put("presence_penalty", 0.0);
    response.put("temperature", body.path("temperature").asDouble(1.0));
    ObjectNode text = Json.object();
    text.set("format", Json.object().put("type", "text"));
    if (body.path("text") instanceof ObjectNode asked) {
      text.setAll(asked);
    }
    response.set("text", text);
    copy(response, "tool_choice", Json.object().textNode("auto"));
    copy(response, "tools", Json.array());
    response.put("top_logprobs", body.path("top_logprobs").asInt(0));
    response.put("top_p", body.path("top_p").asDouble(1.0));
    response.put("truncation", Json.text(body, "truncation", "disabled"));
    response.putNull("usage");
    copy(response, "user", null);
    copy(response, "metadata", Json.object());
    return response;
  }

  private void copy(ObjectNode response, String member, @Nullable JsonNode otherwise) {
    JsonNode asked = Json.first(call.body(), member);
    JsonNode absent = otherwise == null ? NullNode.getInstance() : otherwise;
    response.set(member, asked.isMissingNode() ? absent : asked);
  }

  private ObjectNode usage() {
    long inputTokens = Tokens.ofPrompt(ask);
    long outputTokens = scene.reply().tokens();
    ObjectNode usage = Json.object().put("input_tokens", inputTokens);
    usage.set(
        "input_tokens_details", Json.object().put("cached_tokens", 0).put("cache_write_tokens", 0));
    usage.put("output_tokens", outputTokens);
    usage.set("output_tokens_details", Json.object().put("reasoning_tokens", 0));
    return usage.put("total_tokens", inputTokens + outputTokens);
  }
}
