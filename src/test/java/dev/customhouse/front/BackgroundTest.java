package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.dialect.Json;
import dev.customhouse.store.KeptResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses that are made in the background for a provider that speaks Anthropic's Messages. */
class BackgroundTest {
  private static final String ASKED =
      "{\"model\":\"m\",\"background\":true,\"input\":\"a long question\"}";

  /** The first words come at once, the others when the test lets them. */
  private final CountDownLatch rest = new CountDownLatch(1);

  private static House house(FakeUpstream upstream) {
    return house(upstream, "");
  }

  private static House house(FakeUpstream upstream, String gateway) {
    return House.of(
        gateway,
        """
        providers:
          claude: { type: anthropic-compatible, base_url: "%s" }
        models:
          m: { provider: claude }
        """
            .formatted(upstream.root()));
  }

  private void answer(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException, InterruptedException {
    connection.beginEvents();
    connection.chunk(
        event(
            "message_start",
            "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"));
    connection.chunk(
        event(
            "content_block_start",
            "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
    connection.chunk(delta("one "));
    if (!rest.await(20, TimeUnit.SECONDS)) {
      connection.cut();
      return;
    }
    connection.chunk(delta("two "));
    connection.chunk(delta("three"));
    connection.chunk(event("content_block_stop", "\"index\":0"));
    connection.chunk(
        event(
            "message_delta",
            "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}"));
    connection.chunk(event("message_stop", "\"x\":0"));
    connection.end();
  }

  private static String delta(String text) {
    return event(
        "content_block_delta",
        "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}".formatted(text));
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\",%s}\n\n".formatted(type, type, members);
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.read(answer.body().getBytes(UTF_8));
  }

  private static List<JsonNode> events(String stream) {
    return stream
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> Json.read(line.substring(6).getBytes(UTF_8)))
        .toList();
  }

  private static String text(JsonNode response) {
    return response.at("/output/0/content/0/text").asText();
  }

  private static List<JsonNode> followed(House house, String id, String more) {
    HttpResponse<String> stream = house.get("/v1/responses/" + id + "?stream=true" + more);
    assertThat(stream.statusCode()).as(stream.body()).isEqualTo(200);
    assertThat(stream.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    return events(stream.body());
  }

  private static void assertGapless(List<JsonNode> events, int first) {
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).path("sequence_number").asInt()).isEqualTo(first + i);
    }
  }

