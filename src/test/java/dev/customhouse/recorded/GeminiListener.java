package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client of Google's generateContent (ai.google.dev/api/generate-content). */
final class GeminiListener implements Listener {
  private static final Map<String, String> FINISH =
      Map.ofEntries(
          Map.entry("STOP", "stop"),
          Map.entry("MAX_TOKENS", "length"),
          Map.entry("SAFETY", "content_filter"),
          Map.entry("RECITATION", "content_filter"),
          Map.entry("BLOCKLIST", "content_filter"),
          Map.entry("PROHIBITED_CONTENT", "content_filter"),
          Map.entry("SPII", "content_filter"),
          Map.entry("FINISH_REASON_UNSPECIFIED", "unknown"),
          Map.entry("MALFORMED_FUNCTION_CALL", "error"),
          Map.entry("OTHER", "error"));

  @Override
  public DialectId dialect() {
    return DialectId.GEMINI;
  }

  @Override
  public String oracleName() {
    return "gemini-generate";
  }

  @Override
  public String path(String model, boolean stream) {
    return "/v1beta/models/%s:%s"
        .formatted(model, stream ? "streamGenerateContent?alt=sse" : "generateContent");
  }

  @Override
  public String request(String model, boolean stream, List<String> tools) {
    String form = "{\"name\":NAME,\"parametersJsonSchema\":{\"type\":\"object\"}}";
    return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Go on.\"}]}]%s}"
        .formatted(
            tools.isEmpty()
                ? ""
                : ",\"tools\":[{\"functionDeclarations\":[" + Listener.tools(tools, form) + "]}]");
  }

  @Override
  public Heard whole(JsonNode body, String model) {
    Heard heard = new Heard();
    chunk(heard, body, model);
    end(heard);
    return heard;
  }

  @Override
  public Heard stream(List<Event> events, String model) {
    Heard heard = new Heard();
    String id = null;
    for (Event event : events) {
      heard.same(event.name(), "message", "the event's name");
      JsonNode chunk = event.data();
      heard.require(chunk != null, "there is no [DONE]");
      if (chunk == null) {
        continue;
      }
      heard.require(
          heard.error == null && (heard.finish == null || chunk.path("error").isObject()),
          "nothing but an error follows the finishReason");
      if (chunk.path("error").isObject()) {
        heard.error = chunk.path("error").path("message").asText();
        continue;
      }
      id = id == null ? chunk.path("responseId").asText() : id;
      heard.same(chunk.path("responseId").asText(), id, "responseId");
      chunk(heard, chunk, model);
    }
    end(heard);
    return heard;
  }

  private static void end(Heard heard) {
    heard.require(heard.error != null || heard.finish != null, "there is a finishReason");
    if ("stop".equals(heard.finish) && !heard.calls.isEmpty()) {
      heard.finish = "tool_calls";
    }
  }

  private static void chunk(Heard heard, JsonNode chunk, String model) {
    heard.same(chunk.path("modelVersion").asText(), model, "modelVersion");
    heard.require(!chunk.path("responseId").asText().isEmpty(), "there is a responseId");
    heard.same(chunk.path("candidates").size(), 1, "the number of candidates");
    JsonNode candidate = chunk.path("candidates").path(0);
    JsonNode content = candidate.path("content");
    if (content.isObject()) {
      heard.same(content.path("role").asText(), "model", "the role");
    }
    for (JsonNode part : content.path("parts")) {
      part(heard, part);
    }
    JsonNode reason = candidate.path("finishReason");
    if (!reason.isMissingNode()) {
      heard.finish = FINISH.get(reason.asText());
      heard.require(heard.finish != null, "finishReason is one of the dialect's: " + reason);
    }
    Usage told = usage(chunk.path("usageMetadata"));
    heard.usage = told == null ? heard.usage : told;
  }

  private static void part(Heard heard, JsonNode part) {
    if (part.has("functionCall")) {
      JsonNode call = part.path("functionCall");
      heard.require(call.path("args").isObject(), "args is an object");
      heard.require(!call.path("id").asText().isEmpty(), "a call has an id");
      Heard.Wish wish = new Heard.Wish(call.path("id").asText(), call.path("name").asText(), false);
      wish.arguments.append(call.path("args"));
      heard.calls.put(heard.calls.size(), wish);
    } else if (part.has("text")) {
      (part.path("thought").asBoolean() ? heard.reasoning : heard.text)
          .append(part.path("text").asText());
    } else {
      heard.require(
          part.has("inlineData") || part.has("thoughtSignature"), "a part of an unknown kind");
    }
  }

  private static @Nullable Usage usage(JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    return new Usage(
        usage.path("promptTokenCount").asLong() + usage.path("toolUsePromptTokenCount").asLong(),
        usage.path("candidatesTokenCount").asLong() + usage.path("thoughtsTokenCount").asLong(),
        Listener.count(usage.path("cachedContentTokenCount")),
        null,
        Listener.count(usage.path("thoughtsTokenCount")),
        false);
  }

  @Override
  public boolean isError(JsonNode body, int status) {
    JsonNode error = body.path("error");
    return error.path("code").asInt() == status
        && !error.path("message").asText().isEmpty()
        && !error.path("status").asText().isEmpty();
  }
}
