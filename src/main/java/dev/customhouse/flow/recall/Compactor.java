package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.openairesponses.Replay;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.SseSplitter;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes a model's summary of a conversation, and answers the client with the item that it is to
 * carry in the place of the conversation. Nothing is sent before the summary is whole.
 */
final class Compactor implements AnswerWriter {
  private static final Names EVENT = Names.of("type", "response");
  private static final Set<String> ENDS =
      Set.of("response.completed", "response.incomplete", "response.failed");
  private static final Headers JSON = Headers.of("content-type", "application/json");

  private final AnswerWriter client;
  private final boolean stream;
  private final Form form;
  private Headers headers = JSON;
  private boolean summarised;
  private byte @Nullable [] response;

  /** What the client is answered with. */
  interface Form {
    /** The answer, from the response that holds the summary and the summary itself. */
    byte[] answer(ObjectNode response, String summary);
  }

  /** For a client that asked for events or did not. */
  Compactor(AnswerWriter client, boolean stream, Form form) {
    this.client = client;
    this.stream = stream;
    this.form = form;
  }

  /** An error is the client's as it is. */
  @Override
  public boolean answer(int status, Headers told, byte[] body) {
    if (status != 200) {
      return client.answer(status, told, body);
    }
    response = body;
    try {
      tell();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  @Override
  public void begin(int status, Headers told) {
    summarised = true;
    headers = told;
  }

  @Override
  public boolean begun() {
    return summarised || client.begun();
  }

  @Override
  public void patience(long untilNanos) {
    client.patience(untilNanos);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    SseSplitter splitter = new SseSplitter(Math.max(length, SseSplitter.EVENT_BYTES_MAX));
    splitter.feed(bytes, offset, length, this::event);
    splitter.finish(this::event);
  }

  private void event(byte[] buffer, int start, int end) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      return;
    }
    try {
      byte[] data = event.dataBuffer();
      JsonScan scan = JsonScan.of(data, event.dataStart(), event.dataEnd(), EVENT);
      String type = scan.string("type");
      Range object = scan.range("response");
      if (type != null && object != null && ENDS.contains(type)) {
        response = Arrays.copyOfRange(data, object.start(), object.end());
      }
    } catch (JsonScanException e) {
      // No event of this dialect: it holds no summary.
    }
  }

  @Override
  public void end() {
    try {
      tell();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell() throws InterruptedException {
    byte[] whole = response;
    JsonNode read = whole == null ? Json.object() : Json.read(whole);
    String summary = words(read.path("output"));
    if (!(read instanceof ObjectNode object) || summary.isBlank()) {
      String told = read.path("error").path("message").asText();
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "compaction_failed",
          told.isEmpty()
              ? "The model wrote no summary of the conversation."
              : "The conversation was not summarised: " + told);
    }
    byte[] answer = form.answer(object, summary);
    if (stream) {
      byte[] events = Replay.events(answer);
      client.begin(200, headers);
      client.write(events, 0, events.length);
      client.end();
    } else {
      boolean ignored = client.answer(200, JSON, answer);
    }
  }

  private static String words(JsonNode output) {
    StringBuilder words = new StringBuilder();
    for (JsonNode item : output) {
      for (JsonNode part : item.path("content")) {
        if (part.path("type").asText().equals("output_text")) {
          words.append(part.path("text").asText());
        }
      }
    }
    return words.toString();
  }

  @Override
  public void abort() {
    client.abort();
  }
}
