package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's request of either version. Mistakes are told in Anthropic's own words (a path, a
 * colon, what is wrong), because its SDKs and Claude Code show them to people as they are.
 */
final class RequestReader {
  /** Claude Code's note about itself, first of its system blocks, different from run to run. */
  static final String BILLING_HEADER = "x-anthropic-billing-header";

  /** The header field that names betas, and the extra that keeps it. */
  static final String BETA = "anthropic-beta";

  static final String OUTPUT_CONFIG = "output_config";
  static final String METADATA = "metadata";
  static final String USER_ID = "metadata.user_id";
  static final String FORMAT = "output_config.format";
  static final String DEFER_LOADING = "defer_loading";
  private static final String MID_SYSTEM = "mid_conv_system";

  private static final Set<String> REQUEST =
      Set.of(
          "model",
          "messages",
          "system",
          "tools",
          "tool_choice",
          "thinking",
          OUTPUT_CONFIG,
          "output_format",
          METADATA,
          "max_tokens",
          "temperature",
          "top_p",
          "top_k",
          "stop_sequences",
          "stream",
          "service_tier");
  private static final Set<String> MESSAGE = Set.of("role", "content");
  private static final Set<String> TOOL =
      Set.of("type", "name", "description", "input_schema", "strict", DEFER_LOADING);
  private static final Set<String> THINKING = Set.of("type", "budget_tokens", "display");
  private static final Set<String> CHOICE = Set.of("auto", "any", "tool", "none");

  private final Call call;
  private final JsonNode body;
  private final ClientVersion version;
  private final BlockReader blocks = new BlockReader(null);
  private final Map<String, JsonNode> more = new LinkedHashMap<>();

  private RequestReader(Call call) {
    this.call = call;
    this.body = Json.read(call.body());
    this.version = ClientVersion.of(call.headers());
  }

  static ChatRequest read(Call call) {
    return new RequestReader(call).request();
  }

  private ChatRequest request() {
    if (!body.isObject()) {
      throw invalid("", "The request body is not valid JSON.");
    }
    version.check(body);
    List<Message> messages = new ArrayList<>();
    system(messages);
    messages(messages);
    Sampling sampling = sampling();
    Thinking thinking = thinking();
    OutputFormat format = format();
    String tier = tier();
    String user = user();
    JsonNode choice = body.path("tool_choice");
    JsonNode notParallel = choice.path("disable_parallel_tool_use");
    List<String> betas = call.headers().all(BETA);
    if (!betas.isEmpty()) {
      more.put(BETA, TextNode.valueOf(String.join(",", betas)));
    }
    return ChatRequest.builder(call.requestedModel())
        .messages(messages)
        .tools(tools())
        .toolChoice(choice(choice))
        .parallelToolCalls(notParallel.isBoolean() ? !notParallel.asBoolean() : null)
        .sampling(sampling)
        .thinking(thinking)
        .outputFormat(format)
        .stream(call.stream())
        .endUser(user)
        .serviceTier(tier)
        .extras(Members.rest(body, REQUEST, withTopMark()))
        .build();
  }

  /** A mark on the request itself asks for marks that move by themselves: it stays as it is. */
  private Map<String, JsonNode> withTopMark() {
    JsonNode control = body.path(Members.CACHE_CONTROL);
    if (control.isObject()) {
      more.put(Members.CACHE_CONTROL, control);
    }
    return more;
  }

  static Refusal invalid(String path, String what) {
    String message = path.isEmpty() ? what : path + ": " + what;
    return RequestBody.invalid("invalid_value", message, path.isEmpty() ? null : path);
  }

  private void system(List<Message> messages) {
    JsonNode system = body.path("system");
    if (!(system.isMissingNode() || system.isNull() || system.isTextual() || system.isArray())) {
      throw invalid("system", "Input should be a valid string or a list of text blocks");
    }
    List<Content> contents = new ArrayList<>();
    List<Content> read = system.isTextual() ? blocks.contents(system) : blocks(system, "system");
    for (int i = 0; i < read.size(); i++) {
      Content content = read.get(i);
      if (content instanceof Content.Text text && text.text().startsWith(BILLING_HEADER + ":")) {
        more.put(BILLING_HEADER, system.isArray() ? system.get(i) : system);
      } else {
        contents.add(content);
      }
    }
    if (!contents.isEmpty()) {
      messages.add(new Message(Role.SYSTEM, contents, Extras.NONE));
    }
  }

  private void messages(List<Message> messages) {
    JsonNode given = body.path("messages");
    if (!given.isArray()) {
      throw invalid(
          "messages", given.isMissingNode() ? "Field required" : "Input should be a list");
    }
    if (given.isEmpty()) {
      throw invalid("messages", "at least one message is required");
    }
    for (int i = 0; i < given.size(); i++) {
      message(given.get(i), "messages." + i, messages);
    }
  }

