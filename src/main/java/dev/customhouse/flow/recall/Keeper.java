package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sees a translated answer pass to its client: hands on the response object of one that came to its
 * end, before the client has it, and puts the id of the response that it goes on from into it. Of
 * the pieces of a stream, which are whole events, it reads only those that hold the response
 * object.
 */
final class Keeper implements AnswerWriter {
  private static final byte[] HOLDS_RESPONSE = "\"response\":".getBytes(StandardCharsets.US_ASCII);
  private static final Names EVENT = Names.of("response");
  private static final Names RESPONSE = Names.of("id", "status", "previous_response_id");
  private static final byte[] PREVIOUS =
      "\"previous_response_id\":".getBytes(StandardCharsets.US_ASCII);

  /** Takes the response objects of answers that are whole. */
  interface Sink {
    void response(String id, byte[] object);
  }

  private final AnswerWriter client;
  private final @Nullable String previousId;
  private final Sink sink;

  Keeper(AnswerWriter client, @Nullable String previousId, Sink sink) {
    this.client = client;
    this.previousId = previousId;
    this.sink = sink;
  }

  @Override
  public boolean answer(int status, Headers headers, byte[] body) {
    if (client.begun() || status != 200) {
      return client.answer(status, headers, body);
    }
    return client.answer(status, headers, passing(body, 0, body.length));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    if (SseEvent.indexOf(bytes, offset, offset + length, HOLDS_RESPONSE) < 0) {
      client.write(bytes, offset, length);
      return;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 64);
    SseSplitter splitter = new SseSplitter(Math.max(length, SseSplitter.EVENT_BYTES_MAX));
    SseSplitter.Sink events = (buffer, start, end) -> event(buffer, start, end, out);
    splitter.feed(bytes, offset, length, events);
    splitter.finish(events);
    out.writeBytes(splitter.rest());
    client.write(out.toByteArray(), 0, out.size());
  }

  private void event(byte[] buffer, int start, int end, ByteArrayOutputStream out) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    Range response = event.dataBuffer() == buffer ? response(event) : null;
    if (response == null) {
      out.write(buffer, start, end - start);
      return;
    }
    byte[] passed = passing(buffer, response.start(), response.end());
    out.write(buffer, start, response.start() - start);
    out.writeBytes(passed);
    out.write(buffer, response.end(), end - response.end());
  }

  private static @Nullable Range response(SseEvent event) {
    try {
      JsonScan scan = JsonScan.of(event.dataBuffer(), event.dataStart(), event.dataEnd(), EVENT);
      Range response = scan.openingBrace() < 0 ? null : scan.range("response");
      return response == null || event.dataBuffer()[response.start()] != '{' ? null : response;
    } catch (JsonScanException e) {
      return null; // The end of a stream, or nested beyond what is read: it passes as it is.
    }
  }

  /** The response object as the client gets it. */
  private byte[] passing(byte[] bytes, int start, int end) {
    byte[] object = Arrays.copyOfRange(bytes, start, end);
    JsonScan scan;
    try {
      scan = JsonScan.of(object, RESPONSE);
    } catch (JsonScanException e) {
      return object;
    }
    if (scan.openingBrace() < 0) {
      return object;
    }
    byte[] told = previousId == null ? object : withPrevious(object, scan, previousId);
    String id = scan.string("id");
    String status = scan.string("status");
    if (id != null && ("completed".equals(status) || "incomplete".equals(status))) {
      sink.response(id, told);
    }
    return told;
  }

  /** The response object as one that goes on from another. */
  static byte[] withPrevious(byte[] object, String previousId) {
    return withPrevious(object, JsonScan.of(object, RESPONSE), previousId);
  }

  private static byte[] withPrevious(byte[] object, JsonScan scan, String previousId) {
    byte[] quoted = JsonScan.quote(previousId);
    Range present = scan.range("previous_response_id");
    if (present != null) {
      return JsonScan.splice(object, present.start(), present.end(), quoted);
    }
    byte[] member = Arrays.copyOf(PREVIOUS, PREVIOUS.length + quoted.length);
    System.arraycopy(quoted, 0, member, PREVIOUS.length, quoted.length);
    return JsonScan.insertMember(object, scan, member);
  }

  @Override
  public void begin(int status, Headers headers) {
    client.begin(status, headers);
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
  public void end() {
    client.end();
  }

  @Override
  public void abort() {
    client.abort();
  }
}
