package dev.customhouse.store;

import dev.customhouse.wire.JsonWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One row for each request, in monthly files. Appending does not wait for the disk: rows are
 * written in batches within a second. Closing the storage writes them all; a killed process loses
 * the rows of the last second, a power cut perhaps some more, since these files are not forced to
 * the disk at every commit.
 */
public final class UsageLog {
  /** Characters of a decision; of a longer one only its length is kept. */
  public static final int DECISION_CHARS = 65_536;

  /** Groups of totals: the largest by requests are kept. */
  public static final int TOTALS = 1_000;

  /**
   * A row on its way to the disk, already as text: made while all it is made of is at hand in the
   * processor's caches, and smaller than what it is made of.
   *
   * @param numbers of the row alone, as JSON
   * @param own of the detail what is this request's alone; null: there is no detail
   */
  record Entry(UsageRow row, UsageKind kind, String numbers, @Nullable Own own) {
    private static final int CHARS = 384;

    /** A row's own fields and its part of what entries share, about. */
    private static final long ENTRY_BYTES = 1_024;

    /** The entry of a row; a fault in its detail costs no row. */
    static Entry of(UsageRow row, @Nullable UsageDetail detail, UsageKind.Pool kinds) {
      UsageKind.Likeness likeness = UsageKind.Likeness.of(row, detail);
      UsageKind kind = kinds.known(likeness);
      String shared = kind == null ? null : kind.decision();
      Own own = null;
      if (detail != null) {
        try {
          shared = kind == null ? detail.shared() : shared;
          own = Own.of(detail, shared == null ? 0 : shared.length());
        } catch (RuntimeException e) {
          likeness = null;
          own = Own.made(failed(e));
        }
      }
      JsonWriter json = JsonWriter.ascii(CHARS);
      if (kind == null) {
        UsageColumns.writeKind(json, row);
        kind = kinds.one(new UsageKind(json.toString(), kept(shared)), likeness);
        json.cutTo(0);
      }
      UsageColumns.writeOwn(json, row);
      return new Entry(row, kind, json.toString(), own);
    }

    /** Nothing of what is empty, and of what is too long, as the other part says then. */
    private static @Nullable String kept(@Nullable String shared) {
      return shared == null || shared.equals("{}") || shared.length() > DECISION_CHARS
          ? null
          : shared;
    }

    /**
     * What is one request's alone in its detail.
     *
     * @param json makes it, or has it
     * @param heldBytes what it holds of the heap, about
     */
    record Own(Supplier<String> json, long heldBytes) {
      /** What is made already, about. */
      private static final int MADE_BYTES = 512;

      static Own of(UsageDetail detail, int sharedChars) {
        int heldBytes = detail.heldBytes();
        return heldBytes > 0
            ? new Own(() -> bounded(detail, sharedChars), MADE_BYTES + heldBytes)
            : made(bounded(detail, sharedChars));
      }

      static Own made(String json) {
        return new Own(() -> json, Math.max(MADE_BYTES, json.length()));
      }
    }

    private static String bounded(UsageDetail detail, int sharedChars) {
      try {
        String own = detail.own();
        int chars = own.length() + sharedChars;
        return chars <= DECISION_CHARS
            ? own
            : "{\"dropped_chars\":" + chars + ",\"limit_chars\":" + DECISION_CHARS + "}";
      } catch (RuntimeException e) {
        return failed(e);
      }
    }

    private static String failed(RuntimeException e) {
      return "{\"failed\":\"" + e.getClass().getSimpleName() + "\"}";
    }

    /** How the request was decided, as JSON; null: nothing to tell. */
    @Nullable String decisionJson() {
      return own == null ? null : UsageDetail.joined(kind.decision(), own.json().get());
    }

    /** What it holds of the heap, about; of its kind, which others may hold as well, a part. */
    long weightBytes() {
      return ENTRY_BYTES
          + (own == null ? 0 : own.heldBytes())
          + (kind.isRemembered() ? 0 : kind.chars());
    }
  }

