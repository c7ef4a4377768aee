package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.JsonBytes;
import dev.customhouse.dialect.Reply;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The response object around an answer: what the client asked for, and OpenAI's defaults where it
 * said nothing. It has every member that either description of the API requires.
 */
final class ResponseShell {
  /** What a response without long words has. */
  static final int EXPECTED_BYTES = 2_048;

  private static final JsonNode AUTO = TextNode.valueOf("auto");
  private static final JsonNode DISABLED = TextNode.valueOf("disabled");
  private static final JsonNode MEDIUM = TextNode.valueOf("medium");
  private static final JsonNode NO_METADATA = Json.object();

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
    return chosen == null ? AUTO : chosen;
  }

  /** The id of the response, made from the request's. */
  String id() {
    return id;
  }

  /** The object of a response that waits for its turn. */
  byte[] queued() {
    JsonBytes queued = new JsonBytes(EXPECTED_BYTES).beginObject();
    write(queued, "queued", null, null, List.of(), null, null);
    return queued.toByteArray();
  }

  /**
   * Writes the members of the object, and its end.
   *
   * @param output the items, without those that are null
   * @param tier by which the provider served it; null: not told
   */
  void write(
      JsonBytes response,
      String status,
      @Nullable JsonNode error,
      @Nullable JsonNode incompleteDetails,
      List<@Nullable ObjectNode> output,
      @Nullable Usage usage,
      @Nullable JsonNode tier) {
    Sampling sampling = request.sampling();
    response.put("id", id).put("object", "response");
    response.put("created_at", reply.created().getEpochSecond());
    response.put("status", status);
    response.set("background", extra("background", BooleanNode.FALSE));
    response.putNull("completed_at");
    response.set("error", error);
    response.set("frequency_penalty", number(sampling.frequencyPenalty(), 0));
    response.set("incomplete_details", incompleteDetails);
    response.put("instructions", instructions());
    response.put("max_output_tokens", sampling.maxOutputTokens());
    response.set("max_tool_calls", extras.get("max_tool_calls"));
    response.put("model", reply.model());
    response.beginArray("output");
    for (ObjectNode item : output) {
      if (item != null) {
        response.add(item);
      }
    }
    response.endArray();
    response.put("parallel_tool_calls", !Boolean.FALSE.equals(request.parallelToolCalls()));
    response.set("presence_penalty", number(sampling.presencePenalty(), 0));
    response.set("previous_response_id", extras.get("previous_response_id"));
    response.put("prompt_cache_key", request.cacheKey());
    response.set("reasoning", reasoning());
    response.put("safety_identifier", request.endUser());
    if (tier == null) {
      String asked = request.serviceTier();
      response.put("service_tier", asked == null ? "default" : asked);
    } else {
      response.set("service_tier", tier);
    }
    response.set("store", extra("store", BooleanNode.TRUE));
    response.set("temperature", number(sampling.temperature(), 1));
    text(response);
    response.set("tool_choice", choice);
    response.set("tools", tools);
    response.set("top_logprobs", extra("top_logprobs", IntNode.valueOf(0)));
    response.set("top_p", number(sampling.topP(), 1));
    response.set("truncation", extra("truncation", DISABLED));
    usage(response, usage);
    response.set("metadata", extra("metadata", NO_METADATA));
    response.endObject();
  }

  private JsonNode extra(String name, JsonNode otherwise) {
    return extras.getOrDefault(name, otherwise);
  }

  private static JsonNode number(@Nullable BigDecimal said, int otherwise) {
    return said == null ? IntNode.valueOf(otherwise) : Json.object().numberNode(said);
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

  private void text(JsonBytes response) {
    JsonBytes format = response.beginObject("text").beginObject("format");
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
    format.endObject();
    response.set("verbosity", extra("verbosity", MEDIUM)).endObject();
  }

  /** Details that nobody told are zero: the members are required. */
  private static void usage(JsonBytes response, @Nullable Usage told) {
    if (told == null) {
      response.putNull("usage");
      return;
    }
    JsonBytes usage = response.beginObject("usage").put("input_tokens", told.inputTokens());
    usage.beginObject("input_tokens_details");
    usage.put("cached_tokens", count(told.cacheReadTokens()));
    usage.put("cache_write_tokens", count(told.cacheWriteTokens())).endObject();
    usage.put("output_tokens", told.outputTokens());
    usage.beginObject("output_tokens_details");
    usage.put("reasoning_tokens", count(told.reasoningTokens())).endObject();
    usage.put("total_tokens", told.totalTokens()).endObject();
  }

  private static long count(@Nullable Long tokens) {
    return tokens == null ? 0 : tokens;
  }
}
