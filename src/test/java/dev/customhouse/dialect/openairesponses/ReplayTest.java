package dev.customhouse.dialect.openairesponses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.wire.SseSplitter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream made again of the response that is left of it. */
class ReplayTest {
  private static final String RESPONSE =
      """
      {"id":"resp_1","object":"response","created_at":7,"status":"completed","model":"m",\
      "background":false,"error":null,"incomplete_details":null,"completed_at":8,"output":[\
      {"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"first"},\
      {"type":"summary_text","text":"second"}],"encrypted_content":"sealed"},\
      {"id":"rs_2","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"all of it"}]},\
      {"id":"msg_1","type":"message","role":"assistant","status":"completed","phase":"commentary","content":[\
      {"type":"output_text","text":"words","logprobs":[],"annotations":[\
      {"type":"url_citation","url":"https://a.example/","title":"A","start_index":0,"end_index":5}]},\
      {"type":"refusal","refusal":"no"}]},\
      {"id":"fc_1","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{}"},\
      {"id":"ctc_1","type":"custom_tool_call","status":"completed","call_id":"c2","name":"g","input":"raw"},\
      {"id":"ws_1","type":"web_search_call","status":"completed"}],\
      "usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}\
      """;

  private static List<JsonNode> events(String response) {
    return new String(Replay.events(response.getBytes(UTF_8)), UTF_8)
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> Json.read(line.substring(6).getBytes(UTF_8)))
        .toList();
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asText()).toList();
  }

  @Test
  void everyItemGrowsAndEndsAsItWasKept() {
    List<JsonNode> events = events(RESPONSE);
    List<JsonNode> items = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      JsonNode event = events.get(i);
      assertThat(event.path("sequence_number").asInt()).isEqualTo(i);
      if (event.path("type").asText().equals("response.output_item.done")) {
        assertThat(event.path("output_index").asInt()).isEqualTo(items.size());
        items.add(event.path("item"));
      }
    }
    JsonNode response = Json.read(RESPONSE.getBytes(UTF_8));

    assertThat(items).containsExactlyElementsOf(response.path("output"));
    assertThat(events.getLast().path("response")).isEqualTo(response);
    assertThat(events.getFirst().at("/response/status").asText()).isEqualTo("in_progress");
    assertThat(events.getFirst().at("/response/output")).isEmpty();
    assertThat(events.getFirst().at("/response/usage").isNull()).isTrue();
    assertThat(types(events))
        .startsWith(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.reasoning_summary_part.added",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done",
            "response.reasoning_summary_part.added")
        .contains(
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.refusal.delta",
            "response.refusal.done",
            "response.output_text.annotation.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done")
        .endsWith("response.completed");
  }

  @Test
  void aReaderUnderstandsTheEventsAsItDoesTheObject() {
    byte[] stream = Replay.events(RESPONSE.getBytes(UTF_8));
    ResponsesCodec codec = new ResponsesCodec();
    PartReader reader = codec.partReader("maker");
    Gathering gathering = new Gathering();
    SseSplitter splitter = new SseSplitter();
    splitter.feed(
        stream,
        0,
        stream.length,
        (buffer, start, end) -> reader.event(buffer, start, end, gathering));
    reader.end(gathering);
    ChatAnswer whole = codec.readAnswer(RESPONSE.getBytes(UTF_8), "maker");

    assertThat(gathering.isWhole()).isTrue();
    assertThat(gathering.answer().content()).hasSameSizeAs(whole.content());
    assertThat(gathering.answer().finish()).isEqualTo(whole.finish());
    assertThat(gathering.answer().usage()).isEqualTo(whole.usage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"incomplete", "failed", "cancelled"})
  void theLastEventSaysHowItEnded(String status) {
    List<JsonNode> events =
        events(
            "{\"id\":\"r\",\"status\":\"%s\",\"background\":true,\"output\":[]}".formatted(status));

    assertThat(types(events))
        .containsExactly(
            "response.created", "response.queued", "response.in_progress", "response." + status);
    assertThat(events.getFirst().at("/response/status").asText()).isEqualTo("queued");
  }
}
