package dev.customhouse.admin;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.store.UsageDetail;
import dev.customhouse.wire.JsonWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one request was decided, as far as its row of usage does not say: what is kept for {@link
 * Explanation}. One is written for each request, and costs what it is long: so members without a
 * value are left out, ways and tries are lists of their values, and what many requests have alike
 * stands apart, to be kept once.
 */
public record Decision(RequestRecord record) implements UsageDetail {
  /** What each part usually has. */
  private static final int CHARS = 256;

  /** Who asked what, how it was routed, and what became of each try, but for the times. */
  @Override
  public String shared() {
    JsonWriter json = JsonWriter.ascii(2 * CHARS).beginObject();
    text(json, "method", record.method());
    if (!namesOneResponse()) {
      text(json, "path", UsageRows.bounded(record.path()));
    }
    ways(json);
    text(json, "route", UsageRows.bounded(record.route()));
    dropped(json);
    attempts(json);
    text(json, "error_code", record.errorCode());
    return json.endObject().toString();
  }

  /** What {@link #shared} is made of; a path as long as this is not kept in memory. */
  @Override
  public @Nullable Object likeness() {
    if (record.path().length() > CHARS) {
      return null;
    }
    return new Likeness(
        record.method(),
        namesOneResponse() ? null : record.path(),
        record.strategy(),
        record.legs(),
        record.route(),
        record.dropped(),
        tries(record.attempts()),
        record.errorCode());
  }

  private record Likeness(
      String method,
      @Nullable String path,
      @Nullable String strategy,
      List<Leg> legs,
      @Nullable String route,
      List<String> dropped,
      List<Try> tries,
      @Nullable String errorCode) {}

  private static List<Try> tries(List<Attempt> attempts) {
    if (attempts.size() == 1) {
      return List.of(Try.of(attempts.getFirst()));
    }
    return attempts.stream().map(Try::of).toList();
  }

  /** An attempt but for its times and its span. */
  private record Try(
      int number,
      String provider,
      String model,
      String upstreamKey,
      int status,
      @Nullable ErrorKind error,
      @Nullable String detail) {

    static Try of(Attempt attempt) {
      return new Try(
          attempt.number(),
          attempt.provider(),
          attempt.model(),
          attempt.upstreamKey(),
          attempt.status(),
          attempt.error(),
          attempt.detail());
    }
  }

  /** Sizes, times, and what has an id in it. */
  @Override
  public String own() {
    JsonWriter json = JsonWriter.ascii(CHARS).beginObject();
    text(json, "trace_id", record.context().traceId());
    if (namesOneResponse()) {
      text(json, "path", UsageRows.bounded(record.path()));
    }
    json.name("body_bytes").number(record.bytesIn());
    text(json, "key_name", record.keyName());
    translated(json);
    attemptMicros(json);
    return json.name("answer_bytes").number(record.bytesOut()).endObject().toString();
  }

  /** The outline of a translated request is made of all of it. */
  @Override
  public int heldBytes() {
    return record.sent() == null ? 0 : CHARS + record.sent().heldBytes();
  }

  private boolean namesOneResponse() {
    Operation operation = record.operation();
    return operation == Operation.RESPONSE_GET
        || operation == Operation.RESPONSE_DELETE
        || operation == Operation.RESPONSE_CANCEL
        || operation == Operation.RESPONSE_INPUT_ITEMS;
  }

  private void ways(JsonWriter json) {
    if (record.strategy() == null) {
      return;
    }
    text(json, "strategy", record.strategy());
    json.name("legs").beginArray();
    for (Leg leg : record.legs()) {
      json.beginArray()
          .text(UsageRows.bounded(leg.route()))
          .text(leg.provider())
          .text(UsageRows.bounded(leg.model()))
          .number(leg.attempts())
          .text(leg.upstreamKeyId())
          .endArray();
    }
    json.endArray();
  }

  private void dropped(JsonWriter json) {
    if (!record.dropped().isEmpty()) {
      json.name("dropped").beginArray();
      record.dropped().forEach(name -> json.text(UsageRows.bounded(name)));
      json.endArray();
    }
  }

  private void translated(JsonWriter json) {
    if (record.sent() != null) {
      json.name("translated").beginObject();
      text(json, "path", UsageRows.bounded(record.sent().path()));
      json.name("request").json(record.sent().json()).endObject();
    }
  }

  private void attempts(JsonWriter json) {
    List<Attempt> attempts = record.attempts();
    if (attempts.isEmpty()) {
      return;
    }
    json.name("attempts").beginArray();
    for (Attempt attempt : attempts) {
      json.beginArray()
          .number(attempt.number())
          .text(attempt.provider())
          .text(UsageRows.bounded(attempt.model()))
          .text(attempt.upstreamKey())
          .number(attempt.status())
          .text(attempt.error() == null ? null : attempt.error().label())
          .text(attempt.detail())
          .endArray();
    }
    json.endArray();
  }

  /** For each try when it began and how long it took. */
  private void attemptMicros(JsonWriter json) {
    List<Attempt> attempts = record.attempts();
    if (attempts.isEmpty()) {
      return;
    }
    json.name("attempt_micros").beginArray();
    for (Attempt attempt : attempts) {
      json.number(attempt.startedMicros()).number(attempt.durationMicros());
    }
    json.endArray();
  }

  private static void text(JsonWriter json, String name, @Nullable String value) {
    if (value != null) {
      json.name(name).text(value);
    }
  }
}
