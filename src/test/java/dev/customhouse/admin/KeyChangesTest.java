package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyChangesTest {
  @Test
  void whoeverListensIsToldOfKeysThatAreMadeAndRevokedByTheirId(@TempDir Path folder) {
    try (House house = new House(folder)) {
      String id = house.keys.create("ci", null, List.of(), null, null, null).id();
      assertThat(house.keys.revoke(id)).isPresent();

      assertThat(house.changes)
          .containsExactly(new KeyService.Change(id, "made"), new KeyService.Change(id, "revoked"));
    }
  }
}
