package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A recorded answer of a real provider, read in place, with the facts that an independent reader
 * found in it.
 *
 * @param name the folder and the case
 * @param body as it came over the wire
 * @param events true when the body is a stream of events
 * @param request the recorded request; null when it was not kept
 */
record Recording(
    String name, JsonNode meta, byte[] body, boolean events, byte @Nullable [] request) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> FOLDERS =
      List.of(
          "openai-chat",
          "openai-responses",
          "anthropic-messages",
          "gemini-generate",
          "bedrock-converse",
          "other");
  private static final List<String> BODIES =
      List.of("stream.bin", "stream.txt", "response.json", "response.txt");
  private static final Set<String> CHATS =
      Set.of(
          "openai-chat",
          "openai-responses",
          "anthropic-messages",
          "gemini-generate",
          "bedrock-converse");
  private static final Set<String> SPOKEN =
      Set.of(
          "openai-chat",
          "openai-completions",
          "openai-embeddings",
          "openai-moderations",
          "openai-responses",
          "anthropic-messages",
          "gemini-generate");

  /** Answers to chats in the gateway's dialects, whatever host sent them, and errors. */
  static List<Recording> chats() throws IOException {
    return readable().stream().filter(Recording::isChat).toList();
  }

  private boolean isChat() {
    String kind = facts().path("kind").asText();
    return CHATS.contains(factsDialect()) && (kind.equals("completion") || kind.equals("error"));
  }

  /** All cases in the four dialects whose streams are text; none when the folder is absent. */
  static List<Recording> all() throws IOException {
    return readable().stream().filter(Recording::isSpoken).toList();
  }

  private static List<Recording> readable() throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path fixtures = Path.of(root, "fixtures");
    if (!Files.isDirectory(fixtures)) {
      return List.of();
    }
    List<Recording> recordings = new ArrayList<>();
    for (String folder : FOLDERS) {
      try (Stream<Path> cases = Files.list(fixtures.resolve(folder))) {
        for (Path each : cases.sorted().toList()) {
          recordings.add(read(folder, each));
        }
      }
    }
    return recordings;
  }

  private static Recording read(String folder, Path place) throws IOException {
    JsonNode meta = MAPPER.readTree(place.resolve("meta.json").toFile());
    Path request = place.resolve("request.json");
    for (String name : BODIES) {
      Path body = place.resolve(name);
      if (Files.exists(body)) {
        return new Recording(
            folder + "/" + place.getFileName(),
            meta,
            Files.readAllBytes(body),
            name.startsWith("stream"),
            Files.exists(request) ? Files.readAllBytes(request) : null);
      }
    }
    throw new IOException("no body in " + place);
  }

  /** Hosts that wrap a dialect in paths and signatures of their own (Vertex, Bedrock) are not. */
  private boolean isSpoken() {
    String provider = meta.path("provider").asText();
    return SPOKEN.contains(factsDialect())
        && !name.contains("/bedrock-anthropic")
        && !provider.equals("vertex-anthropic")
        && !name.contains("/vertex-");
  }

  private String factsDialect() {
    return meta.path("facts_dialect").asText();
  }

  JsonNode facts() {
    return meta.path("facts");
  }

  int status() {
    return meta.path("http_status").asInt();
  }

  String contentType() {
    String recorded = meta.path("response_headers").path("content-type").asText("");
    if (!recorded.isEmpty()) {
      return recorded;
    }
    if (!events) {
      return "application/json";
    }
    return dialect() == DialectId.BEDROCK
        ? "application/vnd.amazon.eventstream"
        : "text/event-stream; charset=utf-8";
  }

  /** The header fields that were recorded, but for those of the connection. */
  List<String> headers() {
    List<String> fields = new ArrayList<>();
    meta.path("response_headers")
        .properties()
        .forEach(field -> {
          if (!Set.of("content-type", "content-length", "transfer-encoding", "content-encoding")
              .contains(field.getKey())) {
            fields.add(field.getKey());
            fields.add(field.getValue().asText());
          }
        });
    return fields;
  }

  DialectId dialect() {
    return switch (factsDialect()) {
      case "openai-responses" -> DialectId.OPENAI_RESPONSES;
      case "anthropic-messages" -> DialectId.ANTHROPIC_MESSAGES;
      case "gemini-generate" -> DialectId.GEMINI;
      case "bedrock-converse" -> DialectId.BEDROCK;
      default -> DialectId.OPENAI_CHAT;
    };
  }

  private String recordedUrl() {
    return meta.path("request").path("url").asText("");
  }

  /** The id in the path of a look at a stored response; null for all other requests. */
  @Nullable String storedId() {
    if (!meta.path("request").path("method").asText("").equals("GET")) {
      return null;
    }
    return recordedUrl().substring(recordedUrl().lastIndexOf('/') + 1);
  }

  /** The id of the response that must have been made before; null: none. */
  @Nullable String priorId() throws IOException {
    String stored = storedId();
    byte[] asked = request;
    if (stored != null || asked == null) {
      return stored;
    }
    String previous = MAPPER.readTree(asked).path("previous_response_id").asText("");
    return previous.isEmpty() ? null : previous;
  }

  Operation operation() {
    if (storedId() != null) {
      return Operation.RESPONSE_GET;
    }
    if (facts().path("kind").asText().equals("count_tokens") || recordedUrl().contains("ount")) {
      return Operation.COUNT_TOKENS;
    }
    return switch (factsDialect()) {
      case "openai-completions" -> Operation.TEXT_COMPLETION;
      case "openai-embeddings" -> Operation.EMBEDDINGS;
      case "openai-moderations" -> Operation.MODERATION;
      default -> Operation.CHAT;
    };
  }

  /** Where the request goes at the gateway. */
  String path(String model) {
    boolean count = operation() == Operation.COUNT_TOKENS;
    String id = storedId();
    return switch (dialect()) {
      case OPENAI_CHAT ->
          switch (operation()) {
            case TEXT_COMPLETION -> "/v1/completions";
            case EMBEDDINGS -> "/v1/embeddings";
            case MODERATION -> "/v1/moderations";
            default -> "/v1/chat/completions";
          };
      case OPENAI_RESPONSES ->
          "/v1/responses" + (id != null ? "/" + id : count ? "/input_tokens" : "");
      case ANTHROPIC_MESSAGES -> "/v1/messages" + (count ? "/count_tokens" : "");
      case GEMINI ->
          "/v1beta/models/%s:%s"
              .formatted(
                  model,
                  count
                      ? "countTokens"
                      : events ? "streamGenerateContent?alt=sse" : "generateContent");
      case BEDROCK -> "/model/%s/%s".formatted(model, events ? "converse-stream" : "converse");
    };
  }

  /** The model that the request asked its provider for. */
  String model() throws IOException {
    byte[] asked = request;
    String named = asked == null ? "" : MAPPER.readTree(asked).path("model").asText("");
    return named.isEmpty() || dialect() == DialectId.GEMINI ? "model-of-the-case" : named;
  }

  /** The recorded request, or the least that will do, asking for this model. */
  byte[] requestFor(String model) throws IOException {
    if (request == null && dialect() == DialectId.GEMINI) {
      return "{\"contents\":[]}".getBytes(UTF_8);
    }
    if (request == null) {
      String stream = events ? ",\"stream\":true" : "";
      return "{\"model\":\"%s\"%s}".formatted(model, stream).getBytes(UTF_8);
    }
    String text = new String(request, UTF_8);
    JsonNode tree = MAPPER.readTree(request);
    if (dialect() == DialectId.GEMINI) {
      return request;
    }
    if (events && !tree.path("stream").asBoolean()) {
      // One recording was kept with the request of another; its stream must be asked for.
      text = "{\"stream\":true," + text.strip().substring(1);
    }
    String own = tree.path("model").asText("");
    if (own.isEmpty()) {
      return ("{\"model\":\"" + model + "\"," + text.strip().substring(1)).getBytes(UTF_8);
    }
    // One space of indentation: the outermost object's.
    String value = MAPPER.writeValueAsString(own);
    int at = text.indexOf("\n \"model\": " + value);
    if (at < 0) {
      throw new IOException("where is the model of " + name);
    }
    int from = at + "\n \"model\": ".length();
    return (text.substring(0, from) + "\"" + model + "\"" + text.substring(from + value.length()))
        .getBytes(UTF_8);
  }

  /** True when the recorded client did not want the usage chunk of its stream. */
  boolean withholdsUsage() throws IOException {
    boolean asked =
        request != null
            && MAPPER.readTree(request).path("stream_options").path("include_usage").asBoolean();
    return events && dialect() == DialectId.OPENAI_CHAT && !asked;
  }

  @Override
  public String toString() {
    return name;
  }
}
