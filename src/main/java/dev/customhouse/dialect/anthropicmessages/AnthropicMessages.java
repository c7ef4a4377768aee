package dev.customhouse.dialect.anthropicmessages;

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
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dialect's door. */
public final class AnthropicMessages implements Dialect {
  private static final Names REQUEST = Names.of("model", "stream", "metadata", "thread");
  private static final Names METADATA = Names.of("user_id");
  private static final Names THREAD_MEMBERS = Names.of("previous_message_id");

  /**
   * Codes of refusals by which Anthropic's SDKs fall back to sending the whole conversation (beta
   * {@code message-threads}): they read them in {@code error.details}.
   */
  private static final String THREAD = "thread_";

  @Override
  public DialectId id() {
    return DialectId.ANTHROPIC_MESSAGES;
  }

  @Override
  public Call read(Inbound inbound) {
    JsonScan scan = RequestBody.scan(inbound.body(), REQUEST);
    JsonScan metadata = scan.object("metadata", METADATA);
    JsonScan thread = scan.object("thread", THREAD_MEMBERS);
    String session = inbound.headers().get("x-claude-code-session-id");
    String user = metadata == null ? null : metadata.string("user_id");
    return new Call(
        inbound.requestId(),
        inbound.operation(),
        DialectId.ANTHROPIC_MESSAGES,
        inbound.method(),
        inbound.path(),
        inbound.query(),
        inbound.headers(),
        inbound.body(),
        RequestBody.model(scan),
        null,
        RequestBody.flag(scan, "stream"),
        true,
        RequestBody.marks(scan),
        session != null ? session : user,
        thread == null ? null : thread.string("previous_message_id"));
  }

  @Override
  public byte[] body(Call call, String model, boolean askForUsage) {
    return RequestBody.withModel(call, model);
  }

  @Override
  public ErrorAnswer refusal(Refusal refusal, String requestId) {
    return new ErrorAnswer(status(refusal), Json.write(error(refusal, requestId)));
  }

  /** The error object, as body and as data of an {@code error} event. */
  static ObjectNode error(Refusal refusal, String requestId) {
    ObjectNode body = Json.object().put("type", "error");
    ObjectNode error =
        body.putObject("error")
            .put("type", type(refusal.kind()))
            .put("message", refusal.getMessage());
    if (refusal.code().startsWith(THREAD)) {
      ObjectNode details = error.putObject("details").put("error_code", refusal.code());
      if (refusal.code().equals(THREAD + "unsupported_request")) {
        details.putArray("unsupported");
      }
    }
    return body.put("request_id", requestId);
  }

  private static int status(Refusal refusal) {
    if (refusal.kind() == ErrorKind.INSUFFICIENT_CREDIT) {
      return 402;
    }
    return refusal.kind() == ErrorKind.OVERLOADED ? 529 : ErrorStatus.usual(refusal);
  }

  private static String type(ErrorKind kind) {
    return switch (kind) {
      case INVALID_REQUEST,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED,
          METHOD_NOT_ALLOWED,
          UNSUPPORTED_MEDIA ->
          "invalid_request_error";
      case UNAUTHORIZED -> "authentication_error";
      case INSUFFICIENT_CREDIT -> "billing_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case TOO_LARGE -> "request_too_large";
      case RATE_LIMITED -> "rate_limit_error";
      case TIMEOUT -> "timeout_error";
      case OVERLOADED, UNAVAILABLE -> "overloaded_error";
      case INTERNAL, BAD_GATEWAY, NETWORK -> "api_error";
    };
  }

  @Override
  public ErrorKind classify(int status, Headers headers, byte[] body) {
    return UpstreamErrors.classify(status, body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body) {
    return MessageAnswer.observe(body);
  }

  @Override
  public StreamObserver observer(Call call) {
    return new MessageStream();
  }

  /** Claude Code's watchdog takes any event for life; only the upstream's own pings may pass. */
  @Override
  public boolean commentsKeepAlive() {
    return false;
  }

  @Override
  public byte[] models(List<ModelCard> models) {
    ObjectNode list = Json.object();
    var data = list.putArray("data");
    models.forEach(model -> data.add(entry(model)));
    list.put("has_more", false);
    list.put("first_id", models.isEmpty() ? null : models.getFirst().id());
    list.put("last_id", models.isEmpty() ? null : models.getLast().id());
    return Json.write(list);
  }

  @Override
  public byte[] model(ModelCard model) {
    return Json.write(entry(model));
  }

  private static ObjectNode entry(ModelCard model) {
    return Json.object()
        .put("type", "model")
        .put("id", model.id())
        .put("display_name", model.id())
        .put("created_at", model.created().toString());
  }

  static JsonNode read(byte[] body, @Nullable Range range) {
    return Json.read(body, range == null ? 0 : range.start(), range == null ? 0 : range.end());
  }
}
