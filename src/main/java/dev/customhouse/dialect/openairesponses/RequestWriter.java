package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.Written;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a provider. A request that a client made in this very dialect comes out as
 * it went in; what others ask is fitted to what the model is known to take.
 */
final class RequestWriter {
  /** The least that the service takes. */
  static final int MIN_OUTPUT_TOKENS = 16;

  /** Up to here a budget is a low effort, and up to the next a medium one. */
  private static final int LOW_BUDGET_TOKENS = 2_048;

  private static final int MEDIUM_BUDGET_TOKENS = 8_192;
  private static final int FORMAT_NAME_CHARS = 64;
  private static final int END_USER_CHARS = 64;

  private static final Set<String> TIERS =
      Set.of("auto", "default", "flex", "scale", "priority", "fast", "ultrafast");

  /** Hosts that document {@code include} of encrypted reasoning, beside OpenAI and Azure. */
  private static final Set<String> SEALING = Set.of("xai", "openrouter");

  /** Members of a chat request that mean the same here and stand at the same place. */
  private static final List<String> OF_CHAT =
      List.of("metadata", "prompt_cache_options", "prompt_cache_retention", "moderation");

  private final ChatRequest request;
  private final Target target;
  private final Losses losses;
  private final ModelTraits traits;
  private final boolean own;
  private final boolean home;
  private final ObjectNode body = Json.object();

  RequestWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.losses = losses;
    this.traits = ModelTraits.of(target.model());
    this.own = Own.is(request.extras());
    this.home = Own.isHome(target);
  }

  Written write() {
    body.put("model", target.model());
    ToolWriter tools = new ToolWriter(request.tools(), own, home, losses::lost);
    List<Message> messages = request.messages();
    int first = own ? Math.min(leading(), 1) : leading();
    if (first == messages.size() && !own) {
      first = 0;
    }
    if (first > 0) {
      body.put("instructions", instructions(messages.subList(0, first)));
    }
    ArrayNode input =
        new InputWriter(target, losses)
            .write(messages.subList(first, messages.size()), tools.additional());
    if (!input.isEmpty() || !own) {
      body.set("input", input);
    }
    if (request.stream()) {
      body.put("stream", true);
    }
    sampling(request.sampling());
    tools(tools);
    thinking();
    text();
    identity();
    kept();
    return new Written("/v1/responses", null, Headers.EMPTY, Json.write(body));
  }

  /** How many messages at the beginning are the request's instructions. */
  private int leading() {
    int first = 0;
    for (Message message : request.messages()) {
      boolean words =
          message.content().stream().allMatch(content -> content instanceof Content.Text);
      if (message.role() != Message.Role.SYSTEM
          || message.extras().of(Own.DIALECT).containsKey("type")
          || !words) {
        break;
      }
      first++;
    }
    return first;
  }

  private String instructions(List<Message> messages) {
    List<String> texts = new ArrayList<>();
    for (Message message : messages) {
      if (message.extras().cache() != null) {
        losses.lost(Feature.CACHE_MARK);
      }
      for (Content content : message.content()) {
        if (content.extras().cache() != null) {
          losses.lost(Feature.CACHE_MARK);
        }
        if (content instanceof Content.Text text && !text.text().isEmpty()) {
          texts.add(text.text());
        }
      }
    }
    return String.join("\n\n", texts);
  }

  private void sampling(Sampling sampling) {
    boolean taken = own || traits.samples();
    number("temperature", sampling.temperature(), taken ? null : Feature.TEMPERATURE);
    number("top_p", sampling.topP(), taken ? null : Feature.TOP_P);
    if (sampling.topK() != null) {
      losses.lost(Feature.TOP_K);
    }
    losses.untaken(sampling);
    if (!sampling.stop().isEmpty()) {
      losses.lost(Feature.STOP);
    }
    Integer limit = sampling.maxOutputTokens();
    if (limit != null) {
      body.put("max_output_tokens", Math.max(limit, MIN_OUTPUT_TOKENS));
    }
  }

  private void number(String name, @Nullable BigDecimal value, @Nullable Feature lost) {
    if (value == null) {
      return;
    }
    if (lost == null) {
      body.put(name, value);
    } else {
      losses.lost(lost);
    }
  }

  private void tools(ToolWriter tools) {
    if (!tools.plain().isEmpty()) {
      body.set("tools", tools.plain());
    }
    for (Tool tool : request.tools()) {
      boolean marked =
          switch (tool) {
            case Tool.Function function -> function.extras().cache() != null;
            case Tool.Freeform freeform -> freeform.extras().cache() != null;
            case Tool.Native ignored -> false;
          };
      if (marked) {
        losses.lost(Feature.CACHE_MARK);
      }
    }
    ToolChoice choice = request.toolChoice();
    JsonNode raw = request.extras().of(Own.DIALECT).get("tool_choice");
    JsonNode chosen = raw != null || choice == null ? raw : tools.choice(choice);
    if (chosen != null) {
      body.set("tool_choice", chosen);
    }
    if (request.parallelToolCalls() != null) {
      body.put("parallel_tool_calls", request.parallelToolCalls());
    }
  }

  private void thinking() {
    Thinking thinking = request.thinking();
    if (thinking == null) {
      return;
    }
    ObjectNode reasoning = Json.object();
    Effort effort = own ? thinking.effort() : effort(thinking);
    if (effort != null) {
      reasoning.put("effort", effort.label());
    }
    Map<String, JsonNode> extras = thinking.extras().of(Own.DIALECT);
    boolean shown = Boolean.TRUE.equals(thinking.shown());
    boolean worded = extras.containsKey("summary") || extras.containsKey("generate_summary");
    if (shown && !worded && (own || traits.thinking() != ModelTraits.Way.NONE)) {
      reasoning.put("summary", "auto");
    }
    extras.forEach(reasoning::set);
    if (!reasoning.isEmpty()) {
      body.set("reasoning", reasoning);
    }
  }

  /** The effort to ask for; null: the model's default. */
  private @Nullable Effort effort(Thinking thinking) {
    Effort asked = thinking.effort();
    Integer budget = thinking.budgetTokens();
    boolean off =
        thinking.mode() == Thinking.Mode.OFF
            || asked == Effort.NONE
            || asked == null && budget != null && budget == 0;
    if (traits.efforts().isEmpty()) {
      if (!off && asked != null) {
        losses.lost(Feature.THINKING_EFFORT);
      } else if (!off && budget != null) {
        losses.lost(Feature.THINKING_BUDGET);
      }
      return null;
    }
    if (off) {
      return traits.nearest(Effort.NONE);
    }
    if (asked != null) {
      return traits.nearest(asked);
    }
    if (budget != null && budget > 0) {
      return traits.nearest(effort(budget));
    }
    // Models that need not think do not unless told to.
    boolean asleep = traits.efforts().contains(Effort.NONE);
    return thinking.mode() != null && asleep ? traits.nearest(Effort.MEDIUM) : null;
  }

  private static Effort effort(int budgetTokens) {
    if (budgetTokens <= LOW_BUDGET_TOKENS) {
      return Effort.LOW;
    }
    return budgetTokens <= MEDIUM_BUDGET_TOKENS ? Effort.MEDIUM : Effort.HIGH;
  }

  private void text() {
    ObjectNode text = Json.object();
    switch (request.outputFormat()) {
      case null -> {}
      case OutputFormat.JsonObject ignored -> text.putObject("format").put("type", "json_object");
      case OutputFormat.JsonSchema schema -> text.set("format", format(schema));
    }
    JsonNode verbosity = extra("verbosity");
    if (verbosity != null && takes("verbosity")) {
      text.set("verbosity", verbosity);
    }
    if (!text.isEmpty()) {
      body.set("text", text);
    }
  }

  private ObjectNode format(OutputFormat.JsonSchema asked) {
    ObjectNode format = Json.object().put("type", "json_schema");
    String name = asked.name();
    if (own) {
      if (name != null) {
        format.put("name", name);
      }
    } else {
      String clean = name == null ? "" : name.replaceAll("[^a-zA-Z0-9_-]", "_");
      format.put(
          "name",
          clean.isEmpty()
              ? "response"
              : clean.substring(0, Math.min(clean.length(), FORMAT_NAME_CHARS)));
    }
    if (asked.description() != null) {
      format.put("description", asked.description());
    }
    format.set("schema", asked.schema());
    if (asked.strict() != null) {
      format.put("strict", asked.strict());
    }
    asked.extras().of(Own.DIALECT).forEach(format::set);
    return format;
  }

  private void identity() {
    String user = request.endUser();
    if (user != null) {
      boolean fits = home && user.length() <= END_USER_CHARS;
      body.put(fits ? "safety_identifier" : "user", user);
    }
    String tier = request.serviceTier();
    if (tier != null && TIERS.contains(tier)) {
      body.put("service_tier", tier);
    } else if (tier != null) {
      losses.lost(Feature.SERVICE_TIER);
    }
    if (request.cacheKey() != null) {
      body.put("prompt_cache_key", request.cacheKey());
    }
  }

  /** What providers keep and what they give, and the client's own members. */
  private void kept() {
    Map<String, JsonNode> extras = new LinkedHashMap<>(request.extras().of(Own.DIALECT));
    ArrayNode include = Json.object().arrayNode();
    if (home || SEALING.contains(target.hostType())) {
      include.add(RequestReader.ENCRYPTED);
    }
    JsonNode asked = extras.remove("include");
    if (asked != null) {
      asked.forEach(include::add);
    }
    if (!include.isEmpty()) {
      body.set("include", include);
    }
    JsonNode store = extra("store");
    if (store != null && (!store.asBoolean() || takes("store"))) {
      body.set("store", store);
    } else if (!own) {
      body.put("store", false);
    }
    Map<String, JsonNode> chat = request.extras().of(DialectId.OPENAI_CHAT);
    for (String name : OF_CHAT) {
      JsonNode value = chat.get(name);
      if (value != null && !body.has(name) && takes(name)) {
        body.set(name, value);
      }
    }
    extras.keySet().removeAll(List.of("store", "verbosity", "tool_choice"));
    extras.forEach(body::set);
  }

  /** False, and told, for a chat client's member that hosts other than OpenAI do not know. */
  private boolean takes(String name) {
    if (home || own) {
      return true;
    }
    losses.lost(DialectId.OPENAI_CHAT, name);
    return false;
  }

  /** A member that both of OpenAI's dialects have. */
  private @Nullable JsonNode extra(String name) {
    JsonNode value = request.extras().of(Own.DIALECT).get(name);
    return value == null ? request.extras().of(DialectId.OPENAI_CHAT).get(name) : value;
  }
}
