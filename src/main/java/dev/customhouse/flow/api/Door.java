package dev.customhouse.flow.api;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.ErrorAnswer;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.anthropicmessages.InvokedAnswer;
import dev.customhouse.wire.AnswerWriter;
import dev.customhouse.wire.ContentDecoding;
import dev.customhouse.wire.Exchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One request at the gateway's door: reads it, and writes the answer with what every answer
 * carries. Used by the request's thread alone.
 */
public final class Door implements Answered {
  private static final byte[] NOTHING = {};

  /** The longest value of the header that tells what was left out. */
  private static final int DROPPED_CHARS = 2_000;

  /** How long a follower of events may read nothing of them. */
  private static final Duration FOLLOWER_PATIENCE = Duration.ofMinutes(1);

  private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final Headers EVENT_STREAM =
      Headers.of(
          "content-type", "text/event-stream; charset=utf-8",
          "cache-control", "no-cache",
          "x-accel-buffering", "no");

  /** What Claude Code tells of itself, in the versions seen so far, below any base URL. */
  private static final Pattern TELEMETRY =
      Pattern.compile("/+(?:v1/+)?api/+event_logging/+(?:v2/+)?batch/*");

  private final Exchange exchange;
  private final Trace trace;
  private final Dialects dialects;
  private final CrossOrigin crossOrigin;
  private final int bodyBytes;
  private final Duration keepAliveInterval;
  private Dialect dialect;
  private Headers went = Headers.EMPTY;
  private @Nullable Endpoint endpoint;
  private AnswerWriter out = new Plain();
  private @Nullable Call call;

  Door(
      Exchange exchange,
      Trace trace,
      Dialects dialects,
      CrossOrigin crossOrigin,
      int bodyBytes,
      Duration keepAliveInterval) {
    this.exchange = exchange;
    this.trace = trace;
    this.dialects = dialects;
    this.crossOrigin = crossOrigin;
    this.bodyBytes = bodyBytes;
    this.keepAliveInterval = keepAliveInterval;
    this.dialect =
        dialects.get(Endpoints.guess(exchange.rawPath(), exchange.rawQuery(), exchange.headers()));
  }

  /**
   * True when the request wanted nothing that is behind the door, and has been answered: a
   * browser's preflight, the methods of a path, what this place is, or what Claude Code tells of
   * itself to whatever its base URL is.
   */
  public boolean attended() {
    String method = exchange.method();
    if (method.equals("POST") && TELEMETRY.matcher(exchange.rawPath()).matches()) {
      json("{}".getBytes(StandardCharsets.US_ASCII));
      return true;
    }
    if (method.equals("OPTIONS")) {
      Headers allowed =
          exchange.headers().contains("access-control-request-method")
              ? crossOrigin.preflight(exchange.headers())
              : Headers.of("allow", Endpoints.allow(exchange.rawPath()));
      answer(allowed == null ? 403 : 204, allowed == null ? Headers.EMPTY : allowed, NOTHING);
      return true;
    }
    if (Endpoints.isRoot(exchange.rawPath()) && (method.equals("GET") || method.equals("HEAD"))) {
      json(Welcome.body(Endpoints.root(exchange.headers())));
      return true;
    }
    return false;
  }

  /** The key the caller shows; null when it shows none. */
  public @Nullable String credential() {
    return Credentials.find(exchange.headers(), exchange.rawQuery());
  }

  /** What the path leads to; throws the refusal of a path that leads nowhere. */
  public void enter() {
    Endpoint found =
        Endpoints.find(
            exchange.method(), exchange.rawPath(), exchange.rawQuery(), exchange.headers());
    endpoint = found;
    dialect = dialects.get(found.dialect());
    Guise guise = found.guise();
    if (guise != null && guise.service() == Guise.Service.BEDROCK) {
      out = new InvokedAnswer(out);
    }
  }

