package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.OnUnsupported;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyStoreTest {
  @TempDir Path folder;
  private Storage storage;
  private KeyStore keys;

  @BeforeEach
  void open() {
    storage = Storage.open(folder, Rows.CLOCK);
    keys = storage.keys();
  }

  @AfterEach
  void close() {
    storage.close();
  }

  @Test
  void aKeyComesBackAsItWasStored() {
    KeyRow full =
        new KeyRow(
            "key-1",
            "Büro",
            "project",
            Rows.hash("one"),
            "sk-ch-abc…wxyz",
            List.of("gpt-*", "claude-sonnet"),
            60,
            4,
            OnUnsupported.DROP,
            Rows.NOW.plusNanos(999),
            Rows.NOW.plus(Duration.ofDays(90)),
            null);
    KeyRow bare = Rows.key("key-2");

    assertThat(keys.insert(full)).isTrue();
    assertThat(keys.insert(bare)).isTrue();
    assertThat(keys.find("key-1")).contains(full);
    assertThat(keys.find("key-2")).contains(bare);
    assertThat(keys.find("key-3")).isEmpty();
    assertThat(keys.all()).containsExactly(full, bare);
  }

  @Test
  void theSameIdOrTheSameHashIsNotStoredTwice() {
    assertThat(keys.insert(Rows.key("key-1"))).isTrue();
    assertThat(keys.insert(Rows.key("key-1", "other", Rows.NOW))).isFalse();
    assertThat(
            keys.insert(
                new KeyRow(
                    "key-2",
                    "other",
                    null,
                    Rows.hash("key-1"),
                    "",
                    List.of(),
                    null,
                    null,
                    null,
                    Rows.NOW,
                    null,
                    null)))
        .isFalse();
    assertThat(keys.all()).containsExactly(Rows.key("key-1"));
  }

  @Test
  void pagesAreNewestFirstAndMeetWithoutGapOrOverlap() {
    for (int i = 0; i < 25; i++) {
      keys.insert(Rows.key("key-%02d".formatted(i), "n", Rows.NOW.plusSeconds(i / 3)));
    }

    List<String> seen = new ArrayList<>();
    String after = null;
    do {
      Page<KeyRow> page = keys.list(10, after, null);
      page.rows().forEach(row -> seen.add(row.id()));
      after = page.next();
    } while (after != null);

    assertThat(seen).hasSize(25).isSortedAccordingTo(java.util.Comparator.reverseOrder());
  }

  @Test
  void aSearchTakesWildcardsLiterallyAndIgnoresCase() {
    keys.insert(Rows.key("1", "100% Büro_ÜBER!", Rows.NOW));
    keys.insert(Rows.key("2", "1000 buroXuber", Rows.NOW));

    assertThat(ids("100%")).containsExactly("1");
    assertThat(ids("_")).containsExactly("1");
    assertThat(ids("!")).containsExactly("1");
    assertThat(ids("BÜRO_über")).containsExactly("1");
    assertThat(ids("100")).containsExactly("2", "1");
    assertThat(ids("' OR 1=1 --")).isEmpty();
  }

  private List<String> ids(String search) {
    return keys.list(10, null, search).rows().stream().map(KeyRow::id).toList();
  }

  @Test
  void aRevokedKeyKeepsItsFirstTime() {
    keys.insert(Rows.key("key-1"));
    assertThat(keys.revoke("key-1").orElseThrow().revokedAt()).isEqualTo(Rows.NOW);
    storage.close();

    storage = Storage.open(folder, java.time.Clock.offset(Rows.CLOCK, Duration.ofHours(1)));
    assertThat(storage.keys().revoke("key-1").orElseThrow().revokedAt()).isEqualTo(Rows.NOW);
    assertThat(storage.keys().revoke("key-2")).isEmpty();
  }

  @Test
  void wrongPagesAndWrongKeysAreRefused() {
    assertThatThrownBy(() -> keys.list(0, null, null)).hasMessageContaining("expected 1 to 1000");
    assertThatThrownBy(() -> keys.list(1_001, null, null)).hasMessageContaining("1001");
    assertThatThrownBy(() -> keys.list(1, "nobody", null)).hasMessageContaining("after");
    assertThatThrownBy(() -> Rows.key("key-1", "a\nb", Rows.NOW)).hasMessageContaining("name");
    assertThatThrownBy(() -> Rows.key("key-1", "n".repeat(257), Rows.NOW))
        .hasMessageContaining("256");
  }
}
