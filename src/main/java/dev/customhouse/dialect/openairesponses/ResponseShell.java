package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Reply;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The response object around an answer: what the client asked for, and OpenAI's defaults where it
 * said nothing. It has every member that either description of the API requires.
 */
final class ResponseShell {
  private final Reply reply;
  private final ChatRequest request;
  private final Map<String, JsonNode> extras;
  private final String id;
  private final ArrayNode tools;
  private final JsonNode choice;

  ResponseShell(Reply reply) {
    this.reply = reply;
    this.request = reply.request();
    this.extras = request.extras().of(Own.DIALECT);
    this.id = "resp_" + reply.requestId();
    ToolWriter writer = new ToolWriter(request.tools(), true, true, (feature, which) -> {});
    this.tools = writer.plain();
    for (JsonNode tool : tools) {
      if (tool instanceof ObjectNode function
          && function.path("type").asText().equals("function")) {
        for (String name : new String[] {"description", "parameters", "strict"}) {
          if (!function.has(name)) {
            function.putNull(name);
          }
        }
      }
    }
    this.choice = choice(writer);
  }

  private JsonNode choice(ToolWriter writer) {
    JsonNode raw = extras.get("tool_choice");
    ToolChoice asked = request.toolChoice();
    JsonNode chosen = raw != null || asked == null ? raw : writer.choice(asked);
    return chosen == null ? Json.object().textNode("auto") : chosen;
  }

  /** The id of the response, made from the request's. */
  String id() {
    return id;
  }

  /** The object of a response that waits for its turn. */
  byte[] queued() {
    return Json.write(response("queued", null, null, Json.object().arrayNode(), null, null));
  }

  /**
   * The object.
   *
   * @param tier by which the provider served it; null: not told
   */
  ObjectNode response(
      String status,
      @Nullable JsonNode error,
      @Nullable JsonNode incompleteDetails,
      ArrayNode output,
      @Nullable Usage usage,
      @Nullable JsonNode tier) {
    ObjectNode response = Json.object();
    response.put("id", id).put("object", "response");
    response.put("created_at", reply.created().getEpochSecond());
    response.put("status", status);
    response.set("background", extra("background", Json.object().booleanNode(false)));
    response.putNull("completed_at");
    response.set("error", error);
    response.put("frequency_penalty", number(request.sampling().frequencyPenalty(), 0));
    response.set("incomplete_details", incompleteDetails);
    response.put("instructions", instructions());
    response.put("max_output_tokens", request.sampling().maxOutputTokens());
    response.set("max_tool_calls", extras.get("max_tool_calls"));
    response.put("model", reply.model());
    response.set("output", output);
    response.put("parallel_tool_calls", !Boolean.FALSE.equals(request.parallelToolCalls()));
    response.put("presence_penalty", number(request.sampling().presencePenalty(), 0));
    response.set("previous_response_id", extras.get("previous_response_id"));
    response.put("prompt_cache_key", request.cacheKey());
    response.set("reasoning", reasoning());
    response.put("safety_identifier", request.endUser());
    String asked = request.serviceTier();
    response.set(
        "service_tier",
        tier == null ? Json.object().textNode(asked == null ? "default" : asked) : tier);
    response.set("store", extra("store", Json.object().booleanNode(true)));
    response.put("temperature", number(request.sampling().temperature(), 1));
    response.set("text", text());
    response.set("tool_choice", choice);
    response.set("tools", tools);
    response.set("top_logprobs", extra("top_logprobs", Json.object().numberNode(0)));
    response.put("top_p", number(request.sampling().topP(), 1));
    response.set("truncation", extra("truncation", Json.object().textNode("disabled")));
    response.set("usage", usage == null ? null : usage(usage));
    response.set("metadata", extra("metadata", Json.object()));
    return response;
  }

  private JsonNode extra(String name, JsonNode otherwise) {
    return extras.getOrDefault(name, otherwise);
  }

  private static BigDecimal number(@Nullable BigDecimal said, int otherwise) {
    return said == null ? BigDecimal.valueOf(otherwise) : said;
  }

  private @Nullable String instructions() {
    if (request.messages().isEmpty()) {
      return null;
    }
    Message first = request.messages().getFirst();
    boolean given =
        first.role() == Message.Role.SYSTEM
            && !first.extras().of(Own.DIALECT).containsKey("type")
            && first.content().size() == 1;
    if (given && first.content().getFirst() instanceof Content.Text text) {
      return text.text();
    }
    return null;
  }

  private ObjectNode reasoning() {
    ObjectNode reasoning = Json.object().putNull("effort").putNull("summary");
    Thinking thinking = request.thinking();
    if (thinking != null) {
      if (thinking.effort() != null) {
        reasoning.put("effort", thinking.effort().label());
      }
      if (Boolean.TRUE.equals(thinking.shown())) {
        reasoning.put("summary", "auto");
      }
      thinking.extras().of(Own.DIALECT).forEach(reasoning::set);
    }
    return reasoning;
  }

  private ObjectNode text() {
    ObjectNode text = Json.object();
    ObjectNode format = text.putObject("format");
    switch (request.outputFormat()) {
      case null -> format.put("type", "text");
      case OutputFormat.JsonObject ignored -> format.put("type", "json_object");
      case OutputFormat.JsonSchema schema -> {
        format.put("type", "json_schema");
        format.put("name", schema.name() == null ? "response" : schema.name());
        format.put("description", schema.description());
        format.set("schema", schema.schema());
        format.put("strict", Boolean.TRUE.equals(schema.strict()));
      }
    }
    text.set("verbosity", extra("verbosity", Json.object().textNode("medium")));
    return text;
  }

  /** Details that nobody told are zero: the members are required. */
  private static ObjectNode usage(Usage told) {
    ObjectNode usage = Json.object();
    usage.put("input_tokens", told.inputTokens());
    ObjectNode input = usage.putObject("input_tokens_details");
    input.put("cached_tokens", count(told.cacheReadTokens()));
    input.put("cache_write_tokens", count(told.cacheWriteTokens()));
    usage.put("output_tokens", told.outputTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", count(told.reasoningTokens()));
    usage.put("total_tokens", told.totalTokens());
    return usage;
  }

  private static long count(@Nullable Long tokens) {
    return tokens == null ? 0 : tokens;
  }
}
