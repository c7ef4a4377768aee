package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.TransportException;
import java.time.Duration;

/** One answer's way to the client. */
final class Relay {
  private final Delivery delivery;
  private final Timeouts timeouts;
  private final Deadline deadline;
  private final AnswerWriter client;
  private final Trace trace;
  private final String requestId;

  Relay(Delivery delivery, Timeouts timeouts, AnswerWriter client, Trace trace, String requestId) {
    this.delivery = delivery;
    this.timeouts = timeouts;
    this.deadline = new Deadline(trace.startedNanos() + timeouts.total().toNanos());
    this.client = client;
    this.trace = trace;
    this.requestId = requestId;
  }

  void run() throws InterruptedException {
    switch (delivery.content()) {
      case Delivery.Content.Whole whole -> whole(whole.body());
      case Delivery.Content.Error error -> {
        byte[] body = error.failure().body();
        whole(body == null ? new byte[0] : body);
      }
      case Delivery.Content.Events events -> events(events.relay());
      case Delivery.Content.Pieces pieces -> pieces(pieces);
    }
  }

  private void whole(byte[] body) throws InterruptedException {
    trace.firstByte();
    if (client.answer(delivery.status(), delivery.headers(), body)) {
      delivery.sent(body.length);
      return;
    }
    // Keep-alive comments have begun a stream already; the upstream answered with something else.
    client.write(body, 0, body.length);
    client.end();
  }

  private void events(EventRelay relay) throws InterruptedException {
    client.begin(delivery.status(), delivery.headers());
    StreamObserver observer = relay.observer();
    try {
      boolean more = !relay.ended();
      while (true) {
        byte[] events = relay.take();
        client.write(events, 0, events.length);
        delivery.sent(events.length);
        if (relay.errorSeen()) {
          ErrorKind kind = observer.error();
          trace.failed(kind == null ? ErrorKind.BAD_GATEWAY : kind, "upstream_error_event");
          break;
        }
        if (!more) {
          if (!observer.mayEndHere()) {
            breakOff(observer, ErrorKind.NETWORK, "The upstream's stream ended before its end.");
          }
          break;
        }
        more = relay.advance(deadline.within(timeouts.idle()));
      }
      client.end();
    } catch (TransportException e) {
      boolean late = e.reason() == TransportException.Reason.TIMEOUT;
      String message =
          late
              ? "The upstream sent nothing for %d s.".formatted(idle().toSeconds())
              : "The upstream's stream broke off.";
      byte[] events = relay.take();
      client.write(events, 0, events.length);
      breakOff(observer, late ? ErrorKind.TIMEOUT : ErrorKind.NETWORK, message);
      client.end();
    } catch (Refusal e) {
      breakOff(observer, e.kind(), e.getMessage());
      client.end();
    }
  }

  private Duration idle() {
    return timeouts.idle();
  }

  /** A stream that breaks is never closed politely: its last event says that it is not whole. */
  private void breakOff(StreamObserver observer, ErrorKind kind, String message)
      throws InterruptedException {
    Refusal refusal = new Refusal(kind, "upstream_stream_broken", message);
    trace.failed(kind, refusal.code());
    byte[] event = observer.failure(refusal, requestId);
    client.write(event, 0, event.length);
  }

  private void pieces(Delivery.Content.Pieces pieces) throws InterruptedException {
    client.begin(delivery.status(), delivery.headers());
    try {
      byte[] piece = pieces.first();
      while (piece != null) {
        pieces.observer().piece(piece);
        client.write(piece, 0, piece.length);
        delivery.sent(piece.length);
        piece = pieces.answer().next(deadline.within(timeouts.idle()));
      }
      pieces.observer().end();
      client.end();
    } catch (TransportException e) {
      // There is no place for an error in the middle of these bytes; the client sees a cut.
      trace.failed(Failures.of(e).kind(), "upstream_stream_broken");
      client.abort();
    }
  }
}
