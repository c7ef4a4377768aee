package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several upstream keys: whose turn it is, and what becomes of one that is refused. */
class KeysTest {
  private static final String CHAT = "/v1/chat/completions";

  /** An upstream that refuses some keys, and the keys it saw. */
  private static final class Gate implements AutoCloseable {
    private final Map<String, FakeUpstream.Script> refusals = new HashMap<>();
    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    private final FakeUpstream upstream =
        FakeUpstream.of((request, connection) -> {
          String key = request.headers().getOrDefault("authorization", "").replace("Bearer ", "");
          seen.add(key);
          FakeUpstream.Script refusal = refusals.get(key);
          if (refusal != null) {
            refusal.answer(request, connection);
          } else {
            connection.json(200, Speech.CHAT.whole("well"));
          }
        });

    Gate refuse(String key, int status, String body, String... headers) {
      refusals.put(key, (request, connection) -> connection.json(status, body, headers));
      return this;
    }

    House house(String... keys) {
      return House.of(
          """
          providers:
            p: { type: openai-compatible, base_url: "%s", api_keys: [%s] }
          models:
            "m*": { provider: p, retry: { backoff: 1ms } }
          """
              .formatted(upstream.root(), String.join(", ", keys)));
    }

    List<String> seen() {
      synchronized (seen) {
        List<String> taken = List.copyOf(seen);
        seen.clear();
        return taken;
      }
    }

    @Override
    public void close() {
      upstream.close();
    }
  }

  private static HttpResponse<String> ask(House house, String model, String... headers) {
    return house.post(CHAT, Speech.CHAT.request(model, false), headers);
  }

