package dev.customhouse.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UpstreamKeyTest {
  private static final long NOW = Long.MAX_VALUE - 100;

  private final UpstreamKey key = new UpstreamKey("p#1", null, 1);

  @Test
  void aNewKeyIsReady() {
    assertThat(key.isReady("m", NOW)).isTrue();
    assertThat(key.waitNanos(NOW)).isZero();
    assertThat(key.isSetAside(NOW)).isFalse();
  }

  @Test
  void aKeyRestsUntilTheLatestTimeItWasTold() {
    key.rest(NOW + 300);
    key.rest(NOW + 200);
    assertThat(key.waitNanos(NOW)).isEqualTo(300);
    assertThat(key.isReady("m", NOW + 299)).isFalse();
    assertThat(key.isReady("m", NOW + 300)).isTrue();
    assertThat(key.isSetAside(NOW)).isFalse();
  }

  @Test
  void aRefusedKeyIsSetAsideUntilItsTimeIsOverOrItServed() {
    key.setAside(NOW + 300);
    assertThat(key.isSetAside(NOW)).isTrue();
    assertThat(key.isSetAside("m", NOW)).isTrue();
    assertThat(key.isReady("m", NOW)).isFalse();
    assertThat(key.isSetAside(NOW + 300)).isFalse();
    key.served();
    assertThat(key.isSetAside(NOW)).isFalse();
  }

  @Test
  void aKeyMayBeSetAsideForOneModelAlone() {
    key.setAside("m", NOW + 300, NOW);
    assertThat(key.isReady("m", NOW)).isFalse();
    assertThat(key.isSetAside("m", NOW)).isTrue();
    assertThat(key.waitNanos("m", NOW)).isEqualTo(300);
    assertThat(key.isReady("other", NOW)).isTrue();
    assertThat(key.isSetAside(NOW)).isFalse();
    assertThat(key.isReady("m", NOW + 300)).isTrue();
  }

  @Test
  void theModelsItIsRememberedForAreBoundedAndOldOnesMakeRoom() {
    for (int i = 0; i < 2 * UpstreamKey.REFUSED_MODELS; i++) {
      key.setAside("m" + i, NOW + 300, NOW);
    }
    assertThat(key.isReady("m0", NOW)).isFalse();
    assertThat(key.isReady("m" + UpstreamKey.REFUSED_MODELS, NOW)).isTrue();
    key.setAside("late", NOW + 900, NOW + 300);
    assertThat(key.isReady("late", NOW + 300)).isFalse();
  }
}
