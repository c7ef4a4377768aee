package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The sandbox's models and what each is for. */
final class Models {
  static final String ECHO = "echo";
  static final String TOOLS = "tools";
  static final String JSON = "json";
  static final String SLOW = "slow";
  static final String ERROR = "error";
  static final String EMBED = "embed";
  static final String MODERATE = "moderate";
  static final String IMAGE = "image";
  static final String SPEECH = "speech";
  static final String TRANSCRIBE = "transcribe";
  static final String RERANK = "rerank";

  /** All names, without prefix. */
  static final List<String> ALL =
      List.of(ECHO, TOOLS, JSON, SLOW, ERROR, EMBED, MODERATE, IMAGE, SPEECH, TRANSCRIBE, RERANK);

  /** The models that talk. */
  static final Set<String> TALKING = Set.of(ECHO, TOOLS, JSON, SLOW, ERROR);

  private static final String PREFIX = "sandbox/";

  /** When the models were made, as lists of models tell it. */
  private static final Instant CREATED = Instant.parse("2026-11-01T00:00:00Z");

  private Models() {}

  /**
   * The model's name without prefix.
   *
   * @throws FaultException when it is not one of the wanted, or is none at all
   */
  static String named(@Nullable String name, Set<String> wanted) {
    if (name == null || name.isEmpty()) {
      throw FaultException.invalid("'model' must be given", "model");
    }
    String bare = bare(name);
    if (!ALL.contains(bare)) {
      throw FaultException.unknownModel(
          "The model `" + name + "` does not exist. The sandbox has " + String.join(", ", ALL));
    }
    if (!wanted.contains(bare)) {
      throw FaultException.unknownModel(
          "The model `"
              + name
              + "` does not serve this operation; "
              + String.join(", ", wanted.stream().sorted().toList())
              + " would");
    }
    return bare;
  }

  /** The model of an operation that has one of its own, beside the one that fails. */
  static String of(JsonNode body, String own) {
    return named(Json.text(body, "model"), Set.of(own, ERROR));
  }

  private static String bare(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  /** The list as OpenAI clients read it. */
  static ObjectNode openaiList() {
    ArrayNode data = Json.array();
    ALL.forEach(model -> data.add(openaiModel(model)));
    ObjectNode list = Json.object().put("object", "list");
    list.set("data", data);
    return list;
  }

  /** One model as OpenAI clients read it. */
  static ObjectNode openaiModel(String name) {
    return Json.object()
        .put("id", named(name, Set.copyOf(ALL)))
        .put("object", "model")
        .put("created", CREATED.getEpochSecond())
        .put("owned_by", "sandbox");
  }

  /** The list as Anthropic clients read it. */
  static ObjectNode anthropicList() {
    ArrayNode data = Json.array();
    ALL.forEach(model -> data.add(anthropicModel(model)));
    ObjectNode list = Json.object();
    list.set("data", data);
    return list.put("has_more", false)
        .put("first_id", ALL.getFirst())
        .put("last_id", ALL.getLast());
  }

  /** One model as Anthropic clients read it. */
  static ObjectNode anthropicModel(String name) {
    String model = named(name, Set.copyOf(ALL));
    return Json.object()
        .put("type", "model")
        .put("id", model)
        .put("display_name", "Sandbox " + model)
        .put("created_at", CREATED.toString());
  }

  /** The list as Gemini clients read it. */
  static ObjectNode geminiList() {
    ArrayNode models = Json.array();
    ALL.forEach(model -> models.add(geminiModel(model)));
    ObjectNode list = Json.object();
    list.set("models", models);
    return list;
  }

  /** One model as Gemini clients read it. */
  static ObjectNode geminiModel(String name) {
    String model = named(name, Set.copyOf(ALL));
    ArrayNode methods = Json.array();
    if (TALKING.contains(model)) {
      methods.add("generateContent").add("countTokens");
    } else if (model.equals(EMBED)) {
      methods.add("embedContent").add("batchEmbedContents");
    }
    ObjectNode answer =
        Json.object()
            .put("name", "models/" + model)
            .put("version", "1")
            .put("displayName", "Sandbox " + model)
            .put("inputTokenLimit", 1_048_576)
            .put("outputTokenLimit", 65_536);
    answer.set("supportedGenerationMethods", methods);
    return answer;
  }
}
