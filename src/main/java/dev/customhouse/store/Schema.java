package dev.customhouse.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;

/**
 * The tables of a kind of database as the numbered steps that led to them. A step that was released
 * never changes; a later one changes what it made. Each runs in a transaction of its own together
 * with the row that records it, so that a process killed between two goes on with the second.
 */
record Schema(List<Migration> migrations) {
  /** One step; the first has number 1. */
  record Migration(int number, String name, List<String> statements) {}

  /** Keys, settings, origins: {@code core.db}. */
  static final Schema CORE =
      new Schema(
          List.of(
              new Migration(
                  1,
                  "keys, settings, origins",
                  List.of(
                      """
                      CREATE TABLE api_key (
                        id TEXT NOT NULL PRIMARY KEY,
                        name TEXT NOT NULL,
                        name_folded TEXT NOT NULL,
                        project TEXT,
                        hash BLOB NOT NULL UNIQUE,
                        hint TEXT NOT NULL,
                        models TEXT NOT NULL,
                        requests_per_minute INTEGER,
                        concurrent_streams INTEGER,
                        created_at_ms BIGINT NOT NULL,
                        expires_at_ms BIGINT,
                        revoked_at_ms BIGINT)
                      """,
                      "CREATE INDEX api_key_created ON api_key (created_at_ms, id)",
                      "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
                      """
                      CREATE TABLE origin (
                        key_id TEXT NOT NULL,
                        response_id TEXT NOT NULL,
                        provider TEXT NOT NULL,
                        upstream_key_id TEXT NOT NULL,
                        upstream_model TEXT NOT NULL,
                        at_ms BIGINT NOT NULL,
                        PRIMARY KEY (key_id, response_id))
                      """,
                      "CREATE INDEX origin_at ON origin (at_ms)")),
              new Migration(
                  2,
                  "keys: what becomes of what a dialect cannot carry",
                  List.of("ALTER TABLE api_key ADD COLUMN on_unsupported TEXT"))));

