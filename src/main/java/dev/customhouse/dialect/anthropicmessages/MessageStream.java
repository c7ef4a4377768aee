package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Watches a stream of message events. Block deltas, the bulk of it, are known by their type. */
final class MessageStream implements StreamObserver {
  private static final byte[] BLOCK_DELTA = ascii("content_block_delta");

  private final MessageUsage usage = new MessageUsage();
  private boolean contentSeen;
  private boolean started;
  private boolean stopped;
  private @Nullable String id;
  private @Nullable String model;
  private @Nullable FinishReason finish;
  private @Nullable ErrorKind error;
  private byte @Nullable [] errorBody;

  @Override
  public EventRole event(byte[] buffer, int start, int end) {
    if (contentSeen
        && SseEvent.indexOf(buffer, start, Math.min(end, start + 64), BLOCK_DELTA) >= 0) {
      return EventRole.CONTENT;
    }
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      return EventRole.ALIVE;
    }
    JsonNode data = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
    String type = data.path("type").asText(event.name());
    switch (type) {
      case "message_start" -> {
        JsonNode message = data.path("message");
        if (started) {
          // A second one has been seen in the wild, and makes Anthropic's own SDKs give up.
          return EventRole.WITHHELD;
        }
        started = true;
        id = Json.text(message.path("id"));
        model = Json.text(message.path("model"));
        finish = MessageAnswer.finish(Json.text(message.path("stop_reason")));
        usage.add(message.path("usage"));
      }
      case "message_delta" -> {
        contentSeen = true;
        FinishReason reason =
            MessageAnswer.finish(Json.text(data.path("delta").path("stop_reason")));
        finish = reason == null ? finish : reason;
        usage.add(data.path("usage"));
      }
      case "message_stop" -> {
        contentSeen = true;
        stopped = true;
        usage.add(data.path("usage"));
      }
      case "error" -> {
        error = UpstreamErrors.classify(0, data);
        errorBody = event.data();
        return EventRole.ERROR;
      }
      case "ping" -> {
        return EventRole.ALIVE;
      }
      default -> contentSeen = true;
    }
    return contentSeen ? EventRole.CONTENT : EventRole.PREAMBLE;
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
    return new Observation(id, model, finish, usage.total(), stopped);
  }

  @Override
  public boolean mayEndHere() {
    return stopped;
  }

  @Override
  public byte[] failure(Refusal refusal, String requestId) {
    ByteArrayOutputStream event = new ByteArrayOutputStream(256);
    event.writeBytes(ascii("event: error\ndata: "));
    event.writeBytes(Json.write(AnthropicMessages.error(refusal, requestId)));
    event.writeBytes(ascii("\n\n"));
    return event.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
