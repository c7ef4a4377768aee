package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Usage;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsagePartitionTest {
  private static final Instant LATER = Rows.NOW.plusSeconds(1);

  @TempDir Path folder;

  private UsagePartition open() throws SQLException {
    NativeLibrary.load(folder);
    return new UsagePartition(folder.resolve("usage.db"), Rows.CLOCK);
  }

  private static UsageLog.Entry entry(UsageRow row, @Nullable UsageDetail detail) {
    return UsageLog.Entry.of(row, detail, new UsageKind.Pool());
  }

  private static List<UsageLog.Entry> entries(String prefix, int count, Instant at) {
    return IntStream.range(0, count)
        .mapToObj(i -> entry(Rows.usage(prefix + i, at), () -> "{}"))
        .toList();
  }

  private List<String> query(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = SqliteFile.openReader(folder.resolve("usage.db"));
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<@Nullable String> values = new ArrayList<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
          values.add(result.getString(column));
        }
        rows.add(String.join("|", values));
      }
    }
    return rows;
  }

  @Test
  void aBatchThatIsWrittenAgainAddsNothing() throws SQLException {
    List<UsageLog.Entry> batch = new ArrayList<>(entries("request-", 77, Rows.NOW));
    try (UsagePartition partition = open()) {
      partition.write(batch);
      partition.write(batch);
    }
    batch.addAll(10, entries("another-", 3, Rows.NOW));
    batch.addAll(entries("request-", 3, LATER));
    try (UsagePartition partition = open()) {
      partition.write(batch);
    }
    assertThat(query("SELECT COUNT(*), COUNT(DISTINCT request_id) FROM usage_event"))
        .containsExactly("80|80");
    assertThat(query("SELECT COUNT(*) FROM usage_row WHERE at_ms <> " + Rows.NOW.toEpochMilli()))
        .containsExactly("0");
  }

  /** The clock went back, then the gateway was started: its numbers begin again where rows are. */
  @Test
  void aRowWhoseNumberIsTakenGetsAnotherOne() throws SQLException {
    try (UsagePartition partition = open()) {
      partition.write(entries("later-", 1, LATER));
      partition.write(entries("first-", 40, Rows.NOW));
    }
    try (UsagePartition partition = open()) {
      partition.write(entries("second-", 70, Rows.NOW));
      partition.write(entries("third-", 1, Rows.NOW));
    }
    assertThat(query("SELECT COUNT(*), COUNT(DISTINCT row_id) FROM usage_event"))
        .containsExactly("112|112");
    assertThat(query("SELECT request_id FROM usage_row ORDER BY row_id").subList(0, 111))
        .containsExactlyElementsOf(
            Stream.of(
                    entries("first-", 40, LATER),
                    entries("second-", 70, LATER),
                    entries("third-", 1, LATER))
                .flatMap(List::stream)
                .map(entry -> entry.row().requestId())
                .toList());
  }

  @Test
  void theNumbersOfOneMillisecondGoRoundAndFindAGap() throws SQLException {
    long last = RowId.of(Rows.NOW, RowId.NUMBERS - 1);
    try (UsagePartition partition = open()) {
      partition.write(entries("last-", 1, Rows.NOW));
    }
    try (Connection connection =
            SqliteFile.openWriter(
                folder.resolve("usage.db"),
                SqliteFile.Durability.EVENTUAL,
                SqliteFile.Content.ADDED,
                Schema.USAGE,
                Rows.CLOCK);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE usage_event SET row_id = " + last);
      connection.commit();
    }
    try (UsagePartition partition = open()) {
      partition.write(entries("next-", 2, Rows.NOW));
      partition.write(entries("last-", 1, Rows.NOW));
    }
    assertThat(query("SELECT request_id, row_id & 1048575 FROM usage_row ORDER BY row_id"))
        .containsExactly("next-0|0", "next-1|1", "last-0|1048575");
  }

  @Test
  void rowsLieInTheOrderOfTimeWhateverOrderTheyCameIn() throws SQLException {
    try (UsagePartition partition = open()) {
      partition.write(entries("late-", 33, LATER));
      List<UsageLog.Entry> mixed = new ArrayList<>(entries("b-", 20, Rows.NOW.plusMillis(1)));
      mixed.addAll(entries("a-", 20, Rows.NOW));
      partition.write(mixed);
    }
    List<String> order =
        query("SELECT substr(request_id, 1, instr(request_id, '-')) FROM usage_event");
    assertThat(order.stream().distinct()).containsExactly("a-", "b-", "late-");
    assertThat(order).isSorted();
  }

  @Test
  void whatRequestsHaveAlikeIsKeptOnceAlsoAfterAStart() throws SQLException {
    UsageDetail detail = detail("{\"route\":\"fast\"}", "{\"bytes\":1}");
    for (int round = 0; round < 3; round++) {
      try (UsagePartition partition = open()) {
        for (int i = 0; i < 3; i++) {
          String id = "request-" + round + "-" + i;
          partition.write(
              List.of(entry(Rows.usage(id), detail), entry(Rows.usage(id + "-bare"), null)));
        }
      }
    }
    assertThat(query("SELECT COUNT(*) FROM usage_event")).containsExactly("18");
    assertThat(query("SELECT COUNT(*) FROM usage_kind")).containsExactly("2");
    assertThat(query("SELECT DISTINCT decision_json FROM usage_decision"))
        .containsExactly("{\"route\":\"fast\",\"bytes\":1}");
    assertThat(query("SELECT COUNT(*) FROM usage_decision")).containsExactly("9");
  }

  @Test
  void aKeyIsIndexedOnceInFourSeconds() throws SQLException {
    Instant start = Instant.ofEpochMilli(RowId.millis(5L << KeySpan.BITS));
    for (int round = 0; round < 2; round++) {
      try (UsagePartition partition = open()) {
        for (int millis : new int[] {4_095, 4_096, 0, 9_000, 8_191}) {
          partition.write(entries(round + "-" + millis + "-", 40, start.plusMillis(millis)));
          partition.write(List.of(entry(Rows.refused("refused-" + round + "-" + millis), null)));
        }
      }
    }
    assertThat(query("SELECT key_id, span FROM usage_key_span"))
        .containsExactly("key-1|5", "key-1|6", "key-1|7");
  }

  @Test
  void moreKindsThanAreRememberedAreAllKept() throws SQLException {
    List<UsageLog.Entry> batch = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      batch.add(
          entry(
              Rows.usage("request-" + i, Rows.NOW, "key", "model-" + i % 1_500, "p", null), null));
    }
    try (UsagePartition partition = open()) {
      partition.write(batch);
    }
    assertThat(query("SELECT COUNT(DISTINCT requested_model), COUNT(*) FROM usage_row"))
        .containsExactly("1500|3000");
    assertThat(
            query(
                "SELECT COUNT(*) FROM usage_row"
                    + " WHERE requested_model = 'model-' || (substr(request_id, 9) % 1500)"))
        .containsExactly("3000");
  }

  @Test
  void theNewestKindsAreRememberedLongestAfterAStart() throws SQLException {
    try (UsagePartition partition = open()) {
      partition.write(
          IntStream.range(0, UsageKind.REMEMBERED)
              .mapToObj(i -> ofModel("first-" + i, i))
              .toList());
    }
    try (UsagePartition partition = open()) {
      partition.write(List.of(ofModel("another", UsageKind.REMEMBERED)));
      partition.write(List.of(ofModel("again", UsageKind.REMEMBERED - 1)));
    }
    assertThat(query("SELECT COUNT(*) FROM usage_kind"))
        .containsExactly(String.valueOf(UsageKind.REMEMBERED + 1));
  }

  private static UsageLog.Entry ofModel(String requestId, int model) {
    return entry(Rows.usage(requestId, Rows.NOW, "key", "model-" + model, "p", null), null);
  }

  @Test
  void aKindTooLongToBeRememberedIsKeptAgain() throws SQLException {
    UsageDetail longOne = detail("{\"legs\":\"" + "x".repeat(5_000) + "\"}", "{\"n\":1}");
    try (UsagePartition partition = open()) {
      partition.write(
          List.of(
              entry(Rows.usage("request-1"), longOne), entry(Rows.usage("request-2"), longOne)));
    }
    assertThat(query("SELECT COUNT(*) FROM usage_kind")).containsExactly("2");
    assertThat(query("SELECT decision_json FROM usage_decision"))
        .containsExactly(longOne.json(), longOne.json());
  }

  @Test
  void theViewHasAllColumnsByNameAndType() throws SQLException {
    try (UsagePartition partition = open()) {
      partition.write(
          List.of(
              entry(
                  Rows.usage(
                      "request-1", Rows.NOW, "key-1", "m", "p", new Usage(9, 8, 7L, 6L, 5L, true)),
                  null)));
    }
    assertThat(query("SELECT " + UsageColumns.NAMES + " FROM usage_row"))
        .containsExactly(
            "request-1|"
                + Rows.NOW.toEpochMilli()
                + "|key-1|project|chat|openai-chat|m|m|m-2026-01-01|p|bytes|200|null|stop|1|0|1"
                + "|9|8|7|6|5|1|1234|56789");
    assertThat(
            query(
                "SELECT typeof(at_ms), typeof(project), typeof(status), typeof(error),"
                    + " typeof(stream), typeof(input_tokens), typeof(estimated),"
                    + " typeof(duration_micros) FROM usage_row"))
        .containsExactly("integer|text|integer|null|integer|integer|integer|integer");
  }

  @Test
  void aLookUpNeedsNoScan() throws SQLException {
    open().close();
    assertThat(query("EXPLAIN QUERY PLAN SELECT status FROM usage_row WHERE request_id = 'x'"))
        .hasSize(2)
        .first()
        .asString()
        .contains("SEARCH event USING INDEX usage_event_request (request_id=?)");
    assertThat(
            query(
                "EXPLAIN QUERY PLAN SELECT status FROM"
                    + " (SELECT span, key_id AS span_key FROM usage_key_span) CROSS JOIN usage_row"
                    + " WHERE span_key = 'x' AND span >= 1 AND span <= 9 AND key_id = 'x'"
                    + " AND row_id >= span << 32 AND row_id < (span + 1) << 32"
                    + " AND row_id >= 1 AND row_id < 9 ORDER BY span DESC, row_id DESC LIMIT 3"))
        .hasSize(3)
        .noneMatch(step -> step.contains("TEMP B-TREE"))
        .noneMatch(step -> step.contains("SCAN"));
    assertThat(
            query(
                "EXPLAIN QUERY PLAN SELECT status FROM usage_row"
                    + " WHERE row_id >= 1 AND row_id < 9 ORDER BY row_id DESC LIMIT 3"))
        .hasSize(2)
        .first()
        .asString()
        .contains("SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
  }

  private static UsageDetail detail(String shared, String own) {
    return new UsageDetail() {
      @Override
      public String own() {
        return own;
      }

      @Override
      public String shared() {
        return shared;
      }
    };
  }
}