  private final Writer writer;
  private final Readers readers;
  private final UsagePartitions partitions;
  private final Backlog<Entry> backlog;
  private final UsageKind.Pool kinds = new UsageKind.Pool();

  /** Appended and not yet committed, by request id. */
  private final Map<String, Entry> pending = new ConcurrentHashMap<>();

  UsageLog(Writer writer, Readers readers, UsagePartitions partitions, StoreLimits limits) {
    this.writer = writer;
    this.readers = readers;
    this.partitions = partitions;
    this.backlog = writer.backlog(limits.queuedRows(), new UsageSink());
  }

  /**
   * Queues a row. When the queue is full (the disk has stalled for long), it waits for 20 ms at
   * most; then the row is lost and counted in {@link #lostRows}. It never throws: a request is not
   * failed for its record. A second row of the same request is ignored.
   *
   * @param detail how the request was decided, as far as the row does not say; null: nothing to
   *     tell
   */
  public void append(UsageRow row, @Nullable UsageDetail detail) {
    Entry entry = Entry.of(row, detail, kinds);
    if (pending.putIfAbsent(row.requestId(), entry) == null && !backlog.add(entry)) {
      pending.remove(row.requestId(), entry);
    }
  }

  /**
   * Waits until all rows appended before are committed.
   *
   * @throws StoreException when they cannot be written now; they stay queued
   */
  public void flush() {
    backlog.flush();
  }

  /** Rows lost since the start. */
  public long lostRows() {
    return backlog.lostRows();
  }

  /** The row of a request, queued ones included. */
  public Optional<UsageRow> find(String requestId) {
    Entry queued = pending.get(requestId);
    return queued != null
        ? Optional.of(queued.row())
        : lookUp(
            "SELECT " + UsageColumns.NAMES + " FROM usage_row WHERE request_id = ?",
            requestId,
            UsageColumns::read);
  }

  /** How a request was decided, as JSON, queued ones included. */
  public Optional<String> decision(String requestId) {
    Entry queued = pending.get(requestId);
    return queued != null
        ? Optional.ofNullable(queued.decisionJson())
        : lookUp(
            "SELECT decision_json FROM usage_event CROSS JOIN usage_decision USING (row_id)"
                + " WHERE request_id = ?",
            requestId,
            Columns::text);
  }

  /**
   * A page of rows, newest first, of those that are written: a row may come a second late.
   *
   * @param limit 1 to 1000
   * @param cursor {@link Page#next} of the page before; null: from the beginning
   * @throws IllegalArgumentException when the limit is outside its bounds or the cursor is not one
   */
  public Page<UsageRow> list(UsageFilter filter, int limit, @Nullable String cursor) {
    StoreLimits.checkPage(limit);
    long before = cursor == null ? Long.MAX_VALUE : Cursor.parse(cursor);
    List<Listed> rows =
        readers.read(() -> {
          List<Listed> found = new ArrayList<>();
          for (YearMonth month : partitions.months().descendingSet()) {
            if (found.size() > limit) {
              break;
            }
            if (overlaps(month, filter)) {
              found.addAll(
                  on(
                      month,
                      List.<Listed>of(),
                      connection -> part(connection, filter, before, limit + 1 - found.size())));
            }
          }
          return found;
        });
    return new Page<>(
        rows.stream().limit(limit).map(Listed::row).toList(),
        rows.size() <= limit ? null : Cursor.of(rows.get(limit - 1).rowId()));
  }

  /**
   * Requests and tokens summed over the rows of a time, the group with most requests first, at most
   * {@link #TOTALS} of them. It reads the rows themselves: a month of millions takes seconds.
   */
  public List<UsageTotal> totals(Instant from, Instant to, Set<UsageTotal.Group> by) {
    UsageFilter filter = UsageFilter.between(from, to);
    Map<List<@Nullable String>, UsageTotal> sums = new HashMap<>();
    readers.read(() -> {
      for (YearMonth month : partitions.months()) {
        if (overlaps(month, filter)) {
          for (UsageTotal total :
              on(month, List.<UsageTotal>of(), connection -> sums(connection, filter, by))) {
            sums.merge(
                java.util.Arrays.asList(total.model(), total.provider(), total.keyId()),
                total,
                UsageTotal::plus);
          }
        }
      }
      return sums.size();
    });
    return sums.values().stream()
        .sorted(Comparator.comparingLong(UsageTotal::requests).reversed())
        .limit(TOTALS)
        .toList();
  }

