package dev.customhouse.dialect.anthropicmessages;

import static dev.customhouse.dialect.anthropicmessages.Desk.events;
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
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Anthropic's clients get when another provider answers. */
class EventWriterTest {
  private static final StreamPart ENDED = new StreamPart.Ended();

  private static StreamPart begun(@Nullable Usage usage) {
    return new StreamPart.Begun("chatcmpl-1", "gpt-5", usage);
  }

  private static StreamPart text(int block) {
    return new StreamPart.BlockBegun(block, Content.Text.of(""));
  }

  private static StreamPart call(int block, String id) {
    return new StreamPart.BlockBegun(block, Content.ToolCall.of(id, "f", ""));
  }

  private static StreamPart delta(int block, String piece) {
    return new StreamPart.Delta(block, piece);
  }

  private static StreamPart ended(int block) {
    return new StreamPart.BlockEnded(block);
  }

  private static StreamPart finished(FinishReason reason) {
    return new StreamPart.Finished(reason, null, Extras.NONE);
  }

  /** The events between the start and the end of the message. */
  private static String blocks(StreamPart... parts) {
    List<String> lines =
        events(parts)
            .lines()
            .filter(line -> line.startsWith("{'type':'content") || line.startsWith("{'type':'ping"))
            .toList();
    return String.join("\n", lines) + "\n";
  }

  @Test
  void aTextIsAWholeMessage() {
    assertThat(
            events(
                begun(null),
                text(0),
                delta(0, "Hel"),
                new StreamPart.Alive(),
                delta(0, "lo"),
                ended(0),
                new StreamPart.Counted(new Usage(100, 7, 60L, 30L, 5L, false)),
                finished(FinishReason.STOP),
                ENDED))
        .isEqualTo(
            """
            {'type':'message_start','message':{'id':'msg_reqa1','type':'message','role':'assistant','model':'sonnet','content':[],'stop_reason':null,'stop_sequence':null,'stop_details':null,'usage':{'input_tokens':321,'cache_creation_input_tokens':null,'cache_read_input_tokens':null,'cache_creation':null,'output_tokens':0,'output_tokens_details':null,'server_tool_use':null,'service_tier':null,'inference_geo':null},'container':null}}
            {'type':'content_block_start','index':0,'content_block':{'type':'text','text':'','citations':null}}
            {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'Hel'}}
            {'type':'ping'}
            {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'lo'}}
            {'type':'content_block_stop','index':0}
            {'type':'message_delta','delta':{'stop_reason':'end_turn','stop_sequence':null,'stop_details':null,'container':null},'usage':{'input_tokens':10,'cache_creation_input_tokens':30,'cache_read_input_tokens':60,'output_tokens':7,'output_tokens_details':{'thinking_tokens':5},'server_tool_use':null}}
            {'type':'message_stop'}
            """);
  }

  @Test
  void theStartTellsTheInputThatIsKnown() {
    String start =
        events(begun(new Usage(100, 1, 150L, 20L, null, false))).lines().findFirst().orElse("");

    assertThat(start)
        .contains("'input_tokens':0,'cache_creation_input_tokens':20,'cache_read_input_tokens':150")
        .contains("'ephemeral_5m_input_tokens':20")
        .contains("'output_tokens':0,");
  }

  @Test
  void whatIsWrittenForAnHourIsToldSo() {
    String body =
        "{'model':'c','max_tokens':9,'messages':[{'role':'user','content':[{'type':'text',"
            + "'text':'Hi','cache_control':{'type':'ephemeral','ttl':'1h'}}]}]}";

    assertThat(
            events(Desk.reply(Desk.read(body)), begun(new Usage(100, 1, null, 20L, null, false))))
        .contains("'ephemeral_5m_input_tokens':0,'ephemeral_1h_input_tokens':20");
  }

  @Test
  void callsThatComeAtTheSameTimeAreWrittenOneAfterTheOther() {
    assertThat(
            blocks(
                begun(null),
                call(0, "a"),
                call(1, "b"),
                delta(0, "{'x'"),
                delta(1, "{"),
                delta(0, ":1}"),
                delta(1, "}"),
                ended(1),
                ended(0),
                finished(FinishReason.TOOL_CALLS),
                ENDED))
        .isEqualTo(
            """
            {'type':'content_block_start','index':0,'content_block':{'type':'tool_use','id':'a','name':'f','input':{},'caller':{'type':'direct'}}}
            {'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':'{'x''}}
            {'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':':1}'}}
            {'type':'content_block_stop','index':0}
            {'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'b','name':'f','input':{},'caller':{'type':'direct'}}}
            {'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'{'}}
            {'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'}'}}
            {'type':'content_block_stop','index':1}
            """);
  }

