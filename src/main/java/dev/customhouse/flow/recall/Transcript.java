package dev.customhouse.flow.recall;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.SseSplitter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the answer of a work as if it were its client, and numbers its events behind those that the
 * work began with. Used by the work's thread.
 */
final class Transcript implements AnswerWriter {
  private static final Names EVENT = Names.of("type", "sequence_number", "response");
  private static final Set<String> BEGINNINGS = Set.of("response.created", "response.queued");
  private static final Set<String> ENDS =
      Set.of("response.completed", "response.incomplete", "response.failed");

  private final Work work;
  private boolean begun;

  Transcript(Work work) {
    this.work = work;
  }

  /** The answer to a request for events is whole only where it is an error. */
  @Override
  public boolean answer(int status, Headers headers, byte[] body) {
    if (begun) {
      return false;
    }
    begun = true;
    work.fail(UpstreamErrors.classify(status, body), UpstreamErrors.message(body));
    return true;
  }

  @Override
  public void begin(int status, Headers headers) {
    begun = true;
  }

  @Override
  public boolean begun() {
    return begun;
  }

  @Override
  public void patience(long untilNanos) {}

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    SseSplitter splitter = new SseSplitter(Math.max(length, SseSplitter.EVENT_BYTES_MAX));
    splitter.feed(bytes, offset, length, this::event);
    splitter.finish(this::event);
  }

  private void event(byte[] buffer, int start, int end) {
    byte[] raw = Arrays.copyOfRange(buffer, start, end);
    SseEvent event = SseEvent.parse(raw, 0, raw.length);
    JsonScan scan = event.hasData() && event.dataBuffer() == raw ? scan(event) : null;
    String type = scan == null ? null : scan.string("type");
    Range number = scan == null ? null : scan.range("sequence_number");
    if (scan == null || type == null || number == null || BEGINNINGS.contains(type)) {
      return; // A comment; or the beginning, which the work has told itself.
    }
    Range response = scan.range("response");
    byte[] object =
        response == null ? null : Arrays.copyOfRange(raw, response.start(), response.end());
    byte[] digits = Integer.toString(work.next()).getBytes(StandardCharsets.US_ASCII);
    byte[] numbered = JsonScan.splice(raw, number.start(), number.end(), digits);
    work.event(numbered, object, ENDS.contains(type));
  }

  private static @Nullable JsonScan scan(SseEvent event) {
    try {
      return JsonScan.of(event.dataBuffer(), event.dataStart(), event.dataEnd(), EVENT);
    } catch (JsonScanException e) {
      return null;
    }
  }

  @Override
  public void end() {
    abort();
  }

  /** Nothing happens where it has told its end. */
  @Override
  public void abort() {
    work.fail(ErrorKind.NETWORK, "The answer ended before its end.");
  }
}
