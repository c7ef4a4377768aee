package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageLogTest {
  private static final Instant FIRST_OF_DECEMBER = Instant.parse("2026-12-01T00:00:00Z");

  @TempDir Path folder;

  private Storage open() {
    return Storage.open(folder, Rows.CLOCK);
  }

  private Storage open(int queuedRows, int batchRows, Duration batchAge) {
    StoreLimits defaults = StoreLimits.DEFAULT;
    return Storage.open(
        folder,
        Rows.CLOCK,
        new StoreLimits(
            queuedRows,
            defaults.queuedBytes(),
            batchRows,
            batchAge,
            Duration.ofMillis(1),
            defaults.queuedWrites(),
            defaults.commitWrites(),
            defaults.readers(),
            defaults.queuedReads(),
            defaults.idleReaderConnections(),
            defaults.cachedOrigins()));
  }

  @Test
  void aRowIsFoundWhileItIsQueuedAndWhenItIsWritten() {
    UsageRow full =
        Rows.usage(
            "request-1", Rows.NOW, "key-1", "gpt-5", "openai", new Usage(9, 8, 7L, 6L, 5L, true));
    UsageRow bare = Rows.refused("request-2");
    try (Storage storage = open(1_000, 512, Duration.ofHours(1))) {
      UsageLog usage = storage.usage();
      usage.append(full, () -> "{\"why\":1}");
      usage.append(bare, null);
      for (int round = 0; round < 2; round++) {
        assertThat(usage.find("request-1")).contains(full);
        assertThat(usage.decision("request-1")).contains("{\"why\":1}");
        assertThat(usage.find("request-2")).contains(bare);
        assertThat(usage.decision("request-2")).isEmpty();
        assertThat(usage.find("request-3")).isEmpty();
        assertThat(usage.months()).hasSize(round);
        usage.flush();
      }
    }
  }

  @Test
  void oneRequestHasOneRowHoweverOftenItIsAppended() {
    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("request-1"), () -> "{\"first\":true}");
      storage.usage().append(Rows.refused("request-1"), () -> "{\"first\":false}");
      storage.usage().flush();
      storage.usage().append(Rows.refused("request-1"), () -> "{\"first\":false}");
      storage.usage().flush();

      assertThat(rows(storage)).containsExactly(Rows.usage("request-1"));
      assertThat(storage.usage().decision("request-1")).contains("{\"first\":true}");
    }
  }

  @Test
  void aFullBatchIsWrittenWithoutWaitingForItsAge() {
    try (Storage storage = open(1_000, 8, Duration.ofHours(1))) {
      for (int i = 0; i < 8; i++) {
        storage.usage().append(Rows.usage("request-" + i), null);
      }
      awaitRows(storage, 8);
    }
  }

  @Test
  void aBatchThatIsNotFullIsWrittenWhenItIsOldEnough() {
    try (Storage storage = open(1_000, 512, Duration.ofMillis(1))) {
      storage.usage().append(Rows.usage("request-1"), null);
      awaitRows(storage, 1);
      storage.usage().append(Rows.usage("request-2"), null);
      awaitRows(storage, 2);
    }
  }

  private static void awaitRows(Storage storage, int count) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (rows(storage).size() < count) {
      assertThat(System.nanoTime()).as("rows within 20 seconds").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aRowIsKeptInTheMonthOfItsTimeInUtc() {
    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("last", FIRST_OF_DECEMBER.minusMillis(1)), () -> "{}");
      storage.usage().append(Rows.usage("first", FIRST_OF_DECEMBER), () -> "{}");
      storage
          .usage()
          .append(Rows.usage("long-ago", Rows.NOW.minus(Duration.ofDays(200))), () -> "{}");
      storage.usage().flush();

      assertThat(folder.resolve("usage-2026-11.db")).exists();
      assertThat(folder.resolve("usage-2026-12.db")).exists();
      assertThat(storage.usage().months())
          .containsExactly(YearMonth.of(2026, 5), YearMonth.of(2026, 11), YearMonth.of(2026, 12));
      assertThat(rows(storage))
          .extracting(UsageRow::requestId)
          .containsExactly("first", "last", "long-ago");
      assertThat(
              storage
                  .usage()
                  .list(
                      UsageFilter.between(FIRST_OF_DECEMBER.minusMillis(1), FIRST_OF_DECEMBER),
                      10,
                      null)
                  .rows())
          .extracting(UsageRow::requestId)
          .containsExactly("last");
    }
    try (Storage storage = open()) {
      assertThat(storage.usage().find("long-ago")).isPresent();
      assertThat(storage.usage().decision("last")).contains("{}");
    }
  }

  @Test
  void oldMonthsAreDeletedAsFiles() throws IOException {
    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("november"), () -> "{}");
      storage.usage().append(Rows.usage("december", FIRST_OF_DECEMBER), () -> "{}");
      storage.usage().flush();
      assertThat(storage.usage().find("november")).isPresent();

      assertThat(storage.usage().deletePartitionsBefore(YearMonth.of(2026, 12))).isEqualTo(1);
      assertThat(storage.usage().find("november")).isEmpty();
      assertThat(rows(storage)).extracting(UsageRow::requestId).containsExactly("december");
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .noneMatch(name -> name.contains("2026-11"));
      }

      storage.usage().append(Rows.usage("late"), null);
      storage.usage().flush();
      assertThat(storage.usage().find("late")).isPresent();
    }
  }

  @Test
  void pagesMeetWithoutGapOrOverlapAcrossMonths() {
    List<String> appended = new ArrayList<>();
    try (Storage storage = open()) {
      for (int i = 0; i < 60; i++) {
        String id = "request-%02d".formatted(i);
        appended.add(0, id);
        storage
            .usage()
            .append(
                Rows.usage(
                    id,
                    FIRST_OF_DECEMBER.plusMillis((i - 30) / 4),
                    i % 2 == 0 ? "even" : "odd",
                    "gpt-5",
                    "openai",
                    null),
                null);
      }
      storage.usage().flush();

      assertThat(paged(storage, UsageFilter.ALL)).containsExactlyElementsOf(appended);
      assertThat(paged(storage, new UsageFilter(null, null, "odd"))).hasSize(30);
      assertThatThrownBy(() -> storage.usage().list(UsageFilter.ALL, 10, "nonsense"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cursor");
    }
  }

  @Test
  void rowsOfOneMillisecondAreListedNewestFirstAcrossPagesAndStarts() {
    List<String> appended = new ArrayList<>();
    for (int start = 0; start < 3; start++) {
      try (Storage storage = open()) {
        for (int i = 0; i < 50; i++) {
          String id = "%x".formatted(0xc0ffee * (50 * start + i + 1) & 0xffffff);
          appended.add(0, id);
          storage.usage().append(Rows.usage(id), null);
        }
        storage.usage().flush();
        assertThat(paged(storage, UsageFilter.ALL)).containsExactlyElementsOf(appended);
        assertThat(paged(storage, new UsageFilter(Rows.NOW, null, "key-1"))).isEqualTo(appended);
      }
    }
  }

  @Test
  void aCursorFarAwayEndsOrBeginsTheList() {
    try (Storage storage = open()) {
      storage.usage().append(Rows.usage("request-1"), null);
      storage.usage().flush();
      for (String end : List.of("0.0", "0.9999999", "999999999999.0")) {
        assertThat(storage.usage().list(UsageFilter.ALL, 10, end).rows()).isEmpty();
      }
      assertThat(storage.usage().list(UsageFilter.ALL, 10, "999999999999999999.9999999").rows())
          .hasSize(1);
      for (String none : List.of("", ".", "1", "1.", ".1", "1.-1", "1.request", "1.1.1")) {
        assertThatThrownBy(() -> storage.usage().list(UsageFilter.ALL, 10, none))
            .as(none)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void anyTextComesBackAsItWas() {
    List<String> texts =
        List.of(
            "",
            "it's \"quoted\" \\ and /slashed/",
            "[{\"a\":1},null]",
            "\b\t\n\f\r\u0001\u001f\u007f",
            "\u00e9\u4e2d\u2028\ud83d\ude00",
            "x".repeat(UsageRow.MODEL_CHARS));
    List<UsageRow> rows = new ArrayList<>();
    for (String text : texts) {
      rows.addFirst(
          new UsageRow(
              "request-" + text,
              Rows.NOW,
              "key-" + text,
              text.repeat(100),
              Operation.CHAT,
              DialectId.GEMINI,
              text,
              text,
              text,
              text,
              text,
              Integer.MAX_VALUE,
              ErrorKind.TIMEOUT,
              FinishReason.LENGTH,
              false,
              true,
              Integer.MAX_VALUE,
              new Usage(Long.MAX_VALUE, 0, Long.MAX_VALUE, null, 0L, true),
              Long.MAX_VALUE,
              Long.MAX_VALUE));
    }
    try (Storage storage = open()) {
      rows.reversed().forEach(row -> storage.usage().append(row, null));
      storage.usage().flush();
      assertThat(rows(storage)).isEqualTo(rows);
      for (UsageRow row : rows) {
        assertThat(storage.usage().find(row.requestId())).contains(row);
        assertThat(storage.usage().list(new UsageFilter(null, null, row.keyId()), 9, null).rows())
            .containsExactly(row);
      }
      assertThat(
              storage.usage().totals(Rows.NOW, FIRST_OF_DECEMBER, EnumSet.of(UsageTotal.Group.KEY)))
          .hasSize(texts.size());
    }
  }

  @Test
  void halvesOfSurrogatePairsAreReplacedAndSpoilNothing() {
    try (Storage storage = open()) {
      storage
          .usage()
          .append(
              Rows.usage("request-1", Rows.NOW, "key-1", "a\ud800b\udc00c", "p", Usage.of(1, 2)),
              null);
      storage.usage().append(Rows.usage("request-2"), null);
      storage.usage().flush();
      assertThat(storage.usage().find("request-1").orElseThrow().requestedModel())
          .matches("a\ufffd+b\ufffd+c");
      assertThat(
              storage
                  .usage()
                  .totals(Rows.NOW, FIRST_OF_DECEMBER, EnumSet.of(UsageTotal.Group.MODEL)))
          .hasSize(2);
    }
  }

  @Test
  void aDetailInTwoPartsIsOneObjectQueuedAndWritten() {
    UsageDetail both = detail("{\"a\":1}", "{\"b\":2}");
    UsageDetail sharedOnly = detail("{\"a\":1}", "{}");
    UsageDetail tooLong = detail("{\"a\":1}", "x".repeat(UsageLog.DECISION_CHARS));
    UsageDetail muchAlike = detail("x".repeat(UsageLog.DECISION_CHARS + 1), "{\"b\":2}");
    AtomicInteger made = new AtomicInteger();
    UsageDetail costly =
        new UsageDetail() {
          @Override
          public String own() {
            return "{\"made\":" + made.incrementAndGet() + "}";
          }

          @Override
          public int heldBytes() {
            return 1;
          }
        };
    UsageDetail failing =
        () -> {
          throw new IllegalStateException("canary");
        };
    UsageDetail failingAlike =
        new UsageDetail() {
          @Override
          public String own() {
            return "{\"b\":2}";
          }

          @Override
          public String shared() {
            throw new IllegalStateException("canary");
          }
        };
    try (Storage storage = open(1_000, 512, Duration.ofHours(1))) {
      UsageLog usage = storage.usage();
      usage.append(Rows.usage("both"), both);
      usage.append(Rows.usage("shared"), sharedOnly);
      usage.append(Rows.usage("long"), tooLong);
      usage.append(Rows.usage("much-alike"), muchAlike);
      usage.append(Rows.usage("nothing-alike"), detail("{}", "{\"b\":2}"));
      usage.append(Rows.usage("nothing"), detail("{}", "{}"));
      usage.append(Rows.usage("failing"), failing);
      usage.append(Rows.usage("failing-alike"), failingAlike);
      usage.append(Rows.usage("costly"), costly);
      assertThat(made).as("made by the request").hasValue(0);
      for (int round = 0; round < 2; round++) {
        assertThat(usage.decision("both")).contains("{\"a\":1,\"b\":2}");
        assertThat(usage.decision("shared")).contains("{\"a\":1}");
        assertThat(usage.decision("long"))
            .contains("{\"a\":1,\"dropped_chars\":65543,\"limit_chars\":65536}");
        assertThat(usage.decision("much-alike"))
            .contains("{\"dropped_chars\":65544,\"limit_chars\":65536}");
        assertThat(usage.decision("nothing-alike")).contains("{\"b\":2}");
        assertThat(usage.decision("nothing")).contains("{}");
        assertThat(usage.decision("failing")).contains("{\"failed\":\"IllegalStateException\"}");
        assertThat(usage.decision("failing-alike"))
            .contains("{\"failed\":\"IllegalStateException\"}");
        usage.flush();
      }
      assertThat(usage.decision("costly")).contains("{\"made\":1}");
      assertThat(made).hasValue(1);
    }
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

  private static List<String> paged(Storage storage, UsageFilter filter) {
    List<String> seen = new ArrayList<>();
    @Nullable String cursor = null;
    do {
      Page<UsageRow> page = storage.usage().list(filter, 7, cursor);
      page.rows().forEach(row -> seen.add(row.requestId()));
      cursor = page.next();
    } while (cursor != null);
    return seen;
  }

  @Test
  void totalsAreSummedOverMonthsByWhatIsAskedFor() {
    try (Storage storage = open()) {
      UsageLog usage = storage.usage();
      Usage detailed = new Usage(100, 50, 40L, 30L, 20L, false);
      usage.append(Rows.usage("1", Rows.NOW, "a", "gpt-5", "openai", detailed), null);
      usage.append(Rows.usage("2", FIRST_OF_DECEMBER, "b", "gpt-5", "azure", Usage.of(1, 1)), null);
      usage.append(Rows.usage("3", Rows.NOW, "a", "opus", "anthropic", Usage.of(7, 3)), null);
      usage.append(Rows.refused("4"), null);
      usage.flush();
      Instant to = FIRST_OF_DECEMBER.plusSeconds(1);

      assertThat(usage.totals(Rows.NOW, to, EnumSet.of(UsageTotal.Group.MODEL)))
          .containsExactlyInAnyOrder(
              new UsageTotal("gpt-5", null, null, 2, 0, 101, 51, 40, 30, 20),
              new UsageTotal("opus", null, null, 1, 0, 7, 3, 0, 0, 0),
              new UsageTotal(null, null, null, 1, 1, 0, 0, 0, 0, 0));
      assertThat(usage.totals(Rows.NOW, to, EnumSet.noneOf(UsageTotal.Group.class)))
          .containsExactly(new UsageTotal(null, null, null, 4, 1, 108, 54, 40, 30, 20));
      assertThat(usage.totals(Rows.NOW, to, EnumSet.allOf(UsageTotal.Group.class))).hasSize(4);
      assertThat(usage.totals(to, to.plusSeconds(1), EnumSet.of(UsageTotal.Group.KEY))).isEmpty();
    }
  }

  @Test
  void aFullQueueLosesTheNewestRowAfterAShortWaitAndCountsIt() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    try (Storage storage = open(10, 4, Duration.ofHours(1))) {
      Thread disk =
          Thread.ofPlatform()
              .start(() ->
                  storage
                      .writer()
                      .write(core -> {
                        stalled.countDown();
                        return awaitQuietly(released);
                      }));
      stalled.await();
      for (int i = 0; i < 13; i++) {
        storage.usage().append(Rows.usage("request-" + i), null);
      }
      assertThat(storage.usage().lostRows()).isEqualTo(3);
      assertThat(storage.usage().find("request-0")).isPresent();

      released.countDown();
      disk.join();
      storage.usage().flush();
      storage.usage().append(Rows.usage("request-13"), null);
      storage.usage().flush();
      assertThat(rows(storage)).hasSize(11);
      assertThat(storage.usage().lostRows()).isEqualTo(3);
      assertThat(storage.usage().find("request-12")).isEmpty();
    }
  }

  /** The disk stalls; what a costly detail is made of lies in memory until it is written. */
  @Test
  void whatDetailsHoldUntilTheyAreWrittenCountsAgainstTheBytesOfTheQueue() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    UsageDetail large =
        new UsageDetail() {
          @Override
          public String own() {
            return "{}";
          }

          @Override
          public int heldBytes() {
            return (int) (StoreLimits.DEFAULT.queuedBytes() / 2);
          }
        };
    try (Storage storage = open(1_000, 512, Duration.ofHours(1))) {
      Thread disk =
          Thread.ofPlatform()
              .start(() ->
                  storage
                      .writer()
                      .write(core -> {
                        stalled.countDown();
                        return awaitQuietly(released);
                      }));
      stalled.await();
      for (int i = 0; i < 3; i++) {
        storage.usage().append(Rows.usage("request-" + i), large);
      }
      assertThat(storage.usage().lostRows()).isEqualTo(2);

      released.countDown();
      disk.join();
      storage.usage().flush();
      storage.usage().append(Rows.usage("request-3"), large);
      storage.usage().flush();
      assertThat(rows(storage)).hasSize(2);
    }
  }

  private static boolean awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void rowsThatCannotBeWrittenStayQueuedAndHinderNoOtherMonth() throws IOException {
    Path blocker = folder.resolve("usage-2026-12.db");
    try (Storage storage = open(1_000, 512, Duration.ofHours(1))) {
      Files.createDirectory(blocker);
      storage.usage().append(Rows.usage("december", FIRST_OF_DECEMBER), null);
      storage.usage().append(Rows.usage("november"), null);

      assertThatThrownBy(() -> storage.usage().flush()).isInstanceOf(StoreException.class);
      assertThat(rows(storage)).extracting(UsageRow::requestId).containsExactly("november");
      assertThat(storage.usage().find("december")).isPresent();

      Files.delete(blocker);
      storage.usage().flush();
      assertThat(rows(storage)).hasSize(2);
      assertThat(storage.usage().lostRows()).isZero();
    }
  }

  @Test
  void rowsThatCannotBeWrittenAtTheEndAreToldAsLost() throws IOException {
    Storage storage = open(1_000, 512, Duration.ofHours(1));
    Files.createDirectory(folder.resolve("usage-2026-12.db"));
    storage.usage().append(Rows.usage("december", FIRST_OF_DECEMBER), null);

    assertThatThrownBy(storage::close)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("1 queued rows");
    assertThat(storage.usage().lostRows()).isEqualTo(1);
    Files.delete(folder.resolve("usage-2026-12.db"));
    open().close();
  }

  @Test
  void closingWritesWhatIsQueued() {
    try (Storage storage = open(100_000, 512, Duration.ofHours(1))) {
      for (int i = 0; i < 5_000; i++) {
        storage.usage().append(Rows.usage("request-" + i), () -> "{}");
      }
    }
    try (Storage storage = open()) {
      assertThat(total(storage)).isEqualTo(5_000);
    }
  }

  @Test
  void eightThreadsAppendAtOnceAndNothingIsLost() {
    try (Storage storage = open()) {
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        for (int thread = 0; thread < 8; thread++) {
          String prefix = "request-" + thread + "-";
          threads.execute(() -> {
            for (int i = 0; i < 2_500; i++) {
              storage.usage().append(Rows.usage(prefix + i), () -> "{}");
            }
          });
        }
      }
      storage.usage().flush();
      assertThat(total(storage)).isEqualTo(20_000);
      assertThat(storage.usage().lostRows()).isZero();
    }
  }

  @Test
  void aDecisionAboveTheLimitIsReplacedByItsLength() {
    try (Storage storage = open()) {
      storage
          .usage()
          .append(Rows.usage("request-1"), () -> "x".repeat(UsageLog.DECISION_CHARS + 1));
      assertThat(storage.usage().decision("request-1"))
          .contains("{\"dropped_chars\":65537,\"limit_chars\":65536}");
    }
  }

  private static List<UsageRow> rows(Storage storage) {
    return storage.usage().list(UsageFilter.ALL, 1_000, null).rows();
  }

  private static long total(Storage storage) {
    return storage
        .usage()
        .totals(
            Instant.EPOCH,
            Instant.parse("2100-01-01T00:00:00Z"),
            EnumSet.noneOf(UsageTotal.Group.class))
        .getFirst()
        .requests();
  }
}