  @Test
  void blocksThatNeverEndAreEndedByTheEnd() {
    String events =
        events(
            begun(null),
            call(0, "a"),
            text(1),
            delta(1, "and"),
            finished(FinishReason.STOP),
            ENDED);

    assertThat(events.lines().filter(line -> line.contains("content_block_stop"))).hasSize(2);
    assertThat(events).contains("'stop_reason':'tool_use'").endsWith("{'type':'message_stop'}\n");
  }

  @Test
  void emptyTextsAreNotSent() {
    assertThat(blocks(begun(null), text(0), ended(0), text(1), delta(1, "x"), ended(1), ENDED))
        .startsWith("{'type':'content_block_start','index':0")
        .doesNotContain("'index':1");
  }

  @Test
  void reasoningIsThinkingWithItsSealInABox() {
    Seal seal = new Seal(DialectId.OPENAI_RESPONSES, "openai/gpt-5", "gAAA", false);

    String blocks =
        blocks(
            begun(null),
            new StreamPart.BlockBegun(0, new Content.Reasoning("", null, Extras.NONE)),
            delta(0, "Hm"),
            new StreamPart.Sealed(0, seal),
            ended(0),
            new StreamPart.BlockBegun(1, new Content.Reasoning("", null, Extras.NONE)),
            delta(1, "So"),
            ended(1),
            ENDED);

    assertThat(blocks)
        .startsWith(
            """
            {'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':'','signature':''}}
            {'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','thinking':'Hm'}}
            {'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'chs1.\
            """)
        .contains(".gAAA'}}")
        .endsWith(
            """
            {'type':'content_block_delta','index':1,'delta':{'type':'thinking_delta','thinking':'So'}}
            {'type':'content_block_stop','index':1}
            """);
  }

  @Test
  void reasoningOfWhichNothingIsShownIsRedactedThinking() {
    Seal seal = new Seal(DialectId.OPENAI_RESPONSES, "openai/gpt-5", "gAAA", true);

    assertThat(
            blocks(
                begun(null),
                new StreamPart.BlockBegun(0, new Content.Reasoning("", null, Extras.NONE)),
                new StreamPart.Sealed(0, seal),
                ended(0),
                ENDED))
        .startsWith(
            "{'type':'content_block_start','index':0,'content_block':{'type':'redacted_thinking','data':'chs1.");
  }

  @Test
  void theSignatureOfACallStandsBeforeIt() {
    Seal seal = new Seal(DialectId.GEMINI, "google/gemini-3", "sig", false);
    String blocks =
        blocks(
            begun(null),
            call(0, "a"),
            delta(0, "{}"),
            new StreamPart.Sealed(0, seal),
            ended(0),
            ENDED);

    assertThat(blocks.lines().map(line -> line.replaceAll("chs1[^']*", "box")))
        .containsExactly(
            "{'type':'content_block_start','index':0,'content_block':{'type':'redacted_thinking','data':'box'}}",
            "{'type':'content_block_stop','index':0}",
            "{'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'a','name':'f','input':{},'caller':{'type':'direct'}}}",
            "{'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'{}'}}",
            "{'type':'content_block_stop','index':1}");
  }

  @Test
  void citationsKeepWhatTheDialectHas() {
    Citation page = new Citation("https://a/b", "B", "words", 0, 3, Extras.NONE);
    Citation nowhere = new Citation(null, "B", "words", 0, 3, Extras.NONE);

    assertThat(
            blocks(
                begun(null),
                text(0),
                new StreamPart.Cited(0, page),
                new StreamPart.Cited(0, nowhere),
                delta(0, "x"),
                ended(0),
                ENDED))
        .contains(
            "{'type':'content_block_delta','index':0,'delta':{'type':'citations_delta','citation':{'type':'web_search_result_location','cited_text':'words','url':'https://a/b','title':'B','encrypted_index':''}}}")
        .containsOnlyOnce("citations_delta");
  }

  @Test
  void blocksOfOtherProvidersAreNotShown() {
    StreamPart foreign =
        new StreamPart.BlockBegun(
            0,
            new Content.Native(
                DialectId.OPENAI_RESPONSES, "web_search_call", Desk.tree("{'type':'x'}")));

    assertThat(blocks(begun(null), foreign, ended(0), text(1), delta(1, "x"), ended(1), ENDED))
        .startsWith("{'type':'content_block_start','index':0,'content_block':{'type':'text'");
  }

