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
                      "CREATE INDEX usage_row_key ON usage_row (key_id, at_ms)"))));

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
