package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Changing the settings and stopping while requests are under way. */
class LifecycleTest {
  private static final String CHAT = "/v1/chat/completions";

  private static String settings(String keys, String root, String models) {
    return """
    providers:
      p: { type: openai-compatible, base_url: "%s", api_keys: [%s] }
    models: %s
    """
        .formatted(root, keys, models);
  }

  private static HttpResponse<String> ask(House house, String model) {
    return house.post(CHAT, Speech.CHAT.request(model, false));
  }

  private static void drain(House house) {
    try {
      house.gateway().drain();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aStopLetsStreamsFinishAndTakesNobodyNew() {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(Speech.CHAT.content("begun"));
              go.await();
              connection.chunk(String.join("", Speech.CHAT.ending()));
              connection.end();
            });
        House house =
            House.of(
                "  limits: { drain_timeout: 20s }",
                settings("sk-1", upstream.root(), "{ m: { provider: p } }"));
        RawClient idle = new RawClient(house, 0);
        RawClient client = RawClient.asking(house, CHAT, Speech.CHAT.request("m", true))) {
      client.readUntil("begun");
      idle.send("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
      idle.readUntil("401");
      CompletableFuture<Void> stopping =
          Together.start(() -> {
            drain(house);
            return null;
          });
      // The connection that has nothing under way is closed: by then no new one is taken either.
      idle.readToEnd();
      assertThatThrownBy(() -> new RawClient(house, 0))
          .isInstanceOf(UncheckedIOException.class)
          .hasCauseInstanceOf(ConnectException.class);
      assertThat(stopping).isNotDone();
      go.countDown();

      assertThat(client.readToEnd()).endsWith("data: [DONE]\n\n\r\n0\r\n\r\n");
      stopping.join();
      assertThat(house.anyRecord().clientGone()).isFalse();
      assertThat(house.anyRecord().clientGone()).isFalse();
    }
  }

