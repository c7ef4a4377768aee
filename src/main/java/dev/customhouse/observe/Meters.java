package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Figures of the gateway in the Prometheus text format. Names, labels, units and histogram
 * boundaries of what concerns models are OpenTelemetry's
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/), spelt as Prometheus asks
 * for ({@code gen_ai_client_operation_duration_seconds}); the rest begins with {@code customhouse}.
 *
 * <p>Every label is bounded: operations, dialects, errors and statuses are closed lists, providers
 * come from the configuration, and a model is named only when it is known, in at most {@link
 * #MODEL_SERIES} series; all others are {@code other}. No key, path or text of a client is a label.
 * A label that does not apply ({@code error_type} of a success) is empty, which to Prometheus is
 * the same as absent.
 *
 * <p>Counting one request is a few look-ups in hash maps and additions in striped cells; nothing
 * waits, and meters are made only by the first request of a series. Safe for use by several
 * threads.
 */
public final class Meters implements Consumer<RequestRecord> {
  /** How many combinations of operation, provider, known model and error are told apart. */
  static final int MODEL_SERIES = 1_000;

  /** How many reasons of shedding are told apart. */
  static final int REASONS = 32;

  /** The label of models that are not known, and of reasons beyond the limit. */
  static final String OTHER = "other";

  /** The label of a request that was not understood. */
  private static final String UNKNOWN = "unknown";

  private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS_TYPE =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  /** Statuses with a label of their own; of others the class is said, such as {@code 5xx}. */
  private static final Set<Integer> STATUSES =
      Set.of(
          200, 201, 202, 204, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 415,
          421, 422, 424, 425, 426, 429, 431, 451, 499, 500, 501, 502, 503, 504, 520, 522, 524, 529);

  /** OpenTelemetry's boundaries for durations of operations: 10 ms doubled 13 times. */
  private static final Duration[] DURATIONS = doublings(10, 14);

  /** Boundaries for the first content: 10 ms to 41 s, each twice the one before. */
  private static final Duration[] FIRST_CONTENTS = doublings(10, 13);

  /** OpenTelemetry's boundaries for tokens, powers of 4, up to 4 million. */
  private static final double[] TOKENS =
      DoubleStream.iterate(1, tokens -> tokens * 4).limit(12).toArray();

  /** What a scrape answers. */
  public record Page(String contentType, String text) {}

  /** What is told apart where a model was asked. */
  private record Series(
      String operation, String provider, String model, @Nullable ErrorKind error) {}

  /** The meters of a series; those without an error's label are shared between series. */
  private record Cells(
      Timer duration, Timer firstContent, DistributionSummary input, DistributionSummary output) {}

  private record Answer(
      int status,
      @Nullable Operation operation,
      @Nullable DialectId dialect,
      @Nullable String translation) {}

  private record Outcome(String provider, @Nullable ErrorKind error) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Predicate<String> knownModel;
  private final UnaryOperator<String> providerName;
  private final ConcurrentHashMap<Series, Cells> series = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Answer, Counter> answers = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Outcome, Counter> outcomes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Counter> retries = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Counter> shed = new ConcurrentHashMap<>();
  private final List<LongSupplier> counted = new CopyOnWriteArrayList<>();
  private final AtomicLong loadedAtMillis = new AtomicLong();
  private final Counter reloads;
  private final Counter refusedReloads;
  private final ReentrantLock making = new ReentrantLock();
  private int modelSeries;

  /**
   * Meters that are all zero.
   *
   * @param knownModel true for names of models that may be a label; asked anew for a name that is
   *     not yet one, so it may follow a changed configuration
   * @param providerName OpenTelemetry's name of a configured provider, by its id
   */
  public Meters(Predicate<String> knownModel, UnaryOperator<String> providerName) {
    this.knownModel = knownModel;
    this.providerName = providerName;
    registry.throwExceptionOnRegistrationFailure();
    reloads = reloadCounter("success");
    refusedReloads = reloadCounter("failure");
    Gauge.builder(
            "customhouse.config.last.success.timestamp", loadedAtMillis, at -> at.get() / 1_000.0)
        .description("When the configuration in use was loaded, Unix time")
        .baseUnit("seconds")
        .register(registry);
    machine();
  }

  @Override
  public void accept(RequestRecord record) {
    counter(new Answer(record.status(), record.operation(), record.dialect(), record.translation()))
        .increment();
    List<Attempt> attempts = record.attempts();
    if (attempts.isEmpty()) {
      if (record.error() == ErrorKind.UNAVAILABLE) {
        shedCounter(record.errorCode() == null ? OTHER : record.errorCode()).increment();
      }
      return;
    }
    for (int at = 0; at < attempts.size(); at++) {
      Attempt attempt = attempts.get(at);
      counter(new Outcome(attempt.provider(), attempt.error())).increment();
      if (at > 0) {
        retryCounter(attempt.provider()).increment();
      }
    }
    String provider = record.provider();
    Cells cells =
        cells(
            new Series(
                label(record.operation()),
                provider == null ? attempts.getLast().provider() : provider,
                record.requestedModel() == null ? "" : record.requestedModel(),
                record.error()));
    cells.duration().record(record.durationMicros(), TimeUnit.MICROSECONDS);
    Long firstByteMicros = record.firstByteMicros();
    if (record.stream() && record.error() == null && firstByteMicros != null) {
      cells.firstContent().record(firstByteMicros, TimeUnit.MICROSECONDS);
    }
    Usage usage = record.usage();
    if (usage != null) {
      cells.input().record((double) usage.inputTokens());
      cells.output().record((double) usage.outputTokens());
    }
  }

  /** Shows how many requests are under way. Called once, as are the others of this kind. */
  public void requestsInFlight(LongSupplier count) {
    gauge("customhouse.requests.in.flight", "Requests under way", count);
  }

  /** Shows how many streams are open. */
  public void streamsOpen(LongSupplier count) {
    gauge("customhouse.streams.open", "Answers that are being streamed", count);
  }

  /** Shows how many requests wait for a place at a provider. */
  public void requestsQueued(LongSupplier count) {
    gauge("customhouse.requests.queued", "Requests that wait for a place at a provider", count);
  }

  /** Shows how many rows of usage were lost. */
  public void usageRowsLost(LongSupplier total) {
    count("customhouse.usage.rows.lost", "Rows of usage that could not be kept", total);
  }

  /** Shows how many responses that were to be kept were not. */
  public void responsesLost(LongSupplier total) {
    count("customhouse.responses.lost", "Responses that were to be kept and could not be", total);
  }

  /** Shows how many lines the access log dropped. */
  public void logLinesDropped(LongSupplier total) {
    count("customhouse.log.lines.dropped", "Log lines that were not written", total);
  }

  /** Shows how many spans were dropped. */
  public void spansDropped(LongSupplier total) {
    count("customhouse.spans.dropped", "Spans that did not reach the collector", total);
  }

  /** Shows how often an observer failed. */
  public void observerFailures(LongSupplier total) {
    count("customhouse.observer.failures", "Records that an observer failed to take", total);
  }

  /** Counts that a provider refused an upstream key, which was set aside. */
  public void upstreamKeySetAside(String provider) {
    Counter.builder("customhouse.upstream.keys.set.aside")
        .description("Upstream keys set aside because the provider refused them")
        .tag("gen_ai.provider.name", providerName.apply(provider))
        .tag("provider", provider)
        .register(registry)
        .increment();
  }

  /** Counts a configuration that was taken into use, the first one included. */
  public void configurationLoaded(Instant at) {
    loadedAtMillis.set(at.toEpochMilli());
    reloads.increment();
  }

  /** Counts a configuration that was refused. */
  public void configurationRefused() {
    refusedReloads.increment();
  }

  /** All figures, in the Prometheus text format 0.0.4. */
  public String scrape() {
    return registry.scrape(TEXT_TYPE);
  }

  /**
   * All figures, as OpenMetrics 1.0 where the client asks for it, else in the Prometheus text
   * format.
   *
   * @param accept the request's {@code Accept} header; null when it has none
   */
  public Page scrape(@Nullable String accept) {
    String type =
        accept != null && accept.contains("application/openmetrics-text")
            ? OPEN_METRICS_TYPE
            : TEXT_TYPE;
    return new Page(type, registry.scrape(type));
  }

  private Cells cells(Series wanted) {
    Cells found = series.get(wanted);
    return found == null ? made(wanted) : found;
  }

  private Cells made(Series wanted) {
    making.lock();
    try {
      boolean named = !wanted.model().isEmpty();
      boolean mayBeNamed =
          !named || (modelSeries < MODEL_SERIES && knownModel.test(wanted.model()));
      Series bounded =
          mayBeNamed
              ? wanted
              : new Series(wanted.operation(), wanted.provider(), OTHER, wanted.error());
      Cells found = series.get(bounded);
      if (found == null) {
        found = register(bounded);
        series.put(bounded, found);
        modelSeries += named && mayBeNamed ? 1 : 0;
      }
      return found;
    } finally {
      making.unlock();
    }
  }

  private Cells register(Series wanted) {
    Tags shared =
        Tags.of(
            "gen_ai.operation.name",
            wanted.operation(),
            "gen_ai.provider.name",
            providerName.apply(wanted.provider()),
            "provider",
            wanted.provider(),
            "gen_ai.request.model",
            wanted.model());
    String errorType = wanted.error() == null ? "" : wanted.error().label();
    return new Cells(
        Timer.builder("gen_ai.client.operation.duration")
            .description("Whole time of a request that went to a provider, all attempts included")
            .tags(shared.and("error.type", errorType))
            .serviceLevelObjectives(DURATIONS)
            .register(registry),
        Timer.builder("gen_ai.server.time_to_first_token")
            .description("Time from a request's head to the first content of a streamed answer")
            .tags(shared)
            .serviceLevelObjectives(FIRST_CONTENTS)
            .register(registry),
        tokens(shared, "input"),
        tokens(shared, "output"));
  }

  private DistributionSummary tokens(Tags shared, String type) {
    return DistributionSummary.builder("gen_ai.client.token.usage")
        .description("Tokens of a request; input includes the cache's, output includes reasoning")
        .tags(shared.and("gen_ai.token.type", type))
        .serviceLevelObjectives(TOKENS)
        .register(registry);
  }

  private Counter counter(Answer answer) {
    Counter found = answers.get(answer);
    return found != null
        ? found
        : answers.computeIfAbsent(
            new Answer(
                boundedStatus(answer.status()),
                answer.operation(),
                answer.dialect(),
                answer.translation()),
            bounded ->
                Counter.builder("customhouse.requests")
                    .description("Requests answered, refused ones included")
                    .tag("http.response.status_code", statusLabel(bounded.status()))
                    .tag("gen_ai.operation.name", label(bounded.operation()))
                    .tag("dialect", bounded.dialect() == null ? UNKNOWN : bounded.dialect().label())
                    .tag("translation", bounded.translation() == null ? "" : bounded.translation())
                    .register(registry));
  }

  private Counter counter(Outcome outcome) {
    return outcomes.computeIfAbsent(
        outcome,
        wanted ->
            Counter.builder("customhouse.attempts")
                .description("Tries at providers")
                .tag("gen_ai.provider.name", providerName.apply(wanted.provider()))
                .tag("provider", wanted.provider())
                .tag("outcome", wanted.error() == null ? "success" : wanted.error().label())
                .register(registry));
  }

  private Counter retryCounter(String provider) {
    return retries.computeIfAbsent(
        provider,
        wanted ->
            Counter.builder("customhouse.retries")
                .description("Tries that followed a failed one, fallbacks included")
                .tag("gen_ai.provider.name", providerName.apply(wanted))
                .tag("provider", wanted)
                .register(registry));
  }

  private Counter shedCounter(String reason) {
    Counter found = shed.get(reason);
    return found != null
        ? found
        : shed.computeIfAbsent(
            shed.size() < REASONS ? reason : OTHER,
            bounded ->
                Counter.builder("customhouse.shed")
                    .description("Requests refused untried because nothing could serve them")
                    .tag("reason", bounded)
                    .register(registry));
  }

  private Counter reloadCounter(String outcome) {
    return Counter.builder("customhouse.config.reloads")
        .description("Configurations loaded or refused")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void gauge(String name, String description, LongSupplier value) {
    Gauge.builder(name, value::getAsLong).description(description).register(registry);
  }

  /** The registry holds what it counts only weakly, so it is held here. */
  private void count(String name, String description, LongSupplier total) {
    counted.add(total);
    FunctionCounter.builder(name, total, LongSupplier::getAsLong)
        .description(description)
        .register(registry);
  }

  /** Named as Micrometer's own binders name them, which load much more than these few figures. */
  private void machine() {
    memory(
        "jvm.memory.used",
        "Memory in use, garbage included",
        () -> Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    memory("jvm.memory.max", "Memory that may be used", () -> Runtime.getRuntime().maxMemory());
    FunctionTimer.builder(
            "jvm.gc.pause",
            this,
            any -> collectors().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum(),
            any -> collectors().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum(),
            TimeUnit.MILLISECONDS)
        .description("Collections of garbage, all collectors together")
        .register(registry);
  }

  private void memory(String name, String description, LongSupplier bytes) {
    Gauge.builder(name, bytes::getAsLong)
        .description(description)
        .baseUnit("bytes")
        .tag("area", "heap")
        .register(registry);
  }

  /** The beans are asked for at a scrape only: to load them costs more than a start may. */
  private static Stream<GarbageCollectorMXBean> collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream();
  }

  private static String label(@Nullable Operation operation) {
    return operation == null ? UNKNOWN : operation.label();
  }

  /** The status itself, its class from 1 to 9, or 0. */
  private static int boundedStatus(int status) {
    return STATUSES.contains(status) ? status : Math.clamp(status / 100, 0, 9);
  }

  private static String statusLabel(int bounded) {
    return bounded < 10 ? bounded + "xx" : Integer.toString(bounded);
  }

  private static Duration[] doublings(long firstMillis, int count) {
    Duration[] boundaries = new Duration[count];
    for (int at = 0; at < count; at++) {
      boundaries[at] = Duration.ofMillis(firstMillis << at);
    }
    return boundaries;
  }
}
