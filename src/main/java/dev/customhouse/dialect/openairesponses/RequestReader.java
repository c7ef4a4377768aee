package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
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

/**
 * Reads a request as a client wrote it (platform.openai.com/docs/api-reference/responses/create).
 * Members at their default value are left out: nobody loses anything by them.
 */
final class RequestReader {
  /** Providers give it without being asked, and the gateway asks for it in any case. */
  static final String ENCRYPTED = "reasoning.encrypted_content";

  private static final Set<String> SUMMARIES = Set.of("auto", "concise", "detailed");

  private RequestReader() {}

  static ChatRequest read(Call call) {
    JsonNode root = Json.read(call.body());
    if (!root.isObject()) {
      throw RequestBody.invalid(
          "invalid_json", "The request body must be a JSON object of at most 64 levels.", null);
    }
    Members fields = Members.of(root, "");
    fields.take("model");
    fields.take("stream");
    List<Message> messages = new ArrayList<>();
    String instructions = fields.text("instructions");
    if (instructions != null && !instructions.isEmpty()) {
      messages.add(Message.of(Message.Role.SYSTEM, Content.Text.of(instructions)));
    }
    if (!fields.has("input") && !isStored(fields)) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "You must provide an 'input': a string or an array of items.",
          "input");
    }
    InputItems input = new InputItems(fields.take("input"));
    messages.addAll(input.messages());
    List<Tool> tools = new ArrayList<>(RequestTools.read(fields.list("tools"), "tools", Map.of()));
    tools.addAll(input.tools());
    JsonNode choice = fields.take("tool_choice");
    if (!RequestTools.isPlain(choice)) {
      fields.rest().put("tool_choice", choice);
    }
    ChatRequest.Builder builder =
        ChatRequest.builder(call.requestedModel())
            .messages(messages)
            .tools(tools)
            .toolChoice(RequestTools.choice(choice))
            .parallelToolCalls(fields.flag("parallel_tool_calls"))
            .sampling(sampling(fields))
            .thinking(thinking(fields))
            .outputFormat(text(fields))
            .stream(call.stream())
            .endUser(endUser(fields))
            .serviceTier(tier(fields))
            .cacheKey(fields.text("prompt_cache_key"));
    return builder.extras(extras(fields)).build();
  }

  /** Requests whose input lies elsewhere. */
  private static boolean isStored(Members fields) {
    return fields.has("previous_response_id") || fields.has("conversation") || fields.has("prompt");
  }

  /** Penalties are Open Responses' (2026-04-24); OpenAI's own have none. */
  private static Sampling sampling(Members fields) {
    return new Sampling(
        fields.number("temperature"),
        fields.number("top_p"),
        null,
        fields.number("frequency_penalty"),
        fields.number("presence_penalty"),
        null,
        fields.count("max_output_tokens"),
        List.of(),
        null);
  }

  private static @Nullable Thinking thinking(Members request) {
    JsonNode node = request.take("reasoning");
    if (node.isMissingNode()) {
      return null;
    }
    Members fields = Members.of(node, "reasoning");
    String label = fields.peek("effort");
    Thinking.Effort effort = label == null ? null : Thinking.Effort.of(label);
    if (effort != null) {
      fields.take("effort");
    }
    String summary = fields.peek("summary");
    Boolean shown = summary == null ? null : Boolean.valueOf(SUMMARIES.contains(summary));
    if ("auto".equals(summary)) {
      fields.take("summary");
    } else if (summary == null && fields.has("generate_summary")) {
      shown = true;
    }
    Extras extras = Extras.of(Own.DIALECT, fields.rest());
    if (effort == null && shown == null && extras.isEmpty()) {
      return null;
    }
    Thinking.Mode mode = effort == Thinking.Effort.NONE ? Thinking.Mode.OFF : null;
    return new Thinking(mode, effort, null, shown, extras);
  }

  private static @Nullable OutputFormat text(Members request) {
    JsonNode node = request.take("text");
    if (node.isMissingNode()) {
      return null;
    }
    Members fields = Members.of(node, "text");
    JsonNode format = fields.take("format");
    fields.forget("verbosity", word("medium"));
    request.rest().putAll(fields.rest());
    if (format.isMissingNode()) {
      return null;
    }
    Members said = Members.of(format, "text.format");
    String type = said.requiredText("type");
    return switch (type) {
      case "text" -> null;
      case "json_object" -> new OutputFormat.JsonObject();
      case "json_schema" -> {
        String name = said.text("name");
        String description = said.text("description");
        JsonNode schema = said.take("schema");
        if (!schema.isObject()) {
          throw Members.wrong(said.path("schema"), "an object", schema);
        }
        Boolean strict = said.flag("strict");
        yield new OutputFormat.JsonSchema(
            name, description, schema, strict, Extras.of(Own.DIALECT, said.rest()));
      }
      default ->
          throw RequestBody.invalid(
              "invalid_value",
              "'text.format.type' is '%s'; it must be text, json_object or json_schema."
                  .formatted(type),
              "text.format.type");
    };
  }

  /** One name of the user is enough; a second one is kept beside it. */
  private static @Nullable String endUser(Members fields) {
    String identifier = fields.text("safety_identifier");
    return identifier == null ? fields.text("user") : identifier;
  }

  private static @Nullable String tier(Members fields) {
    String tier = fields.text("service_tier");
    return "auto".equals(tier) ? null : tier;
  }

  /** Always tagged: who reads them must know that what is not there was left to the default. */
  private static Extras extras(Members fields) {
    fields.forget("metadata", Json.object());
    fields.forget("client_metadata", Json.object());
    fields.forget("truncation", word("disabled"));
    fields.forget("background", Json.object().booleanNode(false));
    fields.forget("store", Json.object().booleanNode(true));
    fields.forget("top_logprobs", Json.object().numberNode(0));
    fields.forget("context_management", Json.object().arrayNode());
    ArrayNode include = Json.object().arrayNode();
    for (JsonNode each : fields.list("include")) {
      if (!each.asText().equals(ENCRYPTED)) {
        include.add(each);
      }
    }
    Map<String, JsonNode> extras = new LinkedHashMap<>(fields.rest());
    if (!include.isEmpty()) {
      extras.put("include", include);
    }
    return Own.tagged(extras);
  }

  private static JsonNode word(String text) {
    return Json.object().textNode(text);
  }
}