  private void message(JsonNode message, String path, List<Message> messages) {
    Role role = role(message, path);
    JsonNode content = message.path("content");
    if (!content.isTextual() && !content.isArray()) {
      throw invalid(
          path + ".content",
          content.isMissingNode()
              ? "Field required"
              : "Input should be a valid string or a list of content blocks");
    }
    Extras extras = Members.rest(message, MESSAGE);
    if (content.isTextual()) {
      messages.add(new Message(role, blocks.contents(content), extras));
      return;
    }
    // Instructions may also stand as a block in a turn; the hub has them as a turn of their own.
    ArrayNodes parts = ArrayNodes.split(content, MID_SYSTEM);
    for (JsonNode part : parts.pieces()) {
      if (part.isObject()) {
        messages.add(
            new Message(
                Role.SYSTEM,
                blocks(part.path("content"), path),
                Members.rest(part, Set.of("type", "content"))));
      } else {
        messages.add(new Message(role, blocks(part, path + ".content"), extras));
      }
    }
  }

  private static Role role(JsonNode message, String path) {
    return switch (message.path("role").asText()) {
      case "user" -> Role.USER;
      case "assistant" -> Role.ASSISTANT;
      case "system" -> Role.SYSTEM;
      case "developer" -> Role.DEVELOPER;
      default ->
          throw invalid(
              path + ".role",
              message.has("role")
                  ? "Input should be 'user', 'assistant' or 'system'"
                  : "Field required");
    };
  }

  private List<Content> blocks(JsonNode list, String path) {
    for (int i = 0; i < list.size(); i++) {
      if (!list.path(i).path("type").isTextual()) {
        throw invalid(path + "." + i + ".type", "Field required");
      }
    }
    return blocks.contents(list);
  }

  private Sampling sampling() {
    Integer max = whole("max_tokens");
    if (max == null && call.operation() != Operation.COUNT_TOKENS) {
      throw invalid("max_tokens", "Field required");
    }
    if (max != null && max < 0) {
      throw invalid("max_tokens", "Input should be greater than or equal to 0");
    }
    if (max != null && max == 0) {
      // It only fills Anthropic's cache: others would refuse it, or answer.
      more.put("max_tokens", body.path("max_tokens"));
    }
    List<String> stop = new ArrayList<>();
    JsonNode sequences = body.path("stop_sequences");
    if (sequences.isTextual()) {
      throw invalid("stop_sequences", "Input should be a valid list");
    }
    sequences.forEach(sequence -> stop.add(sequence.asText()));
    return new Sampling(
        number("temperature"), number("top_p"), whole("top_k"), null, null, null, max, stop, null);
  }

