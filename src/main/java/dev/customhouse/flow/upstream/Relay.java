package dev.customhouse.flow.upstream;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.TransportException;

/** One answer's way to the client. */
final class Relay {
  private static final String BROKEN = "upstream_stream_broken";

  private final Delivery delivery;
  private final Timeouts timeouts;
  private final AnswerWriter client;
  private final Trace trace;
  private final String requestId;
  private boolean sending;

  Relay(Delivery delivery, Timeouts timeouts, AnswerWriter client, Trace trace, String requestId) {
    this.delivery = delivery;
    this.timeouts = timeouts;
    this.client = client;
    this.trace = trace;
    this.requestId = requestId;
  }

  void run() throws InterruptedException {
    client.patience(delivery.deadline().atNanos());
    switch (delivery.content()) {
      case Delivery.Content.Whole whole -> whole(whole);
      case Delivery.Content.Error error -> {
        Refusal refusal = new Refusal(error.kind(), "upstream_error", error.message());
        whole(error.body(), error.observer()::failure, refusal);
      }
      case Delivery.Content.Events events -> events(events.relay());
      case Delivery.Content.Pieces pieces -> pieces(pieces);
    }
  }

  private void whole(Delivery.Content.Whole whole) throws InterruptedException {
    if (whole.isStream()) {
      trace.firstByte();
      client.begin(delivery.status(), delivery.headers());
      send(whole.body());
      client.end();
      return;
    }
    whole(
        whole.body(),
        whole.observer()::failure,
        new Refusal(
            ErrorKind.BAD_GATEWAY,
            "upstream_no_stream",
            "The upstream answered a request for a stream without one."));
  }

  private void whole(byte[] body, Farewell farewell, Refusal otherwise)
      throws InterruptedException {
    trace.firstByte();
    if (client.answer(delivery.status(), delivery.headers(), body)) {
      delivery.sent(body.length);
      return;
    }
    // Keep-alive comments have begun a stream already; the upstream answered with something else.
    breakOff(farewell, otherwise);
    client.end();
  }

  private void events(EventRelay relay) throws InterruptedException {
    client.begin(delivery.status(), delivery.headers());
    StreamObserver observer = relay.observer();
    try {
      boolean more = !relay.ended();
      send(relay.take());
      while (more) {
        more = advance(relay);
        send(relay.take());
      }
      ErrorKind error = observer.error();
      if (relay.accountRefused()) {
        breakOff(relay::failure, ErrorKind.UNAVAILABLE, BROKEN, "The provider ended the stream.");
      } else if (relay.errorSeen()) {
        trace.failed(error == null ? ErrorKind.BAD_GATEWAY : error, "upstream_error_event");
      } else if (observer.mayEndHere()) {
        send(relay.ending());
      } else {
        String message = "The upstream's stream ended before its end.";
        breakOff(relay::failure, ErrorKind.NETWORK, BROKEN, message);
      }
    } catch (TransportException e) {
      send(relay.take());
      breakOff(relay::failure, e);
    } catch (Refusal e) {
      breakOff(relay::failure, e);
    } catch (InterruptedException e) {
      // Some clients (Codex is one) hang up as soon as they have read the last event.
      if (sending || relay.readyBytes() > 0 || !relay.isOver()) {
        throw e;
      }
    }
    client.end();
  }

  /** False when the stream is over: it ended, or it has told all and does not go on. */
  private boolean advance(EventRelay relay) throws TransportException, InterruptedException {
    Deadline deadline = delivery.deadline();
    try {
      if (deadline.isOver()) {
        throw new TransportException(TransportException.Reason.TIMEOUT, "the time is over");
      }
      return relay.advance(relay.patience(deadline.within(timeouts.idle())));
    } catch (TransportException e) {
      if (relay.isOver()) {
        return false;
      }
      throw e;
    }
  }

  private void send(byte[] events) throws InterruptedException {
    sending = true;
    client.write(events, 0, events.length);
    sending = false;
    delivery.sent(events.length);
  }

  /** How the client is told that an answer broke off. */
  private interface Farewell {
    byte[] event(Refusal refusal, String requestId);
  }

  private void breakOff(Farewell farewell, TransportException e) throws InterruptedException {
    if (e.reason() != TransportException.Reason.TIMEOUT) {
      breakOff(farewell, ErrorKind.NETWORK, BROKEN, "The upstream's stream broke off.");
    } else if (delivery.deadline().isOver()) {
      String message = "The request took longer than it may.";
      breakOff(farewell, ErrorKind.TIMEOUT, "deadline_exceeded", message);
    } else {
      String message =
          "The upstream sent nothing for %s.".formatted(Words.seconds(timeouts.idle()));
      breakOff(farewell, ErrorKind.TIMEOUT, BROKEN, message);
    }
  }

  /** A stream that breaks is never closed politely: its last event says that it is not whole. */
  private void breakOff(Farewell farewell, ErrorKind kind, String code, String message)
      throws InterruptedException {
    breakOff(farewell, new Refusal(kind, code, message));
  }

  private void breakOff(Farewell farewell, Refusal refusal) throws InterruptedException {
    trace.failed(refusal.kind(), refusal.code());
    byte[] event = farewell.event(refusal, requestId);
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
        piece = pieces.answer().next(delivery.deadline().within(timeouts.idle()));
      }
      pieces.observer().end();
      client.end();
    } catch (TransportException e) {
      // There is no place for an error in the middle of these bytes; the client sees a cut.
      trace.failed(Failures.of(e).kind(), BROKEN);
      client.abort();
    }
  }
}
