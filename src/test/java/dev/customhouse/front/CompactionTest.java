package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Conversations that are too long, of clients that speak Responses, with models of all dialects.
 */
class CompactionTest {
  private static final String CONVERSATION =
      """
      [{"type":"message","role":"developer","content":"be brief"},
       {"role":"user","content":"fix the build"},
       {"type":"reasoning","id":"rs_1","summary":[]},
       {"type":"function_call","call_id":"c1","name":"shell","arguments":"{\\"cmd\\":\\"mvn\\"}"},
       {"type":"function_call_output","call_id":"c1","output":"BUILD FAILURE"},
       {"type":"message","role":"assistant","content":[{"type":"output_text","text":"it fails"}]}]\
      """;

  private static void answer(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException {
    if (request.target().contains("count_tokens")) {
      connection.json(200, "{\"input_tokens\":12}");
      return;
    }
    connection.beginEvents();
    if (request.target().contains("/responses")) {
      connection.chunk(
          event(
              "response.completed",
              "\"sequence_number\":0,\"response\":{\"id\":\"resp_up\",\"object\":\"response\",\"created_at\":7,\"status\":\"completed\",\"model\":\"x\",\"output\":[{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"the SUMMARY\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}}"));
      connection.end();
      return;
    }
    connection.chunk(
        event(
                "message_start",
                "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}")
            + event(
                "content_block_start",
                "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
            + event(
                "content_block_delta",
                "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"the SUMMARY\"}")
            + event("content_block_stop", "\"index\":0")
            + event(
                "message_delta",
                "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}")
            + event("message_stop", "\"x\":0"));
    connection.end();
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\",%s}\n\n".formatted(type, type, members);
  }

  /** {@code m} speaks Messages, {@code r} Responses and no more of them than a chat needs. */
  private static House house(FakeUpstream upstream, String gateway) {
    return House.of(
        gateway,
        """
        providers:
          claude: { type: anthropic-compatible, base_url: "%s" }
          other: { type: compatible, dialect: openai-responses, base_url: "%s/v1" }
          real: { type: openai, base_url: "%s", api_keys: ["sk-up"] }
        models:
          m: { provider: claude }
          r: { provider: other }
          o: { provider: real }
          both: { targets: [ { provider: real, model: o }, { provider: claude, model: m } ], strategy: ordered }
        """
            .formatted(upstream.root(), upstream.root(), upstream.root()));
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.read(answer.body().getBytes(UTF_8));
  }

  private static HttpResponse<String> compact(House house, String model) {
    return house.post(
        "/v1/responses/compact",
        "{\"model\":\"%s\",\"instructions\":\"an agent\",\"input\":%s}"
            .formatted(model, CONVERSATION));
  }

  private static String continued(String model, JsonNode output) {
    return "{\"model\":\"%s\",\"store\":false,\"input\":[%s,{\"role\":\"user\",\"content\":\"go on\"}]}"
        .formatted(model, output.toString().substring(1, output.toString().length() - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"m", "r"})
  void aConversationBecomesItsLastMessagesAndASummary(String model) throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      HttpResponse<String> answer = compact(house, model);
      JsonNode compacted = json(answer);
      FakeUpstream.Request asked = upstream.next();
      RequestRecord record =
          house.record(answer.headers().firstValue("x-request-id").orElseThrow());

      assertThat(asked.text())
          .contains("an agent", "be brief", "fix the build", "mvn", "BUILD FAILURE", "it fails")
          .contains("Write nothing but the summary")
          .doesNotContain("function_call", "tool_use");
      assertThat(asked.target()).doesNotContain("compact");
      assertThat(compacted.path("object").asText()).isEqualTo("response.compaction");
      assertThat(compacted.path("id").asText()).startsWith("resp_");
      assertThat(compacted.path("created_at").isNumber()).isTrue();
      assertThat(compacted.at("/usage/output_tokens").asInt()).isEqualTo(2);
      JsonNode output = compacted.path("output");
      assertThat(output).hasSize(2);
      assertThat(output.at("/0/content/0/text").asText()).isEqualTo("fix the build");
      assertThat(output.at("/1/type").asText()).isEqualTo("compaction");
      assertThat(output.toString()).doesNotContain("SUMMARY");
      assertThat(record.operation()).isEqualTo(Operation.RESPONSE_COMPACT);
      assertThat(record.usage()).isNotNull();

      for (String next : List.of("m", "r", "o")) {
        HttpResponse<String> more = house.post("/v1/responses", continued(next, output));
        assertThat(upstream.next().text())
            .contains("the SUMMARY", "fix the build", "go on")
            .doesNotContain("encrypted_content\":\"chc");
        assertThat(more.statusCode()).as(more.body()).isEqualTo(200);
      }
      HttpResponse<String> count = house.post("/v1/responses/input_tokens", continued("m", output));
      assertThat(json(count).path("input_tokens").asInt()).isEqualTo(12);
      assertThat(upstream.next().text()).contains("the SUMMARY");
    }
  }

  @Test
  void aProviderThatCompactsItselfIsSentTheBytes() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(200, "{\"object\":\"response.compaction\",\"own\":true}"));
        House house = house(upstream, "")) {
      assertThat(compact(house, "o").body())
          .isEqualTo("{\"object\":\"response.compaction\",\"own\":true}");
      FakeUpstream.Request asked = upstream.next();
      assertThat(asked.target()).isEqualTo("/v1/responses/compact");
      assertThat(asked.text()).contains(CONVERSATION);
    }
  }

  @Test
  void whereNotAllWaysCouldReadItTheModelIsAskedInWords() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      assertThat(json(compact(house, "both")).path("object").asText())
          .isEqualTo("response.compaction");
      FakeUpstream.Request asked = upstream.next();
      assertThat(asked.target()).isEqualTo("/v1/responses");
      assertThat(asked.text()).contains("Write nothing but", "\"model\":\"o\"");
      JsonNode response =
          json(
              house.post(
                  "/v1/responses",
                  "{\"model\":\"both\",\"store\":false,\"input\":[{\"role\":\"user\",\"content\":\"x\"},{\"type\":\"compaction_trigger\"}]}"));
      assertThat(response.at("/output/0/type").asText()).isEqualTo("compaction");
      assertThat(upstream.next().text()).doesNotContain("compaction_trigger");
    }
  }

  @Test
  void theConversationMayBeNamedByItsLastResponse() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      String first =
          house.post("/v1/responses", "{\"model\":\"m\",\"stream\":true,\"input\":\"one\"}").body();
      String id =
          first.substring(first.indexOf("resp_"), first.indexOf('"', first.indexOf("resp_")));
      var unused = upstream.next();
      JsonNode compacted =
          json(
              house.post(
                  "/v1/responses/compact",
                  "{\"model\":\"m\",\"previous_response_id\":\"%s\"}".formatted(id)));
      assertThat(upstream.next().text()).contains("one", "the SUMMARY", "Write nothing but");
      assertThat(compacted.at("/output/0/content/0/text").asText()).isEqualTo("one");
      assertThat(house.get("/v1/responses/" + compacted.path("id").asText()).statusCode())
          .isEqualTo(404);
    }
  }

  /** Codex asks by an item at the end of a request, and takes one item for the answer. */
  @ParameterizedTest
  @CsvSource({"true, false", "false, false", "true, true"})
  void aRequestThatEndsWithTheTriggerIsAnsweredWithTheSummaryAlone(
      boolean stream, boolean background) throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      String body =
          """
          {"model":"m","stream":%s,"background":%s,
           "tools":[{"type":"function","name":"shell","parameters":{"type":"object","properties":{}}}],
           "tool_choice":"auto","text":{"format":{"type":"json_object"}},
           "input":[%s,{"type":"compaction_trigger"}]}\
          """
              .formatted(stream, background, CONVERSATION.substring(1, CONVERSATION.length() - 1));
      HttpResponse<String> answer = house.post("/v1/responses", body);
      FakeUpstream.Request asked = upstream.next();
      JsonNode response;
      if (stream) {
        List<JsonNode> events =
            answer
                .body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> Json.read(line.substring(6).getBytes(UTF_8)))
                .toList();
        for (int i = 0; i < events.size(); i++) {
          assertThat(events.get(i).path("sequence_number").asInt()).isEqualTo(i);
        }
        List<JsonNode> done =
            events.stream()
                .filter(event -> event.path("type").asText().equals("response.output_item.done"))
                .toList();
        assertThat(done).hasSize(1);
        assertThat(done.getFirst().at("/item/type").asText()).isEqualTo("compaction");
        assertThat(events.getLast().path("type").asText()).isEqualTo("response.completed");
        response = events.getLast().path("response");
      } else {
        response = json(answer);
      }

      assertThat(asked.text())
          .contains("tool_use", "BUILD FAILURE", "Write nothing but")
          .contains("\"tool_choice\":{\"type\":\"none\"}")
          .doesNotContain("compaction_trigger");
      assertThat(response.path("output")).hasSize(1);
      assertThat(response.at("/output/0/id").asText()).startsWith("cmp_");
      assertThat(response.at("/output/0/encrypted_content").asText()).startsWith("chc1.");
      assertThat(json(house.get("/v1/responses/" + response.path("id").asText())))
          .isEqualTo(response);
      HttpResponse<String> more =
          house.post(
              "/v1/responses",
              "{\"model\":\"r\",\"stream\":true,\"previous_response_id\":\"%s\",\"input\":\"go on\"}"
                  .formatted(response.path("id").asText()));
      assertThat(more.statusCode()).as(more.body()).isEqualTo(200);
      assertThat(upstream.next().text())
          .contains("the SUMMARY", "go on")
          .doesNotContain("BUILD FAILURE", "compaction");
    }
  }

  @Test
  void withoutKeptResponsesItWorksAllTheSame() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "  state: { enabled: false }")) {
      JsonNode output = json(compact(house, "m")).path("output");
      var unused = upstream.next();
      var answer = house.post("/v1/responses", continued("r", output));
      assertThat(upstream.next().text()).contains("the SUMMARY").doesNotContain("chc1.");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(house.remains()).doesNotContain("SUMMARY", "fix the build");
    }
  }

  @Test
  void whatWasMadeForOthersOrChangedIsRefused() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      JsonNode output = json(compact(house, "m")).path("output");
      var unused = upstream.next();
      String other =
          house.gateway().keys().create("other", null, List.of(), null, null, null).key().reveal();
      String body = continued("m", output);
      String changed = body.replace("chc1.", "chc1.A");
      for (HttpResponse<String> refused :
          List.of(
              house.post("/v1/responses", body, "authorization", "Bearer " + other),
              house.post("/v1/responses", changed))) {
        assertThat(refused.statusCode()).isEqualTo(400);
        JsonNode error = Json.read(refused.body().getBytes(UTF_8)).path("error");
        assertThat(error.path("code").asText()).isEqualTo("invalid_encrypted_content");
        assertThat(error.path("param").asText()).isEqualTo("input");
      }
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void whatOpenAiCompactedNobodyElseIsAskedToGoOnFrom() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.of(CompactionTest::answer);
        House house = house(upstream, "")) {
      String body =
          "{\"model\":\"%s\",\"input\":[{\"type\":\"compaction\",\"id\":\"cmp_1\",\"encrypted_content\":\"gAAA\"},{\"role\":\"user\",\"content\":\"go on\"}]}";
      HttpResponse<String> refused = house.post("/v1/responses", body.formatted("m"));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("invalid_encrypted_content", "cmp_1");
      assertThat(house.post("/v1/responses/compact", body.formatted("r")).body())
          .contains("invalid_encrypted_content", "cmp_1");
      assertThat(upstream.pending()).isZero();
      assertThat(house.post("/v1/responses", body.formatted("r")).statusCode()).isEqualTo(200);
      assertThat(upstream.next().text()).contains("gAAA");
    }
  }

  @Test
  void withoutASummaryTheClientIsTold() {
    FakeUpstream.Script silent =
        (request, connection) -> {
          connection.beginEvents();
          connection.chunk(
              event(
                      "message_start",
                      "\"message\":{\"id\":\"m\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":3}}")
                  + event(
                      "message_delta",
                      "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":0}")
                  + event("message_stop", "\"x\":0"));
          connection.end();
        };
    try (FakeUpstream upstream = FakeUpstream.of(silent);
        House house = house(upstream, "")) {
      HttpResponse<String> answer = compact(house, "m");
      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body()).contains("compaction_failed");
    }
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(
                    400,
                    "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long\"}}"));
        House house = house(upstream, "")) {
      HttpResponse<String> answer = compact(house, "m");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("context_length_exceeded");
    }
  }
}
