package dev.customhouse.dialect.bedrock;

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
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import java.util.List;

/** The dialect's door. The model and the operation are in the path; the body is left alone. */
public final class Bedrock implements Dialect {
  @Override
  public DialectId id() {
    return DialectId.BEDROCK;
  }

  @Override
  public Call read(Inbound inbound) {
    return inbound.ofPath(
        DialectId.BEDROCK, "modelId", inbound.path().endsWith("/converse-stream"));
  }

  @Override
  public byte[] body(Call call, String model, boolean askForUsage) {
    return call.body();
  }

  @Override
  public ErrorAnswer refusal(Refusal refusal, String requestId) {
    return BedrockErrors.answer(refusal);
  }

  @Override
  public ErrorKind classify(int status, Headers headers, byte[] body) {
    return BedrockErrors.classify(status, headers, body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body) {
    JsonNode answer = Json.read(body);
    return new Observation(
        null,
        null,
        StopReasons.read(Json.text(answer.path("stopReason"))),
        ConverseUsage.read(operation == Operation.CHAT ? answer.path("usage") : Json.object()),
        true);
  }

  @Override
  public StreamObserver observer(Call call) {
    return new ConverseStream();
  }

  /** There is no frame that says nothing. */
  @Override
  public boolean commentsKeepAlive() {
    return false;
  }

  /** As ListFoundationModels has it. */
  @Override
  public byte[] models(List<ModelCard> models) {
    ObjectNode list = Json.object();
    var summaries = list.putArray("modelSummaries");
    models.forEach(model -> summaries.add(summary(model)));
    return Json.write(list);
  }

  @Override
  public byte[] model(ModelCard model) {
    ObjectNode body = Json.object();
    body.set("modelDetails", summary(model));
    return Json.write(body);
  }

  private static ObjectNode summary(ModelCard model) {
    return Json.object()
        .put("modelId", model.id())
        .put("modelName", model.id())
        .put("providerName", model.ownedBy())
        .put("responseStreamingSupported", true);
  }
}