  /** Deletes the files of the months before; returns how many. */
  public int deletePartitionsBefore(YearMonth first) {
    return writer.write(core -> {
      List<YearMonth> old = List.copyOf(partitions.months().headSet(first, false));
      for (YearMonth month : old) {
        readers.forget(partitions.file(month));
        partitions.delete(month);
      }
      return old.size();
    });
  }

  /** The months that have rows, oldest first. */
  public List<YearMonth> months() {
    return List.copyOf(partitions.months());
  }

  private static boolean overlaps(YearMonth month, UsageFilter filter) {
    return (filter.from() == null || !month.isBefore(UsagePartitions.monthOf(filter.from())))
        && (filter.to() == null || !month.isAfter(UsagePartitions.monthOf(filter.to())));
  }

  /** Asks a month's file; the fallback when it was deleted meanwhile. On a reader's thread. */
  private <T> T on(YearMonth month, T fallback, Readers.Query<T> query) throws SQLException {
    try {
      if (!partitions.isReady(month)) {
        writer.write(core -> {
          // Unless deleted while this was waiting.
          return partitions.months().contains(month) ? partitions.open(month) : null;
        });
      }
      return readers.on(partitions.file(month), query);
    } catch (SQLException e) {
      if (partitions.months().contains(month)) {
        throw e;
      }
      return fallback;
    }
  }

  private interface Reader<T> {
    T read(Columns columns) throws SQLException;
  }

