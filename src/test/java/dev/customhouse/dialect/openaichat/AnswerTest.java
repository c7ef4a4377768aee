package dev.customhouse.dialect.openaichat;

import static dev.customhouse.dialect.openaichat.Wire.answer;
import static dev.customhouse.dialect.openaichat.Wire.asking;
import static dev.customhouse.dialect.openaichat.Wire.json;
import static dev.customhouse.dialect.openaichat.Wire.message;
import static dev.customhouse.dialect.openaichat.Wire.written;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Reply;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole answers, read from providers and written for clients. */
class AnswerTest {
  private static final Seal MADE = new Seal(DialectId.OPENAI_CHAT, Wire.MAKER, "", false);

  private static Content thought(String text, Seal seal) {
    return new Content.Reasoning(text, seal, Extras.NONE);
  }

  private static ChatAnswer of(@Nullable FinishReason finish, Content... content) {
    return new ChatAnswer("id-1", "model-1", List.of(content), finish, null, null, Extras.NONE);
  }

  @Test
  void anAnswerIsReadWithAllThatStandsInIt() {
    ChatAnswer answer =
        answer(
            "{'id':'a','model':'m','system_fingerprint':'fp','choices':[{'index':0,'message':{"
                + "'role':'assistant','content':'Hi','refusal':null},'logprobs':null,"
                + "'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_tokens':2,"
                + "'total_tokens':5,'prompt_tokens_details':{'cached_tokens':1}}}");

    assertThat(answer)
        .isEqualTo(
            new ChatAnswer(
                "a",
                "m",
                List.of(Content.Text.of("Hi")),
                FinishReason.STOP,
                null,
                new Usage(3, 2, 1L, null, null, false),
                Extras.of(DialectId.OPENAI_CHAT, Map.of("system_fingerprint", json("'fp'")))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'reasoning_content':'hm'",
        "'reasoning':'hm'",
        "'thinking':'hm'",
        "'reasoning_details':[{'type':'reasoning.summary','summary':'hm'}]",
        "'reasoning':'hm','reasoning_details':[{'type':'reasoning.text','text':'hm'}]"
      })
  void reasoningIsNeverWords(String member) {
    assertThat(message("{'content':'x'," + member + "}", "'stop'").content())
        .containsExactly(thought("hm", MADE), Content.Text.of("x"));
  }

  @Test
  void contentMayComeInPartsWithThinkingAmongThem() {
    assertThat(
            message(
                    "{'content':[{'type':'thinking','thinking':[{'type':'text','text':'hm'}]},"
                        + "{'type':'text','text':'x'},{'type':'new','y':1}]}",
                    "'stop'")
                .content())
        .containsExactly(
            thought("hm", MADE),
            Content.Text.of("x"),
            new Content.Native(DialectId.OPENAI_CHAT, "new", json("{'type':'new','y':1}")));
  }

  @Test
  void callsAreReadInEveryForm() {
    ChatAnswer answer =
        message(
            "{'content':null,'tool_calls':["
                + "{'id':'c1','type':'function','function':{'name':'a','arguments':''}},"
                + "{'id':'','function':{'name':'b','arguments':{'x':1}}},"
                + "{'id':'c3','type':'custom','custom':{'name':'c','input':''}}]}",
            "'stop'");

    assertThat(answer.content())
        .containsExactly(
            Content.ToolCall.of("c1", "a", "{}"),
            Content.ToolCall.of("call_a1_1", "b", "{\"x\":1}"),
            new Content.ToolCall("c3", "c", null, true, "", null, Extras.NONE));
    assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(
            message("{'function_call':{'name':'f','arguments':'{}'}}", "'function_call'").content())
        .containsExactly(Content.ToolCall.of("call_a1_0", "f", "{}"));
  }

  @Test
  void argumentsThatWereCutOffStayAsTheyAre() {
    for (String cut : List.of("", "{\\'a\\':")) {
      assertThat(
              message(
                      "{'tool_calls':[{'id':'c','function':{'name':'f','arguments':'%s'}}]}"
                          .formatted(cut.replace("\\'", "\\\"")),
                      "'length'")
                  .content())
          .containsExactly(Content.ToolCall.of("c", "f", cut.replace("\\'", "\"")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "'stop',STOP",
        "'length',LENGTH",
        "'content_filter',CONTENT_FILTER",
        "'',STOP",
        "null,STOP",
        "1,STOP",
        "2,LENGTH",
        "'eos',STOP"
      })
  void finishReasonsAreWordsOrNumbersOrNothing(String told, FinishReason reason) {
    assertThat(message("{'content':'x'}", told).finish()).isEqualTo(reason);
  }

  @Test
  void usageIsFoundWhereHostsPutItAndCountsReasoningThatXaiLeavesOut() {
    assertThat(
            answer(
                    "{'choices':[],'usage':{'prompt_tokens':12,'completion_tokens':2,"
                        + "'total_tokens':334,"
                        + "'completion_tokens_details':{'reasoning_tokens':320}}}")
                .usage())
        .isEqualTo(new Usage(12, 322, null, null, 320L, false));
    assertThat(
            answer(
                    "{'choices':[],"
                        + "'x_groq':{'usage':{'prompt_tokens':1,'completion_tokens':2}}}")
                .usage())
        .isEqualTo(Usage.of(1, 2));
  }

  @Test
  void sourcesStandOnTheTextWhoeverTellsThem() {
    Citation placed = new Citation("https://a", "A", null, 0, 2, Extras.NONE);
    Citation bare = new Citation("https://a", "A", null, null, null, Extras.NONE);

    assertThat(
            message(
                    "{'content':'Hi','annotations':[{'type':'url_citation','url_citation':{"
                        + "'url':'https://a','title':'A','start_index':0,'end_index':2}}]}",
                    "'stop'")
                .content())
        .containsExactly(new Content.Text("Hi", List.of(placed), Extras.NONE));
    assertThat(
            answer(
                    "{'choices':[{'message':{'content':'Hi'}}],'citations':['https://a'],"
                        + "'search_results':[{'title':'A'}]}")
                .content())
        .containsExactly(new Content.Text("Hi", List.of(bare), Extras.NONE));
  }

  @Test
  void picturesAndSpeechAreMedia() {
    assertThat(
            message(
                    "{'content':null,'images':[{'type':'image_url',"
                        + "'image_url':{'url':'data:image/png;base64,AA'}}],"
                        + "'audio':{'id':'au','data':'BB','transcript':'t','expires_at':9}}",
                    "'stop'")
                .content())
        .containsExactly(
            new Media(Media.Kind.IMAGE, new Source.Inline("AA"), "image/png", null, Extras.NONE),
            new Media(
                Media.Kind.AUDIO,
                new Source.Inline("BB"),
                null,
                null,
                Extras.of(
                    DialectId.OPENAI_CHAT,
                    Map.of(
                        "id", json("'au'"), "transcript", json("'t'"), "expires_at", json("9")))));
  }

  @Test
  void whatIsNoAnswerIsABadGateway() {
    assertThatThrownBy(() -> answer("<html>"))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
    assertThatThrownBy(() -> answer("{'error':{'message':'No.','code':'rate_limit_exceeded'}}"))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.RATE_LIMITED));
    assertThat(answer("{'choices':[]}").content()).isEmpty();
  }

  @Test
  void aTextIsWrittenAsOpenAiWritesIt() {
    ChatAnswer answer =
        new ChatAnswer(
            null,
            "model-1",
            List.of(Content.Text.of("Hi")),
            FinishReason.STOP,
            null,
            new Usage(3, 2, 1L, 4L, 0L, false),
            Extras.NONE);

    assertThat(written(answer))
        .isEqualTo(
            json(
                "{'id':'chatcmpl-req_1','object':'chat.completion','created':1700000000,"
                    + "'model':'alias','choices':[{'index':0,'message':{'role':'assistant',"
                    + "'content':'Hi','refusal':null},'logprobs':null,'finish_reason':'stop'}],"
                    + "'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5,"
                    + "'prompt_tokens_details':{'cached_tokens':1,'cache_write_tokens':4},"
                    + "'completion_tokens_details':{'reasoning_tokens':0}}}"));
  }

  @Test
  void callsHaveNoContentAndAlwaysArguments() {
    JsonNode choice =
        written(
                of(
                    FinishReason.TOOL_CALLS,
                    Content.ToolCall.of("c1", "f", ""),
                    new Content.ToolCall("c2", "g", null, true, "ls", null, Extras.NONE)))
            .at("/choices/0");

    assertThat(choice)
        .isEqualTo(
            json(
                "{'index':0,'message':{'role':'assistant','content':null,'refusal':null,"
                    + "'tool_calls':[{'id':'c1','type':'function','function':{'name':'f',"
                    + "'arguments':'{}'}},{'id':'c2','type':'custom','custom':{'name':'g',"
                    + "'input':'ls'}}]},'logprobs':null,'finish_reason':'tool_calls'}"));
  }

  @Test
  void aClientOfFunctionsIsAnsweredWithAFunction() {
    Reply reply = Wire.reply(false, asking("'functions':[{'name':'f'}]"));
    JsonNode choice =
        Json.read(
                Wire.CODEC.writeAnswer(
                    of(FinishReason.TOOL_CALLS, Content.ToolCall.of("c1", "f", "{}")), reply))
            .at("/choices/0");

    assertThat(choice.at("/message/function_call"))
        .isEqualTo(json("{'name':'f','arguments':'{}'}"));
    assertThat(choice.path("finish_reason").asText()).isEqualTo("function_call");
  }

  @ParameterizedTest
  @CsvSource({
    "STOP,stop",
    "STOP_SEQUENCE,stop",
    "LENGTH,length",
    "CONTEXT_WINDOW,length",
    "CONTENT_FILTER,content_filter",
    "REFUSAL,content_filter",
    "COMPACTION,stop",
    "PAUSED,stop",
    "OTHER,stop"
  })
  void everyReasonHasOpenAisWord(FinishReason reason, String word) {
    assertThat(written(of(reason)).at("/choices/0/finish_reason").asText()).isEqualTo(word);
    assertThat(written(of(reason)).at("/choices/0/message/content").asText("null")).isEmpty();
  }

  @Test
  void anAnswerThatBrokeIsNoAnswer() {
    assertThatThrownBy(() -> written(of(FinishReason.ERROR, Content.Text.of("x"))))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
  }

  @Test
  void textsAreOneTextAndTheirSourcesMoveWithThem() {
    Citation source = new Citation("https://a", null, "q", 1, 3, Extras.NONE);
    Citation book = new Citation(null, "Book", null, null, null, Extras.NONE);
    JsonNode message =
        written(
                of(
                    FinishReason.STOP,
                    Content.Text.of("one "),
                    new Content.Native(DialectId.GEMINI, "executableCode", json("{}")),
                    new Content.Text("two", List.of(source, book), Extras.NONE),
                    new Content.Declined("no", Extras.NONE)))
            .at("/choices/0/message");

    assertThat(message)
        .isEqualTo(
            json(
                "{'role':'assistant','content':'one two','refusal':'no','annotations':["
                    + "{'type':'url_citation','url_citation':{'end_index':7,'start_index':5,"
                    + "'url':'https://a','title':'','content':'q'}}]}"));
  }

  @Test
  void sealedReasoningReturnsToItsPlaceThroughAClientThatEchoesIt() {
    Seal first = new Seal(DialectId.ANTHROPIC_MESSAGES, "claude/x", "sig-1", false);
    Seal second = new Seal(DialectId.ANTHROPIC_MESSAGES, "claude/x", "dark", true);
    Seal onCall = new Seal(DialectId.GEMINI, "google/g", "sig-2", false);
    List<Content> content =
        List.of(
            thought("first thought", first),
            Content.Text.of("one "),
            thought("", second),
            Content.Text.of("two"),
            new Content.ToolCall("c1", "f", null, false, "{}", onCall, Extras.NONE),
            thought("between", first),
            Content.ToolCall.of("c2", "g", "{}"));
    JsonNode message =
        written(of(FinishReason.TOOL_CALLS, content.toArray(new Content[0])))
            .at("/choices/0/message");

    assertThat(message.path("content").asText()).isEqualTo("one two");
    assertThat(message.path("reasoning_content").asText()).isEqualTo("first thoughtbetween");
    assertThat(message.path("reasoning_details"))
        .hasSize(4)
        .allSatisfy(entry -> {
          assertThat(entry.path("type").asText()).isEqualTo("reasoning.encrypted");
          assertThat(entry.path("format").asText()).isEqualTo("customhouse");
        });
    Message echoed =
        Wire.request("{'model':'m','messages':[" + message + "]}").messages().getFirst();
    assertThat(echoed.content()).isEqualTo(content);
  }

  @Test
  void aClientThatEchoesOnlyTheSealsStillSendsThemBack() {
    Seal seal = new Seal(DialectId.ANTHROPIC_MESSAGES, "claude/x", "sig", false);
    JsonNode details =
        written(of(FinishReason.STOP, thought("hm", seal), Content.Text.of("x")))
            .at("/choices/0/message/reasoning_details");

    assertThat(
            Wire.saying("{'role':'assistant','content':'x','reasoning_details':" + details + "}")
                .messages()
                .getFirst()
                .content())
        .containsExactly(thought("", seal), Content.Text.of("x"));
  }
}
