package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * Writes an answer in Anthropic's form for a client that asked by Bedrock's InvokeModel or
 * InvokeModelWithResponseStream: events as frames that hold them as base64, errors as {@code
 * {"message"}} with their type in a header field. Everything else passes as it is. Used by one
 * thread.
 */
public final class InvokedAnswer implements AnswerWriter {
  private static final String FRAMES = "application/vnd.amazon.eventstream";
  private static final String EVENTS = "text/event-stream";

  private final AnswerWriter client;
  private final SseSplitter splitter = new SseSplitter();
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream(1024);
  private boolean framing;

  /** Writes to this client. */
  public InvokedAnswer(AnswerWriter client) {
    this.client = client;
  }

  @Override
  public boolean answer(int status, Headers headers, byte[] body) {
    if (status >= 400) {
      JsonNode error = Json.read(body).path("error");
      if (error.path("message").isTextual()) {
        Headers typed =
            headers.toBuilder()
                .set("x-amzn-errortype", exception(status, error.path("type").asText("")))
                .build();
        JsonNode told = Json.object().set("message", error.path("message"));
        return client.answer(status == 529 ? 503 : status, typed, Json.write(told));
      }
      return client.answer(status, headers, body);
    }
    if (isOf(headers, EVENTS)) {
      // A stream that was whole before it was shown.
      framing = true;
      splitter.feed(body, 0, body.length, this::event);
      splitter.finish(this::event);
      return client.answer(status, framed(headers), taken());
    }
    return client.answer(status, headers, body);
  }

  @Override
  public void begin(int status, Headers headers) {
    framing = isOf(headers, EVENTS);
    client.begin(status, framing ? framed(headers) : headers);
  }

  private static boolean isOf(Headers headers, String type) {
    String told = headers.get("content-type");
    return told != null && told.toLowerCase(Locale.ROOT).startsWith(type);
  }

  private static Headers framed(Headers headers) {
    return headers.toBuilder()
        .set("content-type", FRAMES)
        .set("x-amzn-bedrock-content-type", "application/json")
        .build();
  }

  @Override
  public boolean begun() {
    return client.begun();
  }

  @Override
  public void patience(long untilNanos) {
    client.patience(untilNanos);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    if (!framing) {
      client.write(bytes, offset, length);
      return;
    }
    splitter.feed(bytes, offset, length, this::event);
    byte[] ready = taken();
    if (ready.length > 0) {
      client.write(ready, 0, ready.length);
    }
  }

  private byte[] taken() {
    byte[] ready = frames.toByteArray();
    frames.reset();
    return ready;
  }

  /** Pings and comments have no frame: the SDKs take every chunk for a part of the message. */
  private void event(byte[] buffer, int start, int end) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    byte[] data = event.hasData() ? event.data() : null;
    String type = data == null ? "ping" : type(event, data);
    if (data == null || type.equals("ping")) {
      return;
    }
    if (type.equals("error")) {
      JsonNode error = Json.read(data).path("error");
      JsonNode told = Json.object().put("message", error.path("message").asText(""));
      frames.writeBytes(
          AwsEvent.exception(streamException(error.path("type").asText("")), Json.write(told)));
      return;
    }
    String base64 = Base64.getEncoder().encodeToString(data);
    frames.writeBytes(
        AwsEvent.event(
            "chunk", ("{\"bytes\":\"" + base64 + "\"}").getBytes(StandardCharsets.US_ASCII)));
  }

  private static String type(SseEvent event, byte[] data) {
    return event.name().isEmpty() ? Json.read(data).path("type").asText("") : event.name();
  }

  @Override
  public void end() {
    client.end();
  }

  @Override
  public void abort() {
    client.abort();
  }

  private static String exception(int status, String type) {
    return switch (type) {
      case "authentication_error" -> "UnrecognizedClientException";
      case "permission_error", "billing_error" -> "AccessDeniedException";
      case "not_found_error" -> "ResourceNotFoundException";
      case "rate_limit_error" -> "ThrottlingException";
      case "overloaded_error" -> "ServiceUnavailableException";
      case "timeout_error" -> "ModelTimeoutException";
      default -> status >= 500 ? "InternalServerException" : "ValidationException";
    };
  }

  /** The exceptions that such a stream may hold. */
  private static String streamException(String type) {
    return switch (type) {
      case "rate_limit_error" -> "throttlingException";
      case "overloaded_error" -> "serviceUnavailableException";
      case "timeout_error" -> "modelTimeoutException";
      case "api_error" -> "modelStreamErrorException";
      default -> "validationException";
    };
  }
}
