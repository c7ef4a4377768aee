package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Limits as clients meet them, and that what was taken is given back whatever happened. */
class QuotaAtTheDoorTest {
  private static final String CHAT =
      "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}";

  private static String key(House house, @Nullable Integer rpm, @Nullable Integer atOnce) {
    return house.gateway().keys().create("k", null, List.of(), rpm, atOnce, null).key().reveal();
  }

  private static RawHttp ask(House house, String path, String key, String body) {
    return RawHttp.to(house.gateway().port())
        .send(
            "POST %s HTTP/1.1\r\nHost: a\r\nx-api-key: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(path, key, body.length(), body));
  }

  private static Answer asked(House house, String path, String key, String body) {
    try (RawHttp client = ask(house, path, key, body)) {
      return client.answer();
    }
  }

  private static String chat(String model, boolean stream) {
    return CHAT.formatted(model, stream);
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeAgainInEveryDialect() {
    try (House house = House.sandbox()) {
      String key = key(house, 1, null);
      assertThat(asked(house, "/v1/chat/completions", key, chat("sandbox/echo", false)).status())
          .isEqualTo(200);
      for (String path :
          List.of(
              "/v1/chat/completions",
              "/v1/messages",
              "/v1beta/models/sandbox/echo:generateContent")) {
        String body =
            path.endsWith("messages")
                ? "{\"model\":\"sandbox/echo\",\"max_tokens\":1,\"messages\":[]}"
                : path.endsWith("Content") ? "{\"contents\":[]}" : chat("sandbox/echo", false);
        Answer refused = asked(house, path, key, body);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(30, 60);
        assertThat(refused.header("x-should-retry")).isEqualTo("true");
        assertThat(refused.body().contains("retryDelay")).isEqualTo(path.endsWith("Content"));
      }
    }
  }

  @Test
  void aPlaceIsGivenBackWhateverHappened() throws InterruptedException {
    CountDownLatch streaming = new CountDownLatch(1);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (request.text().contains("stream\":true")) {
                connection.beginEvents();
                connection.chunk("data: {\"choices\":[]}\n\n");
                streaming.countDown();
                connection.awaitDeparture();
              } else {
                connection.json(400, "{\"error\":{\"message\":\"no\"}}");
              }
            });
        House house =
            House.of(
                """
                providers:
                  fake: { type: openai-compatible, base_url: "%s/v1", api_keys: ["sk-upstream"] }
                models:
                  m: { provider: fake }
                """
                    .formatted(upstream.root()))) {
      String key = key(house, null, 1);
      String path = "/v1/chat/completions";
      assertThat(asked(house, path, key, chat("m", false)).status()).isEqualTo(400);
      assertThat(asked(house, path, key, chat("no-such-model", false)).status()).isEqualTo(404);
      assertThat(asked(house, path, key, "{").status()).isEqualTo(400);
      assertThat(asked(house, "/v1/responses", key, "{\"model\":\"m\",\"input\":1}").status())
          .isNotEqualTo(429);

      try (RawHttp client = ask(house, path, key, chat("m", true))) {
        streaming.await();
        Answer second = asked(house, path, key, chat("sandbox/echo", false));
        assertThat(second.status()).isEqualTo(429);
        assertThat(second.body()).contains("concurrent_requests_exceeded");
        assertThat(second.header("retry-after")).isEqualTo("1");
        assertThat(client).isNotNull();
      }
      // The client has left; its place is free once the gateway has noticed.
      Answer last = asked(house, path, key, chat("sandbox/echo", false));
      for (int i = 0; i < 2_000 && last.status() == 429; i++) {
        last = asked(house, path, key, chat("sandbox/echo", false));
      }
      assertThat(last.status()).isEqualTo(200);
    }
  }

  @Test
  void aGatewayThatIsFullSaysSo() throws InterruptedException {
    CountDownLatch arrived = new CountDownLatch(1);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              arrived.countDown();
              connection.awaitDeparture();
            });
        House house =
            House.of(
                "  limits: { concurrent_requests: 1 }",
                """
                providers:
                  fake: { type: openai-compatible, base_url: "%s/v1", api_keys: ["sk-upstream"] }
                models:
                  m: { provider: fake }
                """
                    .formatted(upstream.root()));
        RawHttp client = ask(house, "/v1/chat/completions", House.KEY, chat("m", false))) {
      arrived.await();
      Answer refused = asked(house, "/v1/chat/completions", House.KEY, chat("sandbox/echo", false));

      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(refused.header("x-should-retry")).isEqualTo("true");
      assertThat(client).isNotNull();
    }
  }
}
