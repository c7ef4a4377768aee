package dev.customhouse.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One month of usage, open for writing. A row is an event and refers to its kind, which holds what
 * it has alike with others. Written for each request, so it is made to cost little: many rows a
 * statement, few values a row, and in the order of time, so that a batch ends up on few pages.
 */
final class UsagePartition implements AutoCloseable {
  /** Rows of one statement. */
  private static final int STATEMENT_ROWS = 32;

  /** Spans that are remembered to be there. */
  private static final int SPANS = 16_384;

  private static final String INSERT =
      "INSERT INTO usage_event (row_id, request_id, key_id, kind_id, record, decision) VALUES ";
  private static final String VALUES = "(?, ?, ?, ?, ?, ?)";

  /** The request has a row, or the row's number is taken. */
  private static final String UNLESS_THERE = " ON CONFLICT DO NOTHING";

  private final Connection connection;
  private final PreparedStatement insertRows;
  private final PreparedStatement insertRow;
  private final PreparedStatement insertKind;
  private final PreparedStatement insertSpan;
  private final Set<KeySpan> spans = new HashSet<>();
  private final Map<UsageKind, Long> kinds =
      new LinkedHashMap<>(2 * UsageKind.REMEMBERED, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UsageKind, Long> eldest) {
          return size() > UsageKind.REMEMBERED;
        }
      };
  private long lastKind;
  private long lastNumber;

  UsagePartition(Path file, Clock clock) throws SQLException {
    connection =
        SqliteFile.openWriter(
            file, SqliteFile.Durability.EVENTUAL, SqliteFile.Content.ADDED, Schema.USAGE, clock);
    boolean ready = false;
    try {
      insertRows =
          connection.prepareStatement(
              INSERT + VALUES + (", " + VALUES).repeat(STATEMENT_ROWS - 1) + UNLESS_THERE);
      insertRow = connection.prepareStatement(INSERT + VALUES + UNLESS_THERE);
      insertKind =
          connection.prepareStatement(
              "INSERT INTO usage_kind (kind_id, record, decision) VALUES (?, ?, ?)");
      insertSpan =
          connection.prepareStatement(
              "INSERT INTO usage_key_span (key_id, span) VALUES (?, ?)" + UNLESS_THERE);
      rememberKinds();
      lastNumber = newest(Long.MIN_VALUE, Long.MAX_VALUE);
      ready = true;
    } finally {
      if (!ready) {
        SqliteFile.closeQuietly(connection);
      }
    }
  }

  private void rememberKinds() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            // The newest last: the first are forgotten first.
            "SELECT kind_id, record, decision FROM usage_kind WHERE kind_id IN"
                + " (SELECT kind_id FROM usage_kind ORDER BY kind_id DESC LIMIT ?)"
                + " ORDER BY kind_id")) {
      new Binder(statement).number(UsageKind.REMEMBERED);
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          Columns columns = new Columns(result);
          long id = columns.number();
          UsageKind kind = new UsageKind(columns.text(), columns.textOrNull());
          lastKind = Math.max(lastKind, id);
          if (kind.isRemembered()) {
            kinds.put(kind, id);
          }
        }
      }
    }
  }

  /** Writes entries in one transaction. A request that has a row keeps the one it has. */
  void write(List<UsageLog.Entry> entries) throws SQLException {
    List<UsageLog.Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparing(entry -> entry.row().at()));
    int whole = inOrder.size() - inOrder.size() % STATEMENT_ROWS;
    for (int start = 0; start < whole; start += STATEMENT_ROWS) {
      insert(insertRows, inOrder.subList(start, start + STATEMENT_ROWS));
    }
    for (int at = whole; at < inOrder.size(); at++) {
      insert(insertRow, inOrder.subList(at, at + 1));
    }
    connection.commit();
  }

  private void insert(PreparedStatement statement, List<UsageLog.Entry> entries)
      throws SQLException {
    Binder binder = new Binder(statement);
    for (UsageLog.Entry entry : entries) {
      bind(binder, entry, RowId.of(entry.row().at(), ++lastNumber));
    }
    if (statement.executeUpdate() < entries.size()) {
      for (UsageLog.Entry entry : entries) {
        if (!hasRow(entry.row().requestId())) {
          insertElsewhere(entry);
        }
      }
    }
  }

  private void bind(Binder binder, UsageLog.Entry entry, long rowId) throws SQLException {
    String keyId = entry.row().keyId();
    if (keyId != null) {
      index(KeySpan.of(keyId, rowId));
    }
    binder
        .number(rowId)
        .text(entry.row().requestId())
        .text(keyId)
        .number(number(entry.kind()))
        .text(entry.numbers())
        .text(entry.own() == null ? null : entry.own().json().get());
  }

  private void index(KeySpan span) throws SQLException {
    if (spans.contains(span)) {
      return;
    }
    new Binder(insertSpan).text(span.keyId()).number(span.span());
    insertSpan.executeUpdate();
    if (spans.size() >= SPANS) {
      spans.clear();
    }
    spans.add(span);
  }

  /** The number of a kind, which is written where it is not remembered. */
  private long number(UsageKind kind) throws SQLException {
    Long known = kinds.get(kind);
    if (known != null) {
      return known;
    }
    long id = ++lastKind;
    new Binder(insertKind).number(id).text(kind.record()).text(kind.decision());
    insertKind.executeUpdate();
    if (kind.isRemembered()) {
      kinds.put(kind, id);
    }
    return id;
  }

  /** After a start or a step of the clock a number may be taken: the row gets another one. */
  private void insertElsewhere(UsageLog.Entry entry) throws SQLException {
    long first = RowId.of(entry.row().at(), 0);
    long number = newest(first, RowId.of(entry.row().at(), RowId.NUMBERS - 1)) + 1;
    for (int tries = 0; tries < RowId.NUMBERS; tries++) {
      bind(new Binder(insertRow), entry, RowId.of(entry.row().at(), number++));
      if (insertRow.executeUpdate() > 0) {
        lastNumber = number;
        return;
      }
    }
    throw new SQLException(
        "no number is free at "
            + entry.row().at()
            + "; expected fewer than "
            + RowId.NUMBERS
            + " rows of one millisecond");
  }

  private boolean hasRow(String requestId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT 1 FROM usage_event WHERE request_id = ?")) {
      new Binder(statement).text(requestId);
      try (ResultSet result = statement.executeQuery()) {
        return result.next();
      }
    }
  }

  /** The number of the last row within bounds; the highest of all when there is none. */
  private long newest(long first, long last) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT COALESCE(MAX(row_id), -1) FROM usage_event WHERE row_id BETWEEN ? AND ?")) {
      new Binder(statement).number(first).number(last);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return RowId.number(result.getLong(1));
      }
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
