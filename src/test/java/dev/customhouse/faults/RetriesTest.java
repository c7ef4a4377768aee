package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One attempt after another, and what none of them may do. */
class RetriesTest {
  private static final String CHAT = "/v1/chat/completions";

  private static HttpResponse<String> ask(House house, String model) {
    return house.post(CHAT, Speech.CHAT.request(model, false));
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  /** Fails so many times with 503, then answers. */
  private static FakeUpstream failing(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return FakeUpstream.of((request, connection) -> {
      if (left.getAndDecrement() > 0) {
        connection.whole(503, "text/html", "<html>busy</html>");
      } else {
        connection.json(200, Speech.CHAT.whole("well"));
      }
    });
  }

  @Test
  void everyAttemptSendsTheSameBytes() {
    try (FakeUpstream upstream = failing(2);
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", api_keys: [sk-up] }
                models:
                  alias:
                    provider: p
                    model: real-name
                    retry: { attempts: 3, backoff: 1ms }
                """
                    .formatted(upstream.root()))) {
      String large = "\u00e4\u20ac\\ud83d\\ude00 ".repeat(40_000);
      String body =
          "{ \"unknown\" : [1,2.50] ,\n\t\"model\" :\"alias\", \"messages\":[{\"content\":\""
              + large
              + "\",\"role\":\"user\"}] }";

      HttpResponse<String> answer = house.post(CHAT, body);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("3");
      List<String> spans = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        FakeUpstream.Request sent = upstream.next();
        assertThat(sent.text()).isEqualTo(body.replace("\"alias\"", "\"real-name\""));
        spans.add(sent.headers().getOrDefault("traceparent", ""));
      }
      assertThat(spans).doesNotHaveDuplicates();
      assertThat(spans.stream().map(span -> span.substring(0, 35)).distinct()).hasSize(1);
    }
  }

  @Test
  void nothingOfOneProviderGetsToTheNext() {
    try (FakeUpstream first = failing(9);
        FakeUpstream second = failing(0);
        House house =
            House.of(
                """
                providers:
                  a: { type: openai-compatible, base_url: "%s", api_keys: [sk-first],
                       headers: { x-team: alpha, x-extra: "one" } }
                  b: { type: openai-compatible, base_url: "%s", api_keys: [sk-second] }
                models:
                  m:
                    strategy: ordered
                    retry: { attempts: 1 }
                    targets: [ { provider: a, model: at-a }, { provider: b, model: at-b } ]
                """
                    .formatted(first.root(), second.root()))) {
      HttpResponse<String> answer =
          house.post(
              CHAT,
              Speech.CHAT
                  .request("m", false)
                  .replace("{\"model\"", "{\"api_base\":\"x\",\"model\""),
              "cookie",
              "session=1",
              "x-forwarded-for",
              "10.1.2.3",
              "openai-organization",
              "org-client",
              "x-custom",
              "client");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "x-customhouse-provider")).isEqualTo("b");
      assertThat(header(answer, "x-customhouse-model")).isEqualTo("at-b");
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("2");
      Map<String, String> one = first.next().headers();
      Map<String, String> two = second.next().headers();
      assertThat(one).containsEntry("authorization", "Bearer sk-first").containsKey("x-team");
      assertThat(two).containsEntry("authorization", "Bearer sk-second");
      assertThat(two)
          .containsOnlyKeys(
              "accept-encoding",
              "authorization",
              "content-length",
              "content-type",
              "host",
              "traceparent",
              "user-agent");
      assertThat(one.values().toString() + two.values())
          .doesNotContain(House.KEY, "session=1", "10.1.2.3", "org-client");
    }
  }

  @ParameterizedTest
  @CsvSource({"400", "404", "409", "413", "422"})
  void aMistakeOfTheClientIsAnsweredInTheUpstreamsOwnWordsAndNotTriedAgain(int status) {
    String words =
        " {\"error\":{\"message\":\"b\u00e4d\",\"type\":\"x\",\"param\":\"p\",\"code\":null}}\n";
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(status, words, "openai-organization", "org-ours"));
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", api_keys: [sk-1, sk-2] }
                models:
                  other: { provider: p }
                  m:
                    fallbacks: [other]
                    retry: { attempts: 3, backoff: 1ms }
                    targets: [ { provider: p, model: x }, { provider: p, model: y } ]
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer = ask(house, "m");

      assertThat(answer.statusCode()).isEqualTo(status);
      assertThat(answer.body()).isEqualTo(words);
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("1");
      assertThat(header(answer, "x-should-retry")).isEqualTo(Boolean.toString(status == 409));
      assertThat(answer.headers().map()).doesNotContainKey("openai-organization");
      upstream.next();
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void onlyTheKindsThatTheRouteNamesAreTriedAgain() {
    try (FakeUpstream upstream = failing(9);
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  m: { provider: p, retry: { attempts: 3, on: [timeout, network], backoff: 1ms } }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer = ask(house, "m");

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("The provider 'p' is overloaded.").doesNotContain("html");
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("1");
      assertThat(header(answer, "x-customhouse-provider")).isEqualTo("p");
      assertThat(header(answer, "x-customhouse-model")).isEqualTo("m");
    }
  }

  @Test
  void theUpstreamsStatusWordsAndTimeToComeAgainReachTheClient() {
    String words = "{\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}";
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    503,
                    words,
                    "Retry-After",
                    "17",
                    "x-should-retry",
                    "false",
                    "set-cookie",
                    "a=b",
                    "x-ratelimit-reset-requests",
                    "6ms"));
        House house = House.of(openAi(upstream, "sk-1"))) {
      HttpResponse<String> answer = ask(house, "m");

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).isEqualTo(words);
      assertThat(header(answer, "retry-after")).isEqualTo("17");
      assertThat(answer.headers().allValues("x-should-retry")).containsExactly("false");
      assertThat(header(answer, "x-ratelimit-reset-requests")).isEqualTo("6ms");
      assertThat(answer.headers().map()).doesNotContainKey("set-cookie");
      // Asked to wait that long, the gateway does not try again itself.
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("1");
    }
  }

  private static String openAi(FakeUpstream upstream, String keys) {
    return """
    providers:
      p: { type: openai-compatible, base_url: "%s", api_keys: [%s] }
    models:
      m: { provider: p, retry: { backoff: 1ms } }
    """
        .formatted(upstream.root(), keys);
  }

  @Test
  void aPromptTooLongForOneModelGoesToTheFallbacksNotToTheSameModelElsewhere() {
    String tooLong = Speech.CHAT.errorBody("context_length_exceeded", "too long");
    List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              asked.add(Speech.model(request));
              if (Speech.model(request).equals("long")) {
                connection.json(200, Speech.CHAT.whole("well"));
              } else {
                connection.json(400, tooLong);
              }
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  long: { provider: p }
                  middle: { provider: p }
                  hopeless: { provider: p, fallbacks: [middle] }
                  m:
                    strategy: ordered
                    fallbacks: [middle, long]
                    targets: [ { provider: p, model: x }, { provider: p, model: y } ]
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> found = ask(house, "m");
      HttpResponse<String> none = ask(house, "hopeless");

      assertThat(found.statusCode()).isEqualTo(200);
      assertThat(header(found, "x-customhouse-model")).isEqualTo("long");
      assertThat(none.statusCode()).isEqualTo(400);
      assertThat(none.body()).isEqualTo(tooLong);
      assertThat(asked).containsExactly("x", "middle", "long", "hopeless", "middle");
    }
  }

  @Test
  void fallbacksAreTriedInOrderAndThenTheirOwn() {
    List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              asked.add(Speech.model(request));
              connection.json(500, "{\"error\":{\"message\":\"x\"}}");
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  d: { provider: p }
                  c: { provider: p, retry: { attempts: 1 } }
                  b: { provider: p, fallbacks: [d] }
                  a: { provider: p, fallbacks: [b, c], retry: { attempts: 2, backoff: 1ms } }
                """
                    .formatted(upstream.root()))) {
      HttpResponse<String> answer = ask(house, "a");

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(asked).containsExactly("a", "a", "b", "b", "c", "d", "d");
      assertThat(header(answer, "x-customhouse-model")).isEqualTo("d");
      assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("7");
    }
  }

