package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The built-in provider, in process: a transport that answers by itself. Of a request's URI only
 * path and query matter. The dialect is told by path and header fields, as at the gateway's own
 * door. Needs no key and looks at none. Safe for use by several threads.
 */
public final class Sandbox implements Transport {
  /** The largest body taken. */
  static final int MAX_BODY_BYTES = 64 << 20;

  /** What a rate limit tells its caller to wait. */
  static final int RETRY_AFTER_SECONDS = 1;

  private static final Map<String, String> NO_QUERY = Map.of();

  private final InstantSource clock;
  private final Pause pause;
  private final Responses responses = new Responses();

  /**
   * A sandbox with an empty store of responses.
   *
   * @param clock tells when answers were made
   * @param pause keeps slow answers slow
   */
  public Sandbox(InstantSource clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  /** The models' names, without prefix; with the prefix {@code sandbox/} they are known too. */
  public static List<String> models() {
    return Models.ALL;
  }

  @Override
  public UpstreamAnswer send(UpstreamRequest request)
      throws TransportException, InterruptedException {
    Dialect dialect = Dialect.of(request);
    Names names = Names.of(request.body());
    Spoken spoken;
    Pace pace = new Pace(Duration.ZERO, Duration.ZERO);
    String retryAfter = null;
    try {
      Asked asked = asked(request);
      names = asked.call().names();
      boolean slow = asked.model().endsWith(Models.SLOW);
      pace = Pace.of(asked.call().body(), request.headers(), slow);
      spoken = route(request, dialect, asked);
    } catch (FaultException refused) {
      Fault fault = refused.fault();
      spoken = Spoken.json(fault.status(), dialect.write(fault, names));
      retryAfter =
          fault.kind() == Fault.Kind.RATE_LIMITED ? String.valueOf(RETRY_AFTER_SECONDS) : null;
    }
    if (pace.firstByte().compareTo(request.firstByteTimeout()) > 0) {
      pause.sleep(request.firstByteTimeout());
      throw new TransportException(
          TransportException.Reason.TIMEOUT,
          "the sandbox sent no head for " + request.firstByteTimeout().toMillis() + " ms");
    }
    if (!pace.firstByte().isZero()) {
      pause.sleep(pace.firstByte());
    }
    return new SandboxAnswer(spoken, head(spoken, dialect, names, retryAfter), pause, pace.chunk());
  }

  private static Headers head(
      Spoken spoken, Dialect dialect, Names names, @Nullable String retryAfter) {
    Headers.Builder head = Headers.builder().add("content-type", spoken.contentType());
    if (spoken.isStream()) {
      head.add("cache-control", "no-cache");
    }
    if (dialect != Dialect.GEMINI) {
      head.add(dialect == Dialect.ANTHROPIC ? "request-id" : "x-request-id", names.id("req_"));
    }
    if (retryAfter != null) {
      head.add("retry-after", retryAfter);
    }
    return head.build();
  }

  private enum Dialect {
    OPENAI,
    ANTHROPIC,
    GEMINI;

    static Dialect of(UpstreamRequest request) {
      String path = request.uri().getPath();
      Headers headers = request.headers();
      if (path.startsWith("/v1beta/") || path.contains(":") || headers.contains("x-goog-api-key")) {
        return GEMINI;
      }
      return path.startsWith("/v1/messages") || headers.contains("anthropic-version")
          ? ANTHROPIC
          : OPENAI;
    }

    ObjectNode write(Fault fault, Names names) {
      return switch (this) {
        case OPENAI -> FaultVoice.openai(fault);
        case ANTHROPIC -> FaultVoice.anthropic(fault, names.id("req_"));
        case GEMINI -> FaultVoice.gemini(fault);
      };
    }
  }

  /**
   * What was sent, read.
   *
   * @param model the model's name as sent; empty when there is none
   * @param form the form; null when the body was none
   */
  private record Asked(Call call, String model, @Nullable Form form) {}

  private Asked asked(UpstreamRequest request) {
    if (request.body().length > MAX_BODY_BYTES) {
      throw new FaultException(
          new Fault(
              Fault.Kind.TOO_LARGE,
              413,
              "the body must have at most " + MAX_BODY_BYTES + " bytes",
              null,
              0));
    }
    String path = request.uri().getPath();
    long now = clock.instant().getEpochSecond();
    String contentType = request.headers().get("content-type");
    if (!request.method().equals("POST") || request.body().length == 0) {
      Names names = Names.of((request.method() + path).getBytes(StandardCharsets.UTF_8));
      return new Asked(new Call(Json.object(), names, now), "", null);
    }
    if (contentType != null && Form.isForm(contentType)) {
      Form form = Form.parse(request.body(), contentType);
      ByteArrayOutputStream seed = new ByteArrayOutputStream();
      seed.writeBytes(Json.bytes(form.fields()));
      seed.writeBytes(form.file());
      Call call = new Call(form.fields(), Names.of(seed.toByteArray()), now);
      return new Asked(call, form.fields().path("model").asText(), form);
    }
    ObjectNode body = Json.parseObject(request.body());
    // The same answer in one piece and in many has the same ids.
    ObjectNode seed = Json.object();
    seed.setAll(body);
    seed.remove(List.of("stream", "stream_options"));
    String model = Json.text(body, "model", path);
    int method = model.lastIndexOf(':');
    return new Asked(
        new Call(body, Names.of(Json.bytes(seed)), now),
        method < 0 ? model : model.substring(0, method),
        null);
  }

  /** Finds the operation by method and path. */
  private Spoken route(UpstreamRequest request, Dialect dialect, Asked asked) {
    String path = request.uri().getPath();
    path = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    Call call = asked.call();
    Map<String, String> query = query(request.uri().getRawQuery());
    if (dialect == Dialect.GEMINI) {
      return gemini(request.method(), path, query, call);
    }
    if (path.startsWith("/v1/models")) {
      need(request, "GET");
      return models(path.substring("/v1/models".length()), dialect == Dialect.ANTHROPIC);
    }
    if (path.startsWith("/v1/responses/") && !path.equals("/v1/responses/input_tokens")) {
      return kept(request, path.substring("/v1/responses/".length()), query);
    }
    return switch (path) {
      case "/v1/chat/completions" -> posted(request, ChatVoice::answer, call);
      case "/v1/completions" -> posted(request, CompletionVoice::answer, call);
      case "/v1/responses" -> posted(request, responses::create, call);
      case "/v1/responses/input_tokens" -> posted(request, responses::countTokens, call);
      case "/v1/messages" -> posted(request, MessagesVoice::answer, call);
      case "/v1/messages/count_tokens" -> posted(request, MessagesVoice::countTokens, call);
      case "/v1/embeddings" -> posted(request, Embeddings::answer, call);
      case "/v1/moderations" -> posted(request, Moderations::answer, call);
      case "/v1/images/generations", "/v1/images/edits", "/v1/images/variations" ->
          posted(request, Images::answer, call);
      case "/v1/audio/speech" -> posted(request, Speech::answer, call);
      case "/v1/audio/transcriptions" ->
          posted(request, c -> Transcriptions.answer(needForm(asked), "transcribe"), call);
      case "/v1/audio/translations" ->
          posted(request, c -> Transcriptions.answer(needForm(asked), "translate"), call);
      case "/v1/rerank" -> posted(request, Reranking::answer, call);
      default -> throw unknownPath(request);
    };
  }

  private interface Door {
    Spoken answer(Call call);
  }

  private static Spoken posted(UpstreamRequest request, Door door, Call call) {
    need(request, "POST");
    return door.answer(call);
  }

  private static void need(UpstreamRequest request, String method) {
    if (!request.method().equals(method)) {
      throw new FaultException(
          new Fault(
              Fault.Kind.METHOD_NOT_ALLOWED,
              405,
              "Not allowed to " + request.method() + " here; " + method + " is.",
              null,
              0));
    }
  }

  private static Form needForm(Asked asked) {
    Form form = asked.form();
    if (form == null) {
      throw FaultException.invalid("the body must be a form (multipart/form-data)", null);
    }
    return form;
  }

  private static Spoken models(String rest, boolean anthropic) {
    if (rest.isEmpty()) {
      return Spoken.json(anthropic ? Models.anthropicList() : Models.openaiList());
    }
    String name = rest.substring(1);
    return Spoken.json(anthropic ? Models.anthropicModel(name) : Models.openaiModel(name));
  }

  private Spoken kept(UpstreamRequest request, String rest, Map<String, String> query) {
    int slash = rest.indexOf('/');
    String id = slash < 0 ? rest : rest.substring(0, slash);
    String action = slash < 0 ? "" : rest.substring(slash + 1);
    return switch (request.method() + " " + action) {
      case "GET " -> responses.get(id, query);
      case "DELETE " -> responses.delete(id);
      case "POST cancel" -> responses.cancel(id);
      case "GET input_items" -> responses.inputItems(id, query);
      default -> throw unknownPath(request);
    };
  }

  /** {@code /v1beta/models/{model}:{method}}, with v1 or v1beta. */
  private static Spoken gemini(String method, String path, Map<String, String> query, Call call) {
    int models = path.indexOf("/models");
    String rest = models < 0 ? "" : path.substring(models + "/models".length());
    boolean known = models >= 0 && (rest.isEmpty() || rest.startsWith("/"));
    int colon = rest.lastIndexOf(':');
    if (known && method.equals("GET") && colon < 0) {
      return Spoken.json(
          rest.isEmpty() ? Models.geminiList() : Models.geminiModel(rest.substring(1)));
    }
    if (known && method.equals("POST") && colon > 0) {
      String model = rest.substring(1, colon);
      switch (rest.substring(colon + 1)) {
        case "generateContent" -> {
          return GeminiVoice.generate(call, model);
        }
        case "streamGenerateContent" -> {
          return GeminiVoice.stream(call, model, "sse".equals(query.get("alt")));
        }
        case "countTokens" -> {
          return GeminiVoice.countTokens(call, model);
        }
        case "embedContent" -> {
          return GeminiVoice.embed(call, model);
        }
        case "batchEmbedContents" -> {
          return GeminiVoice.batchEmbed(call, model);
        }
        default -> {} // Told below, as any other path that leads nowhere.
      }
    }
    throw new FaultException(
        new Fault(Fault.Kind.UNKNOWN_PATH, 404, "Unknown path: " + method + " " + path, null, 0));
  }

  private static FaultException unknownPath(UpstreamRequest request) {
    return new FaultException(
        new Fault(
            Fault.Kind.UNKNOWN_PATH,
            404,
            "Unknown request URL: " + request.method() + " " + request.uri().getPath() + ".",
            null,
            0));
  }

  private static Map<String, String> query(@Nullable String raw) {
    if (raw == null) {
      return NO_QUERY;
    }
    Map<String, String> query = new HashMap<>();
    for (String pair : raw.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        query.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return query;
  }
}
