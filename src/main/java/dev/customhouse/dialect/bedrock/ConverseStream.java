package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.wire.AwsEvent;
import org.jspecify.annotations.Nullable;

/** Watches a stream of frames. The payload of block deltas, the bulk of it, is not read. */
final class ConverseStream implements StreamObserver {
  private boolean contentSeen;
  private boolean stopped;
  private @Nullable FinishReason finish;
  private @Nullable Usage usage;
  private @Nullable ErrorKind error;
  private byte @Nullable [] errorBody;

  @Override
  public EventRole event(byte[] buffer, int start, int end) {
    AwsEvent event = AwsEvent.parse(buffer, start, end);
    if (event.isFailure()) {
      failed(event);
      return EventRole.ERROR;
    }
    switch (event.type()) {
      case "contentBlockStart", "contentBlockDelta", "contentBlockStop" -> contentSeen = true;
      case "messageStop" -> {
        contentSeen = true;
        stopped = true;
        finish = StopReasons.read(Json.text(payload(event).path("stopReason")));
      }
      case "metadata" -> {
        Usage told = ConverseUsage.read(payload(event).path("usage"));
        usage = told == null ? usage : told;
      }
      default -> {}
    }
    return contentSeen ? EventRole.CONTENT : EventRole.PREAMBLE;
  }

  private static JsonNode payload(AwsEvent event) {
    return Json.read(event.payloadBuffer(), event.payloadStart(), event.payloadEnd());
  }

  private void failed(AwsEvent event) {
    JsonNode payload = payload(event);
    error = BedrockErrors.classify(0, event.type(), payload);
    ObjectNode body = payload instanceof ObjectNode object ? object : Json.object();
    String message = event.header(":error-message");
    if (!body.has("message") && message != null) {
      body.put("message", message);
    }
    errorBody = Json.write(body.put("__type", event.type()));
  }

  @Override
  public @Nullable ErrorKind error() {
    return error;
  }

  @Override
  public Observation observation() {
    return new Observation(null, null, finish, usage, stopped && error == null);
  }

  /** The usage may still follow, and is waited for a little while. */
  @Override
  public boolean mayEndHere() {
    return stopped;
  }

  @Override
  public byte @Nullable [] errorBody() {
    return errorBody;
  }

  @Override
  public byte[] failure(Refusal refusal, String requestId) {
    return FrameWriter.exception(refusal.kind(), refusal.getMessage());
  }
}
