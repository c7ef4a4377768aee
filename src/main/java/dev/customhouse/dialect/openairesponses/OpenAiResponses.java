package dev.customhouse.dialect.openairesponses;

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
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.OpenAiErrors;
import dev.customhouse.dialect.OpenAiModels;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dialect's door. */
public final class OpenAiResponses implements Dialect {
  private static final Names REQUEST =
      Names.of("model", "stream", "prompt_cache_key", "previous_response_id");

  @Override
  public DialectId id() {
    return DialectId.OPENAI_RESPONSES;
  }

  @Override
  public Call read(Inbound inbound) {
    if (inbound.resourceId() != null) {
      boolean stream = inbound.query() != null && inbound.query().contains("stream=true");
      return call(inbound, "", stream, Call.Marks.NONE, null, inbound.resourceId());
    }
    JsonScan scan = RequestBody.scan(inbound.body(), REQUEST);
    return call(
        inbound,
        RequestBody.model(scan),
        RequestBody.flag(scan, "stream"),
        RequestBody.marks(scan),
        scan.string("prompt_cache_key"),
        scan.string("previous_response_id"));
  }

  private static Call call(
      Inbound inbound,
      String model,
      boolean stream,
      Call.Marks marks,
      @Nullable String cacheKey,
      @Nullable String boundTo) {
    Headers headers = inbound.headers();
    String conversation = cacheKey;
    for (String name : List.of("session-id", "session_id", "x-session-affinity")) {
      conversation = conversation != null ? conversation : headers.get(name);
    }
    return new Call(
        inbound.requestId(),
        inbound.operation(),
        DialectId.OPENAI_RESPONSES,
        inbound.method(),
        inbound.path(),
        inbound.query(),
        headers,
        inbound.body(),
        model,
        inbound.resourceId(),
        stream,
        true,
        marks,
        conversation,
        boundTo);
  }

  @Override
  public byte[] body(Call call, String model, boolean askForUsage) {
    return RequestBody.withModel(call, model);
  }

  @Override
  public ErrorAnswer refusal(Refusal refusal, String requestId) {
    return OpenAiErrors.answer(refusal);
  }

  @Override
  public ErrorKind classify(int status, Headers headers, byte[] body) {
    return UpstreamErrors.classify(status, body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body) {
    return ResponseObject.observe(body, 0, body.length);
  }

  @Override
  public StreamObserver observer(Call call) {
    return new ResponsesStream();
  }

  @Override
  public boolean commentsKeepAlive() {
    return true;
  }

  @Override
  public byte[] models(List<ModelCard> models) {
    return OpenAiModels.list(models);
  }

  @Override
  public byte[] model(ModelCard model) {
    return Json.write(OpenAiModels.entry(model));
  }
}
