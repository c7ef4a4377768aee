package dev.customhouse.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/** Opens connections to database files. The only class that knows which database it is. */
final class SqliteFile {
  /** How long a connection waits while another process, such as a backup, holds the file. */
  private static final int BUSY_MILLIS = 5_000;

  /** What a write-ahead log is cut back to after a burst. */
  private static final int LOG_BYTES = 64 << 20;

  /** When a commit is on the disk. */
  enum Durability {
    /** Before it returns. */
    EVERY_COMMIT(SynchronousMode.FULL),
    /** Later; it outlasts the end of the process, but a power cut may take the last ones. */
    EVENTUAL(SynchronousMode.NORMAL);

    private final SynchronousMode mode;

    Durability(SynchronousMode mode) {
      this.mode = mode;
    }
  }

  /** What is kept in a file. */
  enum Content {
    /** Secrets' hashes or prompts: what is deleted is overwritten with zeros. */
    PRIVATE(4_096),
    /** Rows that are only added, many at a time: large pages cost fewer calls of the system. */
    ADDED(8_192);

    private final int pageBytes;

    Content(int pageBytes) {
      this.pageBytes = pageBytes;
    }
  }

  private SqliteFile() {}

  /**
   * The connection that writes a file, which is made where it is missing and brought to the given
   * tables. It is not in auto-commit mode. A file that is there keeps the pages it has.
   */
  static Connection openWriter(
      Path file, Durability durability, Content content, Schema schema, Clock clock)
      throws SQLException {
    try {
      DataFolder.createFile(file);
    } catch (IOException e) {
      throw new StoreException("the database " + file + " cannot be made: " + e, e);
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(durability.mode);
    config.setJournalSizeLimit(LOG_BYTES);
    config.setPageSize(content.pageBytes);
    config.setGetGeneratedKeys(false); // The driver would ask for them after each statement.
    config.setPragma(
        SQLiteConfig.Pragma.SECURE_DELETE, Boolean.toString(content == Content.PRIVATE));
    Connection connection = connect(config, file);
    try {
      connection.setAutoCommit(false);
      schema.migrate(connection, file, clock);
      return connection;
    } catch (SQLException | RuntimeException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  /** A connection that reads a file, which must be there. */
  static Connection openReader(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setReadOnly(true);
    return connect(config, file);
  }

  private static Connection connect(SQLiteConfig config, Path file) throws SQLException {
    if (file.toString().indexOf('?') >= 0) {
      throw new StoreException(
          "the path " + file + " has a '?', which SQLite's driver cannot open");
    }
    try {
      return config.createConnection("jdbc:sqlite:" + file);
    } catch (SQLException e) {
      throw new SQLException(file + ": " + e.getMessage(), e.getSQLState(), e.getErrorCode(), e);
    }
  }

  /** Closes a connection that is given up: there is nobody left to tell. */
  static void closeQuietly(@Nullable AutoCloseable connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (Exception e) {
        // Given up already.
      }
    }
  }
}
