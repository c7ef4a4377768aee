package dev.customhouse.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UpstreamKeyTest {
  /** The clock passes its own end soon. */
  private final long now = Long.parseLong("7fffffffffffff9b", 16);

  private final UpstreamKey key = new UpstreamKey("p#1", null, 1);

  @Test
  void aNewKeyIsReady() {
    assertThat(key.isReady("m", now)).isTrue();
    assertThat(key.waitNanos(now)).isZero();
    assertThat(key.isSetAside(now)).isFalse();
  }

  @Test
  void aKeyRestsUntilTheLatestTimeItWasTold() {
    key.rest(now + 300);
    key.rest(now + 200);
    assertThat(key.waitNanos(now)).isEqualTo(300);
    assertThat(key.isReady("m", now + 299)).isFalse();
    assertThat(key.isReady("m", now + 300)).isTrue();
    assertThat(key.isSetAside(now)).isFalse();
  }

  @Test
  void aRefusedKeyIsSetAsideUntilItsTimeIsOverOrItServed() {
    key.setAside(now + 300);
    assertThat(key.isSetAside(now)).isTrue();
    assertThat(key.isSetAside("m", now)).isTrue();
    assertThat(key.isReady("m", now)).isFalse();
    assertThat(key.isSetAside(now + 300)).isFalse();
    key.served();
    assertThat(key.isSetAside(now)).isFalse();
  }

  @Test
  void aKeyMayBeSetAsideForOneModelAlone() {
    key.setAside("m", now + 300, now);
    assertThat(key.isReady("m", now)).isFalse();
    assertThat(key.isSetAside("m", now)).isTrue();
    assertThat(key.waitNanos("m", now)).isEqualTo(300);
    assertThat(key.isReady("other", now)).isTrue();
    assertThat(key.isSetAside(now)).isFalse();
    assertThat(key.isReady("m", now + 300)).isTrue();
  }

  @Test
  void theModelsItIsRememberedForAreBoundedAndOldOnesMakeRoom() {
    for (int i = 0; i < 2 * UpstreamKey.REFUSED_MODELS; i++) {
      key.setAside("m" + i, now + 300, now);
    }
    assertThat(key.isReady("m0", now)).isFalse();
    assertThat(key.isReady("m" + UpstreamKey.REFUSED_MODELS, now)).isTrue();
    key.setAside("late", now + 900, now + 300);
    assertThat(key.isReady("late", now + 300)).isFalse();
  }
}
