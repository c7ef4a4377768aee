package dev.customhouse.dialect.anthropicmessages;

import static dev.customhouse.dialect.anthropicmessages.Desk.MAKER;
import static dev.customhouse.dialect.anthropicmessages.Desk.parts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How Anthropic's answers are understood. */
class EventReaderTest {
  private static final String START =
      "{'type':'message_start','message':{'id':'msg_1','model':'claude-x','usage':"
          + "{'input_tokens':10,'cache_read_input_tokens':200,'cache_creation_input_tokens':30,"
          + "'output_tokens':1}}}";
  private static final String END =
      "{'type':'message_delta','delta':{'stop_reason':'end_turn','stop_sequence':null},"
          + "'usage':{'output_tokens':42}}";
  private static final String STOP = "{'type':'message_stop'}";

  private static String start(int index, String block) {
    return "{'type':'content_block_start','index':" + index + ",'content_block':" + block + "}";
  }

  private static String delta(int index, String delta) {
    return "{'type':'content_block_delta','index':" + index + ",'delta':" + delta + "}";
  }

  private static String stop(int index) {
    return "{'type':'content_block_stop','index':" + index + "}";
  }

  private static ChatAnswer gathered(String... events) {
    Gathering gathering = new Gathering();
    parts(events).forEach(gathering);
    return gathering.answer();
  }

  @Test
  void aStreamIsTheseParts() {
    Seal seal = new Seal(DialectId.ANTHROPIC_MESSAGES, MAKER, "EoAB", false);

    assertThat(
            parts(
                    START,
                    START.replace("msg_1", "msg_2"),
                    "{'type':'ping'}",
                    start(0, "{'type':'thinking','thinking':'','signature':''}"),
                    delta(0, "{'type':'thinking_delta','thinking':'Hm'}"),
                    delta(0, "{'type':'signature_delta','signature':'Eo'}"),
                    delta(0, "{'type':'signature_delta','signature':'AB'}"),
                    stop(0),
                    start(1, "{'type':'tool_use','id':'t','name':'f','input':{}}"),
                    delta(1, "{'type':'input_json_delta','partial_json':''}"),
                    stop(1),
                    "{'type':'brand_new_event'}",
                    END,
                    STOP)
                .stream()
                .filter(part -> !(part instanceof StreamPart.Finished))
                .toList())
        .containsExactly(
            new StreamPart.Begun("msg_1", "claude-x", new Usage(240, 1, 200L, 30L, null, false)),
            new StreamPart.Alive(),
            new StreamPart.BlockBegun(0, new Content.Reasoning("", null, Extras.NONE)),
            new StreamPart.Delta(0, "Hm"),
            new StreamPart.Sealed(0, seal),
            new StreamPart.BlockEnded(0),
            new StreamPart.BlockBegun(1, Content.ToolCall.of("t", "f", "")),
            new StreamPart.Delta(1, "{}"),
            new StreamPart.BlockEnded(1),
            new StreamPart.Counted(new Usage(240, 42, 200L, 30L, null, false)),
            new StreamPart.Ended());
  }

  @Test
  void unknownBlocksAreToldWhenTheyAreWhole() {
    ChatAnswer answer =
        gathered(
            START,
            start(0, "{'type':'server_tool_use','id':'s','name':'web_search','input':{}}"),
            delta(
                0, "{'type':'input_json_delta','partial_json':'{\\'q\\':'}".replace("\\'", "\\\"")),
            delta(0, "{'type':'input_json_delta','partial_json':'1}'}"),
            stop(0),
            start(1, "{'type':'compaction','content':null}"),
            delta(1, "{'type':'compaction_delta','content':'So '}"),
            delta(1, "{'type':'compaction_delta','content':'far'}"),
            stop(1),
            start(2, "{'type':'fallback','from':{'model':'a'},'to':{'model':'b'}}"),
            stop(2),
            END,
            STOP);

    assertThat(answer.content())
        .extracting(content -> ((Content.Native) content).raw().toString().replace('"', '\''))
        .containsExactly(
            "{'type':'server_tool_use','id':'s','name':'web_search','input':{'q':1}}",
            "{'type':'compaction','content':'So far'}",
            "{'type':'fallback','from':{'model':'a'},'to':{'model':'b'}}");
  }

  @Test
  void anInputThatCameWithTheStartIsKept() {
    ChatAnswer answer =
        gathered(
            START, start(0, "{'type':'tool_use','id':'t','name':'f','input':{'x':1}}"), END, STOP);

    assertThat(answer.content()).containsExactly(Content.ToolCall.of("t", "f", "{\"x\":1}"));
  }

