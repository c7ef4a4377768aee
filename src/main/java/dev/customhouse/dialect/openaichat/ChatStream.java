package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.OpenAiErrors;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Watches a stream of chunks. Until the first content every chunk is read whole; afterwards only
 * those that a byte search finds to hold a usage, a finish reason or an error. It accepts what
 * hosts send beside the standard: empty, null or absent choices, a role on every chunk, usage on
 * every chunk, no {@code [DONE]}.
 */
final class ChatStream implements StreamObserver {
  private static final byte[] DONE = ascii("[DONE]");
  private static final byte[] DONE_EVENT = ascii("data: [DONE]\n\n");
  private static final byte[] USAGE = ascii("\"usage\"");
  private static final byte[] FINISH = ascii("\"finish_reason\"");
  private static final byte[] ERROR = ascii("\"error\"");

  private final boolean withholdUsage;
  private boolean contentSeen;
  private boolean done;
  private @Nullable String id;
  private @Nullable String model;
  private @Nullable FinishReason finish;
  private @Nullable Usage usage;
  private @Nullable ErrorKind error;
  private byte @Nullable [] errorBody;

  ChatStream(boolean withholdUsage) {
    this.withholdUsage = withholdUsage;
  }

  @Override
  public EventRole event(byte[] buffer, int start, int end) {
    if (contentSeen
        && SseEvent.startsWithField(buffer, start, end)
        && !isTold(buffer, start, end, USAGE)
        && !isTold(buffer, start, end, FINISH)
        && SseEvent.indexOf(buffer, start, end, ERROR) < 0
        && SseEvent.indexOf(buffer, start, end, DONE) < 0) {
      return EventRole.CONTENT;
    }
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      return EventRole.ALIVE;
    }
    if (event.dataIs(DONE)) {
      done = true;
      return EventRole.CONTENT;
    }
    EventRole role =
        chunk(event.name(), Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd()));
    errorBody = role == EventRole.ERROR ? event.data() : errorBody;
    return role;
  }

  private EventRole chunk(String name, JsonNode chunk) {
    if (id == null) {
      String given = Json.text(chunk.path("id"));
      id = given == null || given.isEmpty() ? null : given;
    }
    if (model == null) {
      String given = Json.text(chunk.path("model"));
      model = given == null || given.isEmpty() ? null : given;
    }
    JsonNode counted = chunk.path("usage");
    if (!counted.isObject()) {
      counted = chunk.path("x_groq").path("usage");
    }
    Usage seen = ChatUsage.read(counted);
    if (seen != null) {
      usage = seen;
    }
    JsonNode choices = chunk.path("choices");
    if (chunk.path("type").isTextual() && choices.isMissingNode()) {
      // Speech and transcription stream typed events of their own.
      contentSeen = true;
      done |= Json.text(chunk.path("type")) instanceof String type && isLast(type);
    }
    for (JsonNode choice : choices) {
      if (choice.path("index").asInt(0) == 0) {
        FinishReason reason = ChatFinish.read(Json.text(choice.path("finish_reason")));
        if (reason != null) {
          finish = reason;
        }
      }
      contentSeen |= hasContent(choice);
    }
    JsonNode told = chunk.path("error");
    if (told.isObject() || told.isTextual() || name.equals("error")) {
      error = UpstreamErrors.classify(0, chunk);
      return EventRole.ERROR;
    }
    if (seen != null && choices.isEmpty() && withholdUsage) {
      return EventRole.WITHHELD;
    }
    return contentSeen || seen != null ? EventRole.CONTENT : EventRole.PREAMBLE;
  }

  /** The last events of speech, transcriptions and images. */
  private static boolean isLast(String type) {
    return type.endsWith(".done") || type.endsWith(".completed");
  }

  private static boolean hasContent(JsonNode choice) {
    if (choice.path("finish_reason").isTextual() || !choice.path("text").asText("").isEmpty()) {
      return true;
    }
    for (var field : choice.path("delta").properties()) {
      JsonNode value = field.getValue();
      boolean empty =
          value.isNull()
              || value.isTextual() && value.textValue().isEmpty()
              || value.isContainerNode() && value.isEmpty();
      if (!field.getKey().equals("role") && !empty) {
        return true;
      }
    }
    return false;
  }

  /** True when the member is there and is not null. */
  private static boolean isTold(byte[] buffer, int start, int end, byte[] name) {
    int at = SseEvent.indexOf(buffer, start, end, name);
    if (at < 0) {
      return false;
    }
    int i = at + name.length;
    while (i < end && (buffer[i] == ' ' || buffer[i] == ':')) {
      i++;
    }
    return i < end && buffer[i] != 'n';
  }

  @Override
  public @Nullable ErrorKind error() {
    return error;
  }

  @Override
  public Observation observation() {
    // Some hosts never send [DONE]; a finish reason is an end too.
    return new Observation(id, model, finish, usage, error == null && (done || finish != null));
  }

  @Override
  public boolean mayEndHere() {
    return done || finish != null;
  }

  /** Clients that were made for OpenAI wait for it; not every host sends it. */
  @Override
  public byte[] ending() {
    return done ? NOTHING : DONE_EVENT;
  }

  @Override
  public byte @Nullable [] errorBody() {
    return errorBody;
  }

  @Override
  public byte[] failure(Refusal refusal, String requestId) {
    ObjectNode body = Json.object();
    body.set("error", OpenAiErrors.error(refusal));
    ByteArrayOutputStream event = new ByteArrayOutputStream(256);
    event.writeBytes(ascii("data: "));
    event.writeBytes(Json.write(body));
    event.writeBytes(ascii("\n\n"));
    return event.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