  /** What was asked in one month: {@code usage-YYYY-MM.db}. */
  static final Schema USAGE =
      new Schema(
          List.of(
              new Migration(
                  1,
                  "usage and explanations",
                  List.of(
                      """
                      CREATE TABLE usage_row (
                        request_id TEXT NOT NULL PRIMARY KEY,
                        at_ms BIGINT NOT NULL,
                        key_id TEXT,
                        project TEXT,
                        operation TEXT NOT NULL,
                        client_dialect TEXT,
                        requested_model TEXT,
                        upstream_model TEXT,
                        response_model TEXT,
                        provider TEXT,
                        path TEXT,
                        status INTEGER NOT NULL,
                        error TEXT,
                        finish TEXT,
                        stream SMALLINT NOT NULL,
                        client_gone SMALLINT NOT NULL,
                        attempts INTEGER NOT NULL,
                        input_tokens BIGINT,
                        output_tokens BIGINT,
                        cache_read_tokens BIGINT,
                        cache_write_tokens BIGINT,
                        reasoning_tokens BIGINT,
                        estimated SMALLINT,
                        first_byte_micros BIGINT,
                        duration_micros BIGINT NOT NULL)
                      """,
                      "CREATE INDEX usage_row_at ON usage_row (at_ms, request_id)",
                      "CREATE INDEX usage_row_key ON usage_row (key_id, at_ms, request_id)",
                      """
                      CREATE TABLE usage_explain (
                        request_id TEXT NOT NULL PRIMARY KEY,
                        explain_json TEXT NOT NULL)
                      """)),
              new Migration(
                  2,
                  "decisions beside their rows, smaller indexes",
                  List.of(
                      "ALTER TABLE usage_row RENAME TO usage_row_1",
                      "DROP INDEX usage_row_at",
                      "DROP INDEX usage_row_key",
                      """
                      CREATE TABLE usage_row (
                        row_id INTEGER PRIMARY KEY,
                        request_id TEXT NOT NULL UNIQUE,
                        at_ms BIGINT NOT NULL,
                        key_id TEXT,
                        project TEXT,
                        operation TEXT NOT NULL,
                        client_dialect TEXT,
                        requested_model TEXT,
                        upstream_model TEXT,
                        response_model TEXT,
                        provider TEXT,
                        path TEXT,
                        status INTEGER NOT NULL,
                        error TEXT,
                        finish TEXT,
                        stream SMALLINT NOT NULL,
                        client_gone SMALLINT NOT NULL,
                        attempts INTEGER NOT NULL,
                        input_tokens BIGINT,
                        output_tokens BIGINT,
                        cache_read_tokens BIGINT,
                        cache_write_tokens BIGINT,
                        reasoning_tokens BIGINT,
                        estimated SMALLINT,
                        first_byte_micros BIGINT,
                        duration_micros BIGINT NOT NULL)
                      """,
                      """
                      CREATE TABLE usage_decision (
                        row_id INTEGER PRIMARY KEY,
                        decision_json TEXT NOT NULL)
                      """,
                      "INSERT INTO usage_row ("
                          + UsageColumns.NAMES
                          + ") SELECT "
                          + UsageColumns.NAMES
                          + " FROM usage_row_1 ORDER BY at_ms",
                      """
                      INSERT INTO usage_decision (row_id, decision_json)
                        SELECT row_id, explain_json FROM usage_explain JOIN usage_row USING (request_id)
                        ORDER BY row_id
                      """,
                      "DROP TABLE usage_row_1",
                      "DROP TABLE usage_explain",
                      "CREATE INDEX usage_row_at ON usage_row (at_ms)",
                      "CREATE INDEX usage_row_key ON usage_row (key_id, at_ms)")),
              new Migration(
                  3,
                  "one table in the order of time, and what rows have alike once",
                  List.of(
                      "ALTER TABLE usage_row RENAME TO usage_row_2",
                      "ALTER TABLE usage_decision RENAME TO usage_decision_2",
                      """
                      CREATE TABLE usage_kind (
                        kind_id INTEGER PRIMARY KEY,
                        record TEXT NOT NULL,
                        decision TEXT)
                      """,
                      """
                      CREATE TABLE usage_event (
                        row_id INTEGER PRIMARY KEY,
                        request_id TEXT NOT NULL,
                        key_id TEXT,
                        kind_id INTEGER NOT NULL,
                        record TEXT NOT NULL,
                        decision TEXT)
                      """,
                      """
                      INSERT INTO usage_kind (record)
                        SELECT DISTINCT json_array(
                          project, operation, client_dialect, requested_model,
                          upstream_model, response_model, provider, path, status,
                          error, finish, stream, client_gone, attempts, estimated)
                        FROM usage_row_2
                      """,
                      "CREATE UNIQUE INDEX usage_kind_record ON usage_kind (record)",
                      """
                      INSERT INTO usage_event
                        SELECT
                          (at_ms << 20) + ROW_NUMBER() OVER (PARTITION BY at_ms ORDER BY row_id) - 1,
                          request_id,
                          key_id,
                          (SELECT kind_id FROM usage_kind WHERE record = json_array(
                            project, operation, client_dialect, requested_model,
                            upstream_model, response_model, provider, path, status,
                            error, finish, stream, client_gone, attempts, estimated)),
                          json_array(
                            input_tokens, output_tokens, cache_read_tokens,
                            cache_write_tokens, reasoning_tokens, first_byte_micros,
                            duration_micros),
                          decision_json
                        FROM usage_row_2 LEFT JOIN usage_decision_2 USING (row_id)
                        ORDER BY 1
                      """,
                      "DROP INDEX usage_kind_record",
                      "DROP TABLE usage_row_2",
                      "DROP TABLE usage_decision_2",
                      "CREATE UNIQUE INDEX usage_event_request ON usage_event (request_id)",
                      // Not each row of a key: a row in 4 s, see KeySpan.
                      """
                      CREATE TABLE usage_key_span (
                        key_id TEXT NOT NULL,
                        span INTEGER NOT NULL,
                        PRIMARY KEY (key_id, span)) WITHOUT ROWID
                      """,
                      """
                      INSERT INTO usage_key_span
                        SELECT DISTINCT key_id, row_id >> 32 FROM usage_event
                        WHERE key_id IS NOT NULL ORDER BY 1, 2
                      """,
                      // The event comes first, whatever the planner thinks.
                      """
                      CREATE VIEW usage_row AS SELECT
                          event.row_id,
                          event.request_id,
                          event.row_id >> 20 AS at_ms,
                          event.key_id,
                          kind.record ->> 0 AS project,
                          kind.record ->> 1 AS operation,
                          kind.record ->> 2 AS client_dialect,
                          kind.record ->> 3 AS requested_model,
                          kind.record ->> 4 AS upstream_model,
                          kind.record ->> 5 AS response_model,
                          kind.record ->> 6 AS provider,
                          kind.record ->> 7 AS path,
                          kind.record ->> 8 AS status,
                          kind.record ->> 9 AS error,
                          kind.record ->> 10 AS finish,
                          kind.record ->> 11 AS stream,
                          kind.record ->> 12 AS client_gone,
                          kind.record ->> 13 AS attempts,
                          event.record ->> 0 AS input_tokens,
                          event.record ->> 1 AS output_tokens,
                          event.record ->> 2 AS cache_read_tokens,
                          event.record ->> 3 AS cache_write_tokens,
                          event.record ->> 4 AS reasoning_tokens,
                          kind.record ->> 14 AS estimated,
                          event.record ->> 5 AS first_byte_micros,
                          event.record ->> 6 AS duration_micros
                        FROM usage_event AS event CROSS JOIN usage_kind AS kind USING (kind_id)
                      """,
                      """
                      CREATE VIEW usage_decision AS SELECT
                          event.row_id,
                          CASE
                            WHEN kind.decision IS NULL THEN event.decision
                            WHEN event.decision = '{}' THEN kind.decision
                            ELSE substr(kind.decision, 1, length(kind.decision) - 1)
                              || ',' || substr(event.decision, 2)
                          END AS decision_json
                        FROM usage_event AS event CROSS JOIN usage_kind AS kind USING (kind_id)
                        WHERE event.decision IS NOT NULL
                      """))));

