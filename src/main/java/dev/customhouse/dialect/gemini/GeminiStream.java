package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.ErrorStatus;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Watches a stream of chunks. All are read whole: each tells usage, and they are few. */
final class GeminiStream implements StreamObserver {
  private final GeminiChunks chunks = new GeminiChunks();
  private @Nullable ErrorKind error;
  private byte @Nullable [] errorBody;

  @Override
  public EventRole event(byte[] buffer, int start, int end) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (event.hasData()) {
      JsonNode chunk = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
      if (chunk.path("error").isObject()) {
        error = UpstreamErrors.classify(0, chunk);
        errorBody = event.data();
        return EventRole.ERROR;
      }
      chunks.add(chunk);
    } else {
      return EventRole.ALIVE;
    }
    return chunks.hasContent() ? EventRole.CONTENT : EventRole.PREAMBLE;
  }

  @Override
  public @Nullable ErrorKind error() {
    return error;
  }

  @Override
  public Observation observation() {
    return chunks.observation(error == null && chunks.isFinished());
  }

  @Override
  public boolean mayEndHere() {
    return chunks.isFinished();
  }

  @Override
  public byte @Nullable [] errorBody() {
    return errorBody;
  }

  @Override
  public byte[] failure(Refusal refusal, String requestId) {
    ByteArrayOutputStream event = new ByteArrayOutputStream(256);
    event.writeBytes(Gemini.ascii("data: "));
    event.writeBytes(Json.write(Gemini.error(refusal, ErrorStatus.usual(refusal))));
    event.writeBytes(Gemini.ascii("\r\n\r\n"));
    return event.toByteArray();
  }
}
