package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.secret.Secret;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends the spans of each request to a collector, by OTLP over HTTP in protobuf. A request only
 * hands its record over; spans are made and sent by a thread of this class's own, one batch at a
 * time. What does not fit the queue or is not taken by the collector is dropped and counted. Made
 * only where an endpoint is configured: no other class of this package loads OpenTelemetry's.
 */
public final class Spans implements Consumer<RequestRecord>, AutoCloseable {
  /** Requests that may wait to be sent; more are dropped. */
  static final int WAITING_REQUESTS = 2_048;

  /** The most spans in one export. */
  static final int BATCH_SPANS = 512;

  /** As many requests waiting are sent at once. */
  private static final int GATHER_REQUESTS = 170;

  /** How late spans may be sent when few are. */
  private static final Duration GATHER = Duration.ofSeconds(2);

  /** How long the collector may take for a batch, tries again included. */
  private static final Duration EXPORT = Duration.ofSeconds(10);

  /** How long the end waits for the collector. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private static final String TRACES_PATH = "/v1/traces";

  /**
   * The exporter's own messages would go past the event log and may quote the collector's answer;
   * what is worth saying of a failure is said here. Held, because the JDK holds loggers weakly.
   */
  private static final Logger EXPORTER_LOGGER = Logger.getLogger("io.opentelemetry.exporter");

  private final SpanExporter exporter;
  private final SpanRows rows;
  private final EventLog events;
  private final int waitingRequests;
  private final AtomicLong dropped = new AtomicLong();
  private final BatchQueue<RequestRecord> queue;
  private boolean failing;

  Spans(
      SpanExporter exporter,
      String serviceVersion,
      Predicate<String> knownModel,
      UnaryOperator<String> providerName,
      EventLog events,
      int waitingRequests) {
    this.exporter = exporter;
    this.rows =
        new SpanRows(
            Resource.create(
                Attributes.of(
                    AttributeKey.stringKey("service.name"),
                    "customhouse",
                    AttributeKey.stringKey("service.version"),
                    serviceVersion)),
            knownModel,
            providerName);
    this.events = events;
    this.waitingRequests = waitingRequests;
    this.queue = new BatchQueue<>("spans", GATHER_REQUESTS, GATHER, CLOSING, this::send);
  }

  /**
   * Spans for the collector at this address.
   *
   * @param endpoint where OTLP over HTTP is taken; {@code /v1/traces} is added where the path does
   *     not end in it, as OpenTelemetry's {@code OTEL_EXPORTER_OTLP_ENDPOINT} has it
   * @param headers more header fields, such as the collector's key
   * @param knownModel true for names of models that may stand in the name of a span
   * @param providerName OpenTelemetry's name of a configured provider, by its id
   * @param events told when the collector begins to fail and when it is well again; closed after
   *     the spans
   * @throws IllegalArgumentException the address is no http or https URL
   */
  public static Spans toEndpoint(
      URI endpoint,
      Map<String, Secret> headers,
      String serviceVersion,
      Predicate<String> knownModel,
      UnaryOperator<String> providerName,
      EventLog events) {
    EXPORTER_LOGGER.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(tracesUrl(endpoint))
            .setTimeout(EXPORT)
            .setConnectTimeout(EXPORT.dividedBy(2))
            .setMeterProvider(MeterProvider.noop());
    headers.forEach((name, value) -> exporter.addHeader(name, value.reveal()));
    return new Spans(
        exporter.build(), serviceVersion, knownModel, providerName, events, WAITING_REQUESTS);
  }

  @Override
  public void accept(RequestRecord record) {
    if (!record.context().sampled()) {
      return;
    }
    if (!queue.offer(record.withoutSent(), waitingRequests)) {
      dropped.addAndGet(SpanRows.count(record));
    }
  }

  /** Spans that did not get to the collector; of records lost at the end, each counts as one. */
  public long dropped() {
    return dropped.get() + queue.lost();
  }

  /** Sends what waits, at most for some seconds, and takes no more. */
  @Override
  public void close() {
    queue.close();
    exporter.shutdown().join(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void send(List<RequestRecord> batch) {
    List<SpanData> spans = new ArrayList<>(BATCH_SPANS);
    for (RequestRecord record : batch) {
      if (spans.size() + SpanRows.count(record) > BATCH_SPANS && !spans.isEmpty()) {
        export(spans);
        spans = new ArrayList<>(BATCH_SPANS);
      }
      rows.make(record, spans::add);
    }
    export(spans);
  }

  private void export(List<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    result.join(EXPORT.toMillis(), TimeUnit.MILLISECONDS);
    if (result.isSuccess()) {
      if (failing) {
        failing = false;
        events.event(EventLog.Level.INFO, "span_export_recovered", Map.of());
      }
      return;
    }
    dropped.addAndGet(spans.size());
    if (!failing) {
      failing = true;
      events.event(
          EventLog.Level.WARN,
          "span_export_failed",
          Map.of(
              "reason", reason(result.isDone(), result.getFailureThrowable()),
              "spans", Integer.toString(spans.size())));
    }
  }

  private static String reason(boolean done, @Nullable Throwable failure) {
    if (!done) {
      return "no answer in " + EXPORT.toSeconds() + " s";
    }
    Throwable cause = failure == null ? null : failure.getCause();
    return cause == null ? "the collector refused them" : cause.getClass().getSimpleName();
  }

  private static String tracesUrl(URI endpoint) {
    String scheme = endpoint.getScheme();
    if (endpoint.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException(
          "the OTLP endpoint has the scheme "
              + scheme
              + ", expected an http or https URL with a host");
    }
    String url = endpoint.toString();
    if (url.endsWith(TRACES_PATH)) {
      return url;
    }
    return (url.endsWith("/") ? url.substring(0, url.length() - 1) : url) + TRACES_PATH;
  }
}