  /** Responses that the gateway keeps: {@code state.db}. */
  static final Schema STATE =
      new Schema(
          List.of(
              new Migration(
                  1,
                  "responses and their items",
                  List.of(
                      """
                      CREATE TABLE kept_response (
                        owner TEXT NOT NULL,
                        response_id TEXT NOT NULL,
                        previous_id TEXT,
                        at_ms BIGINT NOT NULL,
                        bytes BIGINT NOT NULL,
                        input_items BLOB NOT NULL,
                        response BLOB NOT NULL,
                        PRIMARY KEY (owner, response_id))
                      """,
                      "CREATE INDEX kept_response_at ON kept_response (at_ms, bytes)",
                      """
                      CREATE TABLE kept_item (
                        owner TEXT NOT NULL,
                        item_id TEXT NOT NULL,
                        response_id TEXT NOT NULL,
                        PRIMARY KEY (owner, item_id))
                      """,
                      "CREATE INDEX kept_item_response ON kept_item (owner, response_id)")),
              new Migration(
                  2,
                  "events of responses made in the background",
                  List.of("ALTER TABLE kept_response ADD COLUMN events BLOB"))));

  /**
   * Runs the steps that a database has not seen. The connection is not in auto-commit mode.
   *
   * @throws StoreException when the database was written by a newer program
   */
  void migrate(Connection connection, Path file, Clock clock) throws SQLException {
    int known = migrations.size();
    int found = version(connection);
    if (found > known) {
      throw new StoreException(
          "the database "
              + file
              + " has the tables of version "
              + found
              + ", this program knows version "
              + known
              + ": a newer Customhouse wrote it; start that one or restore a backup");
    }
    for (Migration migration : migrations.subList(found, known)) {
      try (Statement statement = connection.createStatement()) {
        for (String sql : migration.statements()) {
          statement.execute(sql);
        }
      }
      try (PreparedStatement statement =
          connection.prepareStatement(
              "INSERT INTO schema_migration (number, name, applied_at_ms) VALUES (?, ?, ?)")) {
        statement.setInt(1, migration.number());
        statement.setString(2, migration.name());
        statement.setLong(3, clock.millis());
        statement.executeUpdate();
      }
      connection.commit();
    }
  }

  private static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS schema_migration (
            number INTEGER NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            applied_at_ms BIGINT NOT NULL)
          """);
      connection.commit();
      try (ResultSet rows =
          statement.executeQuery("SELECT COALESCE(MAX(number), 0) FROM schema_migration")) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }
}
