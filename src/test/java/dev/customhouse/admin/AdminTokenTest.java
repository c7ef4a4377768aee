package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {
  @TempDir Path folder;

  @Test
  void aTokenIsMadeAtTheFirstStartOnlyAndIsStoredAsAHash() {
    String token;
    try (House house = new House(folder)) {
      token = house.token;
      assertThat(token).matches("adm-ch-[0-9A-Za-z]{43}");
      assertThat(house.storage.adminToken().get().orElseThrow())
          .matches("[0-9a-f]{64}")
          .doesNotContain(token);
    }
    try (House house = new House(folder)) {
      assertThat(house.token).isEmpty();
      AdminToken stored = new AdminToken(house.storage.adminToken(), house.hasher);
      assertThat(stored.verify(token)).isTrue();
      assertThat(stored.verify(token + " ")).isFalse();
      assertThat(stored.verify("")).isFalse();
    }
  }

  @Test
  void aLostTokenIsReplaced() {
    try (House house = new House(folder)) {
      String renewed = AdminToken.renew(house.storage.adminToken(), house.hasher, house.random);
      AdminToken stored = new AdminToken(house.storage.adminToken(), house.hasher);
      assertThat(stored.verify(renewed)).isTrue();
      assertThat(stored.verify(house.token)).isFalse();
    }
  }

  @Test
  void aBrokenHashIsToldAndNotShown() {
    try (House house = new House(folder)) {
      house.storage.adminToken().put("nonsense");
      assertThatThrownBy(() -> new AdminToken(house.storage.adminToken(), house.hasher))
          .hasMessageContaining("8 characters")
          .hasMessageContaining("expected 64 hex digits")
          .hasMessageNotContaining("nonsense");
    }
  }
}