  @Test
  void theAnswerIsPolledWhileItIsMadeAndReadWhenItIsThere() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream)) {
      HttpResponse<String> posted = house.post("/v1/responses", ASKED);
      JsonNode queued = json(posted);
      String id = queued.path("id").asText();
      assertThat(queued.path("status").asText()).isEqualTo("queued");
      assertThat(queued.path("background").asBoolean()).isTrue();
      assertThat(queued.path("output")).isEmpty();
      assertThat(upstream.next().text()).contains("a long question", "\"stream\":true");
      assertThat(json(house.get("/v1/responses/" + id)).path("status").asText())
          .isIn("queued", "in_progress");
      assertThat(json(house.get("/v1/responses/" + id + "/input_items")).toString())
          .contains("a long question");
      HttpResponse<String> early =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":\"x\",\"previous_response_id\":\"%s\"}".formatted(id));
      assertThat(early.statusCode()).isEqualTo(400);
      assertThat(early.body()).contains("previous_response_not_completed");

      rest.countDown();
      RequestRecord record =
          house.record(posted.headers().firstValue("x-request-id").orElseThrow());
      JsonNode done = json(house.get("/v1/responses/" + id));
      assertThat(done.path("status").asText()).isEqualTo("completed");
      assertThat(text(done)).isEqualTo("one two three");
      assertThat(done.at("/usage/output_tokens").asInt()).isEqualTo(5);
      assertThat(done.path("created_at")).isEqualTo(queued.path("created_at"));
      assertThat(record.usage()).isNotNull();
      assertThat(record.usage().outputTokens()).isEqualTo(5);
      assertThat(record.provider()).isEqualTo("claude");
      assertThat(record.status()).isEqualTo(200);
      assertThat(record.clientGone()).isFalse();
      JsonNode next =
          json(
              house.post(
                  "/v1/responses",
                  "{\"model\":\"m\",\"input\":\"x\",\"stream\":false,\"background\":true,\"previous_response_id\":\"%s\"}"
                      .formatted(id)));
      assertThat(next.path("previous_response_id").asText()).isEqualTo(id);
      assertThat(upstream.next().text()).contains("a long question", "one two three");
      JsonNode cancelled = json(house.post("/v1/responses/" + id + "/cancel", ""));
      assertThat(cancelled).as("too late to cancel").isEqualTo(done);
    }
  }

  @Test
  void aStreamGoesOnWithoutItsClientAndIsResumedWhereTheClientWas() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream);
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(house.root() + "/v1/responses"))
              .header("content-type", "application/json")
              .header("authorization", "Bearer " + House.KEY)
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      ASKED.replace("\"model\"", "\"stream\":true,\"model\"")))
              .build();
      List<JsonNode> seen = new ArrayList<>();
      HttpResponse<InputStream> answer =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
        while (seen.isEmpty()
            || !seen.getLast().path("type").asText().equals("response.output_text.delta")) {
          String line = lines.readLine();
          assertThat(line).isNotNull();
          seen.addAll(events(line));
        }
      }
      client.shutdownNow();
      String id = seen.getFirst().at("/response/id").asText();
      assertThat(seen.stream().map(event -> event.path("type").asText()))
          .startsWith("response.created", "response.queued", "response.in_progress");
      assertGapless(seen, 0);

      rest.countDown();
      int last = seen.getLast().path("sequence_number").asInt();
      List<JsonNode> resumed = followed(house, id, "&starting_after=" + last);
      assertGapless(resumed, last + 1);
      assertThat(resumed.getLast().path("type").asText()).isEqualTo("response.completed");
      JsonNode done = json(house.get("/v1/responses/" + id));
      assertThat(resumed.getLast().path("response")).isEqualTo(done);
      assertThat(text(done)).isEqualTo("one two three");
      List<JsonNode> all = new ArrayList<>(seen);
      all.addAll(resumed);
      assertThat(followed(house, id, ""))
          .as("the kept events are those that were sent")
          .isEqualTo(all);
      house.storage().responses().flush();
      assertThat(followed(house, id, "&starting_after=3")).isEqualTo(all.subList(4, all.size()));
      assertThat(followed(house, id, "&starting_after=4000")).isEmpty();
      HttpResponse<String> wrong =
          house.get("/v1/responses/" + id + "?stream=true&starting_after=last");
      assertThat(wrong.statusCode()).isEqualTo(400);
      assertThat(wrong.body()).contains("starting_after");
    }
  }

  @Test
  void whatIsCancelledIsCancelledAtTheProviderToo() throws Exception {
    FakeUpstream.Script waiting =
        (request, connection) -> {
          connection.beginEvents();
          connection.chunk(
              event("message_start", "\"message\":{\"id\":\"m\",\"model\":\"c\",\"content\":[]}"));
          connection.awaitDeparture();
        };
    try (FakeUpstream upstream = FakeUpstream.of(waiting);
        House house = house(upstream)) {
      HttpResponse<String> posted = house.post("/v1/responses", ASKED);
      String id = json(posted).path("id").asText();
      var unused = upstream.next();
      JsonNode cancelled = json(house.post("/v1/responses/" + id + "/cancel", ""));
      assertThat(cancelled.path("status").asText()).isEqualTo("cancelled");
      upstream.departureNanos();
      RequestRecord record =
          house.record(posted.headers().firstValue("x-request-id").orElseThrow());
      assertThat(record.clientGone()).as(record.toString()).isTrue();
      assertThat(json(house.get("/v1/responses/" + id))).isEqualTo(cancelled);
      assertThat(json(house.post("/v1/responses/" + id + "/cancel", ""))).isEqualTo(cancelled);
      List<JsonNode> events = followed(house, id, "");
      assertGapless(events, 0);
      assertThat(events.getLast().at("/response/status").asText()).isEqualTo("cancelled");
    }
  }

  @Test
  void whatIsDeletedWhileItIsMadeIsNowhere() throws Exception {
    FakeUpstream.Script waiting = (request, connection) -> connection.awaitDeparture();
    try (FakeUpstream upstream = FakeUpstream.of(waiting);
        House house = house(upstream)) {
      String id = json(house.post("/v1/responses", ASKED)).path("id").asText();
      var unused = upstream.next();
      assertThat(json(delete(house, id)).path("deleted").asBoolean()).isTrue();
      upstream.departureNanos();
      assertThat(house.get("/v1/responses/" + id).statusCode()).isEqualTo(404);
      assertThat(delete(house, id).statusCode()).isEqualTo(404);
    }
  }

  private static HttpResponse<String> delete(House house, String id) {
    return house.send(
        HttpRequest.newBuilder(URI.create(house.root() + "/v1/responses/" + id))
            .header("authorization", "Bearer " + House.KEY)
            .DELETE()
            .build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"store\":false|''|background",
        "\"store\":true|state: { enabled: false }|background",
        "\"conversation\":\"conv_1\"|''|conversation",
        "\"prompt\":{\"id\":\"p\"}|''|prompt",
        "\"tools\":7|''|tools"
      })
  void whatCannotBeMadeIsRefusedAtOnce(String member, String gateway, String param) {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream, gateway.isEmpty() ? "" : "  " + gateway)) {
      HttpResponse<String> answer =
          house.post("/v1/responses", ASKED.replace("\"input\"", member + ",\"input\""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(Json.read(answer.body().getBytes(UTF_8)).at("/error/param").asText())
          .isEqualTo(param);
      assertThat(upstream.pending()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error, invalid_prompt",
    "429, rate_limit_error, rate_limit_exceeded",
    "500, api_error, server_error"
  })
  void whatTheProviderRefusesHasFailedWithACodeOfOpenAi(int status, String type, String code) {
    FakeUpstream.Script refusing =
        (request, connection) ->
            connection.json(
                status,
                "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"no such luck\"}}"
                    .formatted(type));
    try (FakeUpstream upstream = FakeUpstream.of(refusing);
        House house = house(upstream)) {
      HttpResponse<String> posted = house.post("/v1/responses", ASKED);
      String id = json(posted).path("id").asText();
      RequestRecord record =
          house.record(posted.headers().firstValue("x-request-id").orElseThrow());
      JsonNode failed = json(house.get("/v1/responses/" + id));
      assertThat(failed.path("status").asText()).isEqualTo("failed");
      assertThat(failed.at("/error/code").asText()).isEqualTo(code);
      assertThat(failed.at("/error/message").asText()).isNotEmpty();
      assertThat(followed(house, id, "").getLast().path("type").asText())
          .isEqualTo("response.failed");
      assertThat(record.error()).isNotNull();
      HttpResponse<String> next =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":\"x\",\"previous_response_id\":\"%s\"}".formatted(id));
      assertThat(next.statusCode()).isEqualTo(400);
    }
  }

  @Test
  void anAnswerThatBreaksOffHasFailed() {
    FakeUpstream.Script cutting =
        (request, connection) -> {
          connection.beginEvents();
          connection.chunk(
              event(
                      "message_start",
                      "\"message\":{\"id\":\"m\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":3}}")
                  + event(
                      "content_block_start",
                      "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"half\"}"));
          connection.cut();
        };
    try (FakeUpstream upstream = FakeUpstream.of(cutting);
        House house = house(upstream)) {
      HttpResponse<String> posted = house.post("/v1/responses", ASKED);
      String id = json(posted).path("id").asText();
      var unused = house.record(posted.headers().firstValue("x-request-id").orElseThrow());
      JsonNode failed = json(house.get("/v1/responses/" + id));
      assertThat(failed.path("status").asText()).isEqualTo("failed");
      assertThat(failed.at("/error/code").asText()).isEqualTo("server_error");
      List<JsonNode> events = followed(house, id, "");
      assertGapless(events, 0);
      assertThat(events.getLast().path("response")).isEqualTo(failed);
    }
  }

  @Test
  void whatIsUnderWayWhenTheGatewayStopsHasFailedAndSaysSo() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.awaitDeparture());
        House house = house(upstream)) {
      HttpResponse<String> posted = house.post("/v1/responses", ASKED);
      var unused = upstream.next();
      String remains = house.remains();
      RequestRecord record =
          house.record(posted.headers().firstValue("x-request-id").orElseThrow());

      assertThat(remains)
          .contains("The gateway was stopped before the response was complete.")
          .contains("\"status\":\"failed\"");
      assertThat(record.errorCode()).isEqualTo("gateway_stopping");
      upstream.departureNanos();
    }
  }

  @Test
  void whatAKilledGatewayLeftBehindHasFailed() {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream)) {
      String owner = "key:static:test";
      for (String status : List.of("queued", "in_progress")) {
        String response =
            "{\"id\":\"resp_%s\",\"object\":\"response\",\"status\":\"%s\",\"background\":true,\"output\":[]}"
                .formatted(status, status);
        house
            .storage()
            .responses()
            .put(
                new KeptResponse(
                    owner,
                    "resp_" + status,
                    null,
                    Instant.now(),
                    new byte[0],
                    response.getBytes(UTF_8),
                    List.of()));
        JsonNode failed = json(house.get("/v1/responses/resp_" + status));
        assertThat(failed.path("status").asText()).isEqualTo("failed");
        assertThat(failed.at("/error/message").asText()).contains("stopped");
        assertThat(json(house.post("/v1/responses/resp_" + status + "/cancel", "")))
            .isEqualTo(failed);
        assertThat(followed(house, "resp_" + status, "").getLast().path("response"))
            .isEqualTo(failed);
      }
    }
  }

  @Test
  void aPlaceOfTheKeyIsTakenUntilTheAnswerIsThere() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream, "  limits: { concurrent_streams_per_key: 2 }")) {
      HttpResponse<String> first = house.post("/v1/responses", ASKED);
      HttpResponse<String> second = house.post("/v1/responses", ASKED);
      assertThat(json(first).path("id")).isNotEqualTo(json(second).path("id"));
      HttpResponse<String> third = house.post("/v1/responses", ASKED);
      assertThat(third.statusCode()).as(third.body()).isEqualTo(429);

      rest.countDown();
      for (HttpResponse<String> each : List.of(first, second)) {
        var unused = house.record(each.headers().firstValue("x-request-id").orElseThrow());
      }
      HttpResponse<String> fourth = house.post("/v1/responses", ASKED);
      assertThat(fourth.statusCode()).isEqualTo(200);
    }
  }

  @Test
  void anotherKeyNeitherSeesNorEndsWhatIsMade() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream)) {
      String id = json(house.post("/v1/responses", ASKED)).path("id").asText();
      String other =
          house.gateway().keys().create("other", null, List.of(), null, null, null).key().reveal();
      for (String path : List.of("", "?stream=true", "/input_items")) {
        assertThat(
                house
                    .get("/v1/responses/" + id + path, "authorization", "Bearer " + other)
                    .statusCode())
            .isEqualTo(404);
      }
      HttpResponse<String> cancel =
          house.post("/v1/responses/" + id + "/cancel", "", "authorization", "Bearer " + other);
      assertThat(cancel.statusCode()).isEqualTo(404);
      rest.countDown();
      assertThat(followed(house, id, "").getLast().path("type").asText())
          .isEqualTo("response.completed");
    }
  }

  @Test
  void theTimeOfARequestIsItsTimeInTheBackgroundToo() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> connection.awaitDeparture());
        House house = house(upstream, "  limits: { total_timeout: 1s, first_byte_timeout: 1s }")) {
      String id = json(house.post("/v1/responses", ASKED)).path("id").asText();
      List<JsonNode> events = followed(house, id, "");
      assertThat(events.getLast().path("type").asText()).isEqualTo("response.failed");
      assertThat(json(house.get("/v1/responses/" + id)).at("/error/code").asText())
          .isEqualTo("server_error");
      upstream.departureNanos();
    }
  }

  @Test
  void theKeysOfAProjectShareWhatIsMade() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream)) {
      String one =
          house.gateway().keys().create("one", "p", List.of(), null, null, null).key().reveal();
      String two =
          house.gateway().keys().create("two", "p", List.of(), null, null, null).key().reveal();
      String id =
          json(house.post("/v1/responses", ASKED, "authorization", "Bearer " + one))
              .path("id")
              .asText();
      assertThat(
              json(house.get("/v1/responses/" + id, "authorization", "Bearer " + two))
                  .path("id")
                  .asText())
          .isEqualTo(id);
      assertThat(
              json(house.post(
                      "/v1/responses/" + id + "/cancel", "", "authorization", "Bearer " + two))
                  .path("status")
                  .asText())
          .isEqualTo("cancelled");
    }
  }

  @Test
  void aStopWaitsForWhatIsUnderWay() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(this::answer);
        House house = house(upstream, "  limits: { drain_timeout: 20s }")) {
      String id = json(house.post("/v1/responses", ASKED)).path("id").asText();
      var unused = upstream.next();
      rest.countDown();
      house.gateway().drain();

      assertThat(house.storage().responses().find("key:static:test", id, Instant.EPOCH))
          .hasValueSatisfying(
              kept -> assertThat(text(Json.read(kept.response()))).isEqualTo("one two three"));
    }
  }
}