  /** Reads and understands the request; {@link #enter} comes before. */
  public Call read() throws InterruptedException {
    Endpoint endpoint = Objects.requireNonNull(this.endpoint);
    trace.asked(endpoint.operation(), endpoint.dialect(), endpoint.path());
    byte[] body = exchange.method().equals("POST") ? body() : NOTHING;
    Headers headers = exchange.headers();
    String model = endpoint.model();
    Guise guise = endpoint.guise();
    if (guise != null) {
      Guise.Plain plain = guise.plain(body, model, headers);
      body = plain.body();
      headers = plain.headers();
      model = null;
    }
    String query = Credentials.withoutKey(exchange.rawQuery());
    Call read;
    if (endpoint.operation() == Operation.LIST_MODELS
        || endpoint.operation() == Operation.GET_MODEL) {
      read = listing(endpoint, query);
    } else {
      read =
          dialect.read(
              new Inbound(
                  exchange.id(),
                  endpoint.operation(),
                  exchange.method(),
                  endpoint.path(),
                  query,
                  headers,
                  body,
                  model,
                  endpoint.resourceId()));
    }
    call = read;
    return read;
  }

  private byte[] body() throws InterruptedException {
    return ContentDecoding.decode(
        exchange.body(bodyBytes),
        exchange.headers().get("content-encoding"),
        bodyBytes,
        ContentDecoding.RATIO_MAX);
  }

  private Call listing(Endpoint endpoint, @Nullable String query) {
    String model = endpoint.model();
    return new Call(
        exchange.id(),
        endpoint.operation(),
        endpoint.dialect(),
        exchange.method(),
        endpoint.path(),
        query,
        exchange.headers(),
        NOTHING,
        model == null ? "" : model,
        null,
        false,
        false,
        Call.Marks.NONE,
        null,
        null);
  }

  @Override
  public void keepOpen() {
    Call read = call;
    if (read != null && read.stream() && dialect.commentsKeepAlive()) {
      exchange.keepAlive(keepAliveInterval, complete(EVENT_STREAM, 200), COMMENT);
    }
  }

  @Override
  public void went(String model, String provider, int attempts) {
    went =
        Headers.of(
            "x-customhouse-model", visible(model),
            "x-customhouse-provider", provider,
            "x-customhouse-attempts", Integer.toString(attempts));
  }

  @Override
  public void changed(List<String> dropped, @Nullable String form) {
    if (dropped.isEmpty() && form == null) {
      return;
    }
    Headers.Builder headers = went.toBuilder();
    if (!dropped.isEmpty()) {
      headers.add("x-customhouse-dropped", bounded(visible(String.join(", ", dropped))));
    }
    if (form != null) {
      headers.add("x-customhouse-structured-output", form);
    }
    went = headers.build();
  }

  private static String bounded(String text) {
    return text.length() <= DROPPED_CHARS ? text : text.substring(0, DROPPED_CHARS) + "...";
  }

  /** Answers with the gateway's own estimate, which says that it is one. */
  public void answerEstimated(byte[] body) {
    answer(
        200,
        Headers.of("content-type", "application/json", "x-customhouse-estimated", "true"),
        body);
  }

  /** Answers with models. */
  public void answer(Plan.Catalogue catalogue) {
    json(dialect.models(catalogue.models()));
  }

  /** Answers with one model. */
  public void answer(ModelCard model) {
    json(dialect.model(model));
  }

  /** Answers with what is kept here. */
  public void answer(Plan.Kept kept) {
    json(kept.body());
  }

  /** Answers with events as they come. A slow reader is waited for, as long as it reads at all. */
  public void answer(Plan.Followed followed) throws InterruptedException {
    keepOpen();
    begin(200, EVENT_STREAM);
    byte[] events = followed.events().next();
    while (events != null) {
      patience(System.nanoTime() + FOLLOWER_PATIENCE.toNanos());
      write(events, 0, events.length);
      events = followed.events().next();
    }
    end();
  }

  private void json(byte[] body) {
    answer(200, Headers.of("content-type", "application/json"), body);
  }

