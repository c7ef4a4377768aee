package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.Written;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a request for Anthropic or for a host that speaks its dialect. */
final class RequestWriter {
  private static final String PATH = "/v1/messages";

  /** Enough of a SHA-256 to tell users apart, and no way back to a name. */
  private static final int USER_BYTES = 16;

  /** While it thinks, Claude takes no smaller top_p. */
  private static final BigDecimal TOP_P_THINKING = new BigDecimal("0.95");

  /** Extras of the request that do not stand at the top of the body. */
  private static final Set<String> ELSEWHERE =
      Set.of(RequestReader.BETA, RequestReader.BILLING_HEADER, "max_tokens");

  private final ChatRequest request;
  private final Target target;
  private final Losses losses;
  private final ModelTraits traits;
  private final boolean claude;
  private final CacheMarks marks;
  private final BlockWriter blocks;
  private final ObjectNode body = Json.object();

  private RequestWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.losses = losses;
    this.traits = ModelTraits.of(target.model());
    this.claude = isClaude(target);
    this.marks = new CacheMarks(request, losses);
    this.blocks = new BlockWriter(target, claude, losses, marks);
  }

  /** True when the model is one of Anthropic's own, wherever it is served. */
  static boolean isClaude(Target target) {
    return target.model().toLowerCase(Locale.ROOT).contains("claude");
  }

  static Written write(ChatRequest request, Target target, Losses losses) {
    return new RequestWriter(request, target, losses).written();
  }

  private Written written() {
    // In this order, in which a prompt cache sees them: its marks are counted as they are written.
    ArrayNode tools = tools();
    Conversation conversation =
        Conversation.of(request.messages(), traits.lateInstructions(), losses);
    Turns turns = conversation.turns();
    ArrayNode system = system(conversation.instructions());
    ArrayNode messages = messages(turns.turns());
    if (messages.isEmpty()) {
      throw RequestReader.invalid("messages", "at least one message is required");
    }
    ToolChoice choice = choice(tools);
    boolean forced = choice != null && choice.required();
    ThinkingPlan plan =
        ThinkingPlan.of(request, traits, forced, Conversation.lacksReasoning(messages), losses);

    body.put("model", target.model());
    body.put("max_tokens", plan.maxTokens());
    system(system);
    body.set("messages", messages);
    if (!tools.isEmpty()) {
      body.set("tools", tools);
      choice(choice);
    }
    sampling(plan.on());
    if (plan.thinking() != null) {
      body.set("thinking", plan.thinking());
    }
    output(plan);
    metadata();
    tier();
    others();
    body.put("stream", request.stream());
    return new Written(PATH, null, headers(), Json.write(body));
  }

  private Headers headers() {
    JsonNode beta = Members.own(request.extras(), RequestReader.BETA);
    return beta == null ? Headers.EMPTY : Headers.of(RequestReader.BETA, beta.asText());
  }

  private ArrayNode system(List<Message> instructions) {
    ArrayNode system = body.arrayNode();
    JsonNode billing = Members.own(request.extras(), RequestReader.BILLING_HEADER);
    if (billing != null) {
      system.add(billing.isTextual() ? text(billing.textValue()) : billing);
    }
    for (Message message : instructions) {
      system.addAll(blocks.blocks(message.content(), Role.SYSTEM));
    }
    String asked = askedFormat();
    if (asked != null) {
      losses.instructed();
      system.add(text(asked));
    }
    return system;
  }

  private static ObjectNode text(String text) {
    return Json.object().put("type", "text").put("text", text);
  }

  private void system(ArrayNode system) {
    JsonNode only = system.size() == 1 ? system.get(0) : null;
    if (only != null && only.size() == 2 && only.path("text").isTextual()) {
      body.set("system", only.path("text"));
    } else if (!system.isEmpty()) {
      body.set("system", system);
    }
  }

  private ArrayNode messages(List<Message> turns) {
    ArrayNode messages = body.arrayNode();
    for (Message turn : turns) {
      ArrayNode content = blocks.blocks(turn.content(), turn.role());
      if (content.isEmpty()) {
        continue;
      }
      ObjectNode message = messages.addObject().put("role", role(turn.role()));
      JsonNode only = content.size() == 1 ? content.get(0) : null;
      boolean plain = only != null && only.size() == 2 && only.path("type").asText().equals("text");
      message.set("content", only != null && plain ? only.path("text") : content);
      Members.restore(message, turn.extras());
    }
    return messages;
  }

  private static String role(Role role) {
    return switch (role) {
      case USER -> "user";
      case ASSISTANT -> "assistant";
      case SYSTEM, DEVELOPER -> "system";
    };
  }

  private ArrayNode tools() {
    ToolChoice choice = request.toolChoice();
    boolean allowed = choice != null && choice.mode() == ToolChoice.Mode.ALLOWED;
    boolean searched =
        request.tools().stream()
            .anyMatch(tool ->
                tool instanceof Tool.Native own
                    && own.dialect() == Members.OWN
                    && own.type().startsWith("tool_search"));
    ArrayNode tools = body.arrayNode();
    for (Tool tool : request.tools()) {
      if (allowed && choice != null && !choice.names().contains(tool.name())) {
        continue;
      }
      switch (tool) {
        case Tool.Function function -> tools.add(function(function, searched));
        case Tool.Freeform freeform -> losses.lost(Feature.NATIVE_TOOL, freeform.name());
        case Tool.Native own -> own(own, tools);
      }
    }
    return tools;
  }

  private ObjectNode function(Tool.Function function, boolean searched) {
    ObjectNode tool = Json.object().put("name", function.name());
    if (function.description() != null) {
      tool.put("description", function.description());
    }
    tool.set("input_schema", Schemas.ofArguments(function.schema()));
    strict(function, tool);
    if (function.deferred() && searched) {
      tool.put(RequestReader.DEFER_LOADING, true);
    } else if (function.deferred()
        && Members.own(function.extras(), RequestReader.DEFER_LOADING) == null) {
      // Nobody here would ever find it.
      losses.lost(Feature.TOOL_DEFERRED);
    }
    Members.restore(tool, function.extras());
    marks.write(tool, function.extras());
    return tool;
  }

  private void strict(Tool.Function function, ObjectNode tool) {
    Boolean strict = function.strict();
    if (strict == null) {
      return;
    }
    if (!strict) {
      if (traits.jsonSchema() && claude) {
        tool.put("strict", false);
      }
    } else if (traits.jsonSchema() && claude && Schemas.isHeld(function.schema())) {
      tool.put("strict", true);
    } else {
      losses.lost(Feature.TOOL_STRICT);
    }
  }

  private void own(Tool.Native own, ArrayNode tools) {
    if (own.dialect() == Members.OWN) {
      tools.add(own.raw());
    } else if (own.type().startsWith("web_search") || own.type().equals("googleSearch")) {
      losses.lost(Feature.WEB_SEARCH_TOOL, own.type());
    } else if (own.type().startsWith("tool_search")) {
      losses.lost(Feature.TOOL_SEARCH_TOOL, own.type());
    } else {
      losses.lost(Feature.NATIVE_TOOL, own.type());
    }
  }

  /** The choice as this model can have it; null: left to the model. */
  private @Nullable ToolChoice choice(ArrayNode tools) {
    ToolChoice choice = request.toolChoice();
    if (choice == null || tools.isEmpty()) {
      return null;
    }
    if (choice.mode() == ToolChoice.Mode.NAMED && !isOffered(choice.names().getFirst(), tools)) {
      throw RequestReader.invalid(
          "tool_choice", "there is no tool '" + choice.names().getFirst() + "' in 'tools'");
    }
    if (choice.required() && !traits.forcedTools()) {
      losses.lost(
          choice.mode() == ToolChoice.Mode.NAMED
              ? Feature.TOOL_CHOICE_NAMED
              : Feature.TOOL_CHOICE_REQUIRED);
      return ToolChoice.of(ToolChoice.Mode.AUTO);
    }
    return choice;
  }

  private static boolean isOffered(String name, ArrayNode tools) {
    for (JsonNode tool : tools) {
      if (tool.path("name").asText().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private void choice(@Nullable ToolChoice choice) {
    Boolean parallel = request.parallelToolCalls();
    if (choice == null && (parallel == null || parallel)) {
      return;
    }
    ObjectNode written = Json.object();
    ToolChoice.Mode mode = choice == null ? ToolChoice.Mode.AUTO : choice.mode();
    switch (mode) {
      case AUTO -> written.put("type", "auto");
      case REQUIRED -> written.put("type", "any");
      case NONE -> written.put("type", "none");
      case NAMED ->
          written.put("type", "tool").put("name", choice == null ? "" : choice.names().getFirst());
      case ALLOWED -> written.put("type", choice != null && choice.required() ? "any" : "auto");
    }
    if (parallel != null && mode != ToolChoice.Mode.NONE) {
      written.put("disable_parallel_tool_use", !parallel);
    }
    body.set("tool_choice", written);
  }

  private void sampling(boolean thinking) {
    Sampling sampling = request.sampling();
    BigDecimal temperature = sampling.temperature();
    BigDecimal topP = sampling.topP();
    if (temperature != null && temperature(temperature, thinking)) {
      BigDecimal most = temperature.min(BigDecimal.ONE);
      if (temperature.compareTo(BigDecimal.ONE) > 0) {
        losses.lost(Feature.TEMPERATURE);
      }
      body.put("temperature", most);
    }
    if (topP != null && topP(topP, thinking)) {
      body.put("top_p", topP);
    }
    if (sampling.topK() != null) {
      if (traits.samples() && (!thinking || traits.samplesWhileThinking())) {
        body.put("top_k", sampling.topK());
      } else {
        losses.lost(Feature.TOP_K);
      }
    }
    stop(sampling.stop());
    losses.untaken(sampling);
    if (request.cacheKey() != null) {
      losses.lost(Feature.CACHE_KEY);
    }
  }

  /** Whether it is written. One is what holds anyway: to leave that out loses nothing. */
  private boolean temperature(BigDecimal temperature, boolean thinking) {
    boolean one = temperature.compareTo(BigDecimal.ONE) == 0;
    boolean taken = traits.samples() && (one || !thinking || traits.samplesWhileThinking());
    if (!taken && !one) {
      losses.lost(Feature.TEMPERATURE);
    }
    return taken;
  }

  private boolean topP(BigDecimal topP, boolean thinking) {
    boolean one = topP.compareTo(BigDecimal.ONE) == 0;
    boolean together = body.has("temperature") && !traits.temperatureWithTopP();
    boolean thinkingLess =
        thinking && !traits.samplesWhileThinking() && topP.compareTo(TOP_P_THINKING) < 0;
    boolean taken = traits.samples() && !together && !thinkingLess;
    if (!taken && !one) {
      losses.lost(Feature.TOP_P);
    }
    return taken;
  }

  /** Anthropic refuses sequences of white space. */
  private void stop(List<String> stop) {
    ArrayNode written = body.arrayNode();
    for (String sequence : stop) {
      if (sequence.isBlank()) {
        losses.lost(Feature.STOP);
      } else {
        written.add(sequence);
      }
    }
    if (!written.isEmpty()) {
      body.set("stop_sequences", written);
    }
  }

  private void output(ThinkingPlan plan) {
    ObjectNode config = Json.object();
    if (plan.effort() != null) {
      config.put("effort", plan.effort());
    }
    if (request.outputFormat() instanceof OutputFormat.JsonSchema schema && isHeld()) {
      boolean own = Members.own(schema.extras(), "type") != null;
      ObjectNode format = config.putObject("format").put("type", "json_schema");
      format.set("schema", own ? schema.schema() : Schemas.held(schema.schema()));
      Members.restore(format, schema.extras());
    }
    nested(RequestReader.OUTPUT_CONFIG, config);
  }

  /** True when the model can be held to a schema: hosts of other models only know it by words. */
  private boolean isHeld() {
    return traits.jsonSchema() && claude;
  }

  private @Nullable String askedFormat() {
    OutputFormat format = request.outputFormat();
    return switch (format) {
      case null -> null;
      case OutputFormat.JsonObject ignored -> Schemas.asked(null);
      case OutputFormat.JsonSchema schema -> isHeld() ? null : Schemas.asked(schema.schema());
    };
  }

  /** The user is named by a hash; what an Anthropic client sent as such goes as it is. */
  private void metadata() {
    ObjectNode metadata = Json.object();
    String user = request.endUser();
    if (user != null && Members.own(request.extras(), RequestReader.USER_ID) == null) {
      metadata.put("user_id", "user_" + Fingerprint.of(user, USER_BYTES));
    }
    nested(RequestReader.METADATA, metadata);
  }

  /** A member that is an object, with what came as extras named after it. */
  private void nested(String name, ObjectNode written) {
    request
        .extras()
        .of(Members.OWN)
        .forEach((field, value) -> {
          if (field.startsWith(name + ".")) {
            written.set(field.substring(name.length() + 1), value);
          }
        });
    if (!written.isEmpty()) {
      body.set(name, written);
    }
  }

  private void tier() {
    String tier = request.serviceTier();
    if (tier == null) {
      return;
    }
    switch (tier) {
      case "auto", "priority" -> body.put("service_tier", "auto");
      case "default" -> body.put("service_tier", "standard_only");
      default -> losses.lost(Feature.SERVICE_TIER);
    }
  }

  private void others() {
    request
        .extras()
        .of(Members.OWN)
        .forEach((name, value) -> {
          if (!ELSEWHERE.contains(name) && name.indexOf('.') < 0 && !body.has(name)) {
            body.set(name, value);
          }
        });
  }
}
