package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginsTest {
  @TempDir Path folder;

  private static Origin origin(String keyId, Instant at) {
    return new Origin(keyId, "openai", "upstream-1", "gpt-5", at);
  }

  @Test
  void anOriginIsFoundAtOnceAndAfterTheNextStartByItsKeyOnly() {
    Origin origin = origin("key-1", Rows.NOW);
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      storage.origins().put("resp_1", origin);
      assertThat(storage.origins().find("key-1", "resp_1")).contains(origin);
      assertThat(storage.origins().find("key-2", "resp_1")).isEmpty();
    }
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      assertThat(storage.origins().find("key-1", "resp_1")).contains(origin);
      assertThat(storage.origins().find("key-2", "resp_1")).isEmpty();
      assertThat(storage.origins().find("key-1", "resp_2")).isEmpty();
    }
  }

  @Test
  void thoseThatFellOutOfTheMemoryAreReadFromTheDisk() {
    int count = StoreLimits.DEFAULT.cachedOrigins() + 100;
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      for (int i = 0; i < count; i++) {
        storage.origins().put("resp_" + i, origin("key-1", Rows.NOW));
      }
      assertThat(storage.origins().find("key-1", "resp_0")).isPresent();
      storage.origins().flush();
      assertThat(storage.origins().find("key-1", "resp_1")).isPresent();
      assertThat(storage.origins().lostRows()).isZero();
    }
  }

  @Test
  void theLaterOriginOfOneResponseReplacesTheEarlier() {
    Origin later = new Origin("key-1", "azure", "upstream-2", "gpt-5", Rows.NOW);
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      storage.origins().put("resp_1", origin("key-1", Rows.NOW));
      storage.origins().flush();
      storage.origins().put("resp_1", later);
    }
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      assertThat(storage.origins().find("key-1", "resp_1")).contains(later);
    }
  }

  @Test
  void whatIsOlderThanThirtyDaysIsGone() {
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      for (int i = 0; i < 6_000; i++) {
        storage.origins().put("old_" + i, origin("key-1", Rows.NOW));
      }
      storage.origins().put("new", origin("key-1", Rows.NOW.plus(Duration.ofDays(1))));
    }
    Clock later = Clock.offset(Rows.CLOCK, Origins.RETENTION.plusMillis(1));
    try (Storage storage = Storage.open(folder, later)) {
      assertThat(storage.origins().find("key-1", "old_1")).isEmpty();
      assertThat(storage.origins().purge()).isEqualTo(6_000);
      assertThat(storage.origins().purge()).isZero();
      assertThat(storage.origins().find("key-1", "new")).isPresent();
    }
  }
}
