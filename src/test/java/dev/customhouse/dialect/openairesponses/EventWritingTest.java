package dev.customhouse.dialect.openairesponses;

import static dev.customhouse.dialect.openairesponses.Desk.CODEC;
import static dev.customhouse.dialect.openairesponses.Desk.events;
import static dev.customhouse.dialect.openairesponses.Desk.json;
import static dev.customhouse.dialect.openairesponses.Desk.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.SealBox;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventWritingTest {
  private static final StreamPart BEGUN = new StreamPart.Begun("up_1", "real", null);
  private static final StreamPart ENDED = new StreamPart.Ended();
  private static final Seal SEAL =
      new Seal(DialectId.ANTHROPIC_MESSAGES, "p/claude", "c2ln", false);
  private static final String CARRIED = SealBox.pack(SEAL, DialectId.OPENAI_RESPONSES);

  private static StreamPart finished(FinishReason reason) {
    return new StreamPart.Finished(reason, null, Extras.NONE);
  }

  private static StreamPart begun(int block, Content content) {
    return new StreamPart.BlockBegun(block, content);
  }

  private static StreamPart delta(int block, String piece) {
    return new StreamPart.Delta(block, piece);
  }

  private static StreamPart ended(int block) {
    return new StreamPart.BlockEnded(block);
  }

  private static Content call(boolean freeform, @Nullable String namespace) {
    return new Content.ToolCall("call_1", "exec", namespace, freeform, "", null, Extras.NONE);
  }

  private static PartWriter writer() {
    return CODEC.partWriter(reply());
  }

  @Test
  void wordsAreAMessageWithAllItsEvents() {
    assertThat(
            events(
                writer(),
                BEGUN,
                begun(0, Content.Text.of("")),
                delta(0, "Hel"),
                delta(0, "lo"),
                new StreamPart.Cited(
                    0, new Citation("https://x.test", "X", null, 0, 5, Extras.NONE)),
                ended(0),
                new StreamPart.Counted(new Usage(30, 12, 8L, 4L, 7L, false)),
                finished(FinishReason.STOP),
                ENDED))
        .isEqualTo(
            """
            event: response.created
            data: {"type":"response.created","sequence_number":0,"response":"in_progress"}

            event: response.in_progress
            data: {"type":"response.in_progress","sequence_number":1,"response":"in_progress"}

            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_req_1_0","type":"message","status":"in_progress","content":[],"role":"assistant"}}

            event: response.content_part.added
            data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"delta":"Hel","logprobs":[]}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"delta":"lo","logprobs":[]}

            event: response.output_text.annotation.added
            data: {"type":"response.output_text.annotation.added","sequence_number":6,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"annotation_index":0,"annotation":{"type":"url_citation","start_index":0,"end_index":5,"title":"X","url":"https://x.test"}}

            event: response.output_text.done
            data: {"type":"response.output_text.done","sequence_number":7,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"text":"Hello","logprobs":[]}

            event: response.content_part.done
            data: {"type":"response.content_part.done","sequence_number":8,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[{"type":"url_citation","start_index":0,"end_index":5,"title":"X","url":"https://x.test"}],"logprobs":[],"text":"Hello"}}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":9,"output_index":0,"item":{"id":"msg_req_1_0","type":"message","status":"completed","content":[{"type":"output_text","annotations":[{"type":"url_citation","start_index":0,"end_index":5,"title":"X","url":"https://x.test"}],"logprobs":[],"text":"Hello"}],"role":"assistant"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":10,"response":"completed"}

            """);
  }

  @Test
  void reasoningIsASummaryAndCarriesItsSeal() {
    assertThat(
            after(
                2,
                events(
                    writer(),
                    BEGUN,
                    begun(0, new Content.Reasoning("", null, Extras.NONE)),
                    delta(0, "Hm."),
                    new StreamPart.Sealed(0, SEAL),
                    ended(0),
                    finished(FinishReason.STOP),
                    ENDED)))
        .isEqualTo(
            """
            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"rs_req_1_0","type":"reasoning","summary":[]}}

            event: response.reasoning_summary_part.added
            data: {"type":"response.reasoning_summary_part.added","sequence_number":3,"item_id":"rs_req_1_0","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}

            event: response.reasoning_summary_text.delta
            data: {"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_req_1_0","output_index":0,"summary_index":0,"delta":"Hm."}

            event: response.reasoning_summary_text.done
            data: {"type":"response.reasoning_summary_text.done","sequence_number":5,"item_id":"rs_req_1_0","output_index":0,"summary_index":0,"text":"Hm."}

            event: response.reasoning_summary_part.done
            data: {"type":"response.reasoning_summary_part.done","sequence_number":6,"item_id":"rs_req_1_0","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"Hm."}}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"rs_req_1_0","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"%s"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":8,"response":"completed"}

            """
                .formatted(CARRIED));
  }

  @Test
  void aSealWithoutWordsIsAnItemWithoutSummary() {
    assertThat(
            events(
                writer(),
                BEGUN,
                begun(0, new Content.Reasoning("", SEAL, Extras.NONE)),
                ended(0),
                finished(FinishReason.STOP),
                ENDED))
        .contains("\"summary\":[],\"encrypted_content\":\"" + CARRIED + "\"")
        .doesNotContain("summary_part");
  }

  @Test
  void aCallGivesItsNamespaceBack() {
    assertThat(
            after(
                2,
                events(
                    writer(),
                    BEGUN,
                    begun(0, call(false, "functions")),
                    delta(0, "{\"a\":"),
                    delta(0, "1}"),
                    ended(0),
                    finished(FinishReason.TOOL_CALLS),
                    ENDED)))
        .isEqualTo(
            """
            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"fc_req_1_0","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"exec","namespace":"functions"}}

            event: response.function_call_arguments.delta
            data: {"type":"response.function_call_arguments.delta","sequence_number":3,"item_id":"fc_req_1_0","output_index":0,"delta":"{\\"a\\":"}

            event: response.function_call_arguments.delta
            data: {"type":"response.function_call_arguments.delta","sequence_number":4,"item_id":"fc_req_1_0","output_index":0,"delta":"1}"}

            event: response.function_call_arguments.done
            data: {"type":"response.function_call_arguments.done","sequence_number":5,"item_id":"fc_req_1_0","output_index":0,"name":"exec","arguments":"{\\"a\\":1}"}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"id":"fc_req_1_0","type":"function_call","status":"completed","arguments":"{\\"a\\":1}","call_id":"call_1","name":"exec","namespace":"functions"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":7,"response":"completed"}

            """);
  }

  /** The types of the items that are done, in their order, and the seal's text. */
  private static List<String> done(String stream) {
    return stream
        .lines()
        .filter(line -> line.contains("\"type\":\"response.output_item.done\""))
        .map(line -> json(line.substring(line.indexOf('{'))).path("item"))
        .map(item -> item.path("type").asText() + " " + item.path("encrypted_content").asText(""))
        .toList();
  }

  @Test
  void theProofOfACallIsReasoningInFrontOfIt() {
    String stream =
        events(
            writer(),
            BEGUN,
            begun(0, call(false, null)),
            delta(0, "{\"a\":1}"),
            new StreamPart.Sealed(0, SEAL),
            ended(0),
            begun(1, call(false, null)),
            ended(1),
            finished(FinishReason.TOOL_CALLS),
            ENDED);

    assertThat(done(stream))
        .containsExactly("reasoning " + CARRIED, "function_call ", "function_call ");
    assertThat(stream)
        .contains("\"output_index\":0,\"item\":{\"id\":\"rs_req_1_0\"")
        .contains("\"output_index\":1,\"item\":{\"id\":\"fc_req_1_0\"")
        .contains("\"output_index\":2,\"item\":{\"id\":\"fc_req_1_1\"");
  }

  @Test
  void aProofThatComesWhenItsCallIsShownStandsBehindIt() {
    String stream =
        events(
            writer(),
            BEGUN,
            begun(0, call(false, null)),
            delta(0, "{\"a\":"),
            delta(0, "1}"),
            new StreamPart.Sealed(0, SEAL),
            ended(0),
            finished(FinishReason.TOOL_CALLS),
            ENDED);

    assertThat(done(stream)).containsExactly("function_call ", "reasoning " + CARRIED);
  }

  @Test
  void aCallOfFreeTextHasInput() {
    assertThat(
            after(
                2,
                events(
                    writer(),
                    BEGUN,
                    begun(0, call(true, null)),
                    delta(0, "ls"),
                    ended(0),
                    finished(FinishReason.TOOL_CALLS),
                    ENDED)))
        .isEqualTo(
            """
            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"ctc_req_1_0","type":"custom_tool_call","status":"in_progress","input":"","call_id":"call_1","name":"exec"}}

            event: response.custom_tool_call_input.delta
            data: {"type":"response.custom_tool_call_input.delta","sequence_number":3,"item_id":"ctc_req_1_0","output_index":0,"delta":"ls"}

            event: response.custom_tool_call_input.done
            data: {"type":"response.custom_tool_call_input.done","sequence_number":4,"item_id":"ctc_req_1_0","output_index":0,"input":"ls"}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"id":"ctc_req_1_0","type":"custom_tool_call","status":"completed","input":"ls","call_id":"call_1","name":"exec"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":6,"response":"completed"}

            """);
  }

  @Test
  void noArgumentsAreAnEmptyObject() {
    assertThat(
            events(
                writer(),
                BEGUN,
                begun(0, call(false, null)),
                ended(0),
                finished(FinishReason.STOP),
                ENDED))
        .contains("\"delta\":\"{}\"")
        .contains("\"arguments\":\"{}\"");
  }

  @Test
  void decliningIsARefusal() {
    assertThat(
            after(
                3,
                events(
                    writer(),
                    BEGUN,
                    begun(0, new Content.Declined("", Extras.NONE)),
                    delta(0, "No."),
                    ended(0),
                    finished(FinishReason.REFUSAL),
                    ENDED)))
        .isEqualTo(
            """
            event: response.content_part.added
            data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"part":{"type":"refusal","refusal":""}}

            event: response.refusal.delta
            data: {"type":"response.refusal.delta","sequence_number":4,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"delta":"No."}

            event: response.refusal.done
            data: {"type":"response.refusal.done","sequence_number":5,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"refusal":"No."}

            event: response.content_part.done
            data: {"type":"response.content_part.done","sequence_number":6,"item_id":"msg_req_1_0","output_index":0,"content_index":0,"part":{"type":"refusal","refusal":"No."}}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"msg_req_1_0","type":"message","status":"completed","content":[{"type":"refusal","refusal":"No."}],"role":"assistant"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":8,"response":"completed"}

            """);
  }

  @Test
  void blocksThatAreOpenTogetherKeepTheirPlaces() {
    String events =
        events(
            writer(),
            BEGUN,
            begun(0, Content.Text.of("")),
            begun(1, call(false, null)),
            delta(1, "{"),
            delta(0, "a"),
            begun(2, Content.ToolCall.of("call_2", "g", "")),
            delta(1, "}"),
            ended(0),
            ended(2),
            ended(1),
            finished(FinishReason.TOOL_CALLS),
            ENDED);

    assertThat(places(events, "msg_req_1_0")).containsOnly(0);
    assertThat(places(events, "fc_req_1_1")).containsOnly(1);
    assertThat(places(events, "fc_req_1_2")).containsOnly(2);
    assertThat(events.split("response.output_item.done\"", -1)).hasSize(4);
  }

  private static List<Integer> places(String events, String id) {
    return events
        .lines()
        .filter(line -> line.startsWith("data: ") && line.contains(id))
        .map(line -> json(line.substring(6)).path("output_index").asInt())
        .toList();
  }

  @Test
  void wordsBehindWordsArePartsOfOneMessage() {
    JsonNode response =
        whole(
            List.of(
                Content.Text.of("a"), Content.Text.of("b"), Content.ToolCall.of("c", "f", "{}")),
            FinishReason.TOOL_CALLS,
            null);

    assertThat(response.path("output")).hasSize(2);
    assertThat(response.at("/output/0/content")).hasSize(2);
  }

  @Test
  void phasesAreMessagesOfTheirOwn() {
    Extras commentary =
        Extras.of(DialectId.OPENAI_RESPONSES, Map.of("phase", json("\"commentary\"")));

    JsonNode output =
        whole(
                List.of(new Content.Text("a", List.of(), commentary), Content.Text.of("b")),
                FinishReason.STOP,
                null)
            .path("output");

    assertThat(output).hasSize(2);
    assertThat(output.at("/0/phase").asText()).isEqualTo("commentary");
  }

  @Test
  void whatOnlyThisDialectKnowsIsAnItemAndWhatOthersKnowIsNot() {
    JsonNode search =
        json("{\"type\":\"web_search_call\",\"id\":\"ws_1\",\"status\":\"completed\"}");

    JsonNode output =
        whole(
                List.of(
                    new Content.Native(DialectId.OPENAI_RESPONSES, "web_search_call", search),
                    new Content.Native(DialectId.GEMINI, "executableCode", json("{}")),
                    new Content.Media(
                        Content.Media.Kind.IMAGE,
                        new Content.Source.Inline("iVBO"),
                        "image/png",
                        null,
                        Extras.NONE)),
                FinishReason.STOP,
                null)
            .path("output");

    assertThat(output)
        .isEqualTo(
            json(
                "["
                    + search
                    + ",{\"type\":\"image_generation_call\",\"id\":\"ig_req_1_2\","
                    + "\"status\":\"completed\",\"result\":\"iVBO\"}]"));
  }

  private static JsonNode whole(List<Content> content, FinishReason finish, @Nullable Usage usage) {
    return Json.read(
        CODEC.writeAnswer(
            new ChatAnswer("up_1", "real", content, finish, null, usage, Extras.NONE), reply()));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "STOP, completed, -",
        "STOP_SEQUENCE, completed, -",
        "TOOL_CALLS, completed, -",
        "OTHER, completed, -",
        "LENGTH, incomplete, max_output_tokens",
        "CONTEXT_WINDOW, incomplete, max_output_tokens",
        "CONTENT_FILTER, incomplete, content_filter",
        "REFUSAL, incomplete, content_filter",
        "PAUSED, incomplete, -",
        "ERROR, failed, -"
      })
  void theReasonToStopIsTheStatus(FinishReason reason, String status, @Nullable String details) {
    JsonNode response = whole(List.of(Content.Text.of("a")), reason, null);

    assertThat(response.path("status").asText()).isEqualTo(status);
    assertThat(response.at("/incomplete_details/reason").asText(null)).isEqualTo(details);
    assertThat(response.at("/output/0/status").asText())
        .isEqualTo(status.equals("incomplete") ? "incomplete" : "completed");
    String events =
        events(writer(), BEGUN, begun(0, Content.Text.of("a")), ended(0), finished(reason), ENDED);
    assertThat(events).contains("event: response." + status + "\n").doesNotContain("[DONE]");
  }

  @Test
  void theWholeResponseSaysWhatWasAskedFor() {
    JsonNode response =
        Json.read(
            CODEC.writeAnswer(
                new ChatAnswer(
                    "up_1",
                    "real",
                    List.of(Content.Text.of("{}")),
                    FinishReason.STOP,
                    null,
                    new Usage(30, 12, 8L, null, 7L, false),
                    Extras.NONE),
                reply(
                    Desk.read(
                        """
                        "instructions":"Be brief.","input":"x","temperature":0.5,
                        "tools":[{"type":"function","name":"f"}],"tool_choice":"required",
                        "reasoning":{"effort":"low","summary":"detailed"},
                        "text":{"format":{"type":"json_object"},"verbosity":"low"},
                        "metadata":{"a":"b"},"store":false,"max_output_tokens":64,
                        "parallel_tool_calls":false,"prompt_cache_key":"k","user":"u"
                        """))));

    assertThat(response)
        .isEqualTo(
            json(
                """
                {"id":"resp_req_1","object":"response","created_at":1700000000,"status":"completed",
                 "background":false,"completed_at":null,"error":null,"frequency_penalty":0,
                 "incomplete_details":null,"instructions":"Be brief.","max_output_tokens":64,
                 "max_tool_calls":null,"model":"gpt",
                 "output":[{"id":"msg_req_1_0","type":"message","status":"completed",
                  "content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{}"}],
                  "role":"assistant"}],
                 "parallel_tool_calls":false,"presence_penalty":0,"previous_response_id":null,
                 "prompt_cache_key":"k","reasoning":{"effort":"low","summary":"detailed"},
                 "safety_identifier":"u","service_tier":"default","store":false,"temperature":0.5,
                 "text":{"format":{"type":"json_object"},"verbosity":"low"},
                 "tool_choice":"required",
                 "tools":[{"type":"function","name":"f","description":null,"parameters":null,
                  "strict":null}],
                 "top_logprobs":0,"top_p":1,"truncation":"disabled",
                 "usage":{"input_tokens":30,
                  "input_tokens_details":{"cached_tokens":8,"cache_write_tokens":0},
                  "output_tokens":12,"output_tokens_details":{"reasoning_tokens":7},
                  "total_tokens":42},
                 "metadata":{"a":"b"}}
                """));
  }

  @Test
  void theLastEventHoldsTheOutputAndTheUsage() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = writer();
    for (StreamPart part :
        List.of(
            BEGUN,
            begun(0, Content.Text.of("")),
            delta(0, "Hi"),
            ended(0),
            new StreamPart.Counted(Usage.of(3, 1)),
            finished(FinishReason.STOP),
            ENDED)) {
      writer.part(part, out);
    }
    String stream = out.toString(UTF_8);

    JsonNode last = json(stream.substring(stream.lastIndexOf("data: ") + 6)).path("response");

    assertThat(last.at("/output/0/content/0/text").asText()).isEqualTo("Hi");
    assertThat(last.at("/usage/input_tokens_details/cached_tokens").isInt()).isTrue();
    assertThat(last.at("/usage/total_tokens").asInt()).isEqualTo(4);
  }

  @Test
  void aFailureHasTheNextNumberAndTheSameId() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = writer();
    writer.part(BEGUN, out);
    writer.part(begun(0, Content.Text.of("")), out);
    out.reset();

    writer.failure(new Refusal(ErrorKind.NETWORK, "upstream_lost", "Gone."), "req_1", out);
    writer.part(ENDED, out);

    String stream = out.toString(UTF_8);
    assertThat(stream).startsWith("event: response.failed\ndata: ").endsWith("\n\n");
    JsonNode event = json(stream.substring(stream.indexOf('{')));
    assertThat(event.path("sequence_number").asInt()).isEqualTo(4);
    assertThat(event.at("/response/id").asText()).isEqualTo("resp_req_1");
    assertThat(event.at("/response/status").asText()).isEqualTo("failed");
    assertThat(event.at("/response/error"))
        .isEqualTo(json("{\"code\":\"server_error\",\"message\":\"Gone.\"}"));
  }

  @Test
  void anUpstreamThatSaysItFailedEndsTheStreamOnce() {
    String events =
        events(
            writer(), BEGUN, new StreamPart.Broken(ErrorKind.CONTEXT_TOO_LONG, "Too long."), ENDED);

    assertThat(events)
        .endsWith(
            "event: response.failed\n"
                + "data: {\"type\":\"response.failed\",\"sequence_number\":2,\"response\":\"failed\"}\n\n");
  }

  /** Without the first events, which always are the same. */
  private static String after(int count, String events) {
    String rest = events;
    for (int i = 0; i < count; i++) {
      rest = rest.substring(rest.indexOf("\n\n") + 2);
    }
    return rest;
  }
}
