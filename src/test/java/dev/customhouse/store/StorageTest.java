package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Usage;
import dev.customhouse.secret.KeyHash;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  @TempDir Path temporary;

  private Path folder() {
    return temporary.resolve("data");
  }

  private Storage open() {
    return Storage.open(folder(), Rows.CLOCK);
  }

  @Test
  void whatWasStoredIsThereAfterTheNextStartAndTheMigrationsRanOnce() throws SQLException {
    for (int round = 0; round < 3; round++) {
      try (Storage storage = open()) {
        storage.keys().insert(Rows.key("key-" + round));
        storage.usage().append(Rows.usage("request-" + round), () -> "{}");
      }
    }

    try (Storage storage = open()) {
      assertThat(storage.keys().all())
          .containsExactly(Rows.key("key-0"), Rows.key("key-1"), Rows.key("key-2"));
      assertThat(storage.usage().list(UsageFilter.ALL, 10, null).rows()).hasSize(3);
    }
    assertThat(query("core.db", "SELECT COUNT(*) FROM schema_migration"))
        .isEqualTo(Integer.toString(Schema.CORE.migrations().size()));
    assertThat(query("core.db", "PRAGMA journal_mode")).isEqualTo("wal");
    assertThat(query("usage-2026-11.db", "SELECT COUNT(*) FROM schema_migration"))
        .isEqualTo(Integer.toString(Schema.USAGE.migrations().size()));
  }

  @Test
  void usageOfBeforeItsDecisionsStoodBesideItIsCarriedOver() throws SQLException {
    open().close();
    Schema first = new Schema(Schema.USAGE.migrations().subList(0, 1));
    try (Connection connection = writerOf(folder().resolve("usage-2026-11.db"), first);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 3; i++) {
        insertOld(connection, Rows.usage("request-" + i));
      }
      statement.execute("INSERT INTO usage_explain VALUES ('request-1', '{\"of\":1}')");
      connection.commit();
    }

    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("request-3"), () -> "{\"of\":3}");
      storage.usage().flush();

      assertThat(storage.usage().list(UsageFilter.ALL, 10, null).rows())
          .containsExactlyInAnyOrder(
              Rows.usage("request-0"),
              Rows.usage("request-1"),
              Rows.usage("request-2"),
              Rows.usage("request-3"));
      assertThat(storage.usage().decision("request-0")).isEmpty();
      assertThat(storage.usage().decision("request-1")).contains("{\"of\":1}");
      assertThat(storage.usage().decision("request-3")).contains("{\"of\":3}");
    }
  }

  @Test
  void usageOfManyColumnsIsCarriedOverIntoEventsAndKinds() throws SQLException {
    open().close();
    Schema second = new Schema(Schema.USAGE.migrations().subList(0, 2));
    List<UsageRow> rows =
        List.of(
            Rows.usage("request-0", Rows.NOW.plusMillis(1)),
            Rows.usage("request-1"),
            Rows.refused("request-2"),
            Rows.usage(
                "request-3",
                Rows.NOW.plusMillis(1),
                "key-2",
                "m\"\\\n\u00e9\ud83d\ude00",
                "azure",
                new Usage(9, 8, 7L, 6L, 5L, true)));
    try (Connection connection = writerOf(folder().resolve("usage-2026-11.db"), second);
        Statement statement = connection.createStatement()) {
      for (UsageRow row : rows) {
        insertOld(connection, row);
      }
      statement.execute(
          "INSERT INTO usage_decision SELECT row_id, '{\"of\":3}' FROM usage_row"
              + " WHERE request_id = 'request-3'");
      connection.commit();
    }

    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("request-0"), () -> "{}");
      storage.usage().append(Rows.usage("request-4"), () -> "{\"of\":4}");
      storage.usage().flush();

      assertThat(storage.usage().list(UsageFilter.ALL, 10, null).rows())
          .containsExactly(
              rows.get(3), rows.get(0), Rows.usage("request-4"), rows.get(2), rows.get(1));
      for (UsageRow row : rows) {
        assertThat(storage.usage().find(row.requestId())).contains(row);
      }
      assertThat(storage.usage().list(new UsageFilter(null, null, "key-2"), 10, null).rows())
          .containsExactly(rows.get(3));
      assertThat(storage.usage().list(new UsageFilter(null, null, "key-1"), 10, null).rows())
          .containsExactly(rows.get(0), Rows.usage("request-4"), rows.get(1));
      assertThat(storage.usage().decision("request-2")).isEmpty();
      assertThat(storage.usage().decision("request-3")).contains("{\"of\":3}");
      assertThat(storage.usage().decision("request-4")).contains("{\"of\":4}");
    }
    assertThat(query("usage-2026-11.db", "SELECT COUNT(*) FROM usage_kind")).isEqualTo("3");
    assertThat(
            query(
                "usage-2026-11.db",
                "SELECT GROUP_CONCAT(name, ' ') FROM (SELECT name FROM sqlite_master"
                    + " WHERE name LIKE 'usage%' ORDER BY name)"))
        .isEqualTo(
            "usage_decision usage_event usage_event_request usage_key_span usage_kind usage_row");
  }

  /** A row as the first two versions of the tables had it. */
  private static void insertOld(Connection connection, UsageRow row) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO usage_row ("
                + UsageColumns.NAMES
                + ") VALUES ("
                + "?, ".repeat(24)
                + "?)")) {
      Usage usage = row.usage();
      new Binder(statement)
          .text(row.requestId())
          .millis(row.at())
          .text(row.keyId())
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
          .flag(row.stream())
          .flag(row.clientGone())
          .number(row.attempts())
          .number(usage == null ? null : (Number) usage.inputTokens())
          .number(usage == null ? null : (Number) usage.outputTokens())
          .number(usage == null ? null : usage.cacheReadTokens())
          .number(usage == null ? null : usage.cacheWriteTokens())
          .number(usage == null ? null : usage.reasoningTokens())
          .number(usage == null ? null : (Number) (usage.estimated() ? 1 : 0))
          .number(row.firstByteMicros())
          .number(row.durationMicros());
      statement.execute();
    }
  }

  @Test
  void aMigrationThatWasCutOffIsRunAtTheNextStart() throws SQLException, IOException {
    Schema older = new Schema(Schema.CORE.migrations().subList(0, 1));
    Schema newer =
        new Schema(
            List.of(
                older.migrations().getFirst(),
                new Schema.Migration(2, "second", List.of("CREATE TABLE second (x BIGINT)")),
                new Schema.Migration(
                    3, "third", List.of("CREATE TABLE third (x BIGINT)", "this is not SQL"))));
    Path core = folder().resolve("core.db");

    open().close();
    Files.delete(core);
    writerOf(core, older).close();
    assertThatThrownBy(() -> writerOf(core, newer).close()).isInstanceOf(SQLException.class);
    assertThat(query("core.db", "SELECT MAX(number) FROM schema_migration")).isEqualTo("2");
    assertThat(query("core.db", "SELECT COUNT(*) FROM sqlite_master WHERE name = 'third'"))
        .isEqualTo("0");

    Schema mended =
        new Schema(
            List.of(
                newer.migrations().get(0),
                newer.migrations().get(1),
                new Schema.Migration(3, "third", List.of("CREATE TABLE third (x BIGINT)"))));
    writerOf(core, mended).close();
    writerOf(core, mended).close();
    assertThat(query("core.db", "SELECT COUNT(*) FROM schema_migration")).isEqualTo("3");
  }

  private static Connection writerOf(Path file, Schema schema) throws SQLException {
    return SqliteFile.openWriter(
        file, SqliteFile.Durability.EVENTUAL, SqliteFile.Content.ADDED, schema, Rows.CLOCK);
  }

  @Test
  void aDatabaseOfANewerProgramIsRefusedAndTheFolderGivenBack() throws SQLException {
    open().close();
    change("INSERT INTO schema_migration VALUES (99, 'of tomorrow', 0)");

    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("core.db")
        .hasMessageContaining(
            "version 99, this program knows version " + Schema.CORE.migrations().size());

    change("DELETE FROM schema_migration WHERE number = 99");
    open().close();
  }

  @Test
  void aSecondOpenerOfTheSameFolderIsRefusedUntilTheFirstCloses() {
    try (Storage first = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(folder().toString())
          .hasMessageContaining("process id " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> Storage.open(folder().resolve("../data"), Rows.CLOCK))
          .isInstanceOf(StoreException.class);
      assertThat(first.keys().all()).isEmpty();
    }
    open().close();
  }

  @Test
  void aFolderThatIsAFileIsRefusedByName() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));

    assertThatThrownBy(() -> Storage.open(file, Rows.CLOCK))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void everythingInTheFolderIsForItsOwnerOnly() throws IOException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    try (Storage storage = open()) {
      storage.keyHasher(() -> new Random(1));
      storage.usage().append(Rows.usage("request-1"), null);
      storage.usage().flush();

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
          .isEqualTo("rwx------");
      try (Stream<Path> files = Files.list(folder())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(file.toString())
              .isEqualTo("rw-------");
        }
      }
    }
  }

  @Test
  void thePepperIsMadeOnceAndStaysTheSame() throws IOException {
    KeyHash before;
    try (Storage storage = open()) {
      before = storage.keyHasher(() -> new Random(1)).hash("key");
    }
    assertThat(Files.readAllBytes(folder().resolve("pepper"))).hasSize(32);
    try (Storage storage = open()) {
      KeyHash after =
          storage
              .keyHasher(() -> {
                throw new AssertionError("the pepper is there already");
              })
              .hash("key");
      assertThat(after).isEqualTo(before);
    }
  }

  @Test
  void aLostOrDamagedPepperIsNotReplacedWhileKeysAreStored() throws IOException {
    try (Storage storage = open()) {
      storage.keyHasher(() -> new Random(1));
      storage.keys().insert(Rows.key("key-1"));
      Files.write(folder().resolve("pepper"), new byte[31]);
      assertThatThrownBy(() -> storage.keyHasher(() -> new Random(2)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("31 bytes; expected 32");

      Files.delete(folder().resolve("pepper"));
      assertThatThrownBy(() -> storage.keyHasher(() -> new Random(2)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("pepper")
          .hasMessageContaining("missing");
    }
  }

  @Test
  void theAdminTokensHashIsReplacedByTheNextOne() {
    try (Storage storage = open()) {
      assertThat(storage.adminToken().get()).isEmpty();
      storage.adminToken().put("one");
      storage.adminToken().put("two");
    }
    try (Storage storage = open()) {
      assertThat(storage.adminToken().get()).contains("two");
    }
  }

  @Test
  void aWriteThatFailsTakesNoOtherWithIt() throws Exception {
    try (Storage storage = open()) {
      var executor = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor();
      var outcomes = new java.util.ArrayList<java.util.concurrent.Future<Integer>>();
      for (int i = 0; i < 100; i++) {
        String sql =
            i % 10 == 0
                ? "INSERT INTO setting VALUES ('same', NULL)"
                : "INSERT INTO setting VALUES ('" + i + "', '')";
        outcomes.add(
            executor.submit(() ->
                storage
                    .writer()
                    .write(core -> {
                      try (Statement statement = core.createStatement()) {
                        return statement.executeUpdate(sql);
                      }
                    })));
      }
      executor.close();
      assertThat(outcomes)
          .filteredOn(outcome -> outcome.state() == java.util.concurrent.Future.State.FAILED)
          .hasSize(10)
          .allSatisfy(
              outcome -> assertThat(outcome.exceptionNow()).isInstanceOf(StoreException.class));
    }
    assertThat(query("core.db", "SELECT COUNT(*) FROM setting")).isEqualTo("90");
  }

  @Test
  void afterClosingEverythingIsRefusedInWords() {
    Storage storage = open();
    storage.close();
    storage.close();

    assertThatThrownBy(() -> storage.keys().insert(Rows.key("key-1")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> storage.keys().all()).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> storage.usage().flush()).isInstanceOf(StoreException.class);
    storage.usage().append(Rows.usage("request-1"), null);
    assertThat(storage.usage().lostRows()).isEqualTo(1);
  }

  private String query(String database, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder().resolve(database));
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return String.valueOf(result.getString(1));
    }
  }

  private void change(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder().resolve("core.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
