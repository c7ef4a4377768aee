package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.provider.Provider;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an answer that has begun is one to show: reads a body that is no stream to its
 * end, a stream until its first content. Until then the attempt can fail without anybody noticing.
 */
final class Opening {
  /** How long a stream's preamble is held for the first content. */
  private static final Duration PREAMBLE_HELD = Duration.ofSeconds(2);

  private static final int PREAMBLE_BYTES = 256 * 1024;
  private static final int ERROR_BYTES = 256 * 1024;

  /** Operations whose answers are no JSON, or need not be. */
  private static final Set<Operation> ANY_CONTENT =
      EnumSet.of(Operation.SPEECH, Operation.TRANSCRIPTION, Operation.AUDIO_TRANSLATION);

  private final Call call;
  private final Leg leg;
  private final String upstreamKeyId;
  private final Dialect dialect;
  private final UpstreamAnswer answer;
  private final Provider.Permit permit;
  private final Timeouts timeouts;
  private final Deadline deadline;

  Opening(
      Call call,
      Leg leg,
      String upstreamKeyId,
      Dialect dialect,
      UpstreamAnswer answer,
      Provider.Permit permit,
      Timeouts timeouts,
      Deadline deadline) {
    this.call = call;
    this.leg = leg;
    this.upstreamKeyId = upstreamKeyId;
    this.dialect = dialect;
    this.answer = answer;
    this.permit = permit;
    this.timeouts = timeouts;
    this.deadline = deadline;
  }

  Delivery open(Instant now) throws AttemptFailed, InterruptedException {
    String type = answer.headers().get("content-type");
    String media = type == null ? "" : type.toLowerCase(Locale.ROOT);
    try {
      if (answer.status() >= 400) {
        throw new AttemptFailed(error(now));
      }
      if (answer.status() < 200 || answer.status() >= 300) {
        throw failed(ErrorKind.BAD_GATEWAY, "status " + answer.status() + " was not expected");
      }
      if (media.startsWith("text/event-stream")) {
        return events();
      }
      boolean json = media.contains("json");
      if (json && call.stream() && media.startsWith("application/json") && isArrayStream()) {
        return pieces(true, new byte[0]);
      }
      if (json || media.isEmpty() && !ANY_CONTENT.contains(call.operation())) {
        return whole();
      }
      if (ANY_CONTENT.contains(call.operation()) && !media.startsWith("text/html")) {
        return pieces(false, new byte[0]);
      }
      throw failed(ErrorKind.BAD_GATEWAY, "content of an unexpected type: JSON was expected");
    } catch (TransportException e) {
      throw new AttemptFailed(Failures.of(e));
    } catch (Refusal e) {
      throw failed(e.kind(), e.code());
    }
  }

  /** Gemini streams a JSON array to those who do not ask for events. */
  private boolean isArrayStream() {
    return call.path().endsWith(":streamGenerateContent");
  }

  private Failure error(Instant now) throws TransportException, InterruptedException {
    byte[] body = read(ERROR_BYTES);
    Headers headers = answer.headers();
    ErrorKind kind = dialect.classify(answer.status(), headers, body == null ? new byte[0] : body);
    boolean readable = body != null && body.length > 1 && (body[0] == '{' || body[0] == '[');
    return new Failure(
        kind,
        answer.status(),
        "status " + answer.status(),
        AnswerHeaders.ofError(headers),
        readable ? body : null,
        AnswerHeaders.retryAfter(headers, now));
  }

