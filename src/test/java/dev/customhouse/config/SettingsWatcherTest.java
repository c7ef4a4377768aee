package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.config.SettingsWatcher.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsWatcherTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final String PORT_1 = "gateway: {listen: {port: 8001}}\n";
  private static final String PORT_2 = "gateway: {listen: {port: 8002}}\n";
  private static final String WRONG = "gateway: {listen: {port: no}}\n";

  private final List<String> told = new ArrayList<>();
  @TempDir private Path directory;
  private Path file = Path.of("");
  private SettingsWatcher watcher = watcher();

  @BeforeEach
  void aFileThatWasReadOnce() throws IOException {
    file = directory.resolve("customhouse.yaml");
    watcher = watcher();
    write(PORT_1, 100);
    assertThat(watcher.load().gateway().listen().port()).isEqualTo(8001);
  }

  @Test
  void aFileThatStaysIsNoChange() {
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    assertThat(told).isEmpty();
  }

  @Test
  void aChangedFileIsTold() throws IOException {
    write(PORT_2, 90);
    assertThat(watcher.check()).isEqualTo(Outcome.CHANGED);
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    assertThat(told).containsExactly("port 8002");
  }

  @Test
  void aTouchedFileIsNoChange() throws IOException {
    write(PORT_1, 90);
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    assertThat(told).isEmpty();
  }

  @Test
  void aSecondChangeWithinTheSameTimeStampIsSeenWhileTheFileIsFresh() throws IOException {
    write(PORT_2, 1);
    watcher.check();
    Files.writeString(file, PORT_1);
    Files.setLastModifiedTime(file, FileTime.from(NOW.minusSeconds(1)));
    assertThat(watcher.check()).isEqualTo(Outcome.CHANGED);
    assertThat(told).containsExactly("port 8002", "port 8001");
  }

  @Test
  void aFileThatWasPutInPlaceOfTheOldOneIsSeen() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), PORT_2);
    Files.setLastModifiedTime(other, FileTime.from(NOW.minusSeconds(100)));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(watcher.check()).isEqualTo(Outcome.CHANGED);
    assertThat(told).containsExactly("port 8002");
  }

  @Test
  void aRefusedFileIsToldOnceAndTheLastGoodOneIsToldWhenItIsBack() throws IOException {
    write(WRONG, 90);
    assertThat(watcher.check()).isEqualTo(Outcome.REFUSED);
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    write(PORT_1, 80);
    assertThat(watcher.check()).isEqualTo(Outcome.CHANGED);
    assertThat(told)
        .containsExactly(
            file
                + ":1:26: gateway.listen.port: is the text \"no\", expected an integer from 0 to"
                + " 65535",
            "port 8001");
  }

  @Test
  void aFileThatIsGoneIsToldOnce() throws IOException {
    Files.delete(file);
    assertThat(watcher.check()).isEqualTo(Outcome.REFUSED);
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    write(PORT_1, 100);
    assertThat(watcher.check()).isEqualTo(Outcome.CHANGED);
    assertThat(told).containsExactly(file + ": there is no such file", "port 8001");
  }

  @Test
  void aReloadTellsTheFileChangedOrNot() throws IOException {
    assertThat(watcher.reload()).isEqualTo(Outcome.CHANGED);
    write(WRONG, 90);
    assertThat(watcher.reload()).isEqualTo(Outcome.REFUSED);
    assertThat(watcher.check()).isEqualTo(Outcome.UNCHANGED);
    assertThat(told).hasSize(2).first().isEqualTo("port 8001");
  }

  @Test
  void aFirstLoadOfAWrongFileFails() throws IOException {
    write(WRONG, 90);
    SettingsWatcher fresh = watcher();
    assertThatThrownBy(fresh::load).isInstanceOf(SettingsException.class);
    assertThat(told).isEmpty();
  }

  @Test
  void theThreadEndsWhenTheWatcherIsClosed() throws InterruptedException {
    watcher.start();
    watcher.start();
    List<Thread> threads = watcherThreads();
    assertThat(threads).hasSize(1).allMatch(Thread::isDaemon);
    watcher.close();
    for (Thread thread : threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  private static List<Thread> watcherThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("settings-watcher"))
        .toList();
  }

  private SettingsWatcher watcher() {
    return new SettingsWatcher(
        file,
        new SettingsReader(),
        Clock.fixed(NOW, ZoneOffset.UTC),
        new SettingsWatcher.Listener() {
          @Override
          public void changed(Settings settings) {
            told.add("port " + settings.gateway().listen().port());
          }

          @Override
          public void refused(SettingsException refusal) {
            told.add(refusal.getMessage());
          }
        });
  }

  private void write(String text, int secondsAgo) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(NOW.minusSeconds(secondsAgo)));
  }
}
