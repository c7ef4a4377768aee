package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one request of a client. */
final class RequestReader {
  /** Where an answer tells which text ended it. */
  static final String STOP_SEQUENCE_PATH = "/stop_sequence";

  private static final Set<String> TIERS = Set.of("default", "flex", "priority");

  private final Call call;
  private final ObjectNode body;
  private final Map<String, JsonNode> rest = new LinkedHashMap<>();

  private RequestReader(Call call, ObjectNode body) {
    this.call = call;
    this.body = body;
  }

  static ChatRequest read(Call call) {
    if (!(Json.read(call.body()) instanceof ObjectNode body)) {
      throw RequestBody.invalid("invalid_json", "The request body must be a JSON object.", null);
    }
    return new RequestReader(call, body).request();
  }

  private ChatRequest request() {
    rest.putAll(BlockReader.rest(body, "modelId", "messages", "system"));
    List<Message> messages = new ArrayList<>(system());
    messages.addAll(messages());
    ObjectNode tools = taken("toolConfig");
    ObjectNode inference = taken("inferenceConfig");
    ObjectNode additional = taken("additionalModelRequestFields");
    ObjectNode output = taken("outputConfig");
    ChatRequest.Builder builder =
        ChatRequest.builder(call.requestedModel())
            .messages(messages)
            .tools(tools(tools))
            .toolChoice(toolChoice(tools))
            .sampling(sampling(inference, additional))
            .thinking(ThinkingReader.read(additional, output))
            .outputFormat(outputFormat(output))
            .serviceTier(serviceTier())
            .stream(call.stream());
    keep("toolConfig", tools);
    keep("inferenceConfig", inference);
    keep("additionalModelRequestFields", additional);
    keep("outputConfig", output);
    return builder.extras(BlockReader.extras(rest)).build();
  }

  /** The member's object, of which what is understood is taken away; empty when it is absent. */
  private ObjectNode taken(String name) {
    JsonNode value = body.path(name);
    if (!value.isMissingNode() && !value.isNull() && !value.isObject()) {
      throw invalid(name, "must be an object");
    }
    rest.remove(name);
    return value instanceof ObjectNode object ? object.deepCopy() : Json.object();
  }

  /** What was not understood of an object. */
  private void keep(String name, ObjectNode left) {
    if (!left.isEmpty()) {
      rest.put(name, left);
    }
  }

  private List<Message> system() {
    JsonNode system = array(body.path("system"), "system");
    return system.isEmpty()
        ? List.of()
        : List.of(
            new Message(
                Message.Role.SYSTEM, BlockReader.ofUser().contents(system, "system"), Extras.NONE));
  }

  private List<Message> messages() {
    List<Message> messages = new ArrayList<>();
    JsonNode turns = array(body.path("messages"), "messages");
    for (int i = 0; i < turns.size(); i++) {
      messages.add(message(turns.get(i), "messages[" + i + "]"));
    }
    return messages;
  }

  private static Message message(JsonNode turn, String place) {
    Message.Role role =
        switch (turn.path("role").asText("")) {
          case "user" -> Message.Role.USER;
          case "assistant" -> Message.Role.ASSISTANT;
          case "system" -> Message.Role.SYSTEM;
          default -> throw invalid(place + ".role", "must be 'user', 'assistant' or 'system'");
        };
    BlockReader reader =
        role == Message.Role.ASSISTANT ? BlockReader.ofAssistant() : BlockReader.ofUser();
    String content = place + ".content";
    return new Message(
        role,
        reader.contents(array(turn.path("content"), content), content),
        BlockReader.extras(BlockReader.rest(turn, "role", "content")));
  }

  private static List<Tool> tools(ObjectNode config) {
    List<Tool> tools = new ArrayList<>();
    JsonNode given = array(config.path("tools"), "toolConfig.tools");
    config.remove("tools");
    for (int i = 0; i < given.size(); i++) {
      JsonNode tool = given.get(i);
      JsonNode point = tool.path("cachePoint");
      if (point.isObject() && !tools.isEmpty() && tools.getLast() instanceof Tool.Function last) {
        CacheMark mark = new CacheMark(Json.text(point.path("ttl")));
        tools.set(tools.size() - 1, marked(last, mark));
      } else if (tool.path("toolSpec").isObject()) {
        tools.add(function(tool.path("toolSpec"), "toolConfig.tools[" + i + "].toolSpec"));
      } else {
        tools.add(own(tool));
      }
    }
    return tools;
  }

  private static Tool.Function marked(Tool.Function tool, CacheMark mark) {
    return new Tool.Function(
        tool.name(),
        tool.namespace(),
        tool.description(),
        tool.schema(),
        tool.strict(),
        tool.deferred(),
        tool.extras().with(mark));
  }

