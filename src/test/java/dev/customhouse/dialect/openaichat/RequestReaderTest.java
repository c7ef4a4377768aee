package dev.customhouse.dialect.openaichat;

import static dev.customhouse.dialect.openaichat.Wire.asking;
import static dev.customhouse.dialect.openaichat.Wire.json;
import static dev.customhouse.dialect.openaichat.Wire.request;
import static dev.customhouse.dialect.openaichat.Wire.saying;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client's request is understood as. */
class RequestReaderTest {
  private static final String TOOLS =
      "'tools':[{'type':'function','function':{'name':'a'}},"
          + "{'type':'custom','custom':{'name':'b'}}]";

  private static List<Content> only(String message) {
    return saying(message).messages().getFirst().content();
  }

  @Test
  void everyRoleHasItsPlace() {
    ChatRequest request =
        saying(
            "{'role':'system','content':'s'},{'role':'developer','content':'d'},"
                + "{'role':'user','content':'u'},{'role':'assistant','content':'a'},"
                + "{'role':'tool','tool_call_id':'c','content':'t'}");

    assertThat(request.messages())
        .containsExactly(
            Message.of(Role.SYSTEM, Content.Text.of("s")),
            Message.of(Role.DEVELOPER, Content.Text.of("d")),
            Message.of(Role.USER, Content.Text.of("u")),
            Message.of(Role.ASSISTANT, Content.Text.of("a")),
            Message.of(
                Role.USER,
                new Content.ToolResult(
                    "c", null, List.of(Content.Text.of("t")), false, Extras.NONE)));
  }

  @Test
  void contentComesAsATextOrInPartsOfEveryType() {
    List<Content> content =
        only(
            "{'role':'user','content':[{'type':'text','text':'x'},"
                + "{'type':'image_url','image_url':{'url':'https://a/b.png','detail':'low'}},"
                + "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}},"
                + "{'type':'file','file':{'filename':'f.pdf','file_data':"
                + "'data:application/pdf;base64,BBBB'}},"
                + "{'type':'file','file':{'file_id':'file-1'}},"
                + "{'type':'input_audio','input_audio':{'data':'CCCC','format':'mp3'}},"
                + "{'type':'hologram','x':1}]}");

    assertThat(content)
        .containsExactly(
            Content.Text.of("x"),
            new Media(
                Media.Kind.IMAGE,
                new Source.Url("https://a/b.png"),
                null,
                null,
                Extras.of(DialectId.OPENAI_CHAT, Map.of("detail", json("'low'")))),
            new Media(Media.Kind.IMAGE, new Source.Inline("AAAA"), "image/png", null, Extras.NONE),
            new Media(
                Media.Kind.DOCUMENT,
                new Source.Inline("BBBB"),
                "application/pdf",
                "f.pdf",
                Extras.NONE),
            new Media(
                Media.Kind.DOCUMENT,
                new Source.FileId(DialectId.OPENAI_CHAT, "file-1"),
                null,
                null,
                Extras.NONE),
            new Media(Media.Kind.AUDIO, new Source.Inline("CCCC"), "audio/mpeg", null, Extras.NONE),
            new Content.Native(
                DialectId.OPENAI_CHAT, "hologram", json("{'type':'hologram','x':1}")));
  }

  @Test
  void anAssistantSpeaksDeclinesAndCalls() {
    List<Content> content =
        only(
            "{'role':'assistant','content':[{'type':'text','text':'x'},"
                + "{'type':'refusal','refusal':'no'}],'tool_calls':["
                + "{'id':'c1','type':'function','function':{'name':'f','arguments':'{\\\"a\\\":1.0}'}},"
                + "{'id':'c2','type':'function','function':{'name':'g','arguments':''}},"
                + "{'id':'c3','type':'custom','custom':{'name':'h','input':'ls'}}]}"
                    .replace("\\\"", "\\\\\""));

    assertThat(content)
        .containsExactly(
            Content.Text.of("x"),
            new Content.Declined("no", Extras.NONE),
            Content.ToolCall.of("c1", "f", "{\"a\":1.0}"),
            Content.ToolCall.of("c2", "g", "{}"),
            new Content.ToolCall("c3", "h", null, true, "ls", null, Extras.NONE));
  }

