package dev.customhouse.store;

import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.secret.KeyHash;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The downstream keys in {@code core.db}. What it has acknowledged outlasts a power cut. */
public final class KeyStore {
  private static final String COLUMNS =
      "id, name, project, hash, hint, models, requests_per_minute, concurrent_streams,"
          + " on_unsupported, created_at_ms, expires_at_ms, revoked_at_ms";

  private final Path file;
  private final Writer writer;
  private final Readers readers;
  private final Clock clock;

  KeyStore(Path file, Writer writer, Readers readers, Clock clock) {
    this.file = file;
    this.writer = writer;
    this.readers = readers;
    this.clock = clock;
  }

  /** Stores a key; false, and nothing stored, when its id or its hash is there already. */
  public boolean insert(KeyRow key) {
    return writer.write(core -> {
      try (PreparedStatement statement =
          core.prepareStatement(
              "INSERT INTO api_key ("
                  + COLUMNS
                  + ", name_folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  + " ON CONFLICT DO NOTHING")) {
        new Binder(statement)
            .text(key.id())
            .text(key.name())
            .text(key.project())
            .bytes(key.hash().toBytes())
            .text(key.hint())
            .text(String.join("\n", key.models()))
            .number(key.requestsPerMinute())
            .number(key.concurrentStreams())
            .text(key.onUnsupported() == null ? null : key.onUnsupported().name())
            .millis(key.createdAt())
            .millis(key.expiresAt())
            .millis(key.revokedAt())
            .text(folded(key.name()));
        return statement.executeUpdate() == 1;
      }
    });
  }

  /** All keys, revoked and expired ones too, oldest first: read once at the start. */
  public List<KeyRow> all() {
    return select("SELECT " + COLUMNS + " FROM api_key ORDER BY created_at_ms, id", binder -> {});
  }

  /** The key of an id. */
  public Optional<KeyRow> find(String id) {
    return select("SELECT " + COLUMNS + " FROM api_key WHERE id = ?", binder -> binder.text(id))
        .stream()
        .findFirst();
  }

  /**
   * A page of keys, newest first.
   *
   * @param limit 1 to 1000
   * @param after the id of the last key of the page before; null: from the beginning
   * @param nameContains a part of the name, in any case; null: all
   * @throws IllegalArgumentException when the limit is outside its bounds or no key has the id
   */
  public Page<KeyRow> list(int limit, @Nullable String after, @Nullable String nameContains) {
    StoreLimits.checkPage(limit);
    if (after != null && find(after).isEmpty()) {
      throw new IllegalArgumentException("after: no key has this id; expected one of a page");
    }
    List<KeyRow> rows =
        select(
            "SELECT "
                + COLUMNS
                + " FROM api_key WHERE 1 = 1"
                + (after == null
                    ? ""
                    : " AND (created_at_ms, id) < (SELECT created_at_ms, id FROM api_key WHERE id = ?)")
                + (nameContains == null ? "" : " AND name_folded LIKE ? ESCAPE '!'")
                + " ORDER BY created_at_ms DESC, id DESC LIMIT ?",
            binder -> {
              if (after != null) {
                binder.text(after);
              }
              if (nameContains != null) {
                binder.text("%" + escaped(folded(nameContains)) + "%");
              }
              binder.number(limit + 1L);
            });
    return rows.size() <= limit
        ? new Page<>(rows, null)
        : new Page<>(rows.subList(0, limit), rows.get(limit - 1).id());
  }

  /**
   * Revokes a key from now on and returns it; empty when there is none. A key that is revoked keeps
   * its first time.
   */
  public Optional<KeyRow> revoke(String id) {
    return writer.write(core -> {
      try (PreparedStatement statement =
          core.prepareStatement(
              "UPDATE api_key SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL")) {
        new Binder(statement).number(clock.millis()).text(id);
        statement.executeUpdate();
      }
      return run(
              core, "SELECT " + COLUMNS + " FROM api_key WHERE id = ?", binder -> binder.text(id))
          .stream()
          .findFirst();
    });
  }

  /** Whether any key was ever stored. */
  boolean isEmpty() {
    return select("SELECT " + COLUMNS + " FROM api_key LIMIT 1", binder -> {}).isEmpty();
  }

  private static @Nullable OnUnsupported onUnsupported(@Nullable String name) {
    return name == null ? null : OnUnsupported.valueOf(name);
  }

  private interface Parameters {
    void bind(Binder binder) throws SQLException;
  }

  private List<KeyRow> select(String sql, Parameters parameters) {
    return readers.read(() -> readers.on(file, connection -> run(connection, sql, parameters)));
  }

  private static List<KeyRow> run(Connection connection, String sql, Parameters parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      parameters.bind(new Binder(statement));
      try (ResultSet result = statement.executeQuery()) {
        List<KeyRow> rows = new ArrayList<>();
        while (result.next()) {
          rows.add(row(new Columns(result)));
        }
        return rows;
      }
    }
  }

  private static KeyRow row(Columns columns) throws SQLException {
    return new KeyRow(
        columns.text(),
        columns.text(),
        columns.textOrNull(),
        KeyHash.of(columns.bytes()),
        columns.text(),
        columns.text().lines().toList(),
        columns.intOrNull(),
        columns.intOrNull(),
        onUnsupported(columns.textOrNull()),
        columns.millis(),
        columns.millisOrNull(),
        columns.millisOrNull());
  }

  /** Lower case is made here: each database has its own idea of it beyond ASCII. */
  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static String escaped(String text) {
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
  }
}