  private Delivery whole() throws AttemptFailed, TransportException, InterruptedException {
    ByteArrayOutputStream all = null;
    byte[] only = null;
    while (true) {
      byte[] piece = answer.next(deadline.within(timeouts.idle()));
      if (piece == null) {
        break;
      }
      if (only == null) {
        only = piece;
      } else {
        if (all == null) {
          all = new ByteArrayOutputStream(4 * only.length);
          all.writeBytes(only);
        }
        all.writeBytes(piece);
        if (all.size() > timeouts.answerBytes()) {
          return pieces(false, all.toByteArray());
        }
      }
    }
    byte[] body = all != null ? all.toByteArray() : only;
    boolean mayBeEmpty = call.operation() == Operation.RESPONSE_DELETE;
    if (body == null || body.length == 0) {
      if (!mayBeEmpty) {
        throw failed(ErrorKind.BAD_GATEWAY, "an empty body");
      }
      body = new byte[0];
    } else if (body[0] != '{' && body[0] != '[' && !startsLikeJson(body)) {
      throw failed(ErrorKind.BAD_GATEWAY, "a body that is not JSON");
    }
    Observation seen = dialect.observe(call.operation(), body);
    return delivery(
        AnswerHeaders.ofAnswer(answer.headers()),
        new Delivery.Content.Whole(body, seen, dialect.observer(call)));
  }

  private static boolean startsLikeJson(byte[] body) {
    for (byte b : body) {
      if (b == '{' || b == '[') {
        return true;
      }
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return false;
      }
    }
    return false;
  }

  private Delivery events() throws AttemptFailed, TransportException, InterruptedException {
    EventRelay relay = new EventRelay(answer, dialect.observer(call));
    long heldUntilNanos = 0;
    while (!relay.contentSeen() && !relay.errorSeen() && relay.readyBytes() < PREAMBLE_BYTES) {
      Duration wait = deadline.within(timeouts.firstByte());
      boolean holding = relay.readyBytes() > 0;
      if (holding) {
        long now = System.nanoTime();
        heldUntilNanos = heldUntilNanos == 0 ? now + PREAMBLE_HELD.toNanos() : heldUntilNanos;
        if (now - heldUntilNanos >= 0) {
          break;
        }
        wait = Duration.ofNanos(Math.min(wait.toNanos(), heldUntilNanos - now));
      }
      try {
        if (!relay.advance(wait)) {
          break;
        }
      } catch (TransportException e) {
        if (!holding || e.reason() != TransportException.Reason.TIMEOUT) {
          throw e;
        }
      }
    }
    ErrorKind error = relay.observer().error();
    if (error != null && !relay.contentSeen()) {
      throw new AttemptFailed(
          new Failure(
              error,
              answer.status(),
              "an error as the first event",
              Headers.of("content-type", "application/json"),
              relay.observer().errorBody(),
              null));
    }
    if (relay.ended() && !relay.contentSeen()) {
      throw failed(ErrorKind.BAD_GATEWAY, "a stream without content");
    }
    relay.show();
    return delivery(AnswerHeaders.ofStream(answer.headers()), new Delivery.Content.Events(relay));
  }

  private Delivery pieces(boolean readable, byte[] first)
      throws TransportException, InterruptedException, AttemptFailed {
    PieceObserver observer =
        new PieceObserver(readable, body -> dialect.observe(call.operation(), body));
    byte[] begun = first;
    if (begun.length == 0) {
      byte[] piece = answer.next(deadline.within(timeouts.firstByte()));
      if (piece == null) {
        throw failed(ErrorKind.BAD_GATEWAY, "an empty body");
      }
      begun = piece;
    }
    return delivery(
        AnswerHeaders.ofAnswer(answer.headers()),
        new Delivery.Content.Pieces(answer, begun, observer));
  }

  private byte @Nullable [] read(int maxBytes) throws TransportException, InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      byte[] piece = answer.next(deadline.within(timeouts.idle()));
      if (piece == null) {
        return all.toByteArray();
      }
      all.writeBytes(piece);
      if (all.size() > maxBytes) {
        return null;
      }
    }
  }

  private Delivery delivery(Headers headers, Delivery.Content content) {
    return new Delivery(leg, upstreamKeyId, answer.status(), headers, content, answer, permit);
  }

  private AttemptFailed failed(ErrorKind kind, String detail) {
    return new AttemptFailed(new Failure(kind, answer.status(), detail, Headers.EMPTY, null, null));
  }
}
