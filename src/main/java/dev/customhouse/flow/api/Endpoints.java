package dev.customhouse.flow.api;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of paths. It is tolerant where people err (no version, a doubled one, doubled or
 * trailing slashes) and strict where others attack: only the place of a model's name or of an id is
 * percent-decoded, and dot segments lead nowhere.
 */
final class Endpoints {
  private record Row(Operation operation, DialectId dialect) {}

  private static final Map<String, Row> POSTS =
      Map.ofEntries(
          row("chat/completions", Operation.CHAT, DialectId.OPENAI_CHAT),
          row("completions", Operation.TEXT_COMPLETION, DialectId.OPENAI_CHAT),
          row("embeddings", Operation.EMBEDDINGS, DialectId.OPENAI_CHAT),
          row("moderations", Operation.MODERATION, DialectId.OPENAI_CHAT),
          row("images/generations", Operation.IMAGE_GENERATION, DialectId.OPENAI_CHAT),
          row("images/edits", Operation.IMAGE_EDIT, DialectId.OPENAI_CHAT),
          row("images/variations", Operation.IMAGE_VARIATION, DialectId.OPENAI_CHAT),
          row("audio/speech", Operation.SPEECH, DialectId.OPENAI_CHAT),
          row("audio/transcriptions", Operation.TRANSCRIPTION, DialectId.OPENAI_CHAT),
          row("audio/translations", Operation.AUDIO_TRANSLATION, DialectId.OPENAI_CHAT),
          row("rerank", Operation.RERANK, DialectId.OPENAI_CHAT),
          row("responses", Operation.CHAT, DialectId.OPENAI_RESPONSES),
          row("responses/input_tokens", Operation.COUNT_TOKENS, DialectId.OPENAI_RESPONSES),
          row("responses/compact", Operation.RESPONSE_COMPACT, DialectId.OPENAI_RESPONSES),
          row("messages", Operation.CHAT, DialectId.ANTHROPIC_MESSAGES),
          row("messages/count_tokens", Operation.COUNT_TOKENS, DialectId.ANTHROPIC_MESSAGES));

  private static final Map<String, Operation> GEMINI_ACTIONS =
      Map.of(
          "generateContent", Operation.CHAT,
          "streamGenerateContent", Operation.CHAT,
          "countTokens", Operation.COUNT_TOKENS,
          "embedContent", Operation.EMBEDDINGS,
          "batchEmbedContents", Operation.EMBEDDINGS);

  private static final int RESOURCE_ID_CHARS = 512;