  private @Nullable BigDecimal number(String name) {
    JsonNode value = body.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isNumber()) {
      throw invalid(name, "Input should be a valid number");
    }
    if (value.asDouble() < 0 || value.asDouble() > 1) {
      throw invalid(name, "Input should be between 0 and 1");
    }
    return value.decimalValue();
  }

  private @Nullable Integer whole(String name) {
    JsonNode value = body.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isNumber() || value.asDouble() != value.asInt()) {
      throw invalid(name, "Input should be a valid integer");
    }
    return value.asInt();
  }

  private @Nullable Thinking thinking() {
    JsonNode thinking = body.path("thinking");
    JsonNode config = body.path(OUTPUT_CONFIG);
    String effort = Json.text(config.path("effort"));
    Thinking.Effort known = effort == null ? null : Thinking.Effort.of(effort);
    for (var member : config.properties()) {
      String name = member.getKey();
      boolean understood = name.equals("format") || name.equals("effort") && known != null;
      if (!understood && !member.getValue().isNull()) {
        more.put(OUTPUT_CONFIG + "." + name, member.getValue());
      }
    }
    if (!thinking.isObject()) {
      // Here an effort alone does not turn thinking on, which elsewhere it does.
      return known == null
          ? null
          : new Thinking(
              null,
              known,
              null,
              null,
              Extras.of(Members.OWN, Map.of(OUTPUT_CONFIG, Json.object().put("effort", effort))));
    }
    String type = thinking.path("type").asText();
    String display = thinking.path("display").asText();
    Map<String, JsonNode> raw = new LinkedHashMap<>();
    Thinking.Mode mode =
        switch (type) {
          case "enabled" -> Thinking.Mode.ON;
          case "adaptive" -> Thinking.Mode.ADAPTIVE;
          case "disabled" -> Thinking.Mode.OFF;
          case "between_tools" -> {
            raw.put("type", thinking.path("type"));
            yield Thinking.Mode.OFF;
          }
          default -> {
            raw.put("type", thinking.path("type"));
            yield null;
          }
        };
    if (mode == Thinking.Mode.ON && !thinking.path("budget_tokens").isInt()) {
      throw invalid("thinking.enabled.budget_tokens", "Field required");
    }
    Boolean shown =
        switch (display) {
          case "summarized" -> Boolean.TRUE;
          case "omitted" -> Boolean.FALSE;
          case "" -> null;
          default -> {
            raw.put("display", thinking.path("display"));
            yield null;
          }
        };
    JsonNode budget = thinking.path("budget_tokens");
    return new Thinking(
        mode,
        known,
        budget.isInt() ? budget.asInt() : null,
        shown,
        Members.rest(thinking, THINKING, raw));
  }

  private @Nullable OutputFormat format() {
    JsonNode format = body.path(OUTPUT_CONFIG).path("format");
    JsonNode asked = format.isObject() ? format : body.path("output_format");
    if (!asked.isObject()) {
      return null;
    }
    if (!asked.path("type").asText().equals("json_schema") || !asked.path("schema").isObject()) {
      more.put(FORMAT, asked);
      return null;
    }
    // The type shows that the schema was written for this dialect.
    return new OutputFormat.JsonSchema(
        null, null, asked.path("schema"), null, Members.rest(asked, Set.of("schema")));
  }

  private @Nullable String user() {
    JsonNode metadata = body.path(METADATA);
    for (var member : metadata.properties()) {
      if (!member.getValue().isNull()) {
        more.put(METADATA + "." + member.getKey(), member.getValue());
      }
    }
    return Json.text(metadata.path("user_id"));
  }

  private @Nullable String tier() {
    String tier = Json.text(body.path("service_tier"));
    if (tier == null) {
      return null;
    }
    return switch (tier) {
      case "auto" -> "auto";
      case "standard_only" -> "default";
      default -> {
        more.put("service_tier", body.path("service_tier"));
        yield null;
      }
    };
  }

  private List<Tool> tools() {
    List<Tool> tools = new ArrayList<>();
    for (JsonNode tool : body.path("tools")) {
      String type = tool.path("type").asText("custom");
      String name = tool.path("name").asText(tool.path("mcp_server_name").asText());
      if (type.equals("custom")) {
        if (name.isEmpty()) {
          throw invalid("tools." + tools.size() + ".custom.name", "Field required");
        }
        tools.add(function(tool, name));
      } else {
        tools.add(new Tool.Native(Members.OWN, type, name, tool));
      }
    }
    return tools;
  }

  private static Tool function(JsonNode tool, String name) {
    JsonNode schema = tool.path("input_schema");
    JsonNode strict = tool.path("strict");
    JsonNode deferred = tool.path(DEFER_LOADING);
    return new Tool.Function(
        name,
        null,
        Json.text(tool.path("description")),
        schema.isObject() ? schema : null,
        strict.isBoolean() ? strict.asBoolean() : null,
        deferred.asBoolean(),
        Members.rest(
            tool, TOOL, deferred.asBoolean() ? Map.of(DEFER_LOADING, deferred) : Map.of()));
  }

  private @Nullable ToolChoice choice(JsonNode choice) {
    if (!choice.isObject()) {
      return null;
    }
    String type = choice.path("type").asText();
    if (!CHOICE.contains(type)) {
      throw invalid("tool_choice.type", "Input should be 'auto', 'any', 'tool' or 'none'");
    }
    return switch (type) {
      case "any" -> ToolChoice.of(ToolChoice.Mode.REQUIRED);
      case "none" -> ToolChoice.of(ToolChoice.Mode.NONE);
      case "tool" -> {
        String name = Json.text(choice.path("name"));
        if (name == null) {
          throw invalid("tool_choice.tool.name", "Field required");
        }
        yield ToolChoice.named(name);
      }
      default -> ToolChoice.of(ToolChoice.Mode.AUTO);
    };
  }

  /** The blocks of a turn, in pieces between the blocks of a type that stand for themselves. */
  private record ArrayNodes(List<JsonNode> pieces) {
    static ArrayNodes split(JsonNode blocks, String type) {
      List<JsonNode> pieces = new ArrayList<>();
      ObjectNode holder = Json.object();
      var run = holder.putArray("run");
      for (JsonNode block : blocks) {
        if (block.path("type").asText().equals(type)) {
          if (!run.isEmpty()) {
            pieces.add(run);
          }
          pieces.add(block);
          run = holder.arrayNode();
        } else {
          run.add(block);
        }
      }
      if (!run.isEmpty() || pieces.isEmpty()) {
        pieces.add(run);
      }
      return new ArrayNodes(pieces);
    }
  }
}
