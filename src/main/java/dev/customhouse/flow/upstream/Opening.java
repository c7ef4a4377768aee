package dev.customhouse.flow.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.dialect.Translation;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.provider.Provider;
import dev.customhouse.wire.AwsEventSplitter;
import dev.customhouse.wire.EventSplitter;
import dev.customhouse.wire.SseSplitter;
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
  /** How long a stream's preamble is held for the first content; then it is shown. */
  private static final Duration PREAMBLE_HELD = Duration.ofSeconds(2);

  private static final int PREAMBLE_BYTES = 256 * 1024;
  private static final int ERROR_BYTES = 256 * 1024;
  private static final byte[] NOTHING = {};
  private static final Headers JSON = Headers.of("content-type", "application/json");

  /** Operations whose answers are no JSON, or need not be. */
  private static final Set<Operation> ANY_CONTENT =
      EnumSet.of(Operation.SPEECH, Operation.TRANSCRIPTION, Operation.AUDIO_TRANSLATION);

  private final Call call;
  private final Losses losses;
  private final @Nullable Translation translation;
  private final Leg leg;
  private final String upstreamKeyId;
  private final Dialect dialect;
  private final UpstreamAnswer answer;
  private final Provider.Permit permit;
  private final Timeouts timeouts;
  private final Deadline firstByte;
  private final Deadline deadline;

  /**
   * For an answer whose head has arrived.
   *
   * @param firstByte when an answer must have begun
   * @param deadline when it must be over
   */
  Opening(
      Outgoing outgoing,
      Leg leg,
      String upstreamKeyId,
      Dialect dialect,
      UpstreamAnswer answer,
      Provider.Permit permit,
      Timeouts timeouts,
      Deadline firstByte,
      Deadline deadline) {
    this.call = outgoing.call();
    this.losses = outgoing.losses();
    this.translation = outgoing.translation();
    this.leg = leg;
    this.upstreamKeyId = upstreamKeyId;
    this.dialect = dialect;
    this.answer = answer;
    this.permit = permit;
    this.timeouts = timeouts;
    this.firstByte = firstByte;
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
        return events(AnswerHeaders.ofStream(answer.headers()), new SseSplitter(), NOTHING);
      }
      if (media.startsWith("application/vnd.amazon.eventstream")) {
        return events(AnswerHeaders.ofStream(answer.headers()), new AwsEventSplitter(), NOTHING);
      }
      boolean json = media.contains("json");
      boolean array = call.stream() && media.startsWith("application/json") && isArrayStream();
      if (array && translation == null) {
        return pieces(true, NOTHING);
      }
      boolean untold = media.isEmpty() || call.stream() && media.startsWith("text/plain");
      if (json || untold && !ANY_CONTENT.contains(call.operation())) {
        return whole();
      }
      if (ANY_CONTENT.contains(call.operation()) && !media.startsWith("text/html")) {
        return pieces(false, NOTHING);
      }
      throw failed(ErrorKind.BAD_GATEWAY, "content of an unexpected type: JSON was expected");
    } catch (TransportException e) {
      throw new AttemptFailed(Failures.of(e));
    } catch (Refusal e) {
      if (e.kind() == ErrorKind.UNAVAILABLE) {
        throw e;
      }
      throw failed(e.kind(), e.code());
    }
  }

  /** Gemini streams a JSON array to those who do not ask for events. */
  private boolean isArrayStream() {
    return call.path().endsWith(":streamGenerateContent");
  }

  /** The status alone says enough when the body breaks off, is too long or is a web page. */
  private Failure error(Instant now) throws InterruptedException {
    byte[] body = errorBody();
    Headers headers = answer.headers();
    ErrorKind kind = dialect.classify(answer.status(), headers, body);
    Duration retryAfter = AnswerHeaders.retryAfter(headers, now);
    return new Failure(
        kind,
        answer.status(),
        "status " + answer.status(),
        AnswerHeaders.ofError(headers),
        isJson(body) ? body : null,
        retryAfter != null ? retryAfter : AnswerHeaders.retryAfter(body));
  }

  private byte[] errorBody() throws InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      while (all.size() <= ERROR_BYTES) {
        byte[] piece = answer.next(deadline.within(timeouts.idle()));
        if (piece == null) {
          return all.toByteArray();
        }
        all.writeBytes(piece);
      }
    } catch (TransportException e) {
      // What there is of it will not do.
    }
    return NOTHING;
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
        if (call.stream() && looksLikeEvents(piece)) {
          return events(AnswerHeaders.ofUntoldStream(answer.headers()), new SseSplitter(), piece);
        }
        only = piece;
      } else {
        if (all == null) {
          all = new ByteArrayOutputStream(4 * only.length);
          all.writeBytes(only);
        }
        all.writeBytes(piece);
        if (all.size() > timeouts.answerBytes()) {
          if (translation != null) {
            throw failed(ErrorKind.BAD_GATEWAY, "an answer that is too long to be translated");
          }
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
      body = NOTHING;
    } else if (!isJson(body)) {
      throw failed(ErrorKind.BAD_GATEWAY, "a body that is not JSON, or not all of it");
    }
    JsonNode read = translation == null ? null : Json.read(body);
    Observation seen =
        read == null
            ? dialect.observe(call.operation(), body)
            : dialect.observe(call.operation(), body, read);
    if (seen.usage() == null && seen.responseId() == null && body.length <= ERROR_BYTES) {
      rejectError(body);
    }
    if (translation != null && read != null) {
      return delivery(
          AnswerHeaders.ofTranslated(translation.contentType()),
          new Delivery.Content.Whole(
              translation.answer(body, read),
              seen,
              dialect.observer(call),
              translation.isStream()));
    }
    return delivery(
        AnswerHeaders.ofAnswer(answer.headers()),
        new Delivery.Content.Whole(body, seen, dialect.observer(call), false));
  }

  /** Some hosts stream events without saying so. No JSON begins like that. */
  private static boolean looksLikeEvents(byte[] piece) {
    return piece[0] == 'd' || piece[0] == 'e' || piece[0] == ':' || piece[0] == (byte) 0xEF;
  }

  /** Some hosts answer with status 200 and an error. */
  private void rejectError(byte[] body) throws AttemptFailed {
    if (Json.read(body).path("error").isObject()) {
      ErrorKind kind = UpstreamErrors.classify(0, body);
      throw new AttemptFailed(
          new Failure(kind, answer.status(), "an error with status 200", JSON, body, null));
    }
  }

  /** By its first and its last byte: what is broken off in between was framed by its length. */
  private static boolean isJson(byte[] body) {
    int first = 0;
    int last = body.length - 1;
    while (first < last && body[first] <= ' ') {
      first++;
    }
    while (first < last && body[last] <= ' ') {
      last--;
    }
    return first < last
        && (body[first] == '{' && body[last] == '}' || body[first] == '[' && body[last] == ']');
  }

  private Delivery events(Headers headers, EventSplitter splitter, byte[] begun)
      throws AttemptFailed, TransportException, InterruptedException {
    EventRelay relay =
        new EventRelay(
            answer,
            splitter,
            dialect.observer(call),
            translation == null ? null : translation.events());
    relay.begin(begun);
    long heldUntilNanos = 0;
    while (!relay.contentSeen() && !relay.errorSeen() && relay.readyBytes() < PREAMBLE_BYTES) {
      Duration wait = firstByte.left();
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
        boolean late = e.reason() == TransportException.Reason.TIMEOUT;
        if (!late || !holding || firstByte.isOver()) {
          throw e;
        }
      }
    }
    ErrorKind error = relay.observer().error();
    if (error != null && !relay.contentSeen()) {
      byte[] body = relay.observer().errorBody();
      throw new AttemptFailed(
          new Failure(error, answer.status(), "an error as the first event", JSON, body, null));
    }
    if (relay.ended() && !relay.contentSeen()) {
      throw failed(ErrorKind.BAD_GATEWAY, "a stream without content");
    }
    relay.show();
    if (translation != null) {
      return delivery(
          AnswerHeaders.ofTranslated(translation.contentType()),
          new Delivery.Content.Events(relay));
    }
    return delivery(headers, new Delivery.Content.Events(relay));
  }

  private Delivery pieces(boolean readable, byte[] first)
      throws TransportException, InterruptedException, AttemptFailed {
    PieceObserver observer =
        new PieceObserver(readable, body -> dialect.observe(call.operation(), body));
    byte[] begun = first;
    if (begun.length == 0) {
      byte[] piece = answer.next(firstByte.left());
      if (piece == null) {
        throw failed(ErrorKind.BAD_GATEWAY, "an empty body");
      }
      begun = piece;
    }
    return delivery(
        AnswerHeaders.ofAnswer(answer.headers()),
        new Delivery.Content.Pieces(answer, begun, observer));
  }

  private Delivery delivery(Headers headers, Delivery.Content content) {
    return new Delivery(
        leg,
        upstreamKeyId,
        answer.status(),
        headers,
        content,
        deadline,
        answer,
        permit,
        losses,
        translation);
  }

  private AttemptFailed failed(ErrorKind kind, String detail) {
    return new AttemptFailed(new Failure(kind, answer.status(), detail, Headers.EMPTY, null, null));
  }
}