  /** Says no, in the caller's dialect; inside a stream that has begun, as its last event. */
  public void refuse(Refusal refusal) {
    trace.failed(refusal.kind(), refusal.code());
    Leg tried = trace.taken();
    if (tried != null) {
      went(tried.model(), tried.provider(), trace.attempts().size());
    }
    ErrorAnswer error = dialect.refusal(refusal, exchange.id());
    Headers.Builder headers = Headers.builder().add("content-type", "application/json");
    Duration retryAfter = refusal.retryAfter();
    if (retryAfter != null) {
      long seconds = Math.max(1, (retryAfter.toMillis() + 999) / 1_000);
      headers.add("retry-after", Long.toString(seconds));
    }
    if (refusal.kind() == ErrorKind.UNAUTHORIZED) {
      headers.add("www-authenticate", "Bearer");
    }
    if (refusal.kind() == ErrorKind.METHOD_NOT_ALLOWED) {
      headers.add("allow", Endpoints.allow(exchange.rawPath()));
    }
    headers.add("x-should-retry", Boolean.toString(mayRetry(error.status(), refusal.kind())));
    if (!exchange.begun() && out.answer(error.status(), headers.build(), error.body())) {
      return;
    }
    Call read = call;
    try {
      if (read != null) {
        byte[] event = dialect.observer(read).failure(refusal, exchange.id());
        out.write(event, 0, event.length);
      }
      exchange.end();
    } catch (InterruptedException e) {
      trace.clientGone();
    }
  }

  @Override
  public boolean answer(int status, Headers headers, byte[] body) {
    return out.answer(status, headers, body);
  }

  @Override
  public void begin(int status, Headers headers) {
    out.begin(status, headers);
  }

  @Override
  public boolean begun() {
    return exchange.begun();
  }

  @Override
  public void patience(long untilNanos) {
    exchange.patience(untilNanos);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    trace.firstByte();
    out.write(bytes, offset, length);
  }

  @Override
  public void end() {
    out.end();
  }

  @Override
  public void abort() {
    out.abort();
  }

  /** Writes to the exchange, with what every answer carries. */
  private final class Plain implements AnswerWriter {
    @Override
    public boolean answer(int status, Headers headers, byte[] body) {
      boolean sent = exchange.answer(status, complete(headers, status), body);
      if (sent) {
        trace.answered(status);
        trace.sent(body.length);
      }
      return sent;
    }

    @Override
    public void begin(int status, Headers headers) {
      trace.answered(status);
      if (!exchange.begun()) {
        exchange.begin(status, complete(headers, status));
      }
    }

    @Override
    public boolean begun() {
      return exchange.begun();
    }

    @Override
    public void patience(long untilNanos) {
      exchange.patience(untilNanos);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws InterruptedException {
      trace.sent(length);
      exchange.write(bytes, offset, length);
    }

    @Override
    public void end() {
      exchange.end();
    }

    @Override
    public void abort() {
      exchange.abort();
    }
  }

  /** What every answer carries: its id, the way it went, and whether asking again helps. */
  private Headers complete(Headers headers, int status) {
    Headers.Builder all = headers.toBuilder();
    all.add("x-request-id", exchange.id());
    if (dialect.id() == DialectId.ANTHROPIC_MESSAGES) {
      all.add("request-id", exchange.id());
    }
    for (int i = 0; i < went.size(); i++) {
      all.add(went.nameAt(i), went.valueAt(i));
    }
    if (status >= 400 && !headers.contains("x-should-retry")) {
      all.add("x-should-retry", Boolean.toString(mayRetry(status, null)));
    }
    crossOrigin.mark(exchange.headers(), all);
    return all.build();
  }

  private static boolean mayRetry(int status, @Nullable ErrorKind kind) {
    if (kind == null) {
      return List.of(408, 409, 429).contains(status) || status >= 500;
    }
    return switch (kind) {
      case RATE_LIMITED, OVERLOADED, TIMEOUT, BAD_GATEWAY, NETWORK, UNAVAILABLE -> true;
      case INVALID_REQUEST,
          UNAUTHORIZED,
          FORBIDDEN,
          INSUFFICIENT_CREDIT,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED,
          INTERNAL ->
          false;
    };
  }

  private static String visible(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      clean.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return clean.toString();
  }
}
