package dev.customhouse.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Leg;
import dev.customhouse.dialect.Outline;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one request was decided, as far as its row of usage does not say: what is kept for {@link
 * Explanation}. One is written for each request, and costs what it is long: so it is written field
 * by field, members without a value are left out, and ways and tries are lists of their values.
 */
public final class Decision {
  private final JsonGenerator json;
  private final RequestRecord record;

  private Decision(JsonGenerator json, RequestRecord record) {
    this.json = json;
    this.record = record;
  }

  /** The decision about a request that has ended. */
  public static String json(RequestRecord record) {
    return AdminJson.written(json -> new Decision(json, record).write());
  }

  private void write() throws IOException {
    json.writeStartObject();
    text("trace_id", record.context().traceId());
    text("method", record.method());
    text("path", UsageRows.bounded(record.path()));
    json.writeNumberField("body_bytes", record.bytesIn());
    text("key_name", record.keyName());
    ways();
    text("route", UsageRows.bounded(record.route()));
    dropped(record.dropped());
    translated(record.sent());
    attempts(record.attempts());
    text("error_code", record.errorCode());
    json.writeNumberField("answer_bytes", record.bytesOut());
    json.writeEndObject();
  }

  private void ways() throws IOException {
    if (record.strategy() == null) {
      return;
    }
    text("strategy", record.strategy());
    json.writeArrayFieldStart("legs");
    for (Leg leg : record.legs()) {
      json.writeStartArray();
      json.writeString(UsageRows.bounded(leg.route()));
      json.writeString(leg.provider());
      json.writeString(UsageRows.bounded(leg.model()));
      json.writeNumber(leg.attempts());
      json.writeString(leg.upstreamKeyId());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void dropped(List<String> names) throws IOException {
    if (names.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("dropped");
    for (String name : names) {
      json.writeString(UsageRows.bounded(name));
    }
    json.writeEndArray();
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

  private void attempts(List<Attempt> attempts) throws IOException {
    if (attempts.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("attempts");
    for (Attempt attempt : attempts) {
      json.writeStartArray();
      json.writeNumber(attempt.number());
      json.writeString(attempt.provider());
      json.writeString(UsageRows.bounded(attempt.model()));
      json.writeString(attempt.upstreamKey());
      json.writeNumber(attempt.status());
      json.writeString(attempt.error() == null ? null : attempt.error().label());
      json.writeString(attempt.detail());
      json.writeNumber(attempt.startedMicros());
      json.writeNumber(attempt.durationMicros());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void text(String name, @Nullable String value) throws IOException {
    if (value != null) {
      json.writeStringField(name, value);
    }
  }
}
