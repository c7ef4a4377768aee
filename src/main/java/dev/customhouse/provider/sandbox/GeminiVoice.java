package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers in Google's Gemini API. */
final class GeminiVoice {
  private static final Set<String> EMBEDDING = Set.of(Models.EMBED, Models.ERROR);

  private final Call call;
  private final Ask ask;
  private final Script.Scene scene;
  private final long promptTokens;

  private GeminiVoice(Call call, Ask ask, Script.Scene scene) {
    this.call = call;
    this.ask = ask;
    this.scene = scene;
    this.promptTokens = Tokens.ofPrompt(ask);
  }

  static Spoken generate(Call call, String model) {
    Ask ask = GeminiAsk.read(model, call.body(), false);
    GeminiVoice voice = new GeminiVoice(call, ask, Script.play(ask));
    Spoken spoken = Spoken.json(voice.whole());
    return voice.scene.ending() instanceof Ending.Cut ? spoken.broken() : spoken;
  }

  /** The stream: events when {@code alt=sse} was asked, else one JSON array piece by piece. */
  static Spoken stream(Call call, String model, boolean events) {
    Ask ask = GeminiAsk.read(model, call.body(), true);
    GeminiVoice voice = new GeminiVoice(call, ask, Script.play(ask));
    return events ? voice.events() : voice.array();
  }

  /** The same count that the answer's usage would tell. */
  static Spoken countTokens(Call call, String model) {
    JsonNode inner = Json.first(call.body(), "generateContentRequest", "generate_content_request");
    ObjectNode body = inner instanceof ObjectNode object ? object : call.body();
    long tokens = Tokens.ofPrompt(GeminiAsk.read(model, body, false));
    ObjectNode answer = Json.object().put("totalTokens", tokens);
    answer.set("promptTokensDetails", textDetails(tokens));
    return Spoken.json(answer);
  }

  /** One embedding. */
  static Spoken embed(Call call, String model) {
    if (Models.named(model, EMBEDDING).equals(Models.ERROR)) {
      return Script.fail(textOf(call.body()));
    }
    List<String> texts = new ArrayList<>();
    ObjectNode answer = Json.object();
    answer.set("embedding", embedding(call.body(), texts));
    answer.set("usageMetadata", embeddingUsage(texts));
    return Spoken.json(answer);
  }

  /** An embedding for each request of the batch. */
  static Spoken batchEmbed(Call call, String model) {
    boolean failing = Models.named(model, EMBEDDING).equals(Models.ERROR);
    JsonNode requests = call.body().path("requests");
    if (!requests.isArray() || requests.isEmpty() || requests.size() > Embeddings.MAX_INPUTS) {
      throw FaultException.invalid(
          "requests must be an array of 1 to " + Embeddings.MAX_INPUTS, "requests");
    }
    if (failing) {
      return Script.fail(textOf(requests.get(0)));
    }
    List<String> texts = new ArrayList<>();
    ArrayNode embeddings = Json.array();
    requests.forEach(request -> embeddings.add(embedding(request, texts)));
    ObjectNode answer = Json.object();
    answer.set("embeddings", embeddings);
    answer.set("usageMetadata", embeddingUsage(texts));
    return Spoken.json(answer);
  }

  private static String textOf(JsonNode request) {
    return GeminiAsk.textOf(request.path("content").path("parts"));
  }

  private static ObjectNode embedding(JsonNode request, List<String> texts) {
    String text = textOf(request);
    texts.add(text);
    JsonNode config = request.path("embedContentConfig");
    Integer dimensions =
        Json.integer(
            config.has("outputDimensionality") ? config : request,
            "outputDimensionality",
            1,
            Embeddings.MAX_DIMENSIONS);
    ArrayNode values = Json.array();
    for (float value :
        Embeddings.vector(text, dimensions == null ? Embeddings.DEFAULT_DIMENSIONS : dimensions)) {
      values.add(value);
    }
    ObjectNode embedding = Json.object();
    embedding.set("values", values);
    return embedding;
  }

  private static ObjectNode embeddingUsage(List<String> texts) {
    long tokens = texts.stream().mapToLong(Tokens::of).sum();
    return Json.object().put("promptTokenCount", tokens);
  }

