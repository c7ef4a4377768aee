package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.dialect.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations of Responses clients with a provider that speaks Anthropic's Messages. */
class ConversationsTest {
  private final AtomicInteger turns = new AtomicInteger();

  private FakeUpstream upstream() {
    return FakeUpstream.of(this::answer);
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
    String text = "answer " + turns.incrementAndGet();
    if (!request.text().contains("\"stream\":true")) {
      connection.json(
          200,
          """
          {"id":"msg_same","type":"message","role":"assistant","model":"claude",\
          "content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn",\
          "usage":{"input_tokens":3,"output_tokens":2}}\
          """
              .formatted(text));
      return;
    }
    connection.beginEvents();
    connection.chunk(
        event(
            "message_start",
            "\"message\":{\"id\":\"msg_same\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"));
    connection.chunk(
        event(
            "content_block_start",
            "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
    connection.chunk(
        event(
            "content_block_delta",
            "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}".formatted(text)));
    connection.chunk(event("content_block_stop", "\"index\":0"));
    connection.chunk(
        event(
            "message_delta",
            "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}"));
    connection.chunk(event("message_stop", "\"x\":0"));
    connection.end();
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\",%s}\n\n".formatted(type, type, members);
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.read(answer.body().getBytes(UTF_8));
  }

  /** The response object of the stream's last event. */
  private static JsonNode completed(HttpResponse<String> stream) {
    String last =
        stream.body().lines().filter(line -> line.startsWith("data: ")).toList().getLast();
    JsonNode event = Json.read(last.substring(6).getBytes(UTF_8));
    assertThat(event.path("type").asText()).isEqualTo("response.completed");
    return event.path("response");
  }

  private static String messages(FakeUpstream upstream) throws InterruptedException {
    return Json.read(upstream.next().body()).path("messages").toString();
  }

  @Test
  void aConversationGoesOnByItsIdWholeAndStreamedAndTheProviderIsSentAllOfIt() throws Exception {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "")) {
      JsonNode first =
          json(
              house.post(
                  "/v1/responses",
                  "{\"model\":\"m\",\"instructions\":\"shout\",\"input\":\"question 1\"}"));
      String beginning = messages(upstream);
      HttpResponse<String> stream =
          house.post(
              "/v1/responses",
              """
              {"model":"m","stream":true,"previous_response_id":"%s",
               "input":[{"role":"user","content":"question 2"}]}
              """
                  .formatted(first.path("id").asText()));
      JsonNode second = completed(stream);
      String middle = messages(upstream);
      JsonNode third =
          json(
              house.post(
                  "/v1/responses",
                  "{\"model\":\"m\",\"previous_response_id\":\"%s\",\"input\":\"question 3\"}"
                      .formatted(second.path("id").asText())));
      FakeUpstream.Request last = upstream.next();
      String end = Json.read(last.body()).path("messages").toString();

      assertThat(beginning).contains("question 1");
      assertThat(middle).startsWith(beginning.substring(0, beginning.length() - 1));
      assertThat(middle).containsSubsequence("question 1", "answer 1", "question 2");
      assertThat(end).startsWith(middle.substring(0, middle.length() - 1));
      assertThat(end)
          .containsSubsequence("question 1", "answer 1", "question 2", "answer 2", "question 3");
      assertThat(last.text()).as("instructions are not inherited").doesNotContain("shout");
      assertThat(first.path("previous_response_id").isNull()).isTrue();
      assertThat(second.path("previous_response_id")).isEqualTo(first.path("id"));
      assertThat(third.path("previous_response_id")).isEqualTo(second.path("id"));
      assertThat(stream.body().split("\"previous_response_id\":\"resp_", -1)).hasSize(4);
      for (JsonNode response : new JsonNode[] {first, second, third}) {
        assertThat(json(house.get("/v1/responses/" + response.path("id").asText())))
            .isEqualTo(response);
      }
    }
  }

