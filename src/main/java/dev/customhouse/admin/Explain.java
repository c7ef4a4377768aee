package dev.customhouse.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Outline;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How one request was decided, as JSON: which ways were considered, which were tried, and what came
 * of it. It holds no prompt, no answer and no key. One is written for each request, so it is
 * written field by field, without a tree.
 */
public final class Explain {
  private final JsonGenerator json;
  private final RequestRecord record;

  private Explain(JsonGenerator json, RequestRecord record) {
    this.json = json;
    this.record = record;
  }

  /** The explanation of a request that has ended. */
  public static String json(RequestRecord record) {
    return AdminJson.written(json -> new Explain(json, record).write());
  }

  private void write() throws IOException {
    json.writeStartObject();
    request();
    caller();
    route();
    taken();
    text("path", record.translation());
    json.writeArrayFieldStart("dropped");
    for (String what : record.dropped()) {
      json.writeString(UsageRows.bounded(what));
    }
    json.writeEndArray();
    translated(record.sent());
    json.writeArrayFieldStart("attempts");
    for (Attempt attempt : record.attempts()) {
      attempt(attempt);
    }
    json.writeEndArray();
    outcome();
    json.writeEndObject();
  }

  private void request() throws IOException {
    json.writeObjectFieldStart("request");
    text("id", record.requestId());
    text("at", record.at().toString());
    text("trace_id", record.context().traceId());
    text("operation", record.operation() == null ? null : record.operation().label());
    text("dialect", record.dialect() == null ? null : record.dialect().label());
    text("method", record.method());
    text("path", UsageRows.bounded(record.path()));
    text("requested_model", UsageRows.bounded(record.requestedModel()));
    json.writeBooleanField("stream", record.stream());
    json.writeNumberField("body_bytes", record.bytesIn());
    json.writeEndObject();
  }

  private void caller() throws IOException {
    if (record.keyId() == null) {
      json.writeNullField("caller");
      return;
    }
    json.writeObjectFieldStart("caller");
    text("key_id", record.keyId());
    text("key_name", record.keyName());
    text("project", record.project());
    json.writeEndObject();
  }

  private void route() throws IOException {
    if (record.strategy() == null) {
      json.writeNullField("route");
      return;
    }
    json.writeObjectFieldStart("route");
    text("strategy", record.strategy());
    json.writeArrayFieldStart("legs");
    for (Leg leg : record.legs()) {
      json.writeStartObject();
      text("route", UsageRows.bounded(leg.route()));
      text("provider", leg.provider());
      text("model", UsageRows.bounded(leg.model()));
      json.writeNumberField("attempts", leg.attempts());
      text("upstream_key", leg.upstreamKeyId());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void taken() throws IOException {
    if (record.provider() == null) {
      json.writeNullField("taken");
      return;
    }
    json.writeObjectFieldStart("taken");
    text("route", UsageRows.bounded(record.route()));
    text("provider", record.provider());
    text("model", UsageRows.bounded(record.upstreamModel()));
    text("response_model", UsageRows.bounded(record.responseModel()));
    json.writeEndObject();
  }

  private void translated(@Nullable Outline sent) throws IOException {
    if (sent == null) {
      return;
    }
    json.writeObjectFieldStart("translated");
    text("path", UsageRows.bounded(sent.path()));
    json.writeFieldName("request");
    json.writeRawValue(sent.json());
    json.writeEndObject();
  }

  private void attempt(Attempt attempt) throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", attempt.number());
    text("provider", attempt.provider());
    text("model", UsageRows.bounded(attempt.model()));
    text("upstream_key", attempt.upstreamKey());
    json.writeNumberField("status", attempt.status());
    text("error", attempt.error() == null ? null : attempt.error().label());
    text("detail", attempt.detail());
    millis("started_ms", attempt.startedMicros());
    millis("duration_ms", attempt.durationMicros());
    json.writeEndObject();
  }

  private void outcome() throws IOException {
    json.writeNumberField("status", record.status());
    text("error", record.error() == null ? null : record.error().label());
    text("error_code", record.errorCode());
    text("finish", record.finish() == null ? null : record.finish().label());
    json.writeBooleanField("client_gone", record.clientGone());
    usage(record.usage());
    json.writeObjectFieldStart("timings");
    millis("first_byte_ms", record.firstByteMicros());
    millis("duration_ms", record.durationMicros());
    json.writeEndObject();
    json.writeNumberField("answer_bytes", record.bytesOut());
  }

  private void usage(@Nullable Usage usage) throws IOException {
    if (usage == null) {
      json.writeNullField("usage");
      return;
    }
    json.writeObjectFieldStart("usage");
    json.writeNumberField("input_tokens", usage.inputTokens());
    json.writeNumberField("output_tokens", usage.outputTokens());
    count("cache_read_tokens", usage.cacheReadTokens());
    count("cache_write_tokens", usage.cacheWriteTokens());
    count("reasoning_tokens", usage.reasoningTokens());
    json.writeBooleanField("estimated", usage.estimated());
    json.writeEndObject();
  }

  private void text(String name, @Nullable String value) throws IOException {
    json.writeStringField(name, value);
  }

  private void count(String name, @Nullable Long value) throws IOException {
    if (value == null) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value.longValue());
    }
  }

  private void millis(String name, @Nullable Long micros) throws IOException {
    if (micros == null) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, micros / 1_000.0);
    }
  }
}