  @Test
  void aStopWaitsNoLongerThanItMay() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(Speech.CHAT.content("begun"));
              connection.awaitDeparture();
            });
        House house =
            House.of(
                "  limits: { drain_timeout: 500ms }",
                settings("sk-1", upstream.root(), "{ m: { provider: p } }"));
        RawClient client = RawClient.asking(house, CHAT, Speech.CHAT.request("m", true))) {
      client.readUntil("begun");
      long began = System.nanoTime();
      drain(house);
      house.gateway().close();
      Duration took = Duration.ofNanos(System.nanoTime() - began);

      assertThat(took).isBetween(Duration.ofMillis(450), Duration.ofSeconds(5));
      assertThat(client.readToEnd())
          .contains("The gateway is being stopped", "gateway_stopping")
          .doesNotContain("[DONE]");
      RequestRecord record = house.anyRecord();
      assertThat(record.errorCode()).isEqualTo("gateway_stopping");
      assertThat(record.clientGone()).isFalse();
      assertThat(record.error()).isEqualTo(ErrorKind.UNAVAILABLE);
      upstream.departureNanos();
    }
  }

  @Test
  void aRequestThatStillWaitsForItsUpstreamWhenTheTimeIsOverIsToldSo() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.awaitDeparture());
        House house =
            House.of(
                "  limits: { drain_timeout: 100ms }",
                settings("sk-1", upstream.root(), "{ m: { provider: p } }"));
        RawClient client = RawClient.asking(house, CHAT, Speech.CHAT.request("m", false))) {
      upstream.next();
      drain(house);

      assertThat(client.readToEnd()).startsWith("HTTP/1.1 503 ").contains("gateway_stopping");
      assertThat(house.anyRecord().errorCode()).isEqualTo("gateway_stopping");
    }
  }

  @Test
  void aListenerOfItsOwnForTheAdministratorSaysThatTheGatewayDrains() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(Speech.CHAT.content("begun"));
              go.await();
              connection.end();
            });
        House house =
            House.of(
                """
                  limits: { drain_timeout: 20s }
                  admin: { listen: { address: "127.0.0.1", port: %d } }
                """
                    .formatted(port),
                settings("sk-1", upstream.root(), "{ m: { provider: p } }"));
        HttpClient administrator = HttpClient.newHttpClient();
        RawClient idle = new RawClient(house, 0);
        RawClient client = RawClient.asking(house, CHAT, Speech.CHAT.request("m", true))) {
      client.readUntil("begun");
      idle.send("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
      idle.readUntil("401");
      HttpRequest ready =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz")).build();
      assertThat(administrator.send(ready, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      HttpRequest metrics = HttpRequest.newBuilder(ready.uri().resolve("/metrics")).build();
      assertThat(administrator.send(metrics, BodyHandlers.ofString()).body())
          .contains("customhouse_streams_open 1.0");
      CompletableFuture<Void> stopping =
          Together.start(() -> {
            drain(house);
            return null;
          });
      idle.readToEnd();
      HttpResponse<String> answer = administrator.send(ready, BodyHandlers.ofString());
      go.countDown();

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("draining");
      stopping.join();
    }
  }

  @Test
  void changedSettingsServeFromTheNextRequestOnAndThoseUnderWayFinishByTheOldOnes()
      throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeUpstream first =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("slow")) {
                go.await();
              }
              connection.json(200, Speech.CHAT.whole("first"));
            });
        FakeUpstream second =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.CHAT.whole("second")));
        House house =
            House.of(
                settings("sk-1", first.root(), "{ m: { provider: p }, slow: { provider: p } }"))) {
      assertThat(ask(house, "m").body()).contains("first");
      CompletableFuture<HttpResponse<String>> slow = Together.start(() -> ask(house, "slow"));
      first.next();
      first.next();
      house.reload("", settings("sk-1", second.root(), "{ m: { provider: p } }"));

      assertThat(ask(house, "m").body()).contains("second");
      assertThat(ask(house, "slow").statusCode()).isEqualTo(404);
      go.countDown();
      assertThat(slow.join().body()).contains("first");
    }
  }

  @Test
  void settingsThatCannotBeServedChangeNothing() {
    try (FakeUpstream upstream =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.CHAT.whole("well")));
        House house = House.of(settings("sk-1", upstream.root(), "{ m: { provider: p } }"))) {
      String bad = settings("\"${env:NOT_THERE}\"", upstream.root(), "{ x: { provider: p } }");
      house.reload("", bad);

      assertThat(ask(house, "x").statusCode()).isEqualTo(404);
      assertThat(ask(house, "m").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void requestsThatRunWhileTheSettingsChangeAllSucceed() {
    AtomicBoolean over = new AtomicBoolean();
    try (FakeUpstream upstream =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.CHAT.whole("well")));
        House house = House.of(settings("sk-1", upstream.root(), "{ m: { provider: p } }"))) {
      CompletableFuture<Integer> changes =
          Together.start(() -> {
            int count = 0;
            while (!over.get()) {
              String keys = count++ % 2 == 0 ? "sk-1, sk-2" : "sk-3";
              house.reload("", settings(keys, upstream.root(), "{ m: { provider: p } }"));
            }
            return count;
          });
      Together.times(
          8,
          lane -> {
            for (int i = 0; i < 40; i++) {
              assertThat(ask(house, "m").statusCode()).isEqualTo(200);
            }
            return lane;
          });
      over.set(true);
      assertThat(changes.join()).isGreaterThan(1);
    }
  }

  @Test
  void aProviderThatStaysAsItWasKeepsWhatIsKnownOfItsKeysAndItsHealth() {
    AtomicInteger asked = new AtomicInteger();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              asked.incrementAndGet();
              String key = request.headers().getOrDefault("authorization", "");
              if (key.endsWith("bad")) {
                connection.json(401, "{}");
              } else if (Speech.model(request).equals("ill")) {
                connection.json(500, "{}");
              } else {
                connection.json(200, Speech.CHAT.whole("well"));
              }
            });
        House house =
            House.of(settings("sk-bad, sk-good", upstream.root(), "{ \"*\": { provider: p } }"))) {
      assertThat(ask(house, "m").statusCode()).isEqualTo(200);
      for (int i = 0; i < 3; i++) {
        ask(house, "ill");
      }
      assertThat(ask(house, "ill").statusCode()).isEqualTo(503);
      int before = asked.get();
      String models = "{ \"*\": { provider: p }, other: { provider: p } }";
      house.reload("", settings("sk-bad, sk-good", upstream.root(), models));

      assertThat(ask(house, "ill").statusCode()).isEqualTo(503);
      for (int i = 0; i < 4; i++) {
        assertThat(ask(house, "m").statusCode()).isEqualTo(200);
      }
      assertThat(asked.get()).isEqualTo(before + 4);

      // Other keys make another provider of it.
      house.reload("", settings("sk-good", upstream.root(), models));
      assertThat(ask(house, "ill").statusCode()).isEqualTo(500);
    }
  }
}
