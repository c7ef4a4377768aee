package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Crossing;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same request as it was written for several providers, each in its own dialect: asked for in
 * one of them, it arrives in another as it was written for that one, and the answer comes back. For
 * a dialect that nobody wrote it for, it arrives as it was said.
 */
@Tag("recorded")
class PairsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Map<String, DialectId> NAMES =
      Map.of(
          "chat-completions", DialectId.OPENAI_CHAT,
          "responses", DialectId.OPENAI_RESPONSES,
          "anthropic", DialectId.ANTHROPIC_MESSAGES,
          "google", DialectId.GEMINI,
          "bedrock", DialectId.BEDROCK);

  /**
   * Where a request was not written for a dialect it goes to this model, which says what the asked
   * one said: it has the form that was asked for.
   */
  private static final Map<DialectId, String> MODELS =
      Map.of(
          DialectId.OPENAI_CHAT, "gpt-5-nano",
          DialectId.OPENAI_RESPONSES, "gpt-5-nano",
          DialectId.ANTHROPIC_MESSAGES, "claude-sonnet-4-20250514",
          DialectId.GEMINI, "gemini-2.5-flash",
          DialectId.BEDROCK, "us.anthropic.claude-haiku-4-5-20251001-v1:0");

  private static final Map<DialectId, String> ANSWERS =
      Map.of(
          DialectId.OPENAI_CHAT,
          "{'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant','content':TEXT}}]}",
          DialectId.OPENAI_RESPONSES,
          "{'id':'r','object':'response','status':'completed','output':[{'type':'message','role':'assistant','content':[{'type':'output_text','text':TEXT,'annotations':[]}]}]}",
          DialectId.ANTHROPIC_MESSAGES,
          "{'id':'m','type':'message','role':'assistant','content':[{'type':'text','text':TEXT}],'stop_reason':'end_turn','usage':{'input_tokens':1,'output_tokens':1}}",
          DialectId.GEMINI,
          "{'candidates':[{'content':{'role':'model','parts':[{'text':TEXT}]},'finishReason':'STOP'}]}",
          DialectId.BEDROCK,
          "{'output':{'message':{'role':'assistant','content':[{'text':TEXT}]}},'stopReason':'end_turn','usage':{'inputTokens':1,'outputTokens':1,'totalTokens':2}}");

  /** Where a request arrives otherwise than it was written for the provider. */
  private enum Difference {
    /** Messages require a limit; what was asked without one gets the most the model can answer. */
    LIMIT_REQUIRED,
    /** What the asking client's own request did not say cannot arrive. */
    NOT_ASKED,
    /** What the provider's dialect or model does not take was left out, and the header says so. */
    LEFT_OUT_AND_TOLD,
    /** A tool that the provider runs itself is refused where there is none like it. */
    OWN_TOOL_REFUSED,
    /**
     * It arrives in a form of the same meaning, as the table of losses says: effort as a budget and
     * a budget as effort, with a limit above it; names of users by their hashes; the usual tier as
     * none; the description of a schema inside of it; a form of the answer in words.
     */
    MAPPED,
    /** The answer is held to it, and not the request. */
    ONE_CALL_AT_A_TIME
  }

  private static final Set<String> MAPPED =
      Set.of("effort", "budget", "limit", "user", "tier", "format");

  /** One request in one dialect, and its answer. */
  private record Half(JsonNode request, byte[] response, JsonNode facts, String model) {}

  private record Pair(String name, Map<DialectId, Half> halves) {}

  private record Way(Pair pair, DialectId from, DialectId to) {
    /** As it was written for the provider; null: nobody wrote it. */
    @Nullable Half own() {
      return pair.halves().get(to);
    }

    String model() {
      Half own = own();
      if (from == DialectId.ANTHROPIC_MESSAGES && to == DialectId.BEDROCK) {
        // Claude on Bedrock is asked in the client's own dialect.
        return "amazon.nova-pro-v1:0";
      }
      return own == null ? Objects.requireNonNull(MODELS.get(to)) : own.model();
    }

    byte[] answer() throws IOException {
      Half own = own();
      return own == null
          ? Objects.requireNonNull(ANSWERS.get(to))
              .replace('\'', '"')
              .replace("TEXT", MAPPER.writeValueAsString(text()))
              .getBytes(UTF_8)
          : own.response();
    }

    /** What the model says. */
    String text() {
      Half own = own();
      String text = (own == null ? asked() : own).facts().path("text").asText();
      return own == null && text.isEmpty() ? "Hi" : text;
    }

    Half asked() {
      return Objects.requireNonNull(pair.halves().get(from));
    }

    @Override
    public String toString() {
      return "%s from %s to %s".formatted(pair.name(), from.label(), to.label());
    }
  }

  private static List<Pair> pairs() throws IOException {
    Path folder =
        Path.of(System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared"), "fixtures/pairs");
    List<Pair> pairs = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return pairs;
    }
    try (Stream<Path> cases = Files.list(folder)) {
      for (Path each : cases.sorted().toList()) {
        JsonNode dialects = MAPPER.readTree(each.resolve("meta.json").toFile()).path("dialects");
        Map<DialectId, Half> halves = new EnumMap<>(DialectId.class);
        for (var named : NAMES.entrySet()) {
          Path request = each.resolve(named.getKey() + ".request.json");
          JsonNode response = dialects.path(named.getKey()).path("response");
          if (Files.exists(request) && response.path("file").isTextual()) {
            JsonNode body = MAPPER.readTree(request.toFile());
            halves.put(
                named.getValue(),
                new Half(
                    body,
                    Files.readAllBytes(each.resolve(response.path("file").asText())),
                    response.path("facts"),
                    body.path("model").asText(body.path("modelId").asText("gemini-2.5-flash"))));
          }
        }
        pairs.add(new Pair(each.getFileName().toString(), halves));
      }
    }
    return pairs;
  }

  @Test
  void aRequestArrivesAsItWasWrittenForItsProvider() throws IOException {
    List<Way> ways = new ArrayList<>();
    for (Pair pair : pairs()) {
      for (DialectId from : pair.halves().keySet()) {
        for (DialectId to : DialectId.values()) {
          if (from != to) {
            ways.add(new Way(pair, from, to));
          }
        }
      }
    }
    if (ways.isEmpty()) {
      System.out.println("pairs: not run, the folder fixtures of the shared data is absent");
      return;
    }
    List<String> faults = new ArrayList<>();
    Map<Difference, Integer> differences = new EnumMap<>(Difference.class);
    int same = 0;
    Map<Integer, byte[]> received = new ConcurrentHashMap<>();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              int number = Integer.parseInt(request.target().split("/", 3)[1]);
              received.put(number, request.body());
              connection.json(200, new String(ways.get(number).answer(), UTF_8));
            });
        House house = House.of(sections(ways, upstream.root()))) {
      for (int i = 0; i < ways.size(); i++) {
        Way way = ways.get(i);
        String model = "case" + i;
        HttpResponse<String> answer =
            house.post(listener(way.from()).path(model, false), asked(way, model));
        String dropped = answer.headers().firstValue("x-customhouse-dropped").orElse("");
        if (answer.statusCode() != 200) {
          if (answer.statusCode() != 400 || !asksForOwnTool(way)) {
            faults.add(way + ": " + answer.body());
          } else {
            differences.merge(Difference.OWN_TOOL_REFUSED, 1, Integer::sum);
          }
          continue;
        }
        answered(
            way, listener(way.from()).hear(answer.body().getBytes(UTF_8), false, model), faults);
        Map<String, @Nullable String> arrived =
            told(read(way.to(), Objects.requireNonNull(received.get(i))));
        Map<String, @Nullable String> said =
            told(read(way.from(), MAPPER.writeValueAsBytes(way.asked().request())));
        Half written = way.own();
        Map<String, @Nullable String> own =
            written == null
                ? said
                : told(read(way.to(), MAPPER.writeValueAsBytes(written.request())));
        for (String what : own.keySet()) {
          String here = arrived.get(what);
          String there = own.get(what);
          if (Objects.equals(here, there)) {
            same++;
            continue;
          }
          Difference difference = difference(way, what, here, said.get(what), dropped);
          if (difference == null) {
            faults.add(
                "%s: %s is %s and not %s; asked was %s, dropped [%s]"
                    .formatted(way, what, here, there, said.get(what), dropped));
          } else {
            differences.merge(difference, 1, Integer::sum);
          }
        }
      }
    }
    System.out.println(
        "pairs: %d ways, %d things arrived as they were written there, by design others: %s"
            .formatted(ways.size(), same, differences));
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static @Nullable Difference difference(
      Way way, String what, @Nullable String here, @Nullable String said, String dropped) {
    if (what.equals("limit") && said == null && way.to() == DialectId.ANTHROPIC_MESSAGES) {
      return Difference.LIMIT_REQUIRED;
    }
    if (Objects.equals(here, said)) {
      return Difference.NOT_ASKED;
    }
    if (MAPPED.contains(what)) {
      return Difference.MAPPED;
    }
    if (what.equals("instructions") && here != null && here.contains("Answer with")) {
      return Difference.MAPPED;
    }
    boolean unasked = way.to() == DialectId.GEMINI || way.to() == DialectId.BEDROCK;
    if (what.equals("parallel") && unasked) {
      return Difference.ONE_CALL_AT_A_TIME;
    }
    if (here == null && !dropped.isEmpty()) {
      return Difference.LEFT_OUT_AND_TOLD;
    }
    return null;
  }

  private static void answered(Way way, Heard heard, List<String> faults) {
    Half own = way.own();
    String text = way.text();
    if (!heard.text.toString().equals(text)) {
      faults.add("%s: the text is %s and not %s".formatted(way, heard.text, text));
    }
    int calls = own == null ? 0 : own.facts().path("tool_calls").size();
    if (heard.wishes().size() != calls) {
      faults.add("%s: the calls are %s".formatted(way, heard.wishes()));
    }
    for (String fault : heard.faults) {
      faults.add(way + ": " + fault);
    }
  }

  private static boolean asksForOwnTool(Way way) throws IOException {
    return read(way.from(), MAPPER.writeValueAsBytes(way.asked().request())).tools().stream()
        .anyMatch(Tool.Native.class::isInstance);
  }

  private static Listener listener(DialectId dialect) {
    return Listener.all().stream()
        .filter(each -> each.dialect() == dialect)
        .findFirst()
        .orElseThrow();
  }

  private static String asked(Way way, String model) throws IOException {
    ObjectNode request = way.asked().request().deepCopy();
    if (way.from() != DialectId.GEMINI && way.from() != DialectId.BEDROCK) {
      request.put("model", model);
    } else {
      request.remove(List.of("model", "modelId"));
    }
    return MAPPER.writeValueAsString(request);
  }

  private static String sections(List<Way> ways, String root) {
    StringBuilder providers = new StringBuilder("providers:\n");
    StringBuilder models = new StringBuilder("models:\n");
    for (int i = 0; i < ways.size(); i++) {
      Way way = ways.get(i);
      String host =
          way.to() == DialectId.BEDROCK
              ? "type: bedrock, region: us-west-2"
              : "type: compatible, dialect: " + way.to().label();
      providers.append(
          "  case%d: { %s, base_url: \"%s/%d\", api_keys: [\"k\"] }\n".formatted(i, host, root, i));
      models.append(
          "  case%d: { targets: [{ provider: case%d, model: \"%s\" }], retry: { attempts: 1 } }\n"
              .formatted(i, i, way.model()));
    }
    return providers.append(models).toString();
  }

  private static ChatRequest read(DialectId dialect, byte[] body) {
    Codec codec = Crossing.CODECS.get(dialect);
    return codec.readRequest(
        new Call(
            "req_1",
            Operation.CHAT,
            dialect,
            "POST",
            "/v1beta/models/m:generateContent",
            null,
            Headers.EMPTY,
            body,
            "m",
            null,
            false,
            false,
            Call.Marks.NONE,
            null,
            null));
  }

  /** What a request says, by what it says it of. */
  private static Map<String, @Nullable String> told(ChatRequest request) {
    Map<String, @Nullable String> told = new LinkedHashMap<>();
    StringBuilder instructions = new StringBuilder();
    StringBuilder messages = new StringBuilder();
    List<String> ids = new ArrayList<>();
    for (Message message : request.messages()) {
      for (Content content : message.content()) {
        String text = told(content, ids);
        if (message.role().instructs()) {
          instructions.append(text);
        } else {
          messages.append(message.role()).append(": ").append(text).append('\n');
        }
      }
    }
    told.put("instructions", instructions.toString());
    told.put("messages", messages.toString());
    for (Tool tool : request.tools()) {
      told.put(
          "tool " + tool.name(),
          tool instanceof Tool.Function function
              ? function.description() + " " + plain(function.schema())
              : tool.toString());
    }
    Sampling sampling = request.sampling();
    told.put("limit", text(sampling.maxOutputTokens()));
    told.put("temperature", text(sampling.temperature()));
    told.put("stop", sampling.stop().toString());
    told.put("choice", text(request.toolChoice()));
    told.put("parallel", text(request.parallelToolCalls()));
    Thinking thinking = request.thinking();
    told.put("effort", thinking == null ? null : text(thinking.effort()));
    told.put("budget", thinking == null ? null : text(thinking.budgetTokens()));
    told.put(
        "format",
        request.outputFormat() instanceof OutputFormat.JsonSchema schema
            ? plain(schema.schema())
            : text(request.outputFormat()));
    told.put("user", request.endUser());
    told.put("tier", request.serviceTier());
    told.put("cache", request.cacheKey());
    return told;
  }

  /** Calls by their order: their ids are each dialect's own. */
  private static String told(Content content, List<String> ids) {
    return switch (content) {
      case Content.Text text -> text.text();
      case Content.ToolCall call -> {
        ids.add(call.id());
        yield "call %d of %s with %s".formatted(ids.size() - 1, call.name(), call.arguments());
      }
      case Content.ToolResult result ->
          "result of %d: %s".formatted(ids.indexOf(result.callId()), result.content());
      default -> content.toString();
    };
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  /** Gemini's schemas write their types in capitals. */
  private static String plain(@Nullable JsonNode schema) {
    return schema == null ? "" : schema.toString().toLowerCase(Locale.ROOT);
  }
}
