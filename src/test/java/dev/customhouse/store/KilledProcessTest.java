package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledProcessTest {
  private static final int ROUNDS = 3;
  private static final int ACKNOWLEDGED_LINES = 300;

  @TempDir Path folder;

  @Test
  void whatWasAcknowledgedOutlastsTheKillOfTheProcess() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      Process process = start(round);
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        String line;
        for (int i = 0; (line = lines.readLine()) != null; i++) {
          acknowledged.add(line);
          if (i == 0) {
            assertThatThrownBy(() -> Storage.open(folder, Rows.CLOCK))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("process id " + process.pid());
          }
          if (i == ACKNOWLEDGED_LINES) {
            process.toHandle().destroyForcibly(); // Unlike the process itself, keeps its output.
          }
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }

    assertThat(acknowledged).hasSizeGreaterThan(ROUNDS * ACKNOWLEDGED_LINES);
    try (Storage storage = Storage.open(folder, Rows.CLOCK)) {
      List<String> stored = new ArrayList<>(storage.keys().all().stream().map(KeyRow::id).toList());
      for (String cursor = null, more = ""; more != null; cursor = more) {
        Page<UsageRow> page = storage.usage().list(UsageFilter.ALL, 1_000, cursor);
        page.rows().forEach(row -> stored.add(row.requestId()));
        more = page.next();
      }
      assertThat(stored).doesNotHaveDuplicates().containsAll(acknowledged);
    }
  }

  private Process start(int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            folder.toString(),
            "round-" + round)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Stores without end and prints the id of each row when it is acknowledged. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      FileOutputStream lines = new FileOutputStream(FileDescriptor.out);
      Storage storage = Storage.open(Path.of(arguments[0]), Rows.CLOCK);
      for (int i = 0; ; i++) {
        String id = arguments[1] + "-" + i;
        if (i % 5 == 0) {
          storage.usage().append(Rows.usage(id), () -> "{}");
          storage.usage().flush();
        } else {
          storage.keys().insert(Rows.key(id));
        }
        lines.write((id + "\n").getBytes(StandardCharsets.UTF_8)); // Whole or not at all.
      }
    }
  }
}