  @Test
  void anItemMayBeNamedInsteadOfSent() throws Exception {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "")) {
      JsonNode first = json(house.post("/v1/responses", "{\"model\":\"m\",\"input\":\"a\"}"));
      assertThat(messages(upstream)).contains("\"a\"");
      String body =
          "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"type\":\"item_reference\",\"id\":\"%s\"},{\"role\":\"user\",\"content\":\"b\"}]}";
      JsonNode second =
          json(house.post("/v1/responses", body.formatted(first.at("/output/0/id").asText())));

      assertThat(messages(upstream)).containsSubsequence("\"a\"", "answer 1", "\"b\"");
      assertThat(second.path("status").asText()).isEqualTo("completed");
      HttpResponse<String> unknown = house.post("/v1/responses", body.formatted("msg_unknown"));
      assertThat(unknown.statusCode()).isEqualTo(400);
      assertThat(unknown.body()).contains("msg_unknown");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNotToBeStoredIsNowhere(boolean stream) throws Exception {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "")) {
      HttpResponse<String> answer =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"store\":false,\"stream\":%s,\"input\":\"a hushed question\"}"
                  .formatted(stream));
      JsonNode response = stream ? completed(answer) : json(answer);
      assertThat(messages(upstream)).contains("a hushed question");
      String id = response.path("id").asText();

      assertThat(house.get("/v1/responses/" + id).statusCode()).isEqualTo(404);
      HttpResponse<String> next =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":\"x\",\"previous_response_id\":\"%s\"}".formatted(id));
      assertThat(next.statusCode()).isEqualTo(400);
      assertThat(next.body()).contains("previous_response_not_found");
      assertThat(house.remains()).doesNotContain("a hushed question", "answer 1");
    }
  }

  @Test
  void switchedOffNothingIsWrittenDown() throws Exception {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "  state: { enabled: false }")) {
      JsonNode response =
          json(house.post("/v1/responses", "{\"model\":\"m\",\"input\":\"a hushed question\"}"));
      assertThat(messages(upstream)).contains("a hushed question");

      assertThat(house.get("/v1/responses/" + response.path("id").asText()).statusCode())
          .isEqualTo(404);
      assertThat(house.remains()).doesNotContain("a hushed question", "answer 1");
    }
  }

  @ParameterizedTest
  @CsvSource({"conversation, '\"conv_1\"'", "prompt, '{\"id\":\"pmpt_1\"}'"})
  void whatOnlyOpenAiKeepsOrDoesIsRefusedByItsName(String field, String value) {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "")) {
      HttpResponse<String> answer =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":\"x\",\"%s\":%s}".formatted(field, value));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(Json.read(answer.body().getBytes(UTF_8)).at("/error/param").asText())
          .isEqualTo(field);
      assertThat(turns).hasValue(0);
    }
  }

  @Test
  void aStreamThatBreaksIsNotKept() throws Exception {
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
        House house = house(upstream, "")) {
      HttpResponse<String> answer =
          house.post("/v1/responses", "{\"model\":\"m\",\"stream\":true,\"input\":\"x\"}");
      int at = answer.body().indexOf("\"id\":\"resp_") + 6;
      String id = answer.body().substring(at, answer.body().indexOf('"', at));

      assertThat(answer.body()).doesNotContain("response.completed");
      assertThat(house.get("/v1/responses/" + id).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aThreadIsRefusedByTheWordsOnWhichTheClientSendsAllOfIt() {
    try (House house =
        House.of(
            """
            providers:
              other: { type: compatible, dialect: gemini, base_url: "http://127.0.0.1:9" }
            models:
              m: { provider: other }
            """)) {
      HttpResponse<String> answer =
          house.post(
              "/v1/messages",
              """
              {"model":"m","max_tokens":9,"thread":{"type":"create"},\
              "messages":[{"role":"user","content":"hi"}]}\
              """,
              "anthropic-version",
              "2023-06-01",
              "anthropic-beta",
              "message-threads-2026-08-12");

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      JsonNode error = Json.read(answer.body().getBytes(UTF_8)).path("error");
      assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
      assertThat(error.path("details").toString())
          .isEqualTo("{\"error_code\":\"thread_unsupported_request\",\"unsupported\":[]}");
    }
  }

  @Test
  void theItemsOfARequestAreListedInPages() throws Exception {
    try (FakeUpstream upstream = upstream();
        House house = house(upstream, "")) {
      JsonNode response =
          json(
              house.post(
                  "/v1/responses",
                  "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"}]}"));
      String items = "/v1/responses/" + response.path("id").asText() + "/input_items";
      JsonNode newest = json(house.get(items + "?limit=2&include[]=message.input_image.image_url"));
      JsonNode oldest = json(house.get(items + "?order=asc&limit=1"));
      JsonNode rest = json(house.get(items + "?limit=2&after=" + newest.path("last_id").asText()));

      assertThat(newest.at("/data/0/content/0/text").asText()).isEqualTo("c");
      assertThat(newest.path("data")).hasSize(2);
      assertThat(newest.path("has_more").asBoolean()).isTrue();
      assertThat(rest.path("data")).hasSize(1);
      assertThat(rest.path("has_more").asBoolean()).isFalse();
      assertThat(rest.path("first_id")).isEqualTo(oldest.path("first_id"));
      assertThat(house.get(items + "?limit=0").statusCode()).isEqualTo(400);
      HttpResponse<String> cancelled =
          house.post("/v1/responses/" + response.path("id").asText() + "/cancel", "");
      assertThat(cancelled.statusCode()).isEqualTo(400);
    }
  }
}
