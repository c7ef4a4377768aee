package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KeyChangesTest {
  @Test
  void whoeverListensIsToldOfKeysThatAreMadeAndRevokedByTheirId() {
    try (House house = new House()) {
      String id = house.keys.create("ci", null, List.of(), null, null, null).id();
      assertThat(house.keys.revoke(id)).isPresent();

      assertThat(house.changes)
          .containsExactly(
              new KeyService.Change(id, "made"), new KeyService.Change(id, "revoked"));
    }
  }
}
