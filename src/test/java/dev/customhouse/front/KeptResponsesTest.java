package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.House;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Json;
import dev.customhouse.store.KeptResponse;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Responses that the gateway keeps, over the wire. */
class KeptResponsesTest {
  private static final String SAID =
      """
      {"id":"resp_kept","object":"response","status":"completed","model":"m","output":[\
      {"id":"msg_kept","type":"message","role":"assistant","status":"completed",\
      "content":[{"type":"output_text","text":"the answer","annotations":[]}]}]}\
      """;
  private static final String ASKED =
      "{\"type\":\"message\",\"role\":\"user\",\"content\":\"the question\"}";

  private static String keyId(House house) {
    String id = house.record(requestId(house.get("/v1/models"))).keyId();
    assertThat(id).isNotNull();
    return id;
  }

  private static String requestId(HttpResponse<String> answer) {
    return answer.headers().firstValue("x-request-id").orElseThrow();
  }

  private static void keep(House house, String owner, Instant at) {
    house
        .storage()
        .responses()
        .put(
            new KeptResponse(
                owner,
                "resp_kept",
                null,
                at,
                ASKED.getBytes(UTF_8),
                SAID.getBytes(UTF_8),
                List.of("msg_kept")));
  }

  private static HttpResponse<String> delete(House house, String path, String key) {
    return house.send(
        HttpRequest.newBuilder(URI.create(house.root() + path))
            .header("authorization", "Bearer " + key)
            .DELETE()
            .build());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return Json.read(answer.body().getBytes(UTF_8));
  }

  @Test
  void aKeptResponseIsReadListedAndDeletedByTheGatewayItself() {
    try (House house = House.sandbox()) {
      keep(house, "key:" + keyId(house), Instant.now());

      HttpResponse<String> got = house.get("/v1/responses/resp_kept");
      assertThat(got.statusCode()).isEqualTo(200);
      assertThat(got.body()).isEqualTo(SAID);
      var record = house.record(requestId(got));
      assertThat(record.translation()).isEqualTo("local");
      assertThat(record.operation()).isEqualTo(Operation.RESPONSE_GET);
      assertThat(
              json(house.get("/v1/responses/resp_kept/input_items"))
                  .at("/data/0/content/0/text")
                  .asText())
          .isEqualTo("the question");
      HttpResponse<String> events = house.get("/v1/responses/resp_kept?stream=true");
      assertThat(events.statusCode()).isEqualTo(200);
      assertThat(events.body()).startsWith("event: response.created\n").contains(SAID);
      HttpResponse<String> cancelled = house.post("/v1/responses/resp_kept/cancel", "");
      assertThat(cancelled.statusCode()).isEqualTo(400);
      assertThat(json(cancelled).at("/error/message").asText())
          .isEqualTo("Cannot cancel a synchronous response.");

      HttpResponse<String> deleted = delete(house, "/v1/responses/resp_kept", House.KEY);
      assertThat(json(deleted).path("deleted").asBoolean()).isTrue();
      assertThat(house.get("/v1/responses/resp_kept").statusCode()).isEqualTo(404);
      assertThat(delete(house, "/v1/responses/resp_kept", House.KEY).statusCode()).isEqualTo(404);
      assertThat(house.get("/v1/responses/resp_kept/input_items").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aConversationGoesOnAtAProviderThatNeverSawItsBeginning() {
    try (House house = House.sandbox()) {
      keep(house, "key:" + keyId(house), Instant.now());
      String alone = "{\"model\":\"sandbox/echo\",\"input\":\"and?\"}";
      String going =
          "{\"previous_response_id\":\"resp_kept\",\"model\":\"sandbox/echo\",\"input\":\"and?\"}";

      HttpResponse<String> answer = house.post("/v1/responses", going);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      long input = json(answer).at("/usage/input_tokens").asLong();
      assertThat(input)
          .isGreaterThan(
              json(house.post("/v1/responses", alone)).at("/usage/input_tokens").asLong() + 5);
      // From here on the provider keeps it.
      String next = going.replace("resp_kept", json(answer).path("id").asText());
      HttpResponse<String> third = house.post("/v1/responses", next);
      assertThat(third.statusCode()).as(third.body()).isEqualTo(200);
      assertThat(json(third).at("/usage/input_tokens").asLong()).isGreaterThan(input);
    }
  }

  @Test
  void theKeysOfAProjectShareItAndOthersAreToldThatItIsNotKnown() {
    try (House house = House.sandbox()) {
      String team = key(house, "a", "team");
      String mate = key(house, "b", "team");
      String stranger = key(house, "c", "another");
      keep(house, "project:team", Instant.now());
      String body =
          "{\"model\":\"sandbox/echo\",\"input\":\"x\",\"previous_response_id\":\"resp_kept\"}";

      for (String own : List.of(team, mate)) {
        assertThat(post(house, body, own).statusCode()).isEqualTo(200);
        assertThat(get(house, own).statusCode()).isEqualTo(200);
      }
      for (String other : List.of(stranger, House.KEY)) {
        HttpResponse<String> refused = post(house, body, other);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).at("/error/code").asText())
            .isEqualTo("previous_response_not_found");
        assertThat(json(refused).at("/error/param").asText()).isEqualTo("previous_response_id");
        assertThat(get(house, other).statusCode()).isEqualTo(404);
        assertThat(delete(house, "/v1/responses/resp_kept", other).statusCode()).isEqualTo(404);
      }
      assertThat(get(house, team).statusCode()).isEqualTo(200);
    }
  }

  private static String key(House house, String name, String project) {
    return house.gateway().keys().create(name, project, List.of(), null, null, null).key().reveal();
  }

  private static HttpResponse<String> post(House house, String body, String key) {
    return house.post("/v1/responses", body, "authorization", "Bearer " + key);
  }

  private static HttpResponse<String> get(House house, String key) {
    return house.send(
        HttpRequest.newBuilder(URI.create(house.root() + "/v1/responses/resp_kept"))
            .header("authorization", "Bearer " + key)
            .build());
  }

  @Test
  void switchedOffItIsNotKnownAndWhatIsOldIsForgotten() {
    try (House house = House.of("  state: { enabled: false }", "")) {
      keep(house, "key:" + keyId(house), Instant.now());
      assertThat(house.get("/v1/responses/resp_kept").statusCode()).isEqualTo(404);
    }
    try (House house = House.of("  state: { retention: 1h }", "")) {
      String owner = "key:" + keyId(house);
      keep(house, owner, Instant.now().minus(Duration.ofMinutes(61)));
      assertThat(house.get("/v1/responses/resp_kept").statusCode()).isEqualTo(404);
      house.storage().responses().flush();
      house.gateway().forgetOldResponses();
      assertThat(house.storage().responses().find(owner, "resp_kept", Instant.EPOCH)).isEmpty();
    }
  }

  @Test
  void aThreadThatNobodyKnowsIsToldSoThatTheClientBeginsAnew() {
    try (House house =
        House.of(
            """
            providers:
              chat: { type: openai-compatible, base_url: "http://127.0.0.1:9/v1" }
            models:
              m: { provider: chat }
            """)) {
      HttpResponse<String> answer =
          house.post(
              "/v1/messages",
              """
              {"model":"m","max_tokens":9,"thread":{"type":"continue","previous_message_id":"msg_1"},\
              "messages":[{"role":"user","content":"and?"}]}\
              """,
              "anthropic-version",
              "2023-06-01",
              "anthropic-beta",
              "message-threads-2026-08-12");

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
      assertThat(json(answer).at("/error/details/error_code").asText())
          .isEqualTo("thread_not_found");
    }
  }
}