  @Test
  void anErrorAsFirstEventThatIsTheClientsMistakeIsAnAnswerOfItsOwn() {
    for (Speech speech : List.of(Speech.CHAT, Speech.MESSAGES)) {
      String event = speech.error("invalid_request_error", "no such thing");
      try (FakeUpstream upstream =
              FakeUpstream.of((request, connection) -> {
                connection.beginEvents();
                connection.chunk(event);
                connection.end();
              });
          House house =
              House.of(
                  "providers:\n"
                      + speech.provider("p", upstream.root())
                      + "models: { m: { provider: p } }")) {
        HttpResponse<String> answer = house.post(speech.path("m", true), speech.request("m", true));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(header(answer, "content-type")).startsWith("application/json");
        assertThat(event).contains(answer.body());
        assertThat(header(answer, "x-customhouse-attempts")).isEqualTo("1");
        RequestRecord record = house.record(header(answer, "x-request-id"));
        assertThat(record.error()).isEqualTo(ErrorKind.INVALID_REQUEST);
      }
    }
  }

  @Test
  void anErrorBehindAKeepAliveCommentIsAnEventOfTheStream() {
    for (String word : List.of("refuse", "cut")) {
      CountDownLatch read = new CountDownLatch(1);
      try (FakeUpstream upstream =
              FakeUpstream.of((request, connection) -> {
                read.await();
                if (request.text().contains("refuse")) {
                  connection.json(400, Speech.CHAT.errorBody("bad", "no such thing"));
                }
                connection.cut();
              });
          House house =
              House.of(
                  "  limits: { keep_alive_interval: 20ms }",
                  openAi(upstream, "sk-1").replace("backoff: 1ms", "attempts: 1"));
          RawClient client =
              RawClient.asking(
                  house, CHAT, Speech.CHAT.request("m", true).replace("hello", word))) {
        client.readUntil(": keep-alive\n\n");
        read.countDown();

        String answer = client.readUntil("\r\n0\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200 ").contains("data: {\"error\":{\"message\":");
        assertThat(answer.contains("no such thing")).isEqualTo(word.equals("refuse"));
      }
    }
  }

  @Test
  void aStormOfFailuresIsNotMadeWorseThanByAFifth() {
    AtomicInteger attempts = new AtomicInteger();
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              attempts.incrementAndGet();
              connection.json(500, "{\"error\":{\"message\":\"x\"}}");
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  "*": { provider: p, retry: { attempts: 5, backoff: 0ms } }
                """
                    .formatted(upstream.root()))) {
      // A model of its own each time: no circuit opens.
      Together.times(
          20,
          lane -> {
            for (int i = 0; i < 15; i++) {
              assertThat(ask(house, "m-" + lane + "-" + i).statusCode()).isEqualTo(500);
            }
            return lane;
          });

      int requests = 300;
      int inHand = 10;
      assertThat(attempts.get()).isBetween(requests + 1, requests + requests / 5 + inHand);
    }
  }
}
