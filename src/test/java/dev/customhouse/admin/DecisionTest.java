package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.Variants;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DecisionTest {
  private static final RequestRecord RECORD =
      Records.answered("req_1", Instant.parse("2026-11-22T10:00:00Z"), "key_1", "fast");

  /** What is a request's alone, or stands in its row. */
  private static final Set<String> NOT_SHARED =
      Set.of(
          "requestId",
          "at",
          "context",
          "remoteAddress",
          "keyId",
          "keyName",
          "project",
          "operation",
          "dialect",
          "requestedModel",
          "provider",
          "upstreamModel",
          "responseModel",
          "translation",
          "status",
          "error",
          "finish",
          "stream",
          "clientGone",
          "sent",
          "usage",
          "bytesIn",
          "bytesOut",
          "firstByteMicros",
          "durationMicros");

  private static List<Decision> variants() {
    List<Decision> variants = new ArrayList<>();
    Variants.of(RECORD).values().forEach(record -> variants.add(new Decision(record)));
    for (Leg leg : Variants.of(RECORD.legs().getFirst()).values()) {
      variants.add(new Decision(with(RECORD.legs(), leg, DecisionTest::withLegs)));
    }
    for (Attempt attempt : Variants.of(RECORD.attempts().getFirst()).values()) {
      variants.add(new Decision(with(RECORD.attempts(), attempt, DecisionTest::withAttempts)));
      variants.add(new Decision(withAttempts(List.of(attempt))));
    }
    variants.add(new Decision(withAttempts(List.of())));
    return variants;
  }

  private static <T> RequestRecord with(
      List<T> all, T first, BiFunction<RequestRecord, List<T>, RequestRecord> change) {
    List<T> changed = new ArrayList<>(all);
    changed.set(0, first);
    return change.apply(RECORD, changed);
  }

  private static RequestRecord withLegs(RequestRecord record, List<Leg> legs) {
    return changed(record, legs, record.attempts(), record.path(), record.operation());
  }

  private static RequestRecord withAttempts(RequestRecord record, List<Attempt> attempts) {
    return changed(record, record.legs(), attempts, record.path(), record.operation());
  }

  private static RequestRecord withAttempts(List<Attempt> attempts) {
    return withAttempts(RECORD, attempts);
  }

  private static RequestRecord changed(
      RequestRecord of,
      List<Leg> legs,
      List<Attempt> attempts,
      String path,
      @Nullable Operation operation) {
    return new RequestRecord(
        of.requestId(),
        of.at(),
        of.context(),
        of.remoteAddress(),
        of.method(),
        path,
        of.keyId(),
        of.keyName(),
        of.project(),
        operation,
        of.dialect(),
        of.requestedModel(),
        of.route(),
        of.provider(),
        of.upstreamModel(),
        of.responseModel(),
        of.translation(),
        of.status(),
        of.error(),
        of.errorCode(),
        of.finish(),
        of.stream(),
        of.clientGone(),
        of.strategy(),
        legs,
        attempts,
        of.dropped(),
        of.sent(),
        of.usage(),
        of.bytesIn(),
        of.bytesOut(),
        of.firstByteMicros(),
        of.durationMicros());
  }

  @Test
  void whatIsAlikeIsToldInTheSameWords() {
    List<Decision> all = variants();
    for (Decision one : all) {
      for (Decision other : all) {
        if (Objects.equals(one.likeness(), other.likeness())) {
          assertThat(one.shared()).isEqualTo(other.shared());
        }
      }
    }
  }

  @Test
  void whatIsOneRequestsAloneMakesNoDifference() {
    Object likeness = new Decision(RECORD).likeness();
    Variants.of(RECORD)
        .forEach((name, variant) ->
            assertThat(Objects.equals(new Decision(variant).likeness(), likeness))
                .as(name)
                .isEqualTo(NOT_SHARED.contains(name)));
    Variants.of(RECORD.attempts().getFirst())
        .forEach((name, variant) ->
            assertThat(
                    Objects.equals(
                        new Decision(with(RECORD.attempts(), variant, DecisionTest::withAttempts))
                            .likeness(),
                        likeness))
                .as(name)
                .isEqualTo(Set.of("spanId", "startedMicros", "durationMicros").contains(name)));
  }

  @Test
  void aPathThatNamesOneResponseIsThatRequestsAlone() {
    Decision one =
        new Decision(
            changed(
                RECORD,
                RECORD.legs(),
                RECORD.attempts(),
                "/v1/responses/resp_1",
                Operation.RESPONSE_GET));
    Decision other =
        new Decision(
            changed(
                RECORD,
                RECORD.legs(),
                RECORD.attempts(),
                "/v1/responses/resp_2",
                Operation.RESPONSE_GET));

    assertThat(one.likeness()).isEqualTo(other.likeness());
    assertThat(one.shared()).isEqualTo(other.shared()).doesNotContain("resp_");
    assertThat(one.own()).contains("resp_1");
  }

  @Test
  void aLongPathIsNotKept() {
    RequestRecord long1 =
        changed(
            RECORD, RECORD.legs(), RECORD.attempts(), "/" + "x".repeat(300), RECORD.operation());

    assertThat(new Decision(long1).likeness()).isNull();
  }
}
