package dev.customhouse.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * All sources are written as google-java-format writes them. {@code ./customhouse format} (this
 * test with {@code -Dformat=apply}) brings them there. It is a test and not a Maven plugin because
 * the formatter needs JDK 21 or later, and Maven itself may run on 17.
 */
class FormatTest {
  private static final Formatter FORMATTER =
      new Formatter(
          JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.GOOGLE).build());

  @Test
  void everySourceFileIsFormatted() throws IOException {
    boolean apply = "apply".equals(System.getProperty("format"));
    List<Path> unformatted;
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      unformatted =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(f -> differs(f, apply))
              .toList();
    }
    assertThat(apply ? List.<Path>of() : unformatted).as("run ./customhouse format").isEmpty();
  }

  private static boolean differs(Path file, boolean apply) {
    try {
      String before = Files.readString(file);
      String after =
          FORMATTER.formatSource(
              RemoveUnusedImports.removeUnusedImports(
                  ImportOrderer.reorderImports(before, JavaFormatterOptions.Style.GOOGLE)));
      if (before.equals(after)) {
        return false;
      }
      if (apply) {
        Files.writeString(file, after);
      }
      return true;
    } catch (FormatterException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
