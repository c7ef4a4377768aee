package dev.customhouse.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final long START = Long.MAX_VALUE - 5_000_000_000L;

  private final Health health = new Health();

  private void fail(int times, long nowNanos) {
    for (int i = 0; i < times; i++) {
      turn(nowNanos).failed(nowNanos);
    }
  }

  private Health.Turn turn(long nowNanos) {
    Health.@Nullable Turn turn = health.enter(nowNanos);
    assertThat(turn).isNotNull();
    return turn;
  }

  /** A time so long after the start; the clock may pass its own end meanwhile. */
  private static long after(long nanos) {
    return START + nanos;
  }

  @Test
  void fiveFailuresInARowOpenTheCircuit() {
    fail(4, START);
    assertThat(health.isOpen(START)).isFalse();
    assertThat(turn(START).failed(START)).isTrue();
    assertThat(health.isOpen(START)).isTrue();
    assertThat(health.enter(START)).isNull();
    assertThat(health.waitNanos(START)).isEqualTo(Health.OPEN_NANOS);
  }

  @Test
  void aSuccessAndARefusalBetweenThemBeginTheCountAnew() {
    fail(4, START);
    turn(START).succeeded(1);
    fail(4, START);
    turn(START).answered();
    fail(4, START);
    turn(START).close();
    assertThat(health.isOpen(START)).isFalse();
    fail(1, START);
    assertThat(health.isOpen(START)).isTrue();
  }

  @Test
  void anOpenCircuitWhoseTimeIsOverGivesOneTurn() {
    fail(5, START);
    long over = after(Health.OPEN_NANOS);
    assertThat(health.enter(over - 1)).isNull();
    Health.Turn probe = turn(over);
    assertThat(health.enter(over)).isNull();
    assertThat(health.isOpen(over)).isTrue();
    probe.succeeded(5);
    assertThat(health.isOpen(over)).isFalse();
    turn(over).close();
    turn(over).close();
  }

  @Test
  void aProbeWithoutAVerdictGivesItsTurnToTheNext() {
    fail(5, START);
    long over = after(Health.OPEN_NANOS);
    try (Health.Turn probe = turn(over)) {
      assertThat(health.enter(over)).isNull();
      assertThat(probe).isNotNull();
    }
    turn(over).succeeded(1);
    assertThat(health.isOpen(over)).isFalse();
  }

  @Test
  void eachProbeThatFailsDoublesTheTimeUpToAMinute() {
    fail(5, START);
    long now = START;
    for (long wait : new long[] {5, 10, 20, 40, 60, 60}) {
      assertThat(health.waitNanos(now)).isEqualTo(wait * 1_000_000_000L);
      now += health.waitNanos(now);
      assertThat(turn(now).failed(now)).isFalse();
    }
  }

  @Test
  void failuresOfRequestsFromBeforeTheOpeningDoNotProlongIt() {
    Health.Turn early = turn(START);
    fail(5, START);
    assertThat(early.failed(after(4_000_000_000L))).isFalse();
    assertThat(health.isOpen(after(Health.OPEN_NANOS))).isFalse();
  }

  @Test
  void aTurnAnywayThatGoesWellClosesTheCircuit() {
    fail(5, START);
    health.enterAnyway().failed(START);
    assertThat(health.isOpen(START)).isTrue();
    health.enterAnyway().succeeded(1);
    assertThat(health.isOpen(START)).isFalse();
  }

  @Test
  void aTurnCountsOnce() {
    Health.Turn turn = turn(START);
    for (int i = 0; i < 9; i++) {
      turn.failed(START);
    }
    assertThat(health.isOpen(START)).isFalse();
  }

  @Test
  void theAverageFollowsTheNewestMeasurements() {
    assertThat(health.firstByteNanos()).isZero();
    turn(START).succeeded(1_000);
    assertThat(health.firstByteNanos()).isEqualTo(1_000);
    turn(START).succeeded(2_000);
    assertThat(health.firstByteNanos()).isEqualTo(1_200);
    for (int i = 0; i < 60; i++) {
      turn(START).succeeded(5_000);
    }
    assertThat(health.firstByteNanos()).isBetween(4_990.0, 5_000.0);
  }
}