  @Test
  void citationsAndWordsInTheStartAreKept() {
    ChatAnswer answer =
        gathered(
            START,
            start(0, "{'type':'text','text':'Hi','citations':[]}"),
            delta(
                0,
                "{'type':'citations_delta','citation':{'type':'char_location','cited_text':'c',"
                    + "'document_index':0,'document_title':'D','start_char_index':0,"
                    + "'end_char_index':1}}"),
            delta(0, "{'type':'text_delta','text':'!'}"),
            stop(0),
            END,
            STOP);

    Content.Text text = (Content.Text) answer.content().getFirst();
    assertThat(text.text()).isEqualTo("Hi!");
    assertThat(text.citations().getFirst().title()).isEqualTo("D");
    assertThat(text.citations().getFirst().quote()).isEqualTo("c");
  }

  @Test
  void redactedThinkingIsASealOfWords() {
    ChatAnswer answer =
        gathered(START, start(0, "{'type':'redacted_thinking','data':'Em=='}"), stop(0), END, STOP);

    assertThat(answer.content())
        .containsExactly(
            new Content.Reasoning(
                "", new Seal(DialectId.ANTHROPIC_MESSAGES, MAKER, "Em==", true), Extras.NONE));
  }

  @Test
  void errorsBreakTheStream() {
    List<StreamPart> parts =
        parts(
            START,
            "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}",
            STOP);

    assertThat(parts.getLast())
        .isEqualTo(new StreamPart.Broken(ErrorKind.OVERLOADED, "Overloaded"));
  }

  @Test
  void aStreamWithoutItsLastEventIsNotWhole() {
    Gathering gathering = new Gathering();
    parts(
            START,
            start(0, "{'type':'text','text':''}"),
            delta(0, "{'type':'text_delta','text':'Hi'}"))
        .forEach(gathering);

    assertThat(gathering.isWhole()).isFalse();
    assertThat(gathering.answer().content()).containsExactly(Content.Text.of("Hi"));
  }

  @Test
  void textsWhoseStartWasLeftOutAreTexts() {
    assertThat(gathered(START, delta(0, "{'type':'text_delta','text':'Hi'}"), END, STOP).content())
        .containsExactly(Content.Text.of("Hi"));
  }

  @Test
  void reasonsAndDetailsOfTheEndAreKept() {
    ChatAnswer answer =
        gathered(
            START,
            "{'type':'message_delta','delta':{'stop_reason':'refusal','stop_details':"
                + "{'type':'refusal','category':'cyber'}},'usage':{'output_tokens':1}}",
            STOP);

    assertThat(answer.finish()).isEqualTo(FinishReason.REFUSAL);
    assertThat(answer.extras().fields()).containsKey("stop_details");
    ChatAnswer unknown = gathered(START, END.replace("end_turn", "brand_new"), STOP);
    assertThat(unknown.finish()).isEqualTo(FinishReason.OTHER);
    assertThat(unknown.extras().fields()).containsKey("stop_reason");
  }

  @Test
  void wholeAnswersAreUnderstood() {
    ChatAnswer answer =
        Desk.CODEC.readAnswer(
            Desk.json(
                "{'id':'msg_1','type':'message','role':'assistant','model':'claude-x','content':["
                    + "{'type':'tool_use','id':'t','name':'f','input':{},'caller':{'type':'direct'}},"
                    + "{'type':'brand_new','x':1}],'stop_reason':'tool_use','stop_sequence':null,"
                    + "'usage':{'input_tokens':3,'output_tokens':4}}"),
            MAKER);

    assertThat(answer.content())
        .containsExactly(
            Content.ToolCall.of("t", "f", "{}"),
            new Content.Native(
                DialectId.ANTHROPIC_MESSAGES,
                "brand_new",
                Desk.tree("{'type':'brand_new','x':1}")));
    assertThat(answer.usage()).isEqualTo(Usage.of(3, 4));
    assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(
            Desk.CODEC
                .readAnswer(
                    Desk.json("{'type':'message','content':[],'stop_reason':'refusal'}"), "m")
                .content())
        .isEmpty();
    assertThatThrownBy(() -> Desk.CODEC.readAnswer(Desk.json("{'ok':true}"), MAKER))
        .isInstanceOf(Refusal.class);
    assertThatThrownBy(() -> Desk.CODEC.readAnswer(Desk.json("<html>"), MAKER))
        .isInstanceOf(Refusal.class);
  }
}
