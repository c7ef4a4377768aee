package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Copies of requests to another model: beside the request, and nothing to it. */
class ShadowTest {
  private static final String CHAT = "/v1/chat/completions";

  private static House house(FakeUpstream upstream, FakeUpstream other, int concurrent) {
    return House.of(
        "  limits: { concurrent_streams_per_key: 1000, first_byte_timeout: 2s }",
        """
        providers:
          p: { type: openai-compatible, base_url: "%s", api_keys: [sk-p] }
          q: { type: openai-compatible, base_url: "%s", api_keys: [sk-q], max_concurrent: %d }
        models:
          m: { provider: p, shadow: { model: candidate, percent: 100 } }
          candidate: { provider: q, model: next }
        """
            .formatted(upstream.root(), other.root(), concurrent));
  }

  private static FakeUpstream well() {
    return FakeUpstream.of(
        (request, connection) -> Speech.CHAT.answer(request, connection, "well"));
  }

  @Test
  void aCopyHasTheSameBodyButForTheModelAndIsNoPartOfTheRequest() {
    try (FakeUpstream upstream = well();
        FakeUpstream other =
            FakeUpstream.of((request, connection) ->
                Speech.CHAT.answer(request, connection, "from the shadow"));
        House house = house(upstream, other, 100)) {
      for (boolean stream : new boolean[] {false, true}) {
        String body = Speech.CHAT.request("m", stream);
        HttpResponse<String> answer = house.post(CHAT, body, "idempotency-key", "once");

        assertThat(answer.body()).contains("well").doesNotContain("shadow");
        assertThat(answer.headers().firstValue("x-customhouse-provider")).hasValue("p");
        assertThat(answer.headers().firstValue("x-customhouse-attempts")).hasValue("1");
        FakeUpstream.Request copy = other.next();
        FakeUpstream.Request original = upstream.next();
        assertThat(copy.text()).isEqualTo(original.text().replace("\"m\"", "\"next\""));
        assertThat(copy.headers()).containsEntry("authorization", "Bearer sk-q");
        assertThat(original.headers()).containsEntry("idempotency-key", "once");
        assertThat(copy.headers()).doesNotContainKey("idempotency-key");
        RequestRecord record =
            house.record(answer.headers().firstValue("x-request-id").orElseThrow());
        assertThat(record.provider()).isEqualTo("p");
        assertThat(record.attempts()).hasSize(1);
        assertThat(record.usage()).isNotNull();
      }
      assertThat(house.records()).isZero();
    }
  }

  @Test
  void itsFailuresDisturbNobody() {
    List<String> ways = List.of("cut", "500", "garbage", "401", "429", "silence");
    AtomicInteger next = new AtomicInteger();
    CountDownLatch over = new CountDownLatch(1);
    try (FakeUpstream upstream = well();
        FakeUpstream other =
            FakeUpstream.of((request, connection) -> {
              switch (ways.get(next.getAndIncrement() % ways.size())) {
                case "cut" -> connection.cut();
                case "500" -> connection.json(500, "{}");
                case "garbage" -> connection.raw(new byte[] {0, 1, 2, 13, 10, 13, 10});
                case "401" -> connection.json(401, "{}");
                case "429" -> connection.json(429, "{}", "Retry-After", "60");
                default -> over.await();
              }
            });
        House house = house(upstream, other, 1_000)) {
      for (int i = 0; i < 30; i++) {
        HttpResponse<String> answer = house.post(CHAT, Speech.CHAT.request("m", true));
        assertThat(answer.body()).isEqualTo(Speech.CHAT.stream("well"));
        other.next();
      }
      // What happened to the copies says nothing about the provider to those who ask for it.
      next.set(0);
      over.countDown();
      assertThat(
              house
                  .post(CHAT, Speech.CHAT.request("candidate", false))
                  .headers()
                  .firstValue("x-customhouse-provider"))
          .hasValue("q");
    }
  }

  @Test
  void copiesAreBoundedAndTakeOnlyPlacesToSpare() {
    CountDownLatch over = new CountDownLatch(1);
    try (FakeUpstream upstream = well();
        FakeUpstream other =
            FakeUpstream.of((request, connection) -> {
              if (request.text().contains("copied")) {
                over.await();
              }
              Speech.CHAT.answer(request, connection, "well");
            });
        House house = house(upstream, other, 10)) {
      String copied = Speech.CHAT.request("m", false).replace("hello", "copied");
      Together.times(40, i -> house.post(CHAT, copied));
      for (int i = 0; i < 5; i++) {
        other.next();
      }
      // All copies there are wait; half of the places are left for those who ask for it.
      List<HttpResponse<String>> asked =
          Together.times(20, i -> house.post(CHAT, Speech.CHAT.request("candidate", false)));

      assertThat(asked).allMatch(answer -> answer.statusCode() == 200);
      assertThat(other.pending()).isEqualTo(20);
      over.countDown();
    }
  }
}
