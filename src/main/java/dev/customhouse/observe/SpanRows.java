package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Usage;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the spans of a request: one of the kind SERVER for the request, and below it one of the
 * kind CLIENT for each attempt. Attributes follow OpenTelemetry's conventions for HTTP and for
 * generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/). What the answer
 * told (tokens, finish reason, model) stands on the attempt that gave it and nowhere else, because
 * tools add up the tokens of all spans.
 */
final class SpanRows {
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<Long> RESENDS =
      AttributeKey.longKey("http.request.resend_count");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("gen_ai.operation.name");
  private static final AttributeKey<String> PROVIDER =
      AttributeKey.stringKey("gen_ai.provider.name");
  private static final AttributeKey<String> REQUEST_MODEL =
      AttributeKey.stringKey("gen_ai.request.model");
  private static final AttributeKey<String> RESPONSE_MODEL =
      AttributeKey.stringKey("gen_ai.response.model");
  private static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
  private static final AttributeKey<Long> INPUT_TOKENS =
      AttributeKey.longKey("gen_ai.usage.input_tokens");
  private static final AttributeKey<Long> OUTPUT_TOKENS =
      AttributeKey.longKey("gen_ai.usage.output_tokens");
  private static final AttributeKey<Long> CACHE_READ_TOKENS =
      AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");
  private static final AttributeKey<Long> CACHE_WRITE_TOKENS =
      AttributeKey.longKey("gen_ai.usage.cache_creation.input_tokens");
  private static final AttributeKey<String> PROVIDER_ID =
      AttributeKey.stringKey("customhouse.provider");
  private static final AttributeKey<String> REQUEST_ID =
      AttributeKey.stringKey("customhouse.request.id");
  private static final AttributeKey<String> UPSTREAM_KEY =
      AttributeKey.stringKey("customhouse.upstream.key");

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  private final Resource resource;
  private final Predicate<String> knownModel;
  private final UnaryOperator<String> providerName;

  /** Spans that name providers as {@code providerName} does, which is given the configured id. */
  SpanRows(Resource resource, Predicate<String> knownModel, UnaryOperator<String> providerName) {
    this.resource = resource;
    this.knownModel = knownModel;
    this.providerName = providerName;
  }

  /** How many spans a record makes. */
  static int count(RequestRecord record) {
    return 1 + record.attempts().size();
  }

  /** Makes the spans of a record, the request's first. */
  void make(RequestRecord record, Consumer<SpanData> to) {
    SpanContext request = context(record.context().traceId(), record.context().spanId());
    to.accept(server(record, request));
    List<Attempt> attempts = record.attempts();
    for (int at = 0; at < attempts.size(); at++) {
      boolean answered = at == attempts.size() - 1;
      to.accept(client(record, attempts.get(at), request, answered));
    }
  }

  private SpanRow server(RequestRecord record, SpanContext request) {
    AttributesBuilder attributes = Attributes.builder();
    attributes.put(REQUEST_ID, record.requestId());
    attributes.put(METHOD, method(record));
    attributes.put(PATH, ClientText.bounded(LogLines.withoutQuery(record.path())));
    attributes.put(STATUS, (long) record.status());
    shared(attributes, record, record.requestedModel(), record.provider(), record.error());
    if (record.attempts().isEmpty()) {
      answer(attributes, record);
    }
    long start = epochNanos(record.at());
    return new SpanRow(
        resource,
        name(record, record.requestedModel()),
        SpanKind.SERVER,
        request,
        parent(record.context()),
        serverStatus(record),
        start,
        start + TimeUnit.MICROSECONDS.toNanos(record.durationMicros()),
        attributes.build());
  }

  private SpanRow client(
      RequestRecord record, Attempt attempt, SpanContext request, boolean answered) {
    AttributesBuilder attributes = Attributes.builder();
    shared(attributes, record, attempt.model(), attempt.provider(), attempt.error());
    if (attempt.status() != 0) {
      attributes.put(STATUS, (long) attempt.status());
    }
    if (attempt.number() > 1) {
      attributes.put(RESENDS, (long) attempt.number() - 1);
    }
    if (!attempt.upstreamKey().isEmpty()) {
      attributes.put(UPSTREAM_KEY, attempt.upstreamKey());
    }
    if (answered) {
      answer(attributes, record);
    }
    long start = epochNanos(record.at()) + TimeUnit.MICROSECONDS.toNanos(attempt.startedMicros());
    return new SpanRow(
        resource,
        name(record, attempt.model()),
        SpanKind.CLIENT,
        context(record.context().traceId(), attempt.spanId()),
        request,
        attempt.error() == null ? StatusData.unset() : StatusData.error(),
        start,
        start + TimeUnit.MICROSECONDS.toNanos(attempt.durationMicros()),
        attributes.build());
  }

  private void shared(
      AttributesBuilder attributes,
      RequestRecord record,
      @Nullable String model,
      @Nullable String provider,
      @Nullable ErrorKind error) {
    if (record.operation() != null) {
      attributes.put(OPERATION, record.operation().label());
    }
    if (model != null) {
      attributes.put(REQUEST_MODEL, ClientText.bounded(model));
    }
    if (provider != null) {
      attributes.put(PROVIDER, providerName.apply(provider));
      attributes.put(PROVIDER_ID, provider);
    }
    if (error != null) {
      attributes.put(ERROR, error.label());
    }
  }

  private static void answer(AttributesBuilder attributes, RequestRecord record) {
    String responseModel = record.responseModel();
    if (responseModel != null) {
      attributes.put(RESPONSE_MODEL, ClientText.bounded(responseModel));
    }
    if (record.finish() != null) {
      attributes.put(FINISH_REASONS, List.of(record.finish().label()));
    }
    Usage usage = record.usage();
    if (usage != null) {
      attributes.put(INPUT_TOKENS, usage.inputTokens());
      attributes.put(OUTPUT_TOKENS, usage.outputTokens());
      if (usage.cacheReadTokens() != null) {
        attributes.put(CACHE_READ_TOKENS, usage.cacheReadTokens());
      }
      if (usage.cacheWriteTokens() != null) {
        attributes.put(CACHE_WRITE_TOKENS, usage.cacheWriteTokens());
      }
    }
  }

  /** HTTP's conventions: what the client did wrong (4xx) is no error of the server's span. */
  private static StatusData serverStatus(RequestRecord record) {
    boolean clientsFault = record.status() >= 400 && record.status() < 500;
    return record.error() == null || clientsFault ? StatusData.unset() : StatusData.error();
  }

  /** The operation and the model; a model that is not known is left out, for names are grouped. */
  private String name(RequestRecord record, @Nullable String model) {
    if (record.operation() == null) {
      return method(record);
    }
    boolean asked = model != null && model.equals(record.requestedModel());
    return model == null || (asked && !knownModel.test(model))
        ? record.operation().label()
        : record.operation().label() + " " + ClientText.bounded(model);
  }

  private static String method(RequestRecord record) {
    return METHODS.contains(record.method()) ? record.method() : "_OTHER";
  }

  private static SpanContext parent(TraceContext context) {
    String parent = context.parentSpanId();
    return parent == null
        ? SpanContext.getInvalid()
        : SpanContext.createFromRemoteParent(
            context.traceId(), parent, TraceFlags.getSampled(), TraceState.getDefault());
  }

  private static SpanContext context(String traceId, String spanId) {
    return SpanContext.create(traceId, spanId, TraceFlags.getSampled(), TraceState.getDefault());
  }

  private static long epochNanos(Instant at) {
    return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
  }
}
