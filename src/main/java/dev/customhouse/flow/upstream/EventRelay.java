package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.Translation;
import dev.customhouse.wire.EventSplitter;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.SseEvent;
import dev.customhouse.wire.SseSplitter;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stream of events on its way through: whatever pieces arrive, only whole events are handed on,
 * byte for byte, as soon as they are whole.
 */
final class EventRelay {
  /** How long an answer that is whole, or an error, is waited on for what may follow it. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final UpstreamAnswer answer;
  private final StreamObserver observer;
  private final Translation.@Nullable Events translation;
  private final EventSplitter splitter;
  private final ByteArrayOutputStream ready = new ByteArrayOutputStream(1024);
  private boolean contentSeen;
  private boolean errorSeen;
  private boolean accountRefused;
  private boolean ended;
  private boolean shown;
  private int contentEvents;
  private long lastEventNanos = System.nanoTime();

  /**
   * A relay of an answer's events.
   *
   * @param splitter cuts them apart, as their media type says
   * @param translation null when the client speaks the upstream's dialect
   */
  EventRelay(
      UpstreamAnswer answer,
      EventSplitter splitter,
      StreamObserver observer,
      Translation.@Nullable Events translation) {
    this.answer = answer;
    this.splitter = splitter;
    this.observer = observer;
    this.translation = translation;
  }

  /** Takes what has been read already. */
  void begin(byte[] piece) {
    splitter.feed(piece, 0, piece.length, this::event);
  }

  /**
   * Reads on.
   *
   * @return false at the proper end of the body
   */
  boolean advance(Duration timeout) throws TransportException, InterruptedException {
    byte[] piece = answer.next(timeout);
    if (piece == null) {
      ended = true;
      splitter.finish(this::event);
      if (splitter instanceof SseSplitter) {
        rest(splitter.rest());
      }
      return false;
    }
    splitter.feed(piece, 0, piece.length, this::event);
    return true;
  }

  /**
   * Some upstreams leave out the blank line behind their last event. It is put there: without it a
   * client may not see the event. Half an event is nobody's.
   */
  private void rest(byte[] rest) {
    SseEvent last = SseEvent.parse(rest, 0, rest.length);
    if (!last.hasData() || !isWhole(last)) {
      return;
    }
    byte end = rest[rest.length - 1];
    byte[] event = Arrays.copyOf(rest, rest.length + (end == '\n' || end == '\r' ? 1 : 2));
    Arrays.fill(event, rest.length, event.length, (byte) '\n');
    event(event, 0, event.length);
  }

  private static boolean isWhole(SseEvent event) {
    try {
      return event.dataIs(DONE)
          || JsonScan.of(event.dataBuffer(), event.dataStart(), event.dataEnd(), Names.NONE)
                  .openingBrace()
              >= 0;
    } catch (JsonScanException e) {
      return false;
    }
  }

  private void event(byte[] buffer, int start, int end) {
    if (errorSeen && !shown && !contentSeen || accountRefused) {
      return;
    }
    EventRole role = observer.event(buffer, start, end);
    if (role != EventRole.ALIVE) {
      lastEventNanos = System.nanoTime();
    }
    switch (role) {
      case WITHHELD -> {
        contentSeen = true;
        if (translation != null) {
          pass(buffer, start, end);
        }
      }
      case ERROR -> {
        errorSeen = true;
        ErrorKind kind = observer.error();
        accountRefused = kind != null && Failure.of(kind, "").isOurAccount();
        if (!accountRefused && (contentSeen || shown)) {
          pass(buffer, start, end);
        }
      }
      case PREAMBLE, ALIVE -> pass(buffer, start, end);
      case CONTENT -> {
        contentSeen = true;
        contentEvents++;
        pass(buffer, start, end);
      }
    }
  }

  private void pass(byte[] buffer, int start, int end) {
    if (translation == null) {
      ready.write(buffer, start, end - start);
    } else {
      ready.writeBytes(translation.event(buffer, start, end));
    }
  }

  /** What an answer that ends properly here still lacks of its usual end. */
  byte[] ending() {
    return translation == null ? observer.ending() : translation.end();
  }

  /** What tells the client that the answer broke off. */
  byte[] failure(Refusal refusal, String requestId) {
    return translation == null
        ? observer.failure(refusal, requestId)
        : translation.failure(refusal, requestId);
  }

  /** From here on everything is for the client, an error as the first event too. */
  void show() {
    shown = true;
  }

  /**
   * How long the next piece is waited for. Behind the end of an answer only comments come, if the
   * upstream does not close the connection: they keep nobody waiting.
   */
  Duration patience(Duration idle) {
    if (!isOver()) {
      return idle;
    }
    long whole = Math.min(LINGER.toNanos(), idle.toNanos());
    return Duration.ofNanos(Math.max(0, whole - (System.nanoTime() - lastEventNanos)));
  }

  /** True when the answer's proper end, or an error, has been seen. */
  boolean isOver() {
    return errorSeen || observer.mayEndHere();
  }

  /** The events that may be sent; they are handed out once. */
  byte[] take() {
    byte[] events = ready.toByteArray();
    ready.reset();
    return events;
  }

  int readyBytes() {
    return ready.size();
  }

  boolean contentSeen() {
    return contentSeen;
  }

  boolean errorSeen() {
    return errorSeen;
  }

  /** True when the error was about our own account there: the client does not see its words. */
  boolean accountRefused() {
    return accountRefused;
  }

  boolean ended() {
    return ended;
  }

  int contentEvents() {
    return contentEvents;
  }

  StreamObserver observer() {
    return observer;
  }
}
