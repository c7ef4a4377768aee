package dev.customhouse.observe;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lines of JSON, gathered. A field whose value is not known is left out. Lines are pure ASCII:
 * every control character and everything beyond ASCII is escaped, so no text can end a line early,
 * colour a terminal or turn the direction of writing.
 */
final class LogLines {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** A buffer that can forget a line that failed half-way. */
  private static final class Buffer extends ByteArrayOutputStream {
    void cutTo(int length) {
      count = length;
    }
  }

  private final Buffer buffer = new Buffer();

  /** Appends the line of an entry; when it fails, nothing is appended. */
  void add(AccessLog.Entry entry) throws IOException {
    int start = buffer.size();
    try (JsonGenerator json = JSON.createGenerator(buffer)) {
      json.writeStartObject();
      switch (entry) {
        case AccessLog.Request request -> request(json, request.record());
        case EventLog.Event event -> event(json, event);
      }
      json.writeEndObject();
    } catch (IOException | RuntimeException e) {
      buffer.cutTo(start);
      throw e;
    }
    buffer.write('\n');
  }

  /** How many bytes have gathered. */
  int bytes() {
    return buffer.size();
  }

  /** Writes what has gathered, with one call, and forgets it, also when writing fails. */
  void pourInto(OutputStream out) throws IOException {
    if (buffer.size() > 0) {
      try {
        buffer.writeTo(out);
      } finally {
        buffer.reset();
      }
    }
  }

  private static void event(JsonGenerator json, EventLog.Event event) throws IOException {
    json.writeStringField("timestamp", timestamp(event.at()));
    json.writeStringField("level", event.level().label());
    text(json, "event", event.name());
    if (!event.fields().isEmpty()) {
      json.writeObjectFieldStart("fields");
      int count = 0;
      for (Map.Entry<String, String> field : new TreeMap<>(event.fields()).entrySet()) {
        if (count++ == EventLog.FIELDS) {
          break;
        }
        text(json, ClientText.bounded(field.getKey()), field.getValue());
      }
      json.writeEndObject();
    }
  }

  private static void request(JsonGenerator json, RequestRecord record) throws IOException {
    json.writeStringField("timestamp", timestamp(record.at()));
    json.writeStringField("event", "request");
    text(json, "request_id", record.requestId());
    text(json, "trace_id", record.context().traceId());
    text(json, "key_id", record.keyId());
    text(json, "key_name", record.keyName());
    text(json, "project", record.project());
    text(json, "remote_address", record.remoteAddress());
    text(json, "method", record.method());
    text(json, "path", withoutQuery(record.path()));
    text(json, "operation", record.operation() == null ? null : record.operation().label());
    text(json, "dialect", record.dialect() == null ? null : record.dialect().label());
    text(json, "requested_model", record.requestedModel());
    text(json, "upstream_model", record.upstreamModel());
    text(json, "response_model", record.responseModel());
    text(json, "provider", record.provider());
    text(json, "translation", record.translation());
    json.writeNumberField("status", record.status());
    text(json, "error", record.error() == null ? null : record.error().label());
    text(json, "error_code", record.errorCode());
    text(json, "finish", record.finish() == null ? null : record.finish().label());
    json.writeBooleanField("stream", record.stream());
    json.writeBooleanField("client_gone", record.clientGone());
    json.writeNumberField("attempts", record.attempts().size());
    if (tellsOfTrouble(record)) {
      attempts(json, record);
    }
    Usage usage = record.usage();
    if (usage != null) {
      usage(json, usage);
    }
    Long firstByteMicros = record.firstByteMicros();
    if (firstByteMicros != null) {
      millis(json, "first_byte_ms", firstByteMicros);
    }
    millis(json, "duration_ms", record.durationMicros());
    json.writeNumberField("bytes_in", record.bytesIn());
    json.writeNumberField("bytes_out", record.bytesOut());
  }

  private static boolean tellsOfTrouble(RequestRecord record) {
    return record.attempts().size() > 1
        || (record.attempts().size() == 1 && record.attempts().getFirst().error() != null);
  }

  private static void attempts(JsonGenerator json, RequestRecord record) throws IOException {
    json.writeArrayFieldStart("attempt_list");
    for (Attempt attempt : record.attempts()) {
      json.writeStartObject();
      text(json, "provider", attempt.provider());
      text(json, "model", attempt.model());
      if (!attempt.upstreamKey().isEmpty()) {
        text(json, "upstream_key", attempt.upstreamKey());
      }
      json.writeNumberField("status", attempt.status());
      text(json, "error", attempt.error() == null ? null : attempt.error().label());
      millis(json, "duration_ms", attempt.durationMicros());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void usage(JsonGenerator json, Usage usage) throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("input_tokens", usage.inputTokens());
    json.writeNumberField("output_tokens", usage.outputTokens());
    count(json, "cache_read_tokens", usage.cacheReadTokens());
    count(json, "cache_write_tokens", usage.cacheWriteTokens());
    count(json, "reasoning_tokens", usage.reasoningTokens());
    json.writeBooleanField("estimated", usage.estimated());
    json.writeEndObject();
  }

  /** Gemini's clients send their key as {@code ?key=}: a query is never written. */
  static String withoutQuery(String path) {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  private static void text(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, ClientText.bounded(value));
    }
  }

  private static void count(JsonGenerator json, String name, @Nullable Long value)
      throws IOException {
    if (value != null) {
      json.writeNumberField(name, value.longValue());
    }
  }

  private static void millis(JsonGenerator json, String name, long micros) throws IOException {
    json.writeNumberField(name, micros / 1_000.0);
  }

  private static String timestamp(Instant at) {
    return TIMESTAMP.format(at);
  }
}