  /** One value by request id, newest month first. */
  private <T> Optional<T> lookUp(String sql, String requestId, Reader<T> reader) {
    return readers.read(() -> {
      for (YearMonth month : partitions.months().descendingSet()) {
        Optional<T> found =
            on(
                month,
                Optional.<T>empty(),
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    new Binder(statement).text(requestId);
                    try (ResultSet result = statement.executeQuery()) {
                      return result.next()
                          ? Optional.of(reader.read(new Columns(result)))
                          : Optional.<T>empty();
                    }
                  }
                });
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.<T>empty();
    });
  }

  /** A row and where it is in the list. */
  private record Listed(long rowId, UsageRow row) {}

  private static List<Listed> part(
      Connection connection, UsageFilter filter, long before, int limit) throws SQLException {
    long first = RowId.firstOf(filter.fromMillis());
    long end = Math.min(before, RowId.firstOf(filter.toMillis()));
    String rows = "SELECT row_id, " + UsageColumns.NAMES + " FROM ";
    String within = " row_id >= ? AND row_id < ?";
    try (PreparedStatement statement =
        connection.prepareStatement(
            filter.keyId() == null
                ? rows + "usage_row WHERE" + within + " ORDER BY row_id DESC LIMIT ?"
                : rows
                    + "(SELECT span, key_id AS span_key FROM usage_key_span) CROSS JOIN usage_row"
                    + " WHERE span_key = ? AND span >= ? AND span <= ? AND key_id = ?"
                    + " AND row_id >= span << 32 AND row_id < (span + 1) << 32 AND"
                    + within
                    + " ORDER BY span DESC, row_id DESC LIMIT ?")) {
      Binder binder = new Binder(statement);
      if (filter.keyId() != null) {
        binder
            .text(filter.keyId())
            .number(first >> KeySpan.BITS)
            .number(end >> KeySpan.BITS)
            .text(filter.keyId());
      }
      binder.number(first).number(end).number(limit);
      try (ResultSet result = statement.executeQuery()) {
        List<Listed> found = new ArrayList<>();
        while (result.next()) {
          Columns columns = new Columns(result);
          found.add(new Listed(columns.number(), UsageColumns.read(columns)));
        }
        return found;
      }
    }
  }

  private static List<UsageTotal> sums(
      Connection connection, UsageFilter filter, Set<UsageTotal.Group> by) throws SQLException {
    String key = by.contains(UsageTotal.Group.KEY) ? "key_id" : "NULL";
    StringBuilder sql = new StringBuilder("SELECT ");
    for (UsageTotal.Group group : UsageTotal.Group.values()) {
      sql.append(by.contains(group) ? group.column() : "NULL").append(", ");
    }
    // Kinds are few: what rows have alike is looked at once a kind.
    sql.append(
        "SUM(requests), SUM(CASE WHEN record ->> 9 IS NULL THEN 0 ELSE requests END),"
            + " SUM(input), SUM(output), SUM(cache_read), SUM(cache_write), SUM(reasoning)"
            + " FROM (SELECT kind_id, "
            + key
            + " AS key_id, COUNT(*) AS requests, SUM(record ->> 0) AS input,"
            + " SUM(record ->> 1) AS output, SUM(record ->> 2) AS cache_read,"
            + " SUM(record ->> 3) AS cache_write, SUM(record ->> 4) AS reasoning"
            + " FROM usage_event WHERE row_id >= ? AND row_id < ? GROUP BY 1, 2)"
            + " JOIN usage_kind USING (kind_id) GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT ?");
    try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
      new Binder(statement)
          .number(RowId.firstOf(filter.fromMillis()))
          .number(RowId.firstOf(filter.toMillis()))
          .number(TOTALS);
      try (ResultSet result = statement.executeQuery()) {
        List<UsageTotal> totals = new ArrayList<>();
        while (result.next()) {
          Columns columns = new Columns(result);
          totals.add(
              new UsageTotal(
                  columns.textOrNull(),
                  columns.textOrNull(),
                  columns.textOrNull(),
                  columns.number(),
                  columns.number(),
                  columns.number(),
                  columns.number(),
                  columns.number(),
                  columns.number(),
                  columns.number()));
        }
        return totals;
      }
    }
  }

  /** A place in the list, as text: the time of the last row before it and its number. */
  private static final class Cursor {
    private Cursor() {}

    static String of(long rowId) {
      return RowId.millis(rowId) + "." + RowId.number(rowId);
    }

    /** The id of the row that all others are before. */
    static long parse(String cursor) {
      int dot = cursor.indexOf('.');
      if (dot > 0) {
        try {
          long number = Long.parseLong(cursor, dot + 1, cursor.length(), 10);
          if (number >= 0) {
            return RowId.firstOf(Long.parseLong(cursor, 0, dot, 10))
                + Math.min(number, RowId.NUMBERS - 1);
          }
        } catch (NumberFormatException e) {
          // Told below.
        }
      }
      throw new IllegalArgumentException("cursor: not one of a page; expected its next");
    }
  }

  private final class UsageSink implements Backlog.Sink<Entry> {
    // The month of the last row, because the next one has nearly always the same.
    private YearMonth month = YearMonth.of(1970, 1);
    private Instant monthStart = Instant.MAX;
    private Instant monthEnd = Instant.MIN;

    @Override
    public long weightBytes(Entry entry) {
      return entry.weightBytes();
    }

    @Override
    public Object partition(Entry entry) {
      Instant at = entry.row().at();
      if (at.isBefore(monthStart) || !at.isBefore(monthEnd)) {
        month = UsagePartitions.monthOf(at);
        monthStart = month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        monthEnd = month.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return month;
    }

    @Override
    public void write(List<Entry> entries) throws SQLException {
      YearMonth month = UsagePartitions.monthOf(entries.getFirst().row().at());
      boolean written = false;
      try {
        partitions.open(month).write(entries);
        written = true;
      } finally {
        if (!written) {
          partitions.close(month);
        }
      }
      for (Entry entry : entries) {
        pending.remove(entry.row().requestId(), entry);
      }
    }

    @Override
    public void close() {
      partitions.closeAll();
    }
  }
}
