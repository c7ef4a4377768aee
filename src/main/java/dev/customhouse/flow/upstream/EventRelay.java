package dev.customhouse.flow.upstream;

import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.wire.SseSplitter;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/**
 * A stream of events on its way through: whatever pieces arrive, only whole events are handed on,
 * byte for byte, as soon as they are whole.
 */
final class EventRelay {
  private final UpstreamAnswer answer;
  private final StreamObserver observer;
  private final SseSplitter splitter = new SseSplitter();
  private final ByteArrayOutputStream ready = new ByteArrayOutputStream(1024);
  private boolean contentSeen;
  private boolean errorSeen;
  private boolean ended;
  private int contentEvents;

  EventRelay(UpstreamAnswer answer, StreamObserver observer) {
    this.answer = answer;
    this.observer = observer;
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
      return false;
    }
    splitter.feed(piece, 0, piece.length, this::event);
    return true;
  }

  private void event(byte[] buffer, int start, int end) {
    if (errorSeen) {
      return;
    }
    switch (observer.event(buffer, start, end)) {
      case WITHHELD -> contentSeen = true;
      case ERROR -> {
        errorSeen = true;
        if (contentSeen) {
          ready.write(buffer, start, end - start);
        }
      }
      case PREAMBLE -> ready.write(buffer, start, end - start);
      case CONTENT -> {
        contentSeen = true;
        contentEvents++;
        ready.write(buffer, start, end - start);
      }
    }
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