  private static final String READ = "GET, HEAD, OPTIONS";
  private static final String WRITE = "POST, OPTIONS";
  private static final String STORED = "GET, HEAD, DELETE, OPTIONS";
  private static final String ALL = "GET, HEAD, POST, DELETE, OPTIONS";
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "DELETE");

  private Endpoints() {}

  private static Map.Entry<String, Row> row(String path, Operation operation, DialectId dialect) {
    return Map.entry(path, new Row(operation, dialect));
  }

  /**
   * What the request asks for.
   *
   * @throws Refusal of kind NOT_FOUND or METHOD_NOT_ALLOWED that says what the right base URL is
   */
  static Endpoint find(
      String sentMethod, String rawPath, @Nullable String rawQuery, Headers headers) {
    if (!METHODS.contains(sentMethod)) {
      throw wrongMethod(sentMethod, rawPath, allow(rawPath));
    }
    String method = sentMethod.equals("HEAD") ? "GET" : sentMethod;
    List<String> segments = segments(rawPath);
    String version = "v1";
    int first = 0;
    while (first < segments.size() && isVersion(segments.get(first))) {
      version = segments.get(first++);
    }
    List<String> rest = segments.subList(first, segments.size());
    String path = String.join("/", rest);
    if (path.startsWith("models")) {
      return models(method, version, rest, rawPath, rawQuery, headers);
    }
    if (rest.size() > 1 && rest.getFirst().equals("responses") && !POSTS.containsKey(path)) {
      return response(method, rest, rawPath, headers);
    }
    Row row = POSTS.get(path);
    if (row == null) {
      Endpoint guised = guised(rest);
      if (guised == null) {
        throw nowhere(method, rawPath, headers);
      }
      if (!method.equals("POST")) {
        throw wrongMethod(method, rawPath, "POST");
      }
      return guised;
    }
    if (!method.equals("POST")) {
      throw wrongMethod(method, "/v1/" + path, "POST");
    }
    return new Endpoint(row.operation(), row.dialect(), "/v1/" + path, null, null);
  }

  /** The methods possible at a path, as {@code Allow} writes them; all where nothing is served. */
  static String allow(String rawPath) {
    List<String> rest = new ArrayList<>(segments(rawPath));
    while (!rest.isEmpty() && isVersion(rest.getFirst())) {
      rest.removeFirst();
    }
    if (isRoot(rawPath)) {
      return READ;
    }
    if (POSTS.containsKey(String.join("/", rest))) {
      return WRITE;
    }
    return switch (rest.isEmpty() ? "" : rest.getFirst()) {
      case "models" -> isAction(rest.getLast()) ? WRITE : READ;
      case "responses" ->
          rest.size() == 2 ? STORED : rest.getLast().equals("cancel") ? WRITE : READ;
      default -> ALL;
    };
  }

  private static boolean isAction(String segment) {
    return GEMINI_ACTIONS.containsKey(segment.substring(segment.lastIndexOf(':') + 1));
  }

  /** True for the path of nothing in particular. */
  static boolean isRoot(String rawPath) {
    return segments(rawPath).isEmpty();
  }

  private static boolean isVersion(String segment) {
    return segment.equals("v1") || segment.equals("v1beta");
  }

  /** The dialect a request seems to speak, for errors when its path tells nothing. */
  static DialectId guess(String rawPath, @Nullable String rawQuery, Headers headers) {
    if (headers.contains("anthropic-version")
        || rawPath.endsWith("/messages")
        || rawPath.contains("/publishers/anthropic/")) {
      return DialectId.ANTHROPIC_MESSAGES;
    }
    if (rawPath.startsWith("/model/")) {
      return DialectId.BEDROCK;
    }
    if (headers.contains("x-goog-api-key")
        || rawPath.contains("/v1beta")
        || rawQuery != null && (rawQuery.startsWith("key=") || rawQuery.contains("&key="))) {
      return DialectId.GEMINI;
    }
    return DialectId.OPENAI_CHAT;
  }

  /** Messages in the paths of Bedrock and Vertex; null when it is none of those. */
  private static @Nullable Endpoint guised(List<String> rest) {
    String last = rest.isEmpty() ? "" : rest.getLast();
    if (rest.size() == 3 && rest.getFirst().equals("model")) {
      if (last.equals("converse") || last.equals("converse-stream")) {
        String model = decoded(rest.get(1));
        return new Endpoint(
            Operation.CHAT, DialectId.BEDROCK, "/model/" + model + "/" + last, model, null);
      }
      boolean stream = last.equals("invoke-with-response-stream");
      return stream || last.equals("invoke")
          ? guised(Operation.CHAT, decoded(rest.get(1)), Guise.Service.BEDROCK, stream)
          : null;
    }
    int publisher = rest.indexOf("publishers");
    int colon = last.lastIndexOf(':');
    if (publisher < 0
        || publisher != rest.size() - 4
        || !rest.get(publisher + 1).equals("anthropic")
        || colon < 0) {
      return null;
    }
    String name = decoded(last.substring(0, colon));
    return switch (last.substring(colon + 1)) {
      case "rawPredict" ->
          name.equals("count-tokens")
              ? guised(Operation.COUNT_TOKENS, null, Guise.Service.VERTEX, false)
              : guised(Operation.CHAT, name, Guise.Service.VERTEX, false);
      case "streamRawPredict" -> guised(Operation.CHAT, name, Guise.Service.VERTEX, true);
      default -> null;
    };
  }

  private static Endpoint guised(
      Operation operation, @Nullable String model, Guise.Service service, boolean stream) {
    String path = operation == Operation.CHAT ? "/v1/messages" : "/v1/messages/count_tokens";
    return new Endpoint(
        operation, DialectId.ANTHROPIC_MESSAGES, path, model, null, new Guise(service, stream));
  }

  private static Endpoint models(
      String method,
      String version,
      List<String> rest,
      String rawPath,
      @Nullable String rawQuery,
      Headers headers) {
    if (!rest.getFirst().equals("models")) {
      throw nowhere(method, rawPath, headers);
    }
    if (rest.size() == 1) {
      return get(
          method,
          Operation.LIST_MODELS,
          "/" + version + "/models",
          null,
          rawPath,
          rawQuery,
          headers);
    }
    String name = decoded(String.join("/", rest.subList(1, rest.size())));
    int colon = name.lastIndexOf(':');
    Operation action = colon < 0 ? null : GEMINI_ACTIONS.get(name.substring(colon + 1));
    if (action == null && colon >= 0 && method.equals("POST")) {
      throw nowhere(method, rawPath, headers);
    }
    if (action == null) {
      return get(
          method,
          Operation.GET_MODEL,
          "/" + version + "/models/" + name,
          name,
          rawPath,
          rawQuery,
          headers);
    }
    String path = "/" + version + "/models/" + name;
    if (!method.equals("POST")) {
      throw wrongMethod(method, path, "POST");
    }
    return new Endpoint(action, DialectId.GEMINI, path, name.substring(0, colon), null);
  }

  private static Endpoint get(
      String method,
      Operation operation,
      String path,
      @Nullable String model,
      String rawPath,
      @Nullable String rawQuery,
      Headers headers) {
    if (!method.equals("GET")) {
      throw wrongMethod(method, path, "GET");
    }
    return new Endpoint(operation, guess(rawPath, rawQuery, headers), path, model, null);
  }

  private static Endpoint response(
      String method, List<String> rest, String rawPath, Headers headers) {
    String id = decoded(rest.get(1));
    String sub = rest.size() == 3 ? rest.get(2) : "";
    Operation operation =
        switch (sub) {
          case "" -> method.equals("DELETE") ? Operation.RESPONSE_DELETE : Operation.RESPONSE_GET;
          case "cancel" -> Operation.RESPONSE_CANCEL;
          case "input_items" -> Operation.RESPONSE_INPUT_ITEMS;
          default -> throw nowhere(method, rawPath, headers);
        };
    if (rest.size() > 3) {
      throw nowhere(method, rawPath, headers);
    }
    String path = "/v1/responses/" + id + (sub.isEmpty() ? "" : "/" + sub);
    String expected =
        switch (operation) {
          case RESPONSE_DELETE -> "DELETE";
          case RESPONSE_CANCEL -> "POST";
          default -> "GET";
        };
    if (!method.equals(expected)) {
      throw wrongMethod(method, path, sub.isEmpty() ? "GET or DELETE" : expected);
    }
    return new Endpoint(operation, DialectId.OPENAI_RESPONSES, path, null, checkedId(id));
  }

  private static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>(4);
    int from = 0;
    for (int i = 0; i <= rawPath.length(); i++) {
      if (i == rawPath.length() || rawPath.charAt(i) == '/') {
        if (i > from) {
          segments.add(rawPath.substring(from, i));
        }
        from = i + 1;
      }
    }
    return segments;
  }

  /** Names and ids may be percent-encoded; what then looks like a way out of its place may not. */
  private static String decoded(String raw) {
    String text;
    try {
      text = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
    for (String segment : text.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.startsWith("..")) {
        throw malformed();
      }
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' '
          || c == '\\'
          || c == '%'
          || c == ';'
          || c == '?'
          || c == '#'
          || c == 0x7f
          || c == '\ufffd') {
        throw malformed();
      }
    }
    return text;
  }

  private static String checkedId(String id) {
    if (id.length() > RESOURCE_ID_CHARS || id.indexOf('/') >= 0) {
      throw malformed();
    }
    return id;
  }

  private static Refusal malformed() {
    return new Refusal(
        ErrorKind.NOT_FOUND, "not_found", "The path names no model or response that could exist.");
  }

  private static Refusal nowhere(String method, String rawPath, Headers headers) {
    String root = root(headers);
    String shown = printable(rawPath);
    return new Refusal(
        ErrorKind.NOT_FOUND,
        "unknown_url",
        ("Nothing is served at %s %s. Set the base URL to %s/v1 for OpenAI clients, and to %s for"
                + " Anthropic and Gemini clients.")
            .formatted(method, shown, root, root));
  }

  /** The base URL of clients that add the version themselves. */
  static String root(Headers headers) {
    String host = headers.get("host");
    return "http(s)://" + (host == null ? "HOST" : host);
  }

  private static Refusal wrongMethod(String method, String path, String expected) {
    return new Refusal(
        ErrorKind.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "%s %s is not possible here: use %s."
            .formatted(printable(method), printable(path), expected));
  }

  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 200); i++) {
      char c = text.charAt(i);
      clean.append(c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' ? c : '?');
    }
    return clean.toString();
  }
}
