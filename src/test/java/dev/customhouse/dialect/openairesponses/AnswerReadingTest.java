package dev.customhouse.dialect.openairesponses;

import static dev.customhouse.dialect.openairesponses.Desk.MAKER;
import static dev.customhouse.dialect.openairesponses.Desk.json;
import static dev.customhouse.dialect.openairesponses.Desk.parts;
import static dev.customhouse.dialect.openairesponses.Desk.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReadingTest {
  private static final String OUTPUT =
      """
      [{"type":"reasoning","id":"rs_1","encrypted_content":"gAAA","summary":[
         {"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}]},
       {"type":"message","id":"msg_1","role":"assistant","phase":"commentary","content":[
         {"type":"output_text","text":"Hi","annotations":[
           {"type":"url_citation","url":"https://x.test","title":"X","start_index":0,"end_index":2},
           {"type":"file_citation","file_id":"file-1","filename":"a.txt","index":2}]},
         {"type":"refusal","refusal":"No."}]},
       {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","namespace":"ns",
        "arguments":"{}"},
       {"type":"custom_tool_call","id":"ctc_1","call_id":"call_2","name":"exec","input":"ls"},
       {"type":"web_search_call","id":"ws_1","status":"completed"}]
      """;
  private static final String USAGE =
      """
      {"input_tokens":30,"input_tokens_details":{"cached_tokens":8,"cache_write_tokens":4},
       "output_tokens":12,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":42}
      """;
  private static final String RESPONSE =
      """
      {"id":"resp_9","object":"response","status":"completed","model":"gpt-real","output":%s,
       "usage":%s,"service_tier":"flex"}
      """
          .formatted(OUTPUT, USAGE);

  private static ChatAnswer read(String body) {
    return Desk.CODEC.readAnswer(body.getBytes(UTF_8), MAKER);
  }

  private static ChatAnswer gathered(String stream) {
    Gathering gathering = new Gathering();
    parts(stream).forEach(gathering);
    assertThat(gathering.isWhole()).isTrue();
    return gathering.answer();
  }

  /** A whole stream as an array of one line per event. */
  private static String flat(String json) {
    return json.replace("\n", " ");
  }

  @Test
  void aWholeAnswerIsItsItems() {
    ChatAnswer answer = read(RESPONSE);

    assertThat(answer.id()).isEqualTo("resp_9");
    assertThat(answer.model()).isEqualTo("gpt-real");
    assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.usage()).isEqualTo(new Usage(30, 12, 8L, 4L, 7L, false));
    assertThat(answer.extras().fields()).containsOnlyKeys("service_tier");
    assertThat(answer.content().get(0))
        .isEqualTo(
            new Content.Reasoning(
                "One.\n\nTwo.",
                new Seal(DialectId.OPENAI_RESPONSES, MAKER, "gAAA", true),
                Extras.NONE));
    Content.Text text = (Content.Text) answer.content().get(1);
    assertThat(text.text()).isEqualTo("Hi");
    assertThat(text.citations().get(0))
        .isEqualTo(new Citation("https://x.test", "X", null, 0, 2, Extras.NONE));
    assertThat(text.citations().get(1).title()).isEqualTo("a.txt");
    assertThat(text.extras().fields()).containsOnlyKeys("phase");
    assertThat(((Content.Declined) answer.content().get(2)).text()).isEqualTo("No.");
    assertThat(answer.content().get(3))
        .isEqualTo(new Content.ToolCall("call_1", "f", "ns", false, "{}", null, Extras.NONE));
    assertThat(answer.content().get(4))
        .isEqualTo(new Content.ToolCall("call_2", "exec", null, true, "ls", null, Extras.NONE));
    assertThat(answer.content().get(5)).isInstanceOf(Content.Native.class);
  }

  @Test
  void aStreamOfWhichOnlyTheLastEventIsLeftIsTheSameAnswer() {
    String stream = stream("{\"type\":\"response.completed\",\"response\":" + flat(RESPONSE) + "}");

    assertThat(gathered(stream)).isEqualTo(read(RESPONSE));
  }

  @Test
  void aStreamOfWholeItemsIsTheSameAnswer() {
    StringBuilder stream = new StringBuilder();
    stream.append(stream("{\"type\":\"response.created\",\"response\":" + flat(RESPONSE) + "}"));
    for (int i = 0; i < 5; i++) {
      stream.append(
          stream(
              "{\"type\":\"response.output_item.done\",\"output_index\":%d,\"item\":%s}"
                  .formatted(i, json(OUTPUT).get(i))));
    }
    stream.append(stream("{\"type\":\"response.completed\",\"response\":" + flat(RESPONSE) + "}"));

    assertThat(gathered(stream.toString())).isEqualTo(read(RESPONSE));
  }

  @Test
  void piecesAreToldWhenTheyComeAndOnce() {
    List<StreamPart> parts =
        parts(
            stream(
                "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_9\",\"model\":\"m\"}}",
                "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":"
                    + "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[]}}",
                "{\"type\":\"response.content_part.added\",\"item_id\":\"msg_1\",\"output_index\":0,"
                    + "\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\"}}",
                "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,"
                    + "\"delta\":\"He\"}",
                "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,"
                    + "\"delta\":\"y\"}",
                "{\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":0,"
                    + "\"text\":\"Hey\"}",
                "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":"
                    + "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":"
                    + "[{\"type\":\"output_text\",\"text\":\"Hey\"}]}}",
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\","
                    + "\"output\":[{\"id\":\"msg_1\",\"type\":\"message\",\"content\":"
                    + "[{\"type\":\"output_text\",\"text\":\"Hey\"}]}]}}",
                "[DONE]"));

    assertThat(parts)
        .containsExactly(
            new StreamPart.Begun("resp_9", "m", null),
            new StreamPart.BlockBegun(0, Content.Text.of("")),
            new StreamPart.Delta(0, "He"),
            new StreamPart.Delta(0, "y"),
            new StreamPart.BlockEnded(0),
            new StreamPart.Finished(FinishReason.STOP, null, Extras.NONE),
            new StreamPart.Ended());
  }

  @Test
  void argumentsThatComeBeforeTheirCallAreKept() {
    ChatAnswer answer =
        gathered(
            stream(
                "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":0,"
                    + "\"delta\":\"{\\\"a\\\"\"}",
                "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":"
                    + "{\"id\":\"fc_1\",\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\","
                    + "\"arguments\":\"\"}}",
                "{\"type\":\"response.function_call_arguments.done\",\"output_index\":0,"
                    + "\"arguments\":\"{\\\"a\\\":1}\"}",
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}"));

    assertThat(answer.content()).containsExactly(Content.ToolCall.of("c", "f", "{\"a\":1}"));
  }

  @Test
  void reasoningThatIsShownInFullIsReadFromItsOwnEvents() {
    ChatAnswer answer =
        gathered(
            stream(
                "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":"
                    + "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]}}",
                "{\"type\":\"response.reasoning_text.delta\",\"output_index\":0,"
                    + "\"content_index\":0,\"delta\":\"Hm\"}",
                "{\"type\":\"response.reasoning_text.done\",\"output_index\":0,"
                    + "\"content_index\":0,\"text\":\"Hm\"}",
                "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":"
                    + "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],"
                    + "\"content\":[{\"type\":\"reasoning_text\",\"text\":\"Hm\"}]}}",
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}"));

    assertThat(answer.content())
        .containsExactly(
            new Content.Reasoning(
                "Hm", new Seal(DialectId.OPENAI_RESPONSES, MAKER, "", false), Extras.NONE));
  }

  @Test
  void paragraphsOfASummaryAreParted() {
    ChatAnswer answer =
        gathered(
            stream(
                summary(0, "One."),
                summary(1, "Two."),
                "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":"
                    + json(OUTPUT).get(0)
                    + "}",
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}"));

    assertThat(answer.content()).containsExactly(read(RESPONSE).content().getFirst());
  }

  private static String summary(int index, String text) {
    return "{\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,"
        + "\"summary_index\":%d,\"delta\":\"%s\"}".formatted(index, text);
  }

  @Test
  void itemsWithoutNumbersAreKnownByTheirNames() {
    ChatAnswer answer =
        gathered(
            stream(
                "{\"type\":\"response.output_item.added\",\"item\":"
                    + "{\"id\":\"a\",\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\"}}",
                "{\"type\":\"response.output_item.added\",\"item\":"
                    + "{\"id\":\"b\",\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"g\"}}",
                "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"a\","
                    + "\"delta\":\"1\"}",
                "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"b\","
                    + "\"delta\":\"2\"}",
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}"));

    assertThat(answer.content())
        .containsExactly(Content.ToolCall.of("c1", "f", "1"), Content.ToolCall.of("c2", "g", "2"));
  }

  @Test
  void aNumberThatIsUsedAgainIsAnotherItem() {
    String item =
        "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"%s\","
            + "\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\"}]}}";

    ChatAnswer answer =
        gathered(
            stream(
                item.formatted("a", "one"),
                item.formatted("b", "two"),
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}"));

    assertThat(answer.content()).containsExactly(Content.Text.of("one"), Content.Text.of("two"));
  }

  @Test
  void whatAProviderDoesItselfIsNoCallOfTheClients() {
    ChatAnswer answer =
        read(
            """
            {"id":"r","status":"completed","output":[
              {"type":"mcp_call","id":"m","name":"roll","arguments":"{}"},
              {"type":"tool_search_call","id":"t","arguments":{}},
              {"type":"image_generation_call","id":"ig","status":"completed","result":"iVBO"}]}
            """);

    assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
    assertThat(answer.content().get(0)).isInstanceOf(Content.Native.class);
    assertThat(answer.content().get(1)).isInstanceOf(Content.Native.class);
    assertThat(((Content.Media) answer.content().get(2)).mediaType()).isEqualTo("image/png");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "incomplete, max_output_tokens, LENGTH",
        "incomplete, content_filter, CONTENT_FILTER",
        "incomplete, other, OTHER",
        "cancelled, -, ERROR",
        "completed, -, STOP"
      })
  void theStatusIsTheReasonToStop(String status, @Nullable String details, FinishReason reason) {
    String response =
        "{\"id\":\"r\",\"status\":\"%s\",\"incomplete_details\":%s,\"output\":[]}"
            .formatted(status, details == null ? "null" : "{\"reason\":\"" + details + "\"}");

    assertThat(read(response).finish()).isEqualTo(reason);
    assertThat(
            gathered(stream("{\"type\":\"response." + status + "\",\"response\":" + response + "}"))
                .finish())
        .isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow.\"}",
        "{\"type\":\"error\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Slow.\"}}",
        "{\"type\":\"response.failed\",\"response\":{\"status\":\"failed\","
            + "\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Slow.\"}}}"
      })
  void anErrorBreaksTheStreamOnce(String event) {
    assertThat(parts(stream(event, event)))
        .containsExactly(new StreamPart.Broken(ErrorKind.RATE_LIMITED, "Slow."));
  }

  @Test
  void anErrorIsAlsoKnownByTheNameOfItsEvent() {
    assertThat(parts("event: error\ndata: {\"code\":\"server_error\",\"message\":\"Oh.\"}\n\n"))
        .hasSize(1)
        .first()
        .isInstanceOf(StreamPart.Broken.class);
  }

  @Test
  void aStreamThatJustEndsIsNotWhole() {
    List<StreamPart> parts =
        parts(
            stream(
                "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,"
                    + "\"delta\":\"Hal\"}"));

    assertThat(parts.getLast()).isEqualTo(new StreamPart.BlockEnded(0));
  }

  @Test
  void signsOfLifeAreTold() {
    assertThat(
            parts(
                ": ping\n\n"
                    + stream(
                        "{\"type\":\"keepalive\",\"sequence_number\":3}",
                        "{\"type\":\"response.web_search_call.searching\"}")))
        .containsExactly(new StreamPart.Alive(), new StreamPart.Alive(), new StreamPart.Alive());
    assertThat(parts(stream("not json", "[1]"))).isEmpty();
  }

  @Test
  void aFailedResponseIsRefusedWithItsKind() {
    assertThatThrownBy(() ->
            read(
                "{\"status\":\"failed\",\"output\":[],\"error\":"
                    + "{\"code\":\"rate_limit_exceeded\",\"message\":\"Slow.\"}}"))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.RATE_LIMITED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "<html>", "{\"choices\":[]}"})
  void whatIsNoResponseIsRefused(String body) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
  }
}