  private ObjectNode whole() {
    ArrayNode candidates = Json.array();
    for (int index = 0; index < ask.choices(); index++) {
      ArrayNode parts =
          switch (scene.reply()) {
            case Reply.Text(String text, var _, var _) -> text(text);
            case Reply.ToolCall tool -> Json.array(functionCall(tool, index));
          };
      candidates.add(candidate(index, parts, finish()));
    }
    return response(candidates, scene.reply().tokens() * ask.choices());
  }

  /** The stream's messages, each one whole JSON. */
  private List<ObjectNode> messages() {
    List<ObjectNode> messages = new ArrayList<>();
    Ending ending = scene.ending();
    long tokens = 0;
    boolean early = ending instanceof Ending.Failed failed && !failed.afterContent();
    for (int index = 0; index < ask.choices() && !early; index++) {
      switch (scene.reply()) {
        case Reply.Text(String text, var _, var _) -> {
          long bytes = 0;
          long before = tokens;
          for (String piece : Spoken.beginning(Pieces.words(text, ask.choices()), ending)) {
            bytes += Tokens.bytes(piece);
            tokens = before + Tokens.ofBytes(bytes);
            messages.add(response(Json.array(candidate(index, text(piece), null)), tokens));
          }
          if (ending instanceof Ending.Proper) {
            messages.add(response(Json.array(candidate(index, emptyText(), finish())), tokens));
          }
        }
        case Reply.ToolCall tool -> {
          tokens += tool.tokens();
          messages.add(
              response(
                  Json.array(candidate(index, Json.array(functionCall(tool, index)), null)),
                  tokens));
          messages.add(response(Json.array(candidate(index, emptyText(), finish())), tokens));
        }
      }
    }
    if (ending instanceof Ending.Failed failed) {
      messages.add(FaultVoice.gemini(failed.fault()));
    }
    return messages;
  }

  private Spoken events() {
    Spoken.Events events = new Spoken.Events();
    messages().forEach(events::data);
    return events.end(scene.ending());
  }

  private Spoken array() {
    List<byte[]> chunks = new ArrayList<>();
    for (ObjectNode message : messages()) {
      String text = (chunks.isEmpty() ? "[" : ",\n") + Json.write(message);
      chunks.add(text.getBytes(StandardCharsets.UTF_8));
    }
    boolean cut = scene.ending() instanceof Ending.Cut;
    if (!cut) {
      chunks.add("]".getBytes(StandardCharsets.UTF_8));
    }
    return new Spoken(200, "application/json", chunks, cut);
  }

  private static ArrayNode text(String text) {
    return text.isEmpty() ? Json.array() : Json.array(Json.object().put("text", text));
  }

  private static ArrayNode emptyText() {
    return Json.array(Json.object().put("text", ""));
  }

  private ObjectNode functionCall(Reply.ToolCall tool, int index) {
    ObjectNode functionCall = Json.object().put("name", tool.tool().name());
    functionCall.set("args", Json.parseObject(tool.input().getBytes(StandardCharsets.UTF_8)));
    functionCall.put("id", call.names().id("", index));
    ObjectNode part = Json.object();
    part.set("functionCall", functionCall);
    return part;
  }

  private static ObjectNode candidate(int index, ArrayNode parts, @Nullable String finish) {
    ObjectNode content = Json.object();
    if (!parts.isEmpty()) {
      content.set("parts", parts);
    }
    content.put("role", "model");
    ObjectNode candidate = Json.object();
    candidate.set("content", content);
    if (finish != null) {
      candidate.put("finishReason", finish);
    }
    return candidate.put("index", index);
  }

  private ObjectNode response(ArrayNode candidates, long candidatesTokens) {
    ObjectNode usage =
        Json.object()
            .put("promptTokenCount", promptTokens)
            .put("candidatesTokenCount", candidatesTokens)
            .put("totalTokenCount", promptTokens + candidatesTokens);
    usage.set("promptTokensDetails", textDetails(promptTokens));
    ObjectNode response = Json.object();
    response.set("candidates", candidates);
    response.set("usageMetadata", usage);
    return response
        .put("modelVersion", ask.model())
        .put("responseId", call.names().id("", ask.choices()));
  }

  private static ArrayNode textDetails(long tokens) {
    return Json.array(Json.object().put("modality", "TEXT").put("tokenCount", tokens));
  }

  /** A call of a tool ends with STOP here, unlike elsewhere. */
  private String finish() {
    return scene.reply() instanceof Reply.Text text && text.stop() == Reply.Stop.LENGTH
        ? "MAX_TOKENS"
        : "STOP";
  }
}
