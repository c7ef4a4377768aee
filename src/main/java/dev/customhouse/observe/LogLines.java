package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Usage;
import dev.customhouse.wire.JsonWriter;
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
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.").withZone(ZoneOffset.UTC);

  /** What lines gather before they are written, about; the room for them is kept. */
  private static final int BYTES = 64 * 1024;

  private final JsonWriter json = JsonWriter.ascii(BYTES);

  /** The second that was written last, because the next line has nearly always the same. */
  private long second = Long.MIN_VALUE;

  private String secondText = "";

  /** Appends the line of an entry; when it fails, nothing is appended. */
  void add(AccessLog.Entry entry) {
    int start = json.length();
    boolean whole = false;
    try {
      json.beginObject();
      switch (entry) {
        case AccessLog.Request request -> request(request.record());
        case EventLog.Event event -> event(event);
      }
      json.endObject().endLine();
      whole = true;
    } finally {
      if (!whole) {
        json.cutTo(start);
      }
    }
  }

  /** How many bytes have gathered. */
  int bytes() {
    return json.length();
  }

  /** Writes what has gathered, with one call, and forgets it, also when writing fails. */
  void pourInto(OutputStream out) throws IOException {
    if (json.length() > 0) {
      try {
        json.writeTo(out);
      } finally {
        json.cutTo(0);
      }
    }
  }

  private void event(EventLog.Event event) {
    timestamp(event.at());
    text("level", event.level().label());
    text("event", event.name());
    if (!event.fields().isEmpty()) {
      json.name("fields").beginObject();
      int count = 0;
      for (Map.Entry<String, String> field : new TreeMap<>(event.fields()).entrySet()) {
        if (count++ == EventLog.FIELDS) {
          break;
        }
        json.anyName(ClientText.bounded(field.getKey())).text(ClientText.bounded(field.getValue()));
      }
      json.endObject();
    }
  }

  private void request(RequestRecord record) {
    timestamp(record.at());
    json.name("event").text("request");
    text("request_id", record.requestId());
    text("trace_id", record.context().traceId());
    text("key_id", record.keyId());
    text("key_name", record.keyName());
    text("project", record.project());
    text("remote_address", record.remoteAddress());
    text("method", record.method());
    text("path", withoutQuery(record.path()));
    text("operation", record.operation() == null ? null : record.operation().label());
    text("dialect", record.dialect() == null ? null : record.dialect().label());
    text("requested_model", record.requestedModel());
    text("upstream_model", record.upstreamModel());
    text("response_model", record.responseModel());
    text("provider", record.provider());
    text("translation", record.translation());
    json.name("status").number(record.status());
    text("error", record.error() == null ? null : record.error().label());
    text("error_code", record.errorCode());
    text("finish", record.finish() == null ? null : record.finish().label());
    json.name("stream").flag(record.stream());
    json.name("client_gone").flag(record.clientGone());
    json.name("attempts").number(record.attempts().size());
    if (tellsOfTrouble(record)) {
      attempts(record);
    }
    Usage usage = record.usage();
    if (usage != null) {
      usage(usage);
    }
    Long firstByteMicros = record.firstByteMicros();
    if (firstByteMicros != null) {
      millis("first_byte_ms", firstByteMicros);
    }
    millis("duration_ms", record.durationMicros());
    json.name("bytes_in").number(record.bytesIn());
    json.name("bytes_out").number(record.bytesOut());
  }

  private static boolean tellsOfTrouble(RequestRecord record) {
    return record.attempts().size() > 1
        || (record.attempts().size() == 1 && record.attempts().getFirst().error() != null);
  }

  private void attempts(RequestRecord record) {
    json.name("attempt_list").beginArray();
    for (Attempt attempt : record.attempts()) {
      json.beginObject();
      text("provider", attempt.provider());
      text("model", attempt.model());
      if (!attempt.upstreamKey().isEmpty()) {
        text("upstream_key", attempt.upstreamKey());
      }
      json.name("status").number(attempt.status());
      text("error", attempt.error() == null ? null : attempt.error().label());
      millis("duration_ms", attempt.durationMicros());
      json.endObject();
    }
    json.endArray();
  }

  private void usage(Usage usage) {
    json.name("usage").beginObject();
    json.name("input_tokens").number(usage.inputTokens());
    json.name("output_tokens").number(usage.outputTokens());
    count("cache_read_tokens", usage.cacheReadTokens());
    count("cache_write_tokens", usage.cacheWriteTokens());
    count("reasoning_tokens", usage.reasoningTokens());
    json.name("estimated").flag(usage.estimated());
    json.endObject();
  }

  /** Gemini's clients send their key as {@code ?key=}: a query is never written. */
  static String withoutQuery(String path) {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  private void text(String name, @Nullable String value) {
    if (value != null) {
      json.name(name);
      if (value.length() > ClientText.CHARS || !json.textIfPlain(value)) {
        json.text(ClientText.bounded(value));
      }
    }
  }

  private void count(String name, @Nullable Long value) {
    if (value != null) {
      json.name(name).number(value.longValue());
    }
  }

  private void millis(String name, long micros) {
    json.name(name).millis(micros);
  }

  private void timestamp(Instant at) {
    if (at.getEpochSecond() != second) {
      secondText = SECOND.format(at);
      second = at.getEpochSecond();
    }
    int millis = at.getNano() / 1_000_000;
    json.name("timestamp").text(secondText + millis / 100 + millis / 10 % 10 + millis % 10 + "Z");
  }
}