  @Test
  void functionsOfOldAreToolsAndTheirAnswersFindTheirCalls() {
    ChatRequest request =
        request(
            "{'model':'m','functions':[{'name':'f','parameters':{'type':'object'}}],"
                + "'function_call':{'name':'f'},'messages':["
                + "{'role':'assistant','content':null,"
                + "'function_call':{'name':'f','arguments':'{}'}},"
                + "{'role':'function','name':'f','content':'42'}]}");

    assertThat(request.tools())
        .containsExactly(
            new Tool.Function(
                "f", null, null, json("{'type':'object'}"), null, false, Extras.NONE));
    assertThat(request.toolChoice()).isEqualTo(ToolChoice.named("f"));
    assertThat(request.messages())
        .containsExactly(
            Message.of(Role.ASSISTANT, Content.ToolCall.of("call_0", "f", "{}")),
            Message.of(
                Role.USER,
                new Content.ToolResult(
                    "call_0", "f", List.of(Content.Text.of("42")), false, Extras.NONE)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'auto' | AUTO",
        "'none' | NONE",
        "'required' | REQUIRED",
        "'any' | REQUIRED",
        "{'type':'auto'} | AUTO"
      },
      quoteCharacter = '~')
  void aChoiceOfToolsIsAWord(String choice, ToolChoice.Mode mode) {
    assertThat(asking(TOOLS + ",'tool_choice':" + choice).toolChoice())
        .isEqualTo(ToolChoice.of(mode));
  }

  @Test
  void aChoiceOfToolsNamesOneOrSeveral() {
    assertThat(
            asking(TOOLS + ",'tool_choice':{'type':'function','function':{'name':'a'}}")
                .toolChoice())
        .isEqualTo(ToolChoice.named("a"));
    assertThat(
            asking(TOOLS + ",'tool_choice':{'type':'custom','custom':{'name':'b'}}").toolChoice())
        .isEqualTo(ToolChoice.named("b"));
    assertThat(
            asking(
                    TOOLS
                        + ",'tool_choice':{'type':'allowed_tools','allowed_tools':{"
                        + "'mode':'required','tools':[{'type':'custom','custom':{'name':'b'}}]}}")
                .toolChoice())
        .isEqualTo(new ToolChoice(ToolChoice.Mode.ALLOWED, List.of("b"), true));
    assertThat(asking("'tool_choice':'auto'").toolChoice()).isNull();
  }

  @Test
  void samplingKeepsTheClientsDigits() {
    assertThat(
            asking(
                    "'temperature':0.10,'top_p':1,'top_k':40,'frequency_penalty':0.5,"
                        + "'presence_penalty':-0.5,'seed':7,'max_tokens':256.0,'stop':'x','n':2")
                .sampling())
        .isEqualTo(
            new Sampling(
                new BigDecimal("0.1"),
                BigDecimal.ONE,
                40,
                new BigDecimal("0.5"),
                new BigDecimal("-0.5"),
                7L,
                256,
                List.of("x"),
                2));
    assertThat(asking("'max_completion_tokens':9,'stop':['a','b'],'n':1").sampling())
        .isEqualTo(new Sampling(null, null, null, null, null, null, 9, List.of("a", "b"), null));
    assertThat(asking("'max_tokens':-1").sampling()).isEqualTo(Sampling.NONE);
  }

  @Test
  void thinkingIsReadFromAllItsNames() {
    assertThat(asking("'reasoning_effort':'xhigh'").thinking())
        .isEqualTo(new Thinking(null, Thinking.Effort.XHIGH, null, null, Extras.NONE));
    assertThat(asking("'reasoning_effort':'none'").thinking())
        .isEqualTo(new Thinking(Thinking.Mode.OFF, null, null, null, Extras.NONE));
    assertThat(asking("'thinking':{'type':'enabled','budget_tokens':2048}").thinking())
        .isEqualTo(new Thinking(Thinking.Mode.ON, null, 2048, null, Extras.NONE));
    assertThat(asking("'reasoning':{'effort':'low','exclude':true}").thinking())
        .isEqualTo(new Thinking(null, Thinking.Effort.LOW, null, false, Extras.NONE));
    assertThat(asking("'enable_thinking':false").thinking())
        .isEqualTo(new Thinking(Thinking.Mode.OFF, null, null, null, Extras.NONE));
    ChatRequest unknown = asking("'reasoning_effort':'default'");
    assertThat(unknown.thinking()).isNull();
    assertThat(unknown.extras().of(DialectId.OPENAI_CHAT))
        .containsExactly(Map.entry("reasoning_effort", json("'default'")));
  }

  @Test
  void formatsOfTheAnswerAreRead() {
    assertThat(asking("'response_format':{'type':'text'}").outputFormat()).isNull();
    assertThat(asking("'response_format':{'type':'json_object'}").outputFormat())
        .isEqualTo(new OutputFormat.JsonObject());
    assertThat(
            asking(
                    "'response_format':{'type':'json_schema','json_schema':{'name':'n',"
                        + "'description':'d','schema':{'type':'object'},'strict':true}}")
                .outputFormat())
        .isEqualTo(
            new OutputFormat.JsonSchema("n", "d", json("{'type':'object'}"), true, Extras.NONE));
  }

  @Test
  void whoAsksAndHowItIsServedIsRead() {
    ChatRequest request =
        asking(
            "'user':'u','service_tier':'flex','prompt_cache_key':'k','parallel_tool_calls':false");

    assertThat(request.endUser()).isEqualTo("u");
    assertThat(request.serviceTier()).isEqualTo("flex");
    assertThat(request.cacheKey()).isEqualTo("k");
    assertThat(request.parallelToolCalls()).isFalse();
    assertThat(asking("'safety_identifier':'s'").endUser()).isEqualTo("s");
  }

  @Test
  void whatTheHubHasNoNounForStaysBesideIt() {
    ChatRequest request =
        asking(
            "'web_search_options':{},'logit_bias':{'1':2},'metadata':{'a':'b'},'x':null,"
                + "'stream_options':{'include_usage':true,'include_obfuscation':false}");

    assertThat(request.extras().of(DialectId.OPENAI_CHAT))
        .containsExactly(
            Map.entry("web_search_options", json("{}")),
            Map.entry("logit_bias", json("{'1':2}")),
            Map.entry("metadata", json("{'a':'b'}")),
            Map.entry("stream_options", json("{'include_obfuscation':false}")));
  }

  @Test
  void whatAsksForTheUsualIsNotCarriedAlong() {
    assertThat(
            asking("'logprobs':false,'top_logprobs':0,'logit_bias':{},'modalities':['text']")
                .extras())
        .isEqualTo(Extras.NONE);
  }

  @Test
  void cacheMarksAreReadInBothForms() {
    List<Content> content =
        only(
            "{'role':'user','content':[{'type':'text','text':'a',"
                + "'prompt_cache_breakpoint':{'mode':'explicit'}},{'type':'text','text':'b',"
                + "'cache_control':{'type':'ephemeral','ttl':'1h'}}]}");

    assertThat(content)
        .extracting(each -> each.extras().cache())
        .containsExactly(new Extras.CacheMark(null), new Extras.CacheMark("1h"));
  }

  @Test
  void reasoningIsReadUnderEachOfItsNamesAndOnce() {
    Content thought = new Content.Reasoning("hm", null, Extras.NONE);
    for (String member :
        List.of(
            "'reasoning_content':'hm'",
            "'reasoning':'hm'",
            "'reasoning':'hm','reasoning_content':'hm'",
            "'reasoning_details':[{'type':'reasoning.text','text':'hm'}]")) {
      assertThat(only("{'role':'assistant','content':'x'," + member + "}"))
          .as(member)
          .containsExactly(thought, Content.Text.of("x"));
    }
    assertThat(
            only(
                "{'role':'assistant','content':[{'type':'thinking','thinking':"
                    + "[{'type':'text','text':'hm'}]},{'type':'text','text':'x'}]}"))
        .containsExactly(thought, Content.Text.of("x"));
  }

  @Test
  void reasoningDetailsOfOthersAreASealOfThisDialect() {
    Content first =
        only("{'role':'assistant','content':'x','reasoning':'hm','reasoning_details':"
                + "[{'type':'reasoning.encrypted','data':'QQ','format':'f'}]}")
            .getFirst();

    assertThat(first)
        .isEqualTo(
            new Content.Reasoning(
                "hm",
                new Seal(
                    DialectId.OPENAI_CHAT,
                    null,
                    "[{\"type\":\"reasoning.encrypted\",\"data\":\"QQ\",\"format\":\"f\"}]",
                    false),
                Extras.NONE));
  }

  @Test
  void unknownToolsAreKeptWholeAndToolsOfResponsesAreUnderstood() {
    assertThat(
            asking("'tools':[{'type':'web_search'},{'type':'function','name':'f','strict':true}]")
                .tools())
        .containsExactly(
            new Tool.Native(
                DialectId.OPENAI_CHAT, "web_search", "web_search", json("{'type':'web_search'}")),
            new Tool.Function("f", null, null, null, true, false, Extras.NONE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'messages':5 | messages",
        "'messages':[] | messages",
        "'messages':['x'] | messages[0]",
        "'messages':[{'content':'x'}] | messages[0].role",
        "'messages':[{'role':'king','content':'x'}] | messages[0].role",
        "'messages':[{'role':'user'}] | messages[0].content",
        "'messages':[{'role':'user','content':7}] | messages[0].content",
        "'messages':[{'role':'user','content':[{'text':'x'}]}] | messages[0].content[0].type",
        "'messages':[{'role':'user','content':[{'type':'text'}]}] | messages[0].content[0].text",
        "'messages':[{'role':'user','content':[{'type':'image_url'}]}] | messages[0].content[0].image_url",
        "'messages':[{'role':'tool','content':'x'}] | messages[0].tool_call_id",
        "'messages':[{'role':'assistant','tool_calls':[{'id':'a'}]}] | messages[0].tool_calls[0].function",
        "'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'f'}}]}] | messages[0].tool_calls[0].id",
        "'messages':[{'role':'user','content':''}],'temperature':'hot' | temperature",
        "'messages':[{'role':'user','content':''}],'max_tokens':0 | max_tokens",
        "'messages':[{'role':'user','content':''}],'seed':1.5 | seed",
        "'messages':[{'role':'user','content':''}],'stop':[1] | stop[0]",
        "'messages':[{'role':'user','content':''}],'tools':{} | tools",
        "'messages':[{'role':'user','content':''}],'tools':[{'type':'function'}] | tools[0].function",
        "'messages':[{'role':'user','content':''}],'tools':[{'type':'function','function':{}}] | tools[0].function.name",
        "'messages':[{'role':'user','content':''}],'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':{'type':'function','function':{'name':'z'}} | tool_choice",
        "'messages':[{'role':'user','content':''}],'response_format':'json' | response_format",
        "'messages':[{'role':'user','content':''}],'reasoning_effort':3 | reasoning_effort"
      })
  void aWrongTypeIsRefusedByItsPath(String members, String path) {
    assertThatThrownBy(() -> request("{'model':'m'," + members + "}"))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.param()).isEqualTo(path);
              assertThat(refusal.getMessage()).contains("'" + path + "'");
            });
  }
}
