package dev.customhouse.dialect.anthropicmessages;

import static dev.customhouse.dialect.anthropicmessages.Desk.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.SealBox;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How requests of Anthropic's clients are understood. */
class RequestReaderTest {
  private static final String HELLO = "'messages':[{'role':'user','content':'Hello'}]";

  private static ChatRequest with(String members) {
    return read("{'model':'claude','max_tokens':9," + HELLO + "," + members + "}");
  }

  private static Content first(String block) {
    return read("{'model':'claude','max_tokens':9,'messages':[{'role':'user','content':["
            + block
            + "]}]}")
        .messages()
        .getFirst()
        .content()
        .getFirst();
  }

  @Test
  void whatClaudeCodeSendsIsUnderstood() {
    ChatRequest request =
        read(
            """
            {'model':'claude-opus-5','max_tokens':32000,'stream':true,
             'system':[
              {'type':'text','text':'x-anthropic-billing-header: cc_version=2.1.329.abc;'},
              {'type':'text','text':'You are Claude Code.','cache_control':{'type':'ephemeral'}},
              {'type':'text','text':'Be brief.','cache_control':{'type':'ephemeral','ttl':'1h'}}],
             'messages':[
              {'role':'user','content':[{'type':'text','text':'Fix it'}]},
              {'role':'system','content':'# Environment','output_config':{'effort':'low'}}],
             'thinking':{'type':'adaptive','display':'omitted'},
             'output_config':{'effort':'high'},
             'context_management':{'edits':[{'type':'clear_thinking_20251015','keep':'all'}]},
             'metadata':{'user_id':'{\\"device_id\\":\\"d\\",\\"session_id\\":\\"s\\"}'},
             'tools':[
              {'name':'Bash','description':'Runs','input_schema':{'type':'object'}},
              {'name':'DeferredToolPlaceholder','input_schema':{'type':'object'}},
              {'name':'WebFetch','input_schema':{'type':'object'},'defer_loading':true}]}
            """,
            "anthropic-beta",
            "claude-code-20250219,effort-2025-11-24");

    assertThat(request.messages()).hasSize(3);
    assertThat(request.messages().getFirst().role()).isEqualTo(Role.SYSTEM);
    assertThat(request.messages().getFirst().content())
        .containsExactly(
            new Content.Text(
                "You are Claude Code.", List.of(), Extras.NONE.with(new Extras.CacheMark(null))),
            new Content.Text("Be brief.", List.of(), Extras.NONE.with(new Extras.CacheMark("1h"))));
    assertThat(request.messages().getLast().role()).isEqualTo(Role.SYSTEM);
    assertThat(request.messages().getLast().extras().fields()).containsOnlyKeys("output_config");
    Thinking thinking = Objects.requireNonNull(request.thinking());
    assertThat(thinking.mode()).isEqualTo(Thinking.Mode.ADAPTIVE);
    assertThat(thinking.effort()).isEqualTo(Thinking.Effort.HIGH);
    assertThat(thinking.shown()).isFalse();
    assertThat(request.endUser()).isEqualTo("{\"device_id\":\"d\",\"session_id\":\"s\"}");
    assertThat(request.tools()).extracting(Tool::name).contains("DeferredToolPlaceholder");
    assertThat(((Tool.Function) request.tools().get(2)).deferred()).isTrue();
    assertThat(request.extras().fields())
        .containsOnlyKeys(
            "x-anthropic-billing-header",
            "metadata.user_id",
            "anthropic-beta",
            "context_management");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'model':'c',%s} | max_tokens: Field required",
        "{'model':'c','max_tokens':-1,%s} | max_tokens: Input should be greater than or equal to 0",
        "{'model':'c','max_tokens':1.5,%s} | max_tokens: Input should be a valid integer",
        "{'model':'c','max_tokens':9} | messages: Field required",
        "{'model':'c','max_tokens':9,'messages':[]} | messages: at least one message is required",
        "{'model':'c','max_tokens':9,'messages':[{'role':'tool','content':'x'}]} | messages.0.role: Input should be 'user', 'assistant' or 'system'",
        "{'model':'c','max_tokens':9,'messages':[{'role':'user'}]} | messages.0.content: Field required",
        "{'model':'c','max_tokens':9,'messages':[{'role':'user','content':[{'text':'x'}]}]} | messages.0.content.0.type: Field required",
        "{'model':'c','max_tokens':9,'temperature':1.5,%s} | temperature: Input should be between 0 and 1",
        "{'model':'c','max_tokens':9,'tool_choice':{'type':'tool'},%s} | tool_choice.tool.name: Field required",
        "{'model':'c','max_tokens':9,'tool_choice':{'type':'must'},%s} | tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
        "{'model':'c','max_tokens':9,'thinking':{'type':'enabled'},%s} | thinking.enabled.budget_tokens: Field required",
        "[] | The request body is not valid JSON."
      },
      quoteCharacter = '"')
  void mistakesAreToldInAnthropicsWords(String body, String words) {
    assertThatThrownBy(() -> read(body.replace("%s", HELLO)))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
              assertThat(refusal).hasMessage(words);
            });
  }

  @Test
  void countingTokensNeedsNoLimit() {
    byte[] body = Desk.json("{'model':'claude'," + HELLO + "}");

    ChatRequest request = read(body, Operation.COUNT_TOKENS, Headers.EMPTY);

    assertThat(request.sampling().maxOutputTokens()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "top_p", "top_k"})
  void theNewVersionHasNoSampling(String name) {
    String body = "{'model':'claude','max_tokens':9," + HELLO + ",'" + name + "':1}";

    assertThatThrownBy(() -> read(body, "anthropic-version", "2026-10-21"))
        .hasMessage(name + ": Extra inputs are not permitted");
    assertThat(read(body, "anthropic-version", "2023-06-01").sampling()).isNotNull();
  }

  @Test
  void theNewVersionHasNoDocumentsInAnswersAndNoCitationsInQuestions() {
    String answer =
        "{'model':'c','max_tokens':9,'messages':[{'role':'assistant','content':[{'type':'document',"
            + "'source':{'type':'text','media_type':'text/plain','data':'x'}}]}]}";
    String question =
        "{'model':'c','max_tokens':9,'messages':[{'role':'user','content':[{'type':'text',"
            + "'text':'x','citations':[]}]}]}";

    assertThatThrownBy(() -> read(answer, "anthropic-version", "2026-10-21"))
        .hasMessageStartingWith("messages.0.content.0: ");
    assertThatThrownBy(() -> read(question, "anthropic-version", "2026-10-21"))
        .hasMessage("messages.0.content.0.text.citations: Extra inputs are not permitted");
    assertThat(read(answer).messages()).hasSize(1);
    assertThat(read(question).messages()).hasSize(1);
  }

  @Test
  void numbersKeepTheirDigits() {
    var sampling = with("'temperature':0.70,'top_p':0.9,'top_k':40,'stop_sequences':['a','b']");

    assertThat(sampling.sampling().temperature()).isEqualByComparingTo(new BigDecimal("0.7"));
    assertThat(sampling.sampling().topK()).isEqualTo(40);
    assertThat(sampling.sampling().stop()).containsExactly("a", "b");
    assertThat(sampling.sampling().maxOutputTokens()).isEqualTo(9);
  }

  @Test
  void aLimitOfZeroIsKeptAsWhatOnlyAnthropicDoes() {
    ChatRequest request = read("{'model':'c','max_tokens':0," + HELLO + "}");

    assertThat(request.sampling().maxOutputTokens()).isZero();
    assertThat(request.extras().fields()).containsOnlyKeys("max_tokens");
  }

  @Test
  void mediaComeFromEverySource() {
    assertThat(
            first(
                "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AA=='}}"))
        .isEqualTo(
            new Content.Media(
                Content.Media.Kind.IMAGE,
                new Content.Source.Inline("AA=="),
                "image/png",
                null,
                Extras.NONE));
    assertThat(first("{'type':'image','source':{'type':'url','url':'http://x/y'}}"))
        .isInstanceOfSatisfying(
            Content.Media.class,
            media -> assertThat(media.source()).isEqualTo(new Content.Source.Url("http://x/y")));
    assertThat(first("{'type':'document','source':{'type':'file','file_id':'file_1'}}"))
        .isInstanceOfSatisfying(
            Content.Media.class,
            media ->
                assertThat(media.source())
                    .isEqualTo(new Content.Source.FileId(DialectId.ANTHROPIC_MESSAGES, "file_1")));
    assertThat(
            first(
                "{'type':'document','title':'T','context':'C','citations':{'enabled':true},"
                    + "'source':{'type':'text','media_type':'text/plain','data':'words'}}"))
        .isInstanceOfSatisfying(
            Content.Media.class,
            media -> {
              assertThat(media.name()).isEqualTo("T");
              assertThat(media.source()).isEqualTo(new Content.Source.Words("words"));
              assertThat(media.extras().fields()).containsOnlyKeys("context", "citations");
            });
    assertThat(
            first(
                "{'type':'document','source':{'type':'content','content':["
                    + "{'type':'text','text':'one'},{'type':'text','text':'two'}]}}"))
        .isInstanceOfSatisfying(
            Content.Media.class,
            media -> assertThat(media.source()).isEqualTo(new Content.Source.Words("one\ntwo")));
  }

  @Test
  void resultsOfToolsHoldTextMediaAndFoundTools() {
    Content.ToolResult result =
        (Content.ToolResult)
            first(
                "{'type':'tool_result','tool_use_id':'toolu_1','is_error':true,'content':["
                    + "{'type':'tool_reference','tool_name':'WebFetch'},"
                    + "{'type':'search_result','source':'s','title':'T',"
                    + "'content':[{'type':'text','text':'found'}]}]}");

    assertThat(result.callId()).isEqualTo("toolu_1");
    assertThat(result.failed()).isTrue();
    assertThat(((Content.Text) result.content().getFirst()).text())
        .isEqualTo("The tool 'WebFetch' is loaded and can be called now.");
    assertThat(((Content.Media) result.content().get(1)).source())
        .isEqualTo(new Content.Source.Words("found"));
    Content.ToolResult plain =
        (Content.ToolResult)
            first("{'type':'tool_result','tool_use_id':'toolu_1','content':'done'}");
    assertThat(plain.content()).containsExactly(Content.Text.of("done"));
  }

  @Test
  void thinkingComesBackToItsMaker() {
    Seal foreign = new Seal(DialectId.OPENAI_RESPONSES, "openai/gpt", "gAAA", true);
    String box = SealBox.pack(foreign, DialectId.ANTHROPIC_MESSAGES);

    assertThat(first("{'type':'thinking','thinking':'Hm','signature':'" + box + "'}"))
        .isEqualTo(new Content.Reasoning("Hm", foreign, Extras.NONE));
    assertThat(first("{'type':'thinking','thinking':'','signature':'Eo=='}"))
        .isEqualTo(
            new Content.Reasoning(
                "", new Seal(DialectId.ANTHROPIC_MESSAGES, null, "Eo==", false), Extras.NONE));
    assertThat(first("{'type':'redacted_thinking','data':'Em=='}"))
        .isEqualTo(
            new Content.Reasoning(
                "", new Seal(DialectId.ANTHROPIC_MESSAGES, null, "Em==", true), Extras.NONE));
  }

  @Test
  void aSignatureBesideACallBelongsToTheCall() {
    Seal seal = new Seal(DialectId.GEMINI, "google/gemini-3", "sig", false);
    String box = SealBox.pack(seal, DialectId.ANTHROPIC_MESSAGES);
    String signature = "{'type':'redacted_thinking','data':'" + box + "'}";
    String call = "{'type':'tool_use','id':'a','name':'f','input':{}}";

    assertThat(first(signature + "," + call))
        .isEqualTo(new Content.ToolCall("a", "f", null, false, "{}", seal, Extras.NONE));
    assertThat(first(call + "," + signature))
        .isEqualTo(new Content.ToolCall("a", "f", null, false, "{}", seal, Extras.NONE));
  }

  @Test
  void unknownBlocksStayWhole() {
    Content content = first("{'type':'server_tool_use','id':'s','name':'web_search','input':{}}");

    assertThat(content)
        .isInstanceOfSatisfying(
            Content.Native.class, own -> assertThat(own.type()).isEqualTo("server_tool_use"));
  }

  @Test
  void instructionsInABlockBecomeATurnOfTheirOwn() {
    ChatRequest request =
        read(
            "{'model':'c','max_tokens':9,'messages':[{'role':'user','content':["
                + "{'type':'text','text':'Hi'},"
                + "{'type':'mid_conv_system','content':[{'type':'text','text':'Be kind'}]}]}]}");

    assertThat(request.messages())
        .extracting(message -> message.role())
        .containsExactly(Role.USER, Role.SYSTEM);
  }

  @Test
  void toolsAreFunctionsOrTheProvidersOwn() {
    ChatRequest request =
        with(
            "'tools':[{'type':'custom','name':'f','description':'d','strict':true,"
                + "'eager_input_streaming':true,'input_schema':{'type':'object'},"
                + "'cache_control':{'type':'ephemeral','scope':'global'}},"
                + "{'type':'bash_20250124','name':'bash'},"
                + "{'type':'mcp_toolset','mcp_server_name':'deep'}],"
                + "'tool_choice':{'type':'any','disable_parallel_tool_use':true}");

    Tool.Function function = (Tool.Function) request.tools().getFirst();
    assertThat(function.strict()).isTrue();
    assertThat(function.extras().cache()).isEqualTo(new Extras.CacheMark(null));
    assertThat(function.extras().fields())
        .containsOnlyKeys("eager_input_streaming", "cache_control");
    assertThat(request.tools().get(1))
        .isInstanceOfSatisfying(
            Tool.Native.class, own -> assertThat(own.type()).isEqualTo("bash_20250124"));
    assertThat(request.tools().get(2).name()).isEqualTo("deep");
    assertThat(request.toolChoice()).isEqualTo(ToolChoice.of(ToolChoice.Mode.REQUIRED));
    assertThat(request.parallelToolCalls()).isFalse();
  }

  @Test
  void thinkingHasFourForms() {
    Thinking budget = with("'thinking':{'type':'enabled','budget_tokens':2048}").thinking();
    Thinking off = with("'thinking':{'type':'disabled'}").thinking();
    Thinking between = with("'thinking':{'type':'between_tools'}").thinking();
    Thinking effort = with("'output_config':{'effort':'low'}").thinking();

    assertThat(Objects.requireNonNull(budget).mode()).isEqualTo(Thinking.Mode.ON);
    assertThat(budget.budgetTokens()).isEqualTo(2_048);
    assertThat(Objects.requireNonNull(off).mode()).isEqualTo(Thinking.Mode.OFF);
    assertThat(Objects.requireNonNull(between).mode()).isEqualTo(Thinking.Mode.OFF);
    assertThat(between.extras().fields()).containsOnlyKeys("type");
    assertThat(Objects.requireNonNull(effort).mode()).isNull();
    assertThat(effort.effort()).isEqualTo(Thinking.Effort.LOW);
  }

  @Test
  void formsOfAnswersAreUnderstoodInOldAndNewPlaces() {
    String format = "{'type':'json_schema','schema':{'type':'object'}}";

    assertThat(with("'output_config':{'format':" + format + "}").outputFormat())
        .isInstanceOf(OutputFormat.JsonSchema.class)
        .isEqualTo(with("'output_format':" + format).outputFormat());
  }

  @Test
  void tiersAndUsersAndUnknownMembersAreKept() {
    ChatRequest request =
        with("'service_tier':'standard_only','metadata':{'user_id':'u','x':1},'container':'c_1'");

    assertThat(request.serviceTier()).isEqualTo("default");
    assertThat(request.endUser()).isEqualTo("u");
    assertThat(request.extras().fields())
        .containsOnlyKeys("metadata.user_id", "metadata.x", "container");
  }

  /** The members of the requests in Anthropic's specification, of July 2026, beta included. */
  @Test
  void everyMemberOfTheSpecificationIsUnderstoodOrListed() {
    List<String> members =
        List.of(
            "'cache_control':{'type':'ephemeral'}",
            "'container':'c'",
            "'context_management':{'edits':[]}",
            "'diagnostics':{'a':1}",
            "'fallback_credit_token':'t'",
            "'fallbacks':'default'",
            "'inference_geo':'us'",
            "'mcp_servers':[{'name':'n'}]",
            "'metadata':{'user_id':'u'}",
            "'output_config':{'effort':'low','task_budget':{'total':1}}",
            "'output_format':{'type':'json_schema','schema':{}}",
            "'service_tier':'auto'",
            "'speed':'fast'",
            "'stop_sequences':['x']",
            "'stream':true",
            "'system':'s'",
            "'temperature':1",
            "'thinking':{'type':'adaptive','display':'summarized'}",
            "'thread':{'type':'create'}",
            "'tool_choice':{'type':'auto'}",
            "'tools':[{'name':'f','input_schema':{},'strict':true,'defer_loading':true,"
                + "'eager_input_streaming':true,'allowed_callers':[],'input_examples':[{}],"
                + "'cache_control':{'type':'ephemeral'}}]",
            "'top_k':1",
            "'top_p':1");
    for (String member : members) {
      ChatRequest request = with(member);
      for (String field : request.extras().fields().keySet()) {
        listed(field);
      }
      for (Tool tool : request.tools()) {
        ((Tool.Function) tool)
            .extras()
            .fields()
            .keySet()
            .forEach(name -> listed("tools[]." + name));
      }
      Thinking thinking = request.thinking();
      if (thinking != null) {
        thinking.extras().fields().keySet().forEach(name -> listed("thinking." + name));
      }
      if (request.outputFormat() instanceof OutputFormat.JsonSchema schema) {
        schema.extras().fields().keySet().forEach(name -> listed("format." + name));
      }
    }
  }

  private static void listed(String field) {
    assertThat(Desk.TABLE.of(DialectId.ANTHROPIC_MESSAGES, field).field())
        .as(field)
        .isEqualTo(field);
  }

  @Test
  void nullMembersAreAbsent() {
    ChatRequest request = with("'container':null,'thinking':null,'tools':null,'system':null");

    assertThat(request.extras()).isEqualTo(Extras.NONE);
    assertThat(request.messages()).hasSize(1);
    JsonNode again = Desk.write(request, "claude-sonnet-4-5", Desk.losses("claude-sonnet-4-5"));
    assertThat(again.has("container")).isFalse();
  }
}
