package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Watches a stream of response events. Deltas, the bulk of it, are known by their type alone. */
final class ResponsesStream implements StreamObserver {
  private static final Names EVENT = Names.of("type", "sequence_number", "response", "item");
  private static final Names ITEM = Names.of("type");
  private static final byte[] DONE = ascii("[DONE]");
  private static final byte[] DELTA = ascii(".delta\"");

  private long sequence = -1;
  private boolean contentSeen;
  private boolean calls;
  private @Nullable ErrorKind error;
  private byte @Nullable [] errorBody;
  private Observation seen = Observation.NONE;

  @Override
  public EventRole event(byte[] buffer, int start, int end) {
    if (contentSeen && SseEvent.indexOf(buffer, start, Math.min(end, start + 160), DELTA) >= 0) {
      sequence++;
      return EventRole.CONTENT;
    }
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      return EventRole.ALIVE;
    }
    if (event.dataIs(DONE)) {
      return contentSeen ? EventRole.CONTENT : EventRole.PREAMBLE;
    }
    JsonScan scan;
    try {
      scan = JsonScan.of(event.dataBuffer(), event.dataStart(), event.dataEnd(), EVENT);
    } catch (JsonScanException e) {
      return contentSeen ? EventRole.CONTENT : EventRole.PREAMBLE;
    }
    Long number = scan.integer("sequence_number");
    sequence = number != null ? number : sequence + 1;
    String type = scan.string("type");
    return role(type == null ? event.name() : type, event, scan);
  }

  private EventRole role(String type, SseEvent event, JsonScan scan) {
    Range response = scan.range("response");
    switch (type) {
      case "response.created", "response.queued", "response.in_progress" -> {
        note(event, response, false);
        return contentSeen ? EventRole.CONTENT : EventRole.PREAMBLE;
      }
      case "response.completed", "response.incomplete", "response.cancelled" -> {
        note(event, response, true);
        contentSeen = true;
        return EventRole.CONTENT;
      }
      case "response.failed" -> {
        note(event, response, true);
        return failed(event, response);
      }
      case "error" -> {
        return failed(event, null);
      }
      case "keepalive" -> {
        return EventRole.ALIVE;
      }
      case "response.output_item.done" -> {
        JsonScan item = scan.object("item", ITEM);
        String kind = item == null ? null : item.string("type");
        calls |= "function_call".equals(kind) || "custom_tool_call".equals(kind);
        contentSeen = true;
        return EventRole.CONTENT;
      }
      default -> {
        contentSeen = true;
        return EventRole.CONTENT;
      }
    }
  }

  private EventRole failed(SseEvent event, @Nullable Range response) {
    int start = response == null ? event.dataStart() : response.start();
    int end = response == null ? event.dataEnd() : response.end();
    JsonNode told = Json.read(event.dataBuffer(), start, end);
    if (error == null) {
      error = UpstreamErrors.classify(0, told);
      errorBody = body(told);
    }
    return EventRole.ERROR;
  }

  /** Both the documented flat {@code error} event and the nested one that is sent are read. */
  private static byte[] body(JsonNode told) {
    JsonNode nested = told.path("error");
    JsonNode source = nested.isObject() ? nested : told;
    ObjectNode error = Json.object();
    for (String name : List.of("message", "type", "param", "code")) {
      JsonNode value = source.path(name);
      error.set(name, value.isMissingNode() ? NullNode.getInstance() : value);
    }
    if (source == told || error.path("type").isNull()) {
      error.put("type", "server_error");
    }
    ObjectNode body = Json.object();
    body.set("error", error);
    return Json.write(body);
  }

  private void note(SseEvent event, @Nullable Range response, boolean terminal) {
    if (response == null) {
      return;
    }
    Observation told = ResponseObject.observe(event.dataBuffer(), response.start(), response.end());
    FinishReason finish =
        calls && told.finish() == FinishReason.STOP ? FinishReason.TOOL_CALLS : told.finish();
    seen =
        new Observation(
            told.responseId() != null ? told.responseId() : seen.responseId(),
            told.responseModel() != null ? told.responseModel() : seen.responseModel(),
            terminal ? finish : null,
            told.usage() != null ? told.usage() : seen.usage(),
            terminal);
  }

  @Override
  public @Nullable ErrorKind error() {
    return error;
  }

  @Override
  public byte @Nullable [] errorBody() {
    return errorBody;
  }

  @Override
  public Observation observation() {
    return seen;
  }

  @Override
  public boolean mayEndHere() {
    return seen.complete();
  }

  @Override
  public byte[] failure(Refusal refusal, String requestId) {
    ObjectNode event = Json.object();
    event.put("type", "response.failed");
    event.put("sequence_number", sequence + 1);
    ObjectNode response = event.putObject("response");
    String id = seen.responseId();
    response.put("id", id == null ? "resp_" + requestId : id);
    response.put("object", "response");
    response.put("status", "failed");
    response.set("error", Ending.error(refusal.kind(), refusal.getMessage()));
    response.putNull("incomplete_details");
    response.put("model", seen.responseModel() == null ? "" : seen.responseModel());
    response.putArray("output");
    response.putNull("usage");
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    out.writeBytes(ascii("event: response.failed\ndata: "));
    out.writeBytes(Json.write(event));
    out.writeBytes(ascii("\n\n"));
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