  private static Tool function(JsonNode spec, String place) {
    String name = Json.text(spec.path("name"));
    if (name == null || name.isEmpty()) {
      throw invalid(place + ".name", "must be a string that is not empty");
    }
    JsonNode schema = spec.path("inputSchema").path("json");
    JsonNode strict = spec.path("strict");
    return new Tool.Function(
        name,
        null,
        Json.text(spec.path("description")),
        schema.isMissingNode() ? null : schema,
        strict.isBoolean() ? Boolean.valueOf(strict.booleanValue()) : null,
        false,
        BlockReader.extras(BlockReader.rest(spec, "name", "description", "inputSchema", "strict")));
  }

  private static Tool own(JsonNode tool) {
    String type = tool.isObject() && !tool.isEmpty() ? tool.fieldNames().next() : "";
    return new Tool.Native(
        DialectId.BEDROCK, type, tool.path(type).path("name").asText(type), tool);
  }

  private static @Nullable ToolChoice toolChoice(ObjectNode config) {
    JsonNode choice = config.path("toolChoice");
    if (choice.has("auto")) {
      config.remove("toolChoice");
      return ToolChoice.of(ToolChoice.Mode.AUTO);
    }
    if (choice.has("any")) {
      config.remove("toolChoice");
      return ToolChoice.of(ToolChoice.Mode.REQUIRED);
    }
    String name = Json.text(choice.path("tool").path("name"));
    if (name == null) {
      return null;
    }
    config.remove("toolChoice");
    return ToolChoice.named(name);
  }

  private Sampling sampling(ObjectNode inference, ObjectNode additional) {
    List<String> stop = new ArrayList<>();
    for (JsonNode text : array(inference.path("stopSequences"), "inferenceConfig.stopSequences")) {
      stop.add(text.asText());
    }
    inference.remove("stopSequences");
    if (!stop.isEmpty()) {
      forgetStopSequencePath();
    }
    return new Sampling(
        decimal(inference, "temperature"),
        decimal(inference, "topP"),
        topK(additional),
        null,
        null,
        null,
        integer(inference, "maxTokens"),
        stop,
        null);
  }

  /** It is asked for wherever there are such texts. */
  private void forgetStopSequencePath() {
    ArrayNode left = Json.object().putArray("paths");
    for (JsonNode path : body.path("additionalModelResponseFieldPaths")) {
      if (!path.asText().equals(STOP_SEQUENCE_PATH)) {
        left.add(path);
      }
    }
    rest.remove("additionalModelResponseFieldPaths");
    if (!left.isEmpty()) {
      rest.put("additionalModelResponseFieldPaths", left);
    }
  }

  /** Claude's and others' {@code top_k}, Nova's {@code inferenceConfig.topK}. */
  private static @Nullable Integer topK(ObjectNode additional) {
    Integer topK = integer(additional, "top_k");
    if (topK == null && additional.path("inferenceConfig") instanceof ObjectNode inference) {
      topK = integer(inference, "topK");
      if (inference.isEmpty()) {
        additional.remove("inferenceConfig");
      }
    }
    return topK;
  }

  private static @Nullable OutputFormat outputFormat(ObjectNode output) {
    JsonNode format = output.path("textFormat");
    JsonNode told = format.path("structure").path("jsonSchema");
    String text = Json.text(told.path("schema"));
    if (text == null) {
      return null;
    }
    JsonNode schema = Json.read(text.getBytes(StandardCharsets.UTF_8));
    if (!schema.isObject()) {
      throw invalid(
          "outputConfig.textFormat.structure.jsonSchema.schema", "must be JSON of an object");
    }
    output.remove("textFormat");
    return new OutputFormat.JsonSchema(
        Json.text(told.path("name")),
        Json.text(told.path("description")),
        schema,
        null,
        BlockReader.extras(BlockReader.rest(told, "name", "description", "schema")));
  }

  private @Nullable String serviceTier() {
    String tier = Json.text(body.path("serviceTier").path("type"));
    if (tier == null || !TIERS.contains(tier)) {
      return null;
    }
    rest.remove("serviceTier");
    return tier;
  }

  private static @Nullable BigDecimal decimal(ObjectNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isNumber()) {
      throw invalid("inferenceConfig." + name, "must be a number");
    }
    object.remove(name);
    return value.decimalValue();
  }

  private static @Nullable Integer integer(ObjectNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.canConvertToExactIntegral() || !value.canConvertToInt()) {
      throw invalid(name, "must be a whole number");
    }
    object.remove(name);
    return value.intValue();
  }

  private static JsonNode array(JsonNode value, String place) {
    if (value.isMissingNode() || value.isNull()) {
      return Json.object().putArray("none");
    }
    if (!value.isArray()) {
      throw invalid(place, "must be an array");
    }
    return value;
  }

  private static Refusal invalid(String field, String expected) {
    return RequestBody.invalid("invalid_value", "'%s' %s.".formatted(field, expected), field);
  }
}
