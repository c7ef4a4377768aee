package dev.customhouse.audit;

import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Outline;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects what happens to one request; closing it hands the record on, once. Used by the request's
 * thread alone.
 */
public final class Trace implements AutoCloseable {
  private static final int CLIENT_CLOSED_REQUEST = 499;

  private final Consumer<RequestRecord> sink;
  private final String requestId;
  private final Instant at;
  private final long startedNanos;
  private final TraceContext context;
  private final String remoteAddress;
  private final String method;
  private String path;
  private @Nullable Caller caller;
  private @Nullable Operation operation;
  private @Nullable DialectId dialect;
  private @Nullable Call call;
  private Plan.@Nullable Journey journey;
  private @Nullable Leg taken;
  private final List<Attempt> attempts = new ArrayList<>(2);
  private @Nullable String translation;
  private List<String> dropped = List.of();
  private @Nullable Outline sent;
  private int status;
  private @Nullable ErrorKind error;
  private @Nullable String errorCode;
  private boolean clientGone;
  private Observation observation = Observation.NONE;
  private @Nullable Usage usage;
  private long bytesOut;
  private @Nullable Long firstByteMicros;
  private boolean closed;

  /** Begins a record; {@code path} as far as it is known. */
  public Trace(
      Consumer<RequestRecord> sink,
      String requestId,
      Instant at,
      long startedNanos,
      TraceContext context,
      String remoteAddress,
      String method,
      String path) {
    this.sink = sink;
    this.requestId = requestId;
    this.at = at;
    this.startedNanos = startedNanos;
    this.context = context;
    this.remoteAddress = remoteAddress;
    this.method = method;
    this.path = path;
  }

  /** The request's id. */
  public String requestId() {
    return requestId;
  }

  /** Where the request stands in its caller's trace. */
  public TraceContext context() {
    return context;
  }

  /** Microseconds since the request's head arrived. */
  public long elapsedMicros() {
    return (System.nanoTime() - startedNanos) / 1_000;
  }

  /** {@link System#nanoTime()} when the request's head arrived. */
  public long startedNanos() {
    return startedNanos;
  }

  /** Who is calling. */
  public void identified(Caller who) {
    caller = who;
  }

  /** What the path asks for, known before the body is read. */
  public void asked(Operation what, DialectId how, String canonicalPath) {
    operation = what;
    dialect = how;
    path = canonicalPath;
  }

  /** What is asked. */
  public void understood(Call what) {
    call = what;
    asked(what.operation(), what.dialect(), what.path());
  }

  /** Which ways were considered. */
  public void planned(Plan plan) {
    Plan.Journey way =
        switch (plan) {
          case Plan.Journey travels -> travels;
          case Plan.Count count -> count.exact();
          case Plan.Compaction compaction -> compaction.asked();
          case Plan.Catalogue ignored -> null;
          case Plan.Card ignored -> null;
          case Plan.Kept ignored -> null;
          case Plan.Followed ignored -> null;
        };
    if (way != null) {
      journey = way;
    } else {
      translation = "local";
    }
  }

  /** The gateway answers itself after all: what its tries met with is no failure of the request. */
  public void answeredLocally() {
    taken = null;
    translation = "local";
    error = null;
    errorCode = null;
  }

  /** One try is over. */
  public void attempted(Attempt attempt) {
    attempts.add(attempt);
  }

  /** The tries so far. */
  public List<Attempt> attempts() {
    return attempts;
  }

  /** The way that led to an answer, or the last one that was tried. */
  public void took(Leg leg) {
    Call what = call;
    taken = leg;
    translation = what != null && leg.dialect() == what.dialect() ? "bytes" : "translated";
  }

  /**
   * The request was written in another dialect.
   *
   * @param lost what it lost, by the names of the client's
   * @param outline the request as the provider got it; null when the client's bytes passed
   */
  public void translated(List<String> lost, @Nullable Outline outline) {
    dropped = lost;
    sent = outline;
  }

  /** The way that led to an answer, or the last one tried; null when none was. */
  public @Nullable Leg taken() {
    return taken;
  }

  /** The head of the answer was sent; later ones (an error inside a stream) do not count. */
  public void answered(int httpStatus) {
    if (status == 0) {
      status = httpStatus;
    }
  }

  /** The first content of the answer was sent. */
  public void firstByte() {
    if (firstByteMicros == null) {
      firstByteMicros = elapsedMicros();
    }
  }

  /** Bytes of the answer's body were sent. */
  public void sent(long bytes) {
    bytesOut += bytes;
  }

  /** What the answer told, and what is settled by it. */
  public void settled(Observation seen, @Nullable Usage counted) {
    observation = seen;
    usage = counted;
  }

  /** The request failed. The first failure counts. */
  public void failed(ErrorKind kind, String code) {
    if (error == null) {
      error = kind;
      errorCode = code;
    }
  }

  /** The client left before the answer was whole. */
  public void clientGone() {
    clientGone = true;
  }

  /**
   * The trace of a request that goes on when its client has been answered, for another thread: the
   * record is of that one, and what is told to this one goes nowhere.
   */
  public Trace handedOn() {
    Trace other =
        new Trace(sink, requestId, at, startedNanos, context, remoteAddress, method, path);
    other.caller = caller;
    other.operation = operation;
    other.dialect = dialect;
    other.call = call;
    other.journey = journey;
    closed = true;
    return other;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      sink.accept(record());
    }
  }

  private RequestRecord record() {
    Caller who = caller;
    Call what = call;
    Plan.Journey way = journey;
    Leg leg = taken;
    return new RequestRecord(
        requestId,
        at,
        context,
        remoteAddress,
        method,
        path,
        who == null ? null : who.keyId(),
        who == null ? null : who.keyName(),
        who == null ? null : who.project(),
        operation,
        dialect,
        what == null || what.requestedModel().isEmpty() ? null : what.requestedModel(),
        leg == null ? null : leg.route(),
        leg == null ? null : leg.provider(),
        leg == null ? null : leg.model(),
        observation.responseModel(),
        translation,
        status == 0 ? CLIENT_CLOSED_REQUEST : status,
        error,
        errorCode,
        observation.finish(),
        what != null && what.stream(),
        clientGone,
        way == null ? null : way.strategy(),
        way == null ? List.of() : way.legs(),
        List.copyOf(attempts),
        dropped,
        sent,
        usage,
        what == null ? 0 : what.body().length,
        bytesOut,
        firstByteMicros,
        elapsedMicros());
  }
}
