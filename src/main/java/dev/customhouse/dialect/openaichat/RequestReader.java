package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a client's request. */
final class RequestReader {
  /** The extra that tells that a client knows functions only, and no tools. */
  static final String FUNCTIONS = "functions";

  private static final String STREAM_OPTIONS = "stream_options";

  /** How LM Studio's clients say that there is no limit. */
  private static final long UNLIMITED = -1;

  /** The members that the hub has nouns for. */
  static final Set<String> READ =
      Set.of(
          "model",
          "messages",
          "tools",
          FUNCTIONS,
          "tool_choice",
          "function_call",
          "parallel_tool_calls",
          "temperature",
          "top_p",
          "top_k",
          "frequency_penalty",
          "presence_penalty",
          "seed",
          "max_tokens",
          "max_completion_tokens",
          "stop",
          "n",
          "reasoning_effort",
          "response_format",
          "stream",
          STREAM_OPTIONS,
          "user",
          "safety_identifier",
          "service_tier",
          "prompt_cache_key");

  private static final Set<String> SCHEMA = Set.of("name", "description", "schema", "strict");

  private final Members body;
  private final Map<String, JsonNode> extras;

  private RequestReader(Members body) {
    this.body = body;
    this.extras = new LinkedHashMap<>(body.others(READ));
    extras.entrySet().removeIf(extra -> saysNothing(extra.getKey(), extra.getValue()));
  }

  /** What asks for what is so anyway must not be refused by a dialect without it. */
  private static boolean saysNothing(String name, JsonNode value) {
    return switch (name) {
      case "logit_bias" -> value.isEmpty();
      case "logprobs" -> value.isBoolean() && !value.booleanValue();
      case "top_logprobs" -> value.isInt() && value.intValue() == 0;
      case "modalities" -> value.size() == 1 && value.path(0).asText().equals("text");
      default -> false;
    };
  }

  static ChatRequest read(Call call) {
    JsonNode body = Json.read(call.body());
    if (!body.isObject()) {
      throw RequestBody.invalid(
          "invalid_json",
          "The request body must be a JSON object that is not nested too deep.",
          null);
    }
    return new RequestReader(Members.of(body, "")).request(call);
  }

  private ChatRequest request(Call call) {
    List<Tool> tools = ToolReader.tools(body);
    if (body.has(FUNCTIONS)) {
      extras.put(FUNCTIONS, BooleanNode.TRUE);
    }
    return ChatRequest.builder(call.requestedModel())
        .messages(new MessageReader().read(messages()))
        .tools(tools)
        .toolChoice(ToolReader.choice(body, tools))
        .parallelToolCalls(body.flag("parallel_tool_calls"))
        .sampling(sampling())
        .thinking(ThinkingReader.read(body, extras))
        .outputFormat(format())
        .stream(call.stream())
        .endUser(endUser())
        .serviceTier(body.text("service_tier"))
        .cacheKey(body.text("prompt_cache_key"))
        .extras(extras())
        .build();
  }

  private JsonNode messages() {
    JsonNode messages = body.list("messages");
    if (messages.isMissingNode()) {
      throw Members.missing("messages", "an array of messages");
    }
    if (messages.isEmpty()) {
      throw RequestBody.invalid(
          "invalid_value", "'messages' must hold at least one message.", "messages");
    }
    return messages;
  }

  private Sampling sampling() {
    Integer candidates = body.positive("n");
    Integer topK = null;
    Long given = body.whole("top_k");
    if (given != null && given > 0) {
      topK = Math.toIntExact(Math.min(given, Integer.MAX_VALUE));
    }
    return new Sampling(
        body.number("temperature"),
        body.number("top_p"),
        topK,
        body.number("frequency_penalty"),
        body.number("presence_penalty"),
        body.whole("seed"),
        maxOutputTokens(),
        stop(),
        candidates == null || candidates == 1 ? null : candidates);
  }

  private @Nullable Integer maxOutputTokens() {
    String member = body.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    Long limit = body.whole(member);
    if (member.equals("max_completion_tokens")
        && body.has("max_tokens")
        && !body.get("max_tokens").equals(body.get(member))) {
      extras.put("max_tokens", body.get("max_tokens"));
    }
    return limit == null || limit == UNLIMITED ? null : body.positive(member);
  }

  private List<String> stop() {
    JsonNode stop = body.get("stop");
    if (stop.isTextual()) {
      return List.of(stop.textValue());
    }
    if (!stop.isMissingNode() && !stop.isArray()) {
      throw Members.wrong("stop", "a string or an array of strings", stop);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < stop.size(); i++) {
      if (!stop.get(i).isTextual()) {
        throw Members.wrong("stop[" + i + "]", "a string", stop.get(i));
      }
      texts.add(stop.get(i).textValue());
    }
    return texts;
  }

  private @Nullable OutputFormat format() {
    Members format = body.object("response_format");
    if (format == null) {
      return null;
    }
    switch (format.requiredText("type")) {
      case "text" -> {
        return null;
      }
      case "json_object" -> {
        return new OutputFormat.JsonObject();
      }
      case "json_schema" -> {
        return schema(format.requiredObject("json_schema"));
      }
      default -> {
        extras.put("response_format", format.node());
        return null;
      }
    }
  }

  private static OutputFormat schema(Members format) {
    Members schema = format.object("schema");
    return new OutputFormat.JsonSchema(
        format.text("name"),
        format.text("description"),
        schema == null ? Json.object() : schema.node(),
        format.flag("strict"),
        Extras.of(DialectId.OPENAI_CHAT, format.others(SCHEMA)));
  }

  /** {@code user} is the older name of {@code safety_identifier}. */
  private @Nullable String endUser() {
    String user = body.text("user");
    String identifier = body.text("safety_identifier");
    if (user != null && identifier != null && !user.equals(identifier)) {
      extras.put("user", body.get("user"));
    }
    return identifier == null ? user : identifier;
  }

  private Extras extras() {
    Members options = body.object(STREAM_OPTIONS);
    if (options != null) {
      Map<String, JsonNode> others = options.others(Set.of("include_usage"));
      if (!others.isEmpty()) {
        ObjectNode kept = Json.object();
        kept.setAll(others);
        extras.put(STREAM_OPTIONS, kept);
      }
    }
    return Extras.of(DialectId.OPENAI_CHAT, extras);
  }
}
