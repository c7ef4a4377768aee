package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.ErrorAnswer;
import dev.customhouse.dialect.ErrorStatus;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dialect's door. The model and the operation are in the path; the body is left alone. */
public final class Gemini implements Dialect {
  @Override
  public DialectId id() {
    return DialectId.GEMINI;
  }

  @Override
  public Call read(Inbound inbound) {
    return inbound.ofPath(
        DialectId.GEMINI, "model", inbound.path().endsWith(":streamGenerateContent"));
  }

  @Override
  public byte[] body(Call call, String model, boolean askForUsage) {
    return BatchModels.replaced(call, model);
  }

  @Override
  public ErrorAnswer refusal(Refusal refusal, String requestId) {
    int status = ErrorStatus.usual(refusal);
    return new ErrorAnswer(status, Json.write(error(refusal, status)));
  }

  static ObjectNode error(Refusal refusal, int status) {
    ObjectNode body = Json.object();
    ObjectNode error = body.putObject("error");
    error.put("code", status);
    error.put("message", refusal.getMessage());
    error.put("status", name(refusal.kind()));
    var details = error.putArray("details");
    details
        .addObject()
        .put("@type", "type.googleapis.com/google.rpc.ErrorInfo")
        .put("reason", refusal.code())
        .put("domain", "customhouse");
    Duration retryAfter = refusal.retryAfter();
    if (retryAfter != null) {
      details
          .addObject()
          .put("@type", "type.googleapis.com/google.rpc.RetryInfo")
          .put("retryDelay", seconds(retryAfter) + "s");
    }
    return body;
  }

  /** Whole seconds, rounded up: who comes too early only comes again. */
  private static long seconds(Duration wait) {
    return Math.max(1, (wait.toMillis() + 999) / 1_000);
  }

  /** Names of google.rpc.Code. */
  private static String name(ErrorKind kind) {
    return switch (kind) {
      case INVALID_REQUEST,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA ->
          "INVALID_ARGUMENT";
      case UNAUTHORIZED -> "UNAUTHENTICATED";
      case FORBIDDEN, INSUFFICIENT_CREDIT -> "PERMISSION_DENIED";
      case NOT_FOUND -> "NOT_FOUND";
      case RATE_LIMITED -> "RESOURCE_EXHAUSTED";
      case TIMEOUT -> "DEADLINE_EXCEEDED";
      case OVERLOADED, UNAVAILABLE, BAD_GATEWAY, NETWORK -> "UNAVAILABLE";
      case INTERNAL -> "INTERNAL";
    };
  }

  @Override
  public ErrorKind classify(int status, Headers headers, byte[] body) {
    return UpstreamErrors.classify(status, body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body) {
    GeminiChunks chunks = new GeminiChunks();
    JsonNode answer = Json.read(body);
    if (answer.isArray()) {
      answer.forEach(chunks::add);
    } else {
      chunks.add(answer);
    }
    return chunks.observation(true);
  }

  @Override
  public StreamObserver observer(Call call) {
    return new GeminiStream();
  }

  @Override
  public boolean commentsKeepAlive() {
    return false;
  }

  @Override
  public byte[] models(List<ModelCard> models) {
    ObjectNode list = Json.object();
    var entries = list.putArray("models");
    models.forEach(model -> entries.add(entry(model)));
    return Json.write(list);
  }

  @Override
  public byte[] model(ModelCard model) {
    return Json.write(entry(model));
  }

  private static ObjectNode entry(ModelCard model) {
    ObjectNode entry =
        Json.object()
            .put("name", "models/" + model.id())
            .put("version", "1")
            .put("displayName", model.id());
    entry.putArray("supportedGenerationMethods").add("generateContent").add("countTokens");
    return entry;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static @Nullable String text(JsonNode node) {
    return Json.text(node);
  }
}
