package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Upstreams that are ill, and upstreams that are full. */
class CircuitAndQueueTest {
  private static final String CHAT = "/v1/chat/completions";

  private static HttpResponse<String> ask(House house, String model) {
    return house.post(CHAT, Speech.CHAT.request(model, false));
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private static FakeUpstream broken(AtomicInteger asked) {
    return FakeUpstream.of((request, connection) -> {
      asked.incrementAndGet();
      connection.whole(500, "text/plain", "broken");
    });
  }

  @Test
  void afterFiveFailuresInARowTheOnlyUpstreamIsLeftAlone() {
    AtomicInteger asked = new AtomicInteger();
    try (FakeUpstream upstream = broken(asked);
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  "m*": { provider: p, retry: { attempts: 1 } }
                """
                    .formatted(upstream.root()))) {
      for (int i = 0; i < 5; i++) {
        assertThat(ask(house, "m").statusCode()).isEqualTo(502);
      }
      HttpResponse<String> kept = ask(house, "m");

      assertThat(kept.statusCode()).isEqualTo(503);
      assertThat(kept.body()).contains("The provider 'p' failed too often and is given a rest.");
      assertThat(Long.parseLong(header(kept, "retry-after"))).isBetween(1L, 5L);
      assertThat(header(kept, "x-customhouse-attempts")).isEqualTo("0");
      assertThat(header(kept, "x-customhouse-provider")).isEqualTo("p");
      assertThat(asked.get()).isEqualTo(5);
      // Other models there have a circuit of their own.
      assertThat(ask(house, "m2").statusCode()).isEqualTo(502);
    }
  }

  @Test
  void anIllUpstreamIsPassedByWithoutBeingAsked() {
    AtomicInteger asked = new AtomicInteger();
    try (FakeUpstream ill = broken(asked);
        FakeUpstream well =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.CHAT.whole("well")));
        House house = twoTargets(ill, well)) {
      for (int i = 0; i < 5; i++) {
        assertThat(header(ask(house, "m"), "x-customhouse-attempts")).isEqualTo("2");
      }
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = ask(house, "m");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("1");
      }
      assertThat(asked.get()).isEqualTo(5);
    }
  }

  @Test
  void whenAllSeemIllAtMostHalfAreLeftAlone() {
    AtomicInteger first = new AtomicInteger();
    AtomicInteger second = new AtomicInteger();
    try (FakeUpstream ill = broken(first);
        FakeUpstream worse = broken(second);
        House house = twoTargets(ill, worse)) {
      for (int i = 0; i < 9; i++) {
        assertThat(ask(house, "m").statusCode()).isEqualTo(502);
      }
      assertThat(first.get()).isEqualTo(5);
      assertThat(second.get()).isEqualTo(9);
    }
  }

  private static House twoTargets(FakeUpstream first, FakeUpstream second) {
    return House.of(
        """
        providers:
          a: { type: openai-compatible, base_url: "%s" }
          b: { type: openai-compatible, base_url: "%s" }
        models:
          m:
            strategy: ordered
            retry: { attempts: 1 }
            targets: [ { provider: a }, { provider: b } ]
        """
            .formatted(first.root(), second.root()));
  }

  private static House narrow(FakeUpstream upstream, int concurrent, int queued) {
    return House.of(
        "  limits: { queued_requests: %d, concurrent_streams_per_key: 1000 }".formatted(queued),
        """
        providers:
          p: { type: openai-compatible, base_url: "%s", max_concurrent: %d }
        models:
          m: { provider: p }
        """
            .formatted(upstream.root(), concurrent));
  }

  @Test
  void whoFindsNoPlaceWaitsAndWhoFindsNoPlaceToWaitIsTurnedAway() {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              go.await();
              connection.json(200, Speech.CHAT.whole("well"));
            });
        House house = narrow(upstream, 2, 3)) {
      List<CompletableFuture<HttpResponse<String>>> asked =
          IntStream.range(0, 6).mapToObj(i -> Together.start(() -> ask(house, "m"))).toList();
      // Two are under way and three wait: the only one that has its answer is the sixth.
      CompletableFuture.anyOf(asked.toArray(CompletableFuture<?>[]::new)).join();
      List<HttpResponse<String>> shed =
          asked.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join).toList();
      go.countDown();

      assertThat(shed).hasSize(1);
      assertThat(shed.getFirst().statusCode()).isEqualTo(503);
      assertThat(shed.getFirst().body())
          .contains("The provider 'p' has no room for this request now.");
      assertThat(header(shed.getFirst(), "retry-after")).isEqualTo("1");
      assertThat(header(shed.getFirst(), "x-customhouse-attempts")).isEqualTo("0");
      assertThat(asked).filteredOn(answer -> answer.join().statusCode() == 200).hasSize(5);
      assertThat(ask(house, "m").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void manyMoreThanThereArePlacesAreAllServedInTheEnd() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              connection.begin("application/json");
              connection.chunk(Speech.CHAT.whole("well"));
              now.decrementAndGet();
              connection.end();
            });
        House house = narrow(upstream, 10, 1000)) {
      List<HttpResponse<String>> answers = Together.times(300, i -> ask(house, "m"));

      assertThat(answers).allMatch(answer -> answer.statusCode() == 200);
      assertThat(most.get()).isBetween(1, 10);
    }
  }

  @Test
  void aPlaceIsGivenBackOnEveryWayOut() throws InterruptedException {
    Semaphore turn = new Semaphore(0);
    String[] ways = {"cut", "400", "html", "503", "error", "broken", "stream", "whole"};
    AtomicInteger next = new AtomicInteger();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              turn.release();
              String way = ways[next.getAndIncrement() % ways.length];
              switch (way) {
                case "cut" -> connection.cut();
                case "400" -> connection.json(400, "{\"error\":{}}");
                case "html" -> connection.whole(200, "text/html", "<html>");
                case "503" -> connection.json(503, "{}");
                case "error" -> {
                  connection.beginEvents();
                  connection.chunk(Speech.CHAT.error("x", "y"));
                  connection.end();
                }
                case "broken" -> {
                  connection.beginEvents();
                  connection.chunk(Speech.CHAT.content("x"));
                  connection.cut();
                }
                case "stream" -> {
                  connection.beginEvents();
                  connection.chunk(Speech.CHAT.stream("well"));
                  connection.end();
                }
                default -> connection.json(200, Speech.CHAT.whole("well"));
              }
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", max_concurrent: 1 }
                models:
                  "m*": { provider: p, retry: { attempts: 1 } }
                """
                    .formatted(upstream.root()))) {
      for (int i = 0; i < 3 * ways.length; i++) {
        house.post(CHAT, Speech.CHAT.request("m-" + i, true));
        assertThat(turn.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }
}
