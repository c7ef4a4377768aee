package dev.customhouse.store;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.wire.JsonWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A usage row as it is kept, and back. Two lists of JSON hold most of it: a row's own numbers, and
 * what many rows have alike, which is kept once for all of them. The view {@code usage_row} of
 * {@link Schema#USAGE} gives the columns their names.
 */
final class UsageColumns {
  /** The columns of the view, in the order of {@link #read}. */
  static final String NAMES =
      "request_id, at_ms, key_id, project, operation, client_dialect, requested_model,"
          + " upstream_model, response_model, provider, path, status, error, finish, stream,"
          + " client_gone, attempts, input_tokens, output_tokens, cache_read_tokens,"
          + " cache_write_tokens, reasoning_tokens, estimated, first_byte_micros, duration_micros";

  private static final Map<String, Operation> OPERATIONS =
      byLabel(Operation.values(), Operation::label);
  private static final Map<String, DialectId> DIALECTS =
      byLabel(DialectId.values(), DialectId::label);
  private static final Map<String, ErrorKind> ERRORS =
      byLabel(ErrorKind.values(), ErrorKind::label);
  private static final Map<String, FinishReason> FINISHES =
      byLabel(FinishReason.values(), FinishReason::label);

  private UsageColumns() {}

  /** Writes what many rows have alike, in the order of the view. */
  static void writeKind(JsonWriter json, UsageRow row) {
    Usage usage = row.usage();
    json.beginArray()
        .text(row.project())
        .text(row.operation().label())
        .text(row.clientDialect() == null ? null : row.clientDialect().label())
        .text(row.requestedModel())
        .text(row.upstreamModel())
        .text(row.responseModel())
        .text(row.provider())
        .text(row.path())
        .number(row.status())
        .text(row.error() == null ? null : row.error().label())
        .text(row.finish() == null ? null : row.finish().label())
        .number(row.stream() ? 1 : 0)
        .number(row.clientGone() ? 1 : 0)
        .number(row.attempts())
        .number(usage == null ? null : (Long) (usage.estimated() ? 1L : 0L))
        .endArray();
  }

  /** Writes the numbers of one row, in the order of the view. */
  static void writeOwn(JsonWriter json, UsageRow row) {
    Usage usage = row.usage();
    json.beginArray();
    if (usage == null) {
      json.json("null,null,null,null,null");
    } else {
      json.number(usage.inputTokens())
          .number(usage.outputTokens())
          .number(usage.cacheReadTokens())
          .number(usage.cacheWriteTokens())
          .number(usage.reasoningTokens());
    }
    json.number(row.firstByteMicros()).number(row.durationMicros()).endArray();
  }

  static UsageRow read(Columns columns) throws SQLException {
    String requestId = columns.text();
    Instant at = columns.millis();
    String keyId = columns.textOrNull();
    String project = columns.textOrNull();
    Operation operation = named(OPERATIONS, columns.text());
    String dialect = columns.textOrNull();
    String requestedModel = columns.textOrNull();
    String upstreamModel = columns.textOrNull();
    String responseModel = columns.textOrNull();
    String provider = columns.textOrNull();
    String path = columns.textOrNull();
    int status = columns.integer();
    String error = columns.textOrNull();
    String finish = columns.textOrNull();
    boolean stream = columns.flag();
    boolean clientGone = columns.flag();
    int attempts = columns.integer();
    return new UsageRow(
        requestId,
        at,
        keyId,
        project,
        operation,
        dialect == null ? null : named(DIALECTS, dialect),
        requestedModel,
        upstreamModel,
        responseModel,
        provider,
        path,
        status,
        error == null ? null : named(ERRORS, error),
        finish == null ? null : named(FINISHES, finish),
        stream,
        clientGone,
        attempts,
        usage(columns),
        columns.numberOrNull(),
        columns.number());
  }

  private static @Nullable Usage usage(Columns columns) throws SQLException {
    Long inputTokens = columns.numberOrNull();
    long outputTokens = columns.number();
    Long cacheReadTokens = columns.numberOrNull();
    Long cacheWriteTokens = columns.numberOrNull();
    Long reasoningTokens = columns.numberOrNull();
    boolean estimated = columns.flag();
    return inputTokens == null
        ? null
        : new Usage(
            inputTokens,
            outputTokens,
            cacheReadTokens,
            cacheWriteTokens,
            reasoningTokens,
            estimated);
  }

  private static <E> Map<String, E> byLabel(E[] values, Function<E, String> label) {
    return Arrays.stream(values).collect(Collectors.toUnmodifiableMap(label, value -> value));
  }

  private static <E> E named(Map<String, E> values, String label) throws SQLException {
    E value = values.get(label);
    if (value == null) {
      throw new SQLException("unknown label " + label + "; expected one of " + values.keySet());
    }
    return value;
  }
}
