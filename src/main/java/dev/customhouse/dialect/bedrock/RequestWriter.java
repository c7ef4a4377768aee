package dev.customhouse.dialect.bedrock;

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
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.Written;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes one request for a model on Bedrock. */
final class RequestWriter {
  private static final String JSON_WANTED =
      "Answer with one JSON object and nothing else: no words around it, no code fence.";
  private static final String SCHEMA_WANTED =
      "Answer with JSON that fits the following JSON Schema, and with nothing else: no words around"
          + " it, no code fence.\n";

  /** What a tool that answered nothing answered. */
  private static final String NO_OUTPUT = "(no output)";

  private static final Set<String> TIERS = Set.of("default", "flex", "priority");
  private static final BigDecimal TEMPERATURE_MAX = BigDecimal.ONE;

  /** As many stop sequences as Converse takes. */
  private static final int STOPS = 2_500;

  private final ChatRequest request;
  private final Target target;
  private final Losses losses;
  private final Family family;
  private final ModelTraits traits;
  private final DocumentNames documentNames = new DocumentNames();
  private final ObjectNode root = Json.object();
  private final ObjectNode inference = Json.object();
  private final ObjectNode additional = Json.object();
  private final ObjectNode output = Json.object();

  private RequestWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.losses = losses;
    this.family = Family.of(target.model());
    this.traits = ModelTraits.of(target.model());
  }

  static Written write(ChatRequest request, Target target, Losses losses) {
    byte[] body = Json.write(new RequestWriter(request, target, losses).body());
    String path =
        "/model/" + segment(target.model()) + (request.stream() ? "/converse-stream" : "/converse");
    Headers headers =
        request.stream()
            ? Headers.of("accept", "application/vnd.amazon.eventstream")
            : Headers.EMPTY;
    return new Written(path, null, headers, body);
  }

  /** A model's id as one segment: ARNs hold slashes and colons. */
  static String segment(String model) {
    return URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private ObjectNode body() {
    boolean late = family == Family.CLAUDE && traits.lateInstructions();
    Turns turns = Conversation.of(request.messages(), target, family, late, losses);
    ConverseTools tools = new ConverseTools(request, turns.turns(), family, traits, losses);
    CachePoints points =
        new CachePoints(
            tools.marks() + marks(turns.instructions()) + marks(turns.turns()), family, losses);
    // In the order in which the prompt is cached: tools, instructions, turns.
    ObjectNode toolConfig = tools.write(points);
    ArrayNode system = system(turns.instructions(), points);
    outputFormat(system);
    if (!system.isEmpty()) {
      root.set("system", system);
    }
    ArrayNode messages = root.putArray("messages");
    for (Message turn : turns.turns()) {
      messages.add(message(turn, points));
    }
    settings(tools.isForced(), isUnthought(turns.turns()));
    put("inferenceConfig", inference);
    if (toolConfig != null) {
      root.set("toolConfig", toolConfig);
    }
    put("additionalModelRequestFields", additional);
    put("outputConfig", output);
    others();
    own(toolConfig != null);
    return root;
  }

  private void put(String name, ObjectNode object) {
    if (!object.isEmpty()) {
      root.set(name, object);
    }
  }

  private static int marks(List<Message> messages) {
    int marks = 0;
    for (Message message : messages) {
      for (Content content : message.content()) {
        marks += content.extras().cache() != null ? 1 : 0;
        if (content instanceof Content.ToolResult result) {
          marks += (int) result.content().stream().filter(c -> c.extras().cache() != null).count();
        }
      }
    }
    return marks;
  }

  private ArrayNode system(List<Message> instructions, CachePoints points) {
    ArrayNode system = Json.object().putArray("system");
    for (Message message : instructions) {
      blocks(message, points, system);
    }
    return system;
  }

  private ObjectNode message(Message turn, CachePoints points) {
    ObjectNode message =
        Json.object()
            .put(
                "role",
                switch (turn.role()) {
                  case USER -> "user";
                  case ASSISTANT -> "assistant";
                  case SYSTEM, DEVELOPER -> "system";
                });
    blocks(turn, points, message.putArray("content"));
    turn.extras().of(DialectId.BEDROCK).forEach(message::set);
    return message;
  }

  private void blocks(Message message, CachePoints points, ArrayNode blocks) {
    for (Content content : message.content()) {
      blocks.add(block(content));
      if (content instanceof Content.ToolResult result) {
        // Points stand between the blocks of a message, not inside a result.
        for (Content inside : result.content()) {
          points.write(inside.extras().cache(), family.cachesPrompts(), blocks);
        }
      }
      points.write(content.extras().cache(), family.cachesPrompts(), blocks);
    }
  }

  private JsonNode block(Content content) {
    return switch (content) {
      case Content.Text text -> Blocks.text(text);
      case Content.Declined declined -> Blocks.text(declined.text());
      case Content.Media media -> Blocks.media(media, formatOf(media), documentNames);
      case Content.Reasoning reasoning -> reasoning(reasoning);
      case Content.ToolCall call -> Blocks.toolUse(call);
      case Content.ToolResult result -> toolResult(result);
      case Content.Native own -> Blocks.raw(own);
    };
  }

  private static String formatOf(Content.Media media) {
    String format = Blocks.format(media);
    return format == null ? "txt" : format;
  }

  private static ObjectNode reasoning(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    return seal != null && seal.redacted()
        ? Blocks.redacted(seal.data())
        : Blocks.reasoning(reasoning.text(), seal == null ? null : seal.data());
  }

  private ObjectNode toolResult(Content.ToolResult result) {
    ObjectNode block = Json.object();
    ObjectNode written = block.putObject("toolResult").put("toolUseId", result.callId());
    ArrayNode content = written.putArray("content");
    for (Content inside : result.content()) {
      content.add(block(inside));
    }
    if (content.isEmpty()) {
      content.add(Blocks.text(NO_OUTPUT));
    }
    if (result.failed()) {
      written.put("status", "error");
    }
    result.extras().of(DialectId.BEDROCK).forEach(written::set);
    return block;
  }

  /** True when the last turn holds results of calls before which nothing was thought. */
  private static boolean isUnthought(List<Message> turns) {
    if (turns.size() < 2) {
      return false;
    }
    Message calls = turns.get(turns.size() - 2);
    boolean results =
        turns.getLast().content().stream().anyMatch(c -> c instanceof Content.ToolResult);
    return results
        && calls.role() == Message.Role.ASSISTANT
        && !(calls.content().getFirst() instanceof Content.Reasoning);
  }

  private void outputFormat(ArrayNode system) {
    switch (request.outputFormat()) {
      case OutputFormat.JsonObject ignored -> {
        losses.instructed();
        system.add(Blocks.text(JSON_WANTED));
      }
      case OutputFormat.JsonSchema schema -> {
        String text = new String(Json.write(schema.schema()), StandardCharsets.UTF_8);
        if (traits.jsonSchema() && family.holdsToSchema()) {
          textFormat(schema, text);
        } else {
          losses.instructed();
          system.add(Blocks.text(SCHEMA_WANTED + text));
        }
      }
      case null -> {}
    }
  }

  private void textFormat(OutputFormat.JsonSchema schema, String text) {
    ObjectNode format = output.putObject("textFormat").put("type", "json_schema");
    ObjectNode written = format.putObject("structure").putObject("jsonSchema").put("schema", text);
    if (schema.name() != null) {
      written.put("name", schema.name());
    }
    if (schema.description() != null) {
      written.put("description", schema.description());
    }
    schema.extras().of(DialectId.BEDROCK).forEach(written::set);
  }

  private void settings(boolean forced, boolean unthought) {
    Sampling sampling = request.sampling();
    ThinkingWriter thinking =
        new ThinkingWriter(
            target.model(), family, traits, losses, additional, output, sampling.maxOutputTokens());
    thinking.write(request.thinking(), forced, unthought);
    if (thinking.maxTokens() != null) {
      inference.put("maxTokens", thinking.maxTokens());
    }
    drawing(sampling, thinking.samples());
    stop(sampling.stop());
    losses.untaken(sampling);
  }

  private void drawing(Sampling sampling, boolean possible) {
    BigDecimal temperature = sampling.temperature();
    if (temperature != null) {
      if (!possible) {
        losses.lost(Feature.TEMPERATURE);
      } else if (temperature.compareTo(TEMPERATURE_MAX) > 0) {
        losses.lost(Feature.TEMPERATURE);
        inference.put("temperature", TEMPERATURE_MAX);
      } else {
        inference.put("temperature", temperature);
      }
    }
    if (sampling.topP() != null) {
      if (possible && (temperature == null || traits.temperatureWithTopP())) {
        inference.put("topP", sampling.topP());
      } else {
        losses.lost(Feature.TOP_P);
      }
    }
    if (sampling.topK() != null) {
      topK(sampling.topK(), possible);
    }
  }

  private void topK(int topK, boolean possible) {
    switch (possible ? family : Family.OTHER) {
      case CLAUDE, MISTRAL -> additional.put("top_k", topK);
      case NOVA -> additional.putObject("inferenceConfig").put("topK", topK);
      case GPT_OSS, QWEN, OTHER, UNKNOWN -> losses.lost(Feature.TOP_K);
    }
  }

  private void stop(List<String> asked) {
    List<String> stop = new ArrayList<>();
    for (String text : asked) {
      boolean blank = family == Family.CLAUDE ? text.isBlank() : text.isEmpty();
      if (blank || stop.size() == STOPS) {
        losses.lost(Feature.STOP);
      } else {
        stop.add(text);
      }
    }
    if (!stop.isEmpty()) {
      ArrayNode written = inference.putArray("stopSequences");
      stop.forEach(written::add);
      root.putArray("additionalModelResponseFieldPaths").add(RequestReader.STOP_SEQUENCE_PATH);
    }
  }

  private void others() {
    String tier = request.serviceTier();
    if (tier != null && TIERS.contains(tier)) {
      root.putObject("serviceTier").put("type", tier);
    } else if (tier != null && !tier.equals("auto")) {
      losses.lost(Feature.SERVICE_TIER);
    }
    if (request.endUser() != null) {
      losses.lost(Feature.END_USER);
    }
    if (request.cacheKey() != null) {
      losses.lost(Feature.CACHE_KEY);
    }
  }

  /** What a client of this dialect said that the hub has no noun for. */
  private void own(boolean hasTools) {
    for (Map.Entry<String, JsonNode> extra : request.extras().of(DialectId.BEDROCK).entrySet()) {
      String name = extra.getKey();
      JsonNode written = root.path(name);
      if (name.equals("toolConfig") && !hasTools) {
        continue;
      }
      if (written instanceof ObjectNode object && extra.getValue() instanceof ObjectNode more) {
        merge(object, more);
      } else if (written instanceof ArrayNode array && extra.getValue() instanceof ArrayNode more) {
        array.addAll(more);
      } else {
        root.set(name, extra.getValue());
      }
    }
  }

  private static void merge(ObjectNode into, ObjectNode more) {
    more.properties()
        .forEach(member -> {
          if (into.path(member.getKey()) instanceof ObjectNode inner
              && member.getValue() instanceof ObjectNode value) {
            merge(inner, value);
          } else if (!into.has(member.getKey())) {
            into.set(member.getKey(), member.getValue());
          }
        });
  }
}
