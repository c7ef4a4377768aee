package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationReferenceTest {
  private static final Path COMMITTED = Path.of("docs/configuration.md");

  @Test
  void theCommittedReferenceSaysWhatTheSchemaSays() throws IOException {
    String written = ConfigurationReference.markdown();
    if ("apply".equals(System.getProperty("docs"))) {
      Files.writeString(COMMITTED, written);
    }
    assertThat(Files.readString(COMMITTED))
        .as("run mvn test -Dtest=ConfigurationReferenceTest -Ddocs=apply")
        .isEqualTo(written);
  }
}