  private static long seconds(HttpResponse<?> answer) {
    return Long.parseLong(answer.headers().firstValue("retry-after").orElse("-1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | {"error":{"message":"Incorrect API key provided: sk-one","code":"invalid_api_key"}}
          429 | {"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}
          402 | {"error":{"message":"Insufficient balance"}}
          400 | {"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}
          403 | {"error":{"message":"Project sk-one has no access"}}
          """)
  void aRefusedKeyIsSetAsideTheNextOneServesAndNobodyIsTold(int status, String body) {
    try (Gate gate = new Gate().refuse("sk-one", status, body);
        House house = gate.house("sk-one", "sk-two")) {
      HttpResponse<String> first = ask(house, "m");
      List<HttpResponse<String>> later = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        later.add(ask(house, "m"));
      }

      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.headers().firstValue("x-customhouse-attempts")).hasValue("2");
      assertThat(later).allMatch(answer -> answer.statusCode() == 200);
      assertThat(gate.seen())
          .startsWith("sk-one", "sk-two")
          .filteredOn(key -> key.equals("sk-one"))
          .hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 403})
  void whenAllKeysAreRefusedTheClientLearnsNothingOfThem(int status) {
    String body = "{\"error\":{\"message\":\"sk-one of org-ours is bad\",\"type\":\"x\"}}";
    try (Gate gate = new Gate().refuse("sk-one", status, body).refuse("sk-two", status, body);
        House house = gate.house("sk-one", "sk-two")) {
      HttpResponse<String> first = ask(house, "m");
      HttpResponse<String> second = ask(house, "m");

      for (HttpResponse<String> answer : List.of(first, second)) {
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body())
            .contains("The provider 'p' does not serve this gateway's account")
            .doesNotContain("sk-one", "sk-two", "org-ours", "p#");
        assertThat(seconds(answer)).isBetween(50L, 60L);
      }
      assertThat(gate.seen()).containsExactly("sk-one", "sk-two");
      assertThat(second.headers().firstValue("x-customhouse-attempts")).hasValue("0");
      assertThat(second.headers().firstValue("x-customhouse-provider")).hasValue("p");
    }
  }

  @Test
  void aModelThatTheAccountMayNotUseDoesNotTakeTheKeyFromTheOthers() {
    try (Gate gate = new Gate();
        House house = gate.house("sk-one")) {
      gate.refusals.put(
          "sk-one",
          (request, connection) -> {
            boolean secret = Speech.model(request).equals("m-secret");
            connection.json(secret ? 403 : 200, secret ? "{}" : Speech.CHAT.whole("well"));
          });

      assertThat(ask(house, "m-secret").statusCode()).isEqualTo(503);
      assertThat(ask(house, "m-open").statusCode()).isEqualTo(200);
      assertThat(ask(house, "m-secret").statusCode()).isEqualTo(503);
      assertThat(gate.seen()).hasSize(2);
    }
  }

  @Test
  void aKeyAskedToSlowDownRestsAndTheNextOneServesAtOnce() {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            ZonedDateTime.now(ZoneOffset.UTC).plus(Duration.ofSeconds(40)));
    try (Gate gate =
            new Gate()
                .refuse("sk-one", 429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After", "30")
                .refuse("sk-two", 429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After", date)
                .refuse(
                    "sk-three",
                    429,
                    "{\"error\":{\"message\":\"slow\"}}",
                    "retry-after-ms",
                    "20500");
        House house = gate.house("sk-one", "sk-two", "sk-three", "sk-four")) {
      HttpResponse<String> first = ask(house, "m");
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.headers().firstValue("x-customhouse-attempts")).hasValue("4");
      assertThat(gate.seen()).containsExactly("sk-one", "sk-two", "sk-three", "sk-four");
      for (int i = 0; i < 8; i++) {
        assertThat(ask(house, "m").statusCode()).isEqualTo(200);
      }
      assertThat(gate.seen()).containsOnly("sk-four");

      gate.refuse("sk-four", 429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After", "50");
      HttpResponse<String> last = ask(house, "m");
      HttpResponse<String> resting = ask(house, "m");

      // Its own words, but the time of the key that is ready first.
      assertThat(last.statusCode()).isEqualTo(429);
      assertThat(last.body()).isEqualTo("{\"error\":{\"message\":\"slow\"}}");
      assertThat(seconds(last)).isBetween(15L, 21L);
      assertThat(resting.statusCode()).isEqualTo(429);
      assertThat(resting.body()).contains("The provider 'p' asks to slow down");
      assertThat(seconds(resting)).isBetween(15L, 21L);
      assertThat(gate.seen()).containsExactly("sk-four");
    }
  }

  @Test
  void aSingleKeysShortRestIsWaitedForAndALongOneIsNot() {
    List<String> rests = new ArrayList<>(List.of("1", "60000"));
    try (Gate gate = new Gate();
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", api_keys: [sk-one] }
                models:
                  "m*": { provider: p, retry: { backoff: 20ms } }
                """
                    .formatted(gate.upstream.root()))) {
      gate.refusals.put(
          "sk-one",
          (request, connection) -> {
            if (rests.isEmpty() || gate.seen.size() == 2) {
              connection.json(200, Speech.CHAT.whole("well"));
            } else {
              connection.json(429, "{}", "retry-after-ms", rests.removeFirst());
            }
          });

      assertThat(ask(house, "m").statusCode()).isEqualTo(200);
      assertThat(ask(house, "m").statusCode()).isEqualTo(429);
      assertThat(gate.seen()).hasSize(3);
    }
  }

  @Test
  void googlesDelayIsReadFromTheBody() {
    String body =
        """
        {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":[\
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"31.5s"}]}}\
        """;
    try (Gate gate = new Gate().refuse("sk-one", 429, body);
        House house = gate.house("sk-one")) {
      HttpResponse<String> answer = ask(house, "m");

      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.body()).isEqualTo(body);
      assertThat(seconds(answer)).isEqualTo(32);
    }
  }

  @Test
  void turnsAreGivenByWeight() {
    try (Gate gate = new Gate();
        House house =
            gate.house(
                "{ key: sk-one, weight: 5 }",
                "{ key: sk-two, weight: 3 }",
                "{ key: sk-three, weight: 2 }",
                "{ key: sk-none, weight: 0 }")) {
      for (int i = 0; i < 30; i++) {
        assertThat(ask(house, "m").statusCode()).isEqualTo(200);
      }
      Map<String, Integer> counts = new TreeMap<>();
      gate.seen().forEach(key -> counts.merge(key, 1, Integer::sum));
      assertThat(counts)
          .containsExactlyInAnyOrderEntriesOf(Map.of("sk-one", 15, "sk-two", 9, "sk-three", 6));
    }
  }

  @Test
  void aConversationStaysWithItsKey() {
    try (Gate gate = new Gate();
        House house = gate.house("sk-one", "sk-two", "sk-three")) {
      Map<String, String> keys = new TreeMap<>();
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 12; i++) {
          String conversation = "session-" + i;
          String body =
              i % 2 == 0
                  ? Speech.CHAT
                      .request("m", false)
                      .replace(
                          "{\"model\"", "{\"prompt_cache_key\":\"" + conversation + "\",\"model\"")
                  : Speech.CHAT.request("m", false);
          HttpResponse<String> answer =
              i % 2 == 0
                  ? house.post(CHAT, body)
                  : house.post(CHAT, body, "x-session-affinity", conversation);
          assertThat(answer.statusCode()).isEqualTo(200);
          String key = gate.seen().getLast();
          assertThat(keys.getOrDefault(conversation, key)).isEqualTo(key);
          keys.put(conversation, key);
        }
      }
      assertThat(keys.values()).contains("sk-one", "sk-two", "sk-three");

      // A key that is lost moves its own conversations and no others.
      gate.refuse("sk-two", 401, "{}");
      for (Map.Entry<String, String> each : keys.entrySet()) {
        String key = "";
        for (int i = 0; i < 2; i++) {
          ask(house, "m", "x-session-affinity", each.getKey());
          key = gate.seen().getLast();
        }
        if (each.getValue().equals("sk-two")) {
          assertThat(key).isNotEqualTo("sk-two");
        } else {
          assertThat(key).isEqualTo(each.getValue());
        }
      }
    }
  }

  @Test
  void theUserOfAMessageAndClaudeCodesSessionAreConversations() {
    try (FakeUpstream upstream =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.MESSAGES.whole("well")));
        House house =
            House.of(
                "providers:\n"
                    + Speech.MESSAGES.provider(
                        "p", upstream.root(), "api_keys: [sk-one, sk-two, sk-six]")
                    + "models: { m: { provider: p } }")) {
      Set<String> all = new HashSet<>();
      for (int i = 0; i < 8; i++) {
        Set<String> keys = new HashSet<>();
        for (int j = 0; j < 3; j++) {
          String user = "{\"metadata\":{\"user_id\":\"user-" + i + "\"},\"model\"";
          String body = Speech.MESSAGES.request("m", false);
          if (i % 2 == 0) {
            house.post("/v1/messages", body.replace("{\"model\"", user));
          } else {
            house.post("/v1/messages", body, "x-claude-code-session-id", "session-" + i);
          }
          keys.add(upstream.next().headers().getOrDefault("x-api-key", ""));
        }
        assertThat(keys).hasSize(1);
        all.addAll(keys);
      }
      assertThat(all).hasSizeGreaterThan(1);
    }
  }

  @Test
  void anAnswersSuccessorGoesToTheKeyThatMadeIt() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              String key = request.headers().getOrDefault("authorization", "");
              seen.add(key);
              String id = "resp_" + key.substring(key.length() - 3) + seen.size();
              connection.json(200, Speech.RESPONSES.whole("well").replace("resp_1", id));
            });
        House house =
            House.of(
                "providers:\n"
                    + Speech.RESPONSES.provider(
                        "p", upstream.root(), "api_keys: [sk-one, sk-two, sk-six]")
                    + "models: { m: { provider: p } }")) {
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> made =
            house.post("/v1/responses", Speech.RESPONSES.request("m", false));
        String key = seen.getLast();
        String id = made.body().replaceFirst("^\\{\"id\":\"([^\"]*)\".*", "$1");
        for (int j = 0; j < 4; j++) {
          String next =
              Speech.RESPONSES
                  .request("m", false)
                  .replace("{\"model\"", "{\"previous_response_id\":\"" + id + "\",\"model\"");
          assertThat(house.post("/v1/responses", next).statusCode()).isEqualTo(200);
          assertThat(seen.getLast()).isEqualTo(key);
        }
        assertThat(house.get("/v1/responses/" + id).statusCode()).isEqualTo(200);
        assertThat(seen.getLast()).isEqualTo(key);
      }
      assertThat(house.get("/v1/responses/resp_of_somebody_else").statusCode()).isEqualTo(404);
    }
  }
}