  @Test
  void idsAreFittedAlwaysInTheSameWay() {
    String events = blocks(begun(null), call(0, "functions.add:0"), ended(0), ENDED);

    assertThat(CallIds.fitted("functions.add:0")).matches("functions_add_0_[0-9a-f]{8}");
    assertThat(CallIds.fitted("functions.add:1")).isNotEqualTo(CallIds.fitted("functions_add:1"));
    assertThat(CallIds.fitted("call_1")).isEqualTo("call_1");
    assertThat(events).contains("'id':'" + CallIds.fitted("functions.add:0") + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "STOP, end_turn",
    "STOP_SEQUENCE, stop_sequence",
    "LENGTH, max_tokens",
    "CONTEXT_WINDOW, model_context_window_exceeded",
    "TOOL_CALLS, end_turn",
    "CONTENT_FILTER, refusal",
    "REFUSAL, refusal",
    "PAUSED, pause_turn",
    "COMPACTION, compaction",
    "ERROR, end_turn",
    "OTHER, end_turn"
  })
  void reasonsForTheEndAreTrue(FinishReason reason, String word) {
    assertThat(events(begun(null), finished(reason), ENDED))
        .contains("'stop_reason':'" + word + "'");
  }

  @Test
  void wordsForDecliningAreTextAndARefusal() {
    assertThat(
            events(
                begun(null),
                new StreamPart.BlockBegun(0, new Content.Declined("", Extras.NONE)),
                delta(0, "No."),
                ended(0),
                finished(FinishReason.STOP),
                ENDED))
        .contains("'text_delta','text':'No.'")
        .contains("'stop_reason':'refusal'");
  }

  @Test
  void anErrorInTheMiddleIsTheLastEvent() {
    PartWriter writer = Desk.CODEC.partWriter(Desk.reply());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.part(begun(null), out);
    writer.part(new StreamPart.Broken(ErrorKind.OVERLOADED, "Overloaded"), out);
    writer.failure(new Refusal(ErrorKind.NETWORK, "x", "gone"), "req_1", out);
    writer.part(ENDED, out);

    assertThat(Desk.shown(out).lines().skip(1))
        .containsExactly(
            "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'},'request_id':'req_a-1'}");
    assertThat(out.toString(UTF_8)).contains("event: error\n");
  }

  @Test
  void aWholeAnswerHasAllMembersOfTheSpecification() {
    ChatAnswer answer =
        new ChatAnswer(
            "resp_1",
            "gpt-5",
            List.of(
                Content.Text.of(""),
                new Content.Reasoning("Hm", null, Extras.NONE),
                Content.Text.of("Yes"),
                Content.ToolCall.of("call_1", "f", ""),
                Content.ToolCall.of("call_2", "g", "{\"half\":")),
            FinishReason.LENGTH,
            null,
            null,
            Extras.NONE);

    JsonNode message = Json.read(Desk.CODEC.writeAnswer(answer, Desk.reply()));

    assertThat(message)
        .isEqualTo(
            Desk.tree(
                """
                {'id':'msg_reqa1','type':'message','role':'assistant','model':'sonnet','content':[
                  {'type':'thinking','thinking':'Hm','signature':''},
                  {'type':'text','text':'Yes','citations':null},
                  {'type':'tool_use','id':'call_1','name':'f','input':{},
                   'caller':{'type':'direct'}}],
                 'stop_reason':'max_tokens','stop_sequence':null,'stop_details':null,
                 'container':null,
                 'usage':{'input_tokens':321,'cache_creation_input_tokens':null,
                  'cache_read_input_tokens':null,'cache_creation':null,
                  'output_tokens':0,'output_tokens_details':null,'server_tool_use':null,
                  'service_tier':null,'inference_geo':null}}
                """));
  }

  @Test
  void anAnswerWithNothingInItIsAnAnswer() {
    ChatAnswer answer =
        new ChatAnswer(
            "msg_1", null, List.of(), FinishReason.CONTENT_FILTER, null, null, Extras.NONE);

    JsonNode message = Json.read(Desk.CODEC.writeAnswer(answer, Desk.reply()));

    assertThat(message.path("id").asText()).isEqualTo("msg_1");
    assertThat(message.path("content")).isEmpty();
    assertThat(message.path("stop_reason").asText()).isEqualTo("refusal");
  }
}
