package dev.customhouse.provider.bedrock;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A stream of InvokeModelWithResponseStream as the events that Anthropic would have sent. */
final class InvokedEvents implements UpstreamAnswer {
  private static final String FRAMES = "application/vnd.amazon.eventstream";

  private final UpstreamAnswer answer;
  private final boolean framed;
  private final AwsEventSplitter splitter = new AwsEventSplitter();
  private final ByteArrayOutputStream events = new ByteArrayOutputStream(1024);

  InvokedEvents(UpstreamAnswer answer) {
    this.answer = answer;
    String type = answer.headers().get("content-type");
    this.framed = type != null && type.toLowerCase(Locale.ROOT).startsWith(FRAMES);
  }

  @Override
  public int status() {
    return answer.status();
  }

  @Override
  public Headers headers() {
    return framed
        ? answer.headers().toBuilder()
            .set("content-type", "text/event-stream; charset=utf-8")
            .remove("content-length")
            .build()
        : answer.headers();
  }

  @Override
  public byte @Nullable [] next(Duration timeout) throws TransportException, InterruptedException {
    if (!framed) {
      return answer.next(timeout);
    }
    long untilNanos = System.nanoTime() + timeout.toNanos();
    while (events.size() == 0) {
      byte[] piece = answer.next(Duration.ofNanos(Math.max(1, untilNanos - System.nanoTime())));
      if (piece == null) {
        return null;
      }
      try {
        splitter.feed(piece, 0, piece.length, this::frame);
      } catch (Refusal e) {
        throw new TransportException(TransportException.Reason.CUT, e.getMessage());
      }
    }
    byte[] ready = events.toByteArray();
    events.reset();
    return ready;
  }

  private void frame(byte[] buffer, int start, int end) {
    AwsEvent event = AwsEvent.parse(buffer, start, end);
    if (event.isFailure()) {
      String message = event.header(":error-message");
      String told = Json.read(event.payload()).path("message").asText("");
      ObjectNode error =
          error(type(event.type()), told.isEmpty() && message != null ? message : told);
      events.writeBytes("event: error\ndata: ".getBytes(StandardCharsets.US_ASCII));
      events.writeBytes(Json.write(error));
      events.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
      return;
    }
    byte[] written = RehostedMessages.event(event.payload());
    if (written != null) {
      events.writeBytes(written);
    }
  }

  /** An error as Anthropic writes it. */
  static ObjectNode error(String type, String message) {
    ObjectNode body = Json.object().put("type", "error");
    body.putObject("error").put("type", type).put("message", message);
    return body;
  }

  private static String type(String exception) {
    return switch (exception) {
      case "throttlingException" -> "rate_limit_error";
      case "serviceUnavailableException" -> "overloaded_error";
      case "validationException" -> "invalid_request_error";
      case "modelTimeoutException" -> "timeout_error";
      default -> "api_error";
    };
  }

  @Override
  public void close() {
    answer.close();
  }
}
