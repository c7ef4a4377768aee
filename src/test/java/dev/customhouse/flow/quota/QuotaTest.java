package dev.customhouse.flow.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuotaTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<String> shed = new ArrayList<>();
  private long nowNanos = Long.MAX_VALUE - 30 * SECOND; // the clock may wrap around

  private Quota quota(int concurrentRequests) {
    return new Quota(concurrentRequests, () -> nowNanos, new Shedding(shed));
  }

  private record Shedding(List<String> shed) implements Events {
    @Override
    public void keySetAside(String provider, String upstreamKey, ErrorKind why) {}

    @Override
    public void circuitOpened(String provider, String model) {}

    @Override
    public void shadowed(String provider, String model, int status, long durationMicros) {}

    @Override
    public void shadowSkipped(String provider, String model) {}

    @Override
    public void shed(String where) {
      shed.add(where);
    }
  }

  private static Caller caller(@Nullable Integer requestsPerMinute, int atOnce) {
    return new Caller("key", "name", null, List.of(), requestsPerMinute, atOnce);
  }

  private static Refusal refused(Quota quota, Caller caller) {
    return catchThrowableOfType(Refusal.class, () -> quota.reserve(caller, true).close());
  }

  private void ask(Quota quota, Caller caller) {
    quota.reserve(caller, true).close();
  }

  @Test
  void requestsAMinuteAreCountedToTheNanosecondOverEveryMinute() {
    Quota quota = quota(10);
    Caller caller = caller(3, 10);
    ask(quota, caller);
    nowNanos += 10 * SECOND;
    ask(quota, caller);
    nowNanos += 10 * SECOND;
    ask(quota, caller);
    nowNanos += 40 * SECOND - 1;

    Refusal refused = refused(quota, caller);
    assertThat(refused.kind()).isEqualTo(ErrorKind.RATE_LIMITED);
    assertThat(refused.code()).isEqualTo("rate_limit_exceeded");
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofNanos(1));
    assertThat(refused.getMessage()).contains("name", "3 requests a minute");

    nowNanos += 1;
    ask(quota, caller);
    assertThat(refused(quota, caller).retryAfter()).isEqualTo(Duration.ofSeconds(10));
    nowNanos += 10 * SECOND;
    ask(quota, caller);
    assertThat(refused(quota, caller).retryAfter()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aRefusedRequestIsNotCounted() {
    Quota quota = quota(10);
    Caller caller = caller(1, 10);
    ask(quota, caller);
    for (int i = 0; i < 59; i++) {
      nowNanos += SECOND;
      assertThat(refused(quota, caller)).isNotNull();
    }
    nowNanos += SECOND;
    ask(quota, caller);
  }

  @Test
  void aChangedLimitCountsTheNewestRequestsOn() {
    Quota quota = quota(10);
    for (int i = 0; i < 4; i++) {
      ask(quota, caller(5, 10));
      nowNanos += SECOND;
    }
    assertThat(refused(quota, caller(2, 10)).retryAfter()).isEqualTo(Duration.ofSeconds(58));
    ask(quota, caller(3, 10));
    ask(quota, caller(null, 10));
  }

  @Test
  void aKeyHasOnlySoManyRequestsUnderWay() {
    Quota quota = quota(10);
    Caller caller = caller(null, 2);
    Quota.Reservation first = quota.reserve(caller, true);
    try (Quota.Reservation second = quota.reserve(caller, true)) {
      assertThat(second).isNotNull();
      Refusal refused = refused(quota, caller);
      assertThat(refused.kind()).isEqualTo(ErrorKind.RATE_LIMITED);
      assertThat(refused.code()).isEqualTo("concurrent_requests_exceeded");
      assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(1));
      assertThat(quota.underWay()).isEqualTo(2);
      first.close();
      first.close();
      assertThat(quota.underWay()).isEqualTo(1);
      ask(quota, caller);
    }
    assertThat(quota.underWay()).isZero();
  }

  @Test
  void theGatewayHasOnlySoManyRequestsUnderWayAndSaysWhenToComeAgain() {
    Quota quota = quota(1);
    try (Quota.Reservation only = quota.reserve(caller(null, 10), true)) {
      assertThat(only).isNotNull();
      Refusal refused = refused(quota, new Caller("other", "other", null, List.of(), null, 10));
      assertThat(refused.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
      assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(1));
      assertThat(shed).containsExactly("gateway");
      quota.limit(2);
      ask(quota, new Caller("other", "other", null, List.of(), null, 10));
    }
    assertThat(quota.underWay()).isZero();
  }

  @Test
  void whatIsNotCountedTakesAPlaceButNoneOfTheMinute() {
    Quota quota = quota(10);
    Caller caller = caller(1, 1);
    ask(quota, caller);
    try (Quota.Reservation beside = quota.reserve(caller, false)) {
      assertThat(beside).isNotNull();
      Refusal refused =
          catchThrowableOfType(Refusal.class, () -> quota.reserve(caller, false).close());
      assertThat(refused.code()).isEqualTo("concurrent_requests_exceeded");
    }
    quota.reserve(caller, false).close();
    assertThat(refused(quota, caller).code()).isEqualTo("rate_limit_exceeded");
  }
}
