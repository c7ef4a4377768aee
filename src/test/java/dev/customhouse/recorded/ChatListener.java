package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client of OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat). */
final class ChatListener implements Listener {
  private static final Map<String, String> FINISH =
      Map.of(
          "stop", "stop",
          "length", "length",
          "tool_calls", "tool_calls",
          "content_filter", "content_filter");

  @Override
  public DialectId dialect() {
    return DialectId.OPENAI_CHAT;
  }

  @Override
  public String oracleName() {
    return "openai-chat";
  }

  @Override
  public String path(String model, boolean stream) {
    return "/v1/chat/completions";
  }

  @Override
  public String request(String model, boolean stream, List<String> tools) {
    String form =
        "{\"type\":\"function\",\"function\":{\"name\":NAME,\"parameters\":{\"type\":\"object\"}}}";
    return "{\"model\":\"%s\"%s%s,\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]}"
        .formatted(
            model,
            stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "",
            tools.isEmpty() ? "" : ",\"tools\":[" + Listener.tools(tools, form) + "]");
  }

  @Override
  public Heard whole(JsonNode body, String model) {
    Heard heard = new Heard();
    heard.same(body.path("object").asText(), "chat.completion", "object");
    heard.same(body.path("model").asText(), model, "model");
    heard.require(!body.path("id").asText().isEmpty(), "there is an id");
    heard.require(body.path("created").isIntegralNumber(), "created is a number");
    JsonNode choice = body.path("choices").path(0);
    heard.same(choice.path("index").asInt(-1), 0, "the choice's index");
    JsonNode message = choice.path("message");
    heard.same(message.path("role").asText(), "assistant", "the role");
    heard.require(
        message.path("content").isTextual() || message.path("content").isNull(),
        "content is a text or null");
    heard.text.append(message.path("content").asText(""));
    heard.reasoning.append(message.path("reasoning_content").asText(""));
    heard.refusal.append(message.path("refusal").asText(""));
    int number = 0;
    for (JsonNode call : message.path("tool_calls")) {
      wish(heard, number, call);
      more(heard, number, call);
      number++;
    }
    finish(heard, choice.path("finish_reason"));
    heard.usage = usage(body.path("usage"));
    return heard;
  }

  private static void wish(Heard heard, int number, JsonNode call) {
    boolean custom = call.path("type").asText().equals("custom");
    JsonNode of = call.path(custom ? "custom" : "function");
    heard.require(
        custom || call.path("type").asText().equals("function"), "a call begins with its type");
    heard.require(!of.path("name").asText().isEmpty(), "a call begins with its name");
    heard.require(!call.path("id").asText().isEmpty(), "a call begins with its id");
    heard.calls.put(
        number, new Heard.Wish(call.path("id").asText(), of.path("name").asText(), custom));
  }

  private static void more(Heard heard, int number, JsonNode call) {
    Heard.Wish wish = heard.calls.get(number);
    if (wish != null) {
      wish.arguments.append(
          wish.freeform
              ? call.path("custom").path("input").asText("")
              : call.path("function").path("arguments").asText(""));
    }
  }

  private static void finish(Heard heard, JsonNode reason) {
    heard.finish = FINISH.get(reason.asText());
    heard.require(heard.finish != null, "finish_reason is one of the dialect's: " + reason);
    heard.require(heard.finish == null || reason.isTextual(), "finish_reason is a text");
  }

  private static @Nullable Usage usage(JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    JsonNode prompt = usage.path("prompt_tokens_details");
    return new Usage(
        usage.path("prompt_tokens").asLong(),
        usage.path("completion_tokens").asLong(),
        Listener.count(prompt.path("cached_tokens")),
        Listener.count(prompt.path("cache_write_tokens")),
        Listener.count(usage.path("completion_tokens_details").path("reasoning_tokens")),
        false);
  }

  @Override
  public Heard stream(List<Event> events, String model) {
    Heard heard = new Heard();
    String id = null;
    boolean role = false;
    boolean done = false;
    int usages = 0;
    for (Event event : events) {
      heard.require(!done, "nothing follows [DONE]");
      heard.same(event.name(), "message", "the event's name");
      if (event.data() == null) {
        done = true;
        continue;
      }
      if (event.path("error").isObject()) {
        heard.error = event.path("error").path("message").asText();
        heard.usage = usage(event.path("usage"));
        continue;
      }
      id = id == null ? event.path("id").asText() : id;
      heard.require(!id.isEmpty() && event.path("id").asText().equals(id), "one id everywhere");
      heard.same(event.path("object").asText(), "chat.completion.chunk", "object");
      heard.same(event.path("model").asText(), model, "model");
      heard.require(event.path("created").isIntegralNumber(), "created is a number");
      heard.require(usages == 0, "only [DONE] follows the usage");
      JsonNode choices = event.path("choices");
      heard.require(choices.isArray(), "choices is there");
      if (event.path("usage").isObject()) {
        heard.require(choices.isEmpty(), "the usage chunk has no choices");
        heard.usage = usage(event.path("usage"));
        usages++;
        continue;
      }
      heard.same(choices.size(), 1, "the number of choices");
      JsonNode delta = choices.path(0).path("delta");
      heard.require(delta.isObject(), "there is a delta");
      heard.require(role || delta.path("role").asText().equals("assistant"), "the role is first");
      role = true;
      heard.require(heard.finish == null || delta.isEmpty(), "nothing follows the finish_reason");
      delta(heard, delta);
      JsonNode reason = choices.path(0).path("finish_reason");
      if (!reason.isNull() && !reason.isMissingNode()) {
        heard.require(heard.finish == null, "one finish_reason");
        finish(heard, reason);
      }
    }
    heard.require(done || heard.error != null, "[DONE] is last");
    heard.require(heard.error != null || heard.finish != null, "there is a finish_reason");
    heard.require(usages <= (heard.error == null ? 1 : 0), "one usage chunk: " + usages);
    return heard;
  }

  private static void delta(Heard heard, JsonNode delta) {
    heard.text.append(delta.path("content").asText(""));
    heard.reasoning.append(delta.path("reasoning_content").asText(""));
    heard.refusal.append(delta.path("refusal").asText(""));
    for (JsonNode call : delta.path("tool_calls")) {
      int index = call.path("index").asInt(-1);
      if (!heard.calls.containsKey(index)) {
        heard.same(index, heard.calls.size(), "the index of a new call");
        wish(heard, index, call);
      } else {
        heard.require(!call.path("function").has("name"), "a call's name comes once");
      }
      more(heard, index, call);
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
