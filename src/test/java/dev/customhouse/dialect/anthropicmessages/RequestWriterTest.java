package dev.customhouse.dialect.anthropicmessages;

import static dev.customhouse.dialect.anthropicmessages.Desk.tree;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Losses;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Anthropic is asked when a client of another dialect asks. */
class RequestWriterTest {
  private static final String OLD = "claude-sonnet-4-5";
  private static final String NEW = "claude-opus-5";

  private static ChatRequest.Builder hello() {
    return ChatRequest.builder("m").messages(List.of(user("Hello")));
  }

  private static Message user(String text) {
    return Message.of(Role.USER, Content.Text.of(text));
  }

  private static JsonNode write(ChatRequest.Builder request, String model) {
    Losses losses = Desk.losses(model);
    JsonNode written = Desk.write(request.build(), model, losses);
    assertThat(losses.unlisted()).isEmpty();
    assertThat(losses.dropped()).isEmpty();
    return written;
  }

  /** What is lost, by the names of OpenAI's chat. */
  private static List<String> dropped(ChatRequest.Builder request, String model) {
    Losses losses = Desk.losses(model);
    Desk.write(request.build(), model, losses);
    assertThat(losses.unlisted()).isEmpty();
    return losses.dropped();
  }

  private static Thinking effort(Thinking.Effort effort) {
    return new Thinking(null, effort, null, null, Extras.NONE);
  }

  private static Thinking budget(int tokens) {
    return new Thinking(Thinking.Mode.ON, null, tokens, null, Extras.NONE);
  }

  private static Sampling max(int tokens) {
    return Sampling.NONE.withMaxOutputTokens(tokens);
  }

  private static Sampling sampling(
      @Nullable String temperature, @Nullable String topP, @Nullable Integer topK) {
    return new Sampling(
        temperature == null ? null : new BigDecimal(temperature),
        topP == null ? null : new BigDecimal(topP),
        topK,
        null,
        null,
        null,
        null,
        List.of(),
        null);
  }

  private static Tool.Function function(String name) {
    return new Tool.Function(name, null, null, null, null, false, Extras.NONE);
  }

  @Test
  void theLeastRequestHasALimit() {
    assertThat(write(hello(), OLD))
        .isEqualTo(
            tree(
                "{'model':'claude-sonnet-4-5','max_tokens':64000,"
                    + "'messages':[{'role':'user','content':'Hello'}],'stream':false}"));
    assertThat(write(hello(), "kimi-k2").path("max_tokens").asInt())
        .isEqualTo(ThinkingPlan.UNKNOWN_MAX_TOKENS);
    assertThat(write(hello().sampling(max(500_000)), OLD).path("max_tokens").asInt())
        .isEqualTo(64_000);
  }

  @Test
  void theSameRequestIsTheSameBytes() {
    ChatRequest request = hello().tools(List.of(function("f"))).endUser("bob").build();

    assertThat(Desk.written(request, OLD, Desk.losses(OLD)).body())
        .isEqualTo(Desk.written(request, OLD, Desk.losses(OLD)).body());
  }

  @Test
  void whatAnthropicsOwnClientSentGoesBackToAnthropic() {
    String body =
        """
        {'model':'claude-opus-5','max_tokens':100,'stream':true,
         'system':[{'type':'text','text':'x-anthropic-billing-header: cc_version=1;'},
          {'type':'text','text':'Be brief.','cache_control':{'type':'ephemeral','scope':'global'}}],
         'messages':[{'role':'user','content':[{'type':'text','text':'Hi'},
           {'type':'container_upload','file_id':'file_1'}]},
          {'role':'assistant','content':[{'type':'thinking','thinking':'','signature':'Eo=='},
           {'type':'tool_use','id':'t','name':'ToolSearch','input':{'q':1.50}}]},
          {'role':'user','content':[{'type':'tool_result','tool_use_id':'t','content':[
            {'type':'tool_reference','tool_name':'X'}]},{'type':'text','text':'Tool loaded.'}]},
          {'role':'system','content':'Now','output_config':{'effort':'low'}}],
         'tools':[{'name':'ToolSearch','input_schema':{'type':'object'}},
          {'name':'X','input_schema':{'type':'object'},'defer_loading':true,
           'eager_input_streaming':true}],
         'thinking':{'type':'adaptive','display':'omitted'},
         'output_config':{'effort':'high','task_budget':{'type':'tokens','total':5}},
         'metadata':{'user_id':'{}'},
         'context_management':{'edits':[]},'service_tier':'standard_only','speed':'fast'}
        """;
    ChatRequest request = Desk.read(body, "anthropic-beta", "a-1,b-2");
    Losses losses = Desk.losses(DialectId.ANTHROPIC_MESSAGES, NEW, OnUnsupported.ERROR);
    var written = Desk.written(request, NEW, losses);

    JsonNode expected = tree(body);
    assertThat(dev.customhouse.dialect.Json.read(written.body())).isEqualTo(expected);
    assertThat(written.headers().get("anthropic-beta")).isEqualTo("a-1,b-2");
    assertThat(written.path()).isEqualTo("/v1/messages");
  }

  @Test
  void claudeCodesOwnLineDoesNotReachOthersAsText() {
    ChatRequest request =
        Desk.read(
            "{'model':'c','max_tokens':9,'system':[{'type':'text',"
                + "'text':'x-anthropic-billing-header: v=1'}],"
                + "'messages':[{'role':'user','content':'Hi'}]}");

    assertThat(request.messages()).hasSize(1);
    assertThat(
            Desk.TABLE
                .of(DialectId.ANTHROPIC_MESSAGES, "x-anthropic-billing-header")
                .to()
                .get(DialectId.OPENAI_CHAT))
        .isNotNull();
  }

  @Test
  void neighboursAreJoinedAndResultsStandInFront() {
    Content.ToolCall one = Content.ToolCall.of("a", "f", "{\"x\":1}");
    Content.ToolCall two = Content.ToolCall.of("b", "f", "");
    Content.ToolResult second = new Content.ToolResult("b", null, List.of(), true, Extras.NONE);
    Content.ToolResult first =
        new Content.ToolResult("a", null, List.of(Content.Text.of("ok")), false, Extras.NONE);

    JsonNode written =
        write(
            hello()
                .messages(
                    List.of(
                        user("Hello"),
                        Message.of(Role.ASSISTANT, Content.Text.of(""), one, two),
                        Message.of(Role.USER, Content.Text.of("and")),
                        Message.of(Role.USER, second),
                        Message.of(Role.USER, first))),
            OLD);

    assertThat(written.path("messages"))
        .isEqualTo(
            tree(
                """
                [{'role':'user','content':'Hello'},
                 {'role':'assistant','content':[
                  {'type':'tool_use','id':'a','name':'f','input':{'x':1}},
                  {'type':'tool_use','id':'b','name':'f','input':{}}]},
                 {'role':'user','content':[
                  {'type':'tool_result','tool_use_id':'a','content':'ok'},
                  {'type':'tool_result','tool_use_id':'b','is_error':true},
                  {'type':'text','text':'and'}]}]
                """));
  }

  @Test
  void aCallThatWasBrokenOffKeepsItsText() {
    JsonNode written =
        write(
            hello()
                .messages(
                    List.of(
                        user("Hi"),
                        Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "f", "{\"x\":")))),
            OLD);

    assertThat(written.at("/messages/1/content/0/input/input").asText()).isEqualTo("{\"x\":");
  }

  @Test
  void lateInstructionsStayWhereTheModelKnowsThem() {
    Message late = Message.of(Role.DEVELOPER, Content.Text.of("Be kind"));
    ChatRequest.Builder request = hello().messages(List.of(user("Hi"), late));

    assertThat(write(request, NEW).at("/messages/1"))
        .isEqualTo(tree("{'role':'system','content':'Be kind'}"));
    assertThat(write(request, OLD).at("/messages/0/content/1/text").asText())
        .isEqualTo("<system>\nBe kind\n</system>");
    // Behind an answer no model takes them.
    ChatRequest.Builder behind =
        hello()
            .messages(
                List.of(user("Hi"), Message.of(Role.ASSISTANT, Content.Text.of("Yes")), late));
    assertThat(write(behind, NEW).at("/messages/2/role").asText()).isEqualTo("user");
  }

  @Test
  void instructionsAloneBecomeAQuestion() {
    JsonNode written =
        write(hello().messages(List.of(Message.of(Role.SYSTEM, Content.Text.of("Say ok")))), OLD);

    assertThat(written.path("messages")).isEqualTo(tree("[{'role':'user','content':'Say ok'}]"));
    assertThat(written.has("system")).isFalse();
  }

  @Test
  void nothingToSayIsRefused() {
    assertThatThrownBy(() -> write(hello().messages(List.of(user(" "))), OLD))
        .isInstanceOf(Refusal.class)
        .hasMessage("messages: at least one message is required");
  }

  @ParameterizedTest
  @CsvSource({
    "MINIMAL, 1024",
    "LOW, 2048",
    "MEDIUM, 8192",
    "HIGH, 24576",
    "XHIGH, 32768",
    "MAX, 49152"
  })
  void effortsAreBudgetsWhereTheModelThinksByBudget(Thinking.Effort effort, int tokens) {
    JsonNode written = write(hello().thinking(effort(effort)), OLD);

    assertThat(written.path("thinking"))
        .isEqualTo(tree("{'type':'enabled','budget_tokens':" + tokens + "}"));
    assertThat(written.has("output_config")).isFalse();
    assertThat(written.path("max_tokens").asInt()).isGreaterThan(tokens);
  }

  @Test
  void theLimitIsRaisedToHoldTheBudget() {
    JsonNode raised = write(hello().sampling(max(1_000)).thinking(budget(30_000)), OLD);
    JsonNode most = write(hello().sampling(max(1_000)).thinking(budget(63_999)), OLD);
    JsonNode small = write(hello().sampling(max(4_000)).thinking(budget(5)), OLD);

    assertThat(raised.path("max_tokens").asInt()).isEqualTo(31_000);
    assertThat(raised.at("/thinking/budget_tokens").asInt()).isEqualTo(30_000);
    assertThat(most.path("max_tokens").asInt()).isEqualTo(64_000);
    assertThat(most.at("/thinking/budget_tokens").asInt()).isEqualTo(63_999);
    assertThat(small.at("/thinking/budget_tokens").asInt()).isEqualTo(1_024);
    JsonNode cut = write(hello().sampling(max(1_000)).thinking(budget(90_000)), OLD);
    assertThat(cut.path("max_tokens").asInt()).isEqualTo(64_000);
    assertThat(cut.at("/thinking/budget_tokens").asInt()).isEqualTo(62_976);
  }

  @Test
  void adaptiveModelsGetAnEffort() {
    JsonNode effort = write(hello().thinking(effort(Thinking.Effort.MINIMAL)), NEW);
    JsonNode budget = write(hello().thinking(budget(31_999)), NEW);
    JsonNode older = write(hello().thinking(budget(31_999)), "claude-opus-4-6");

    assertThat(effort.path("thinking")).isEqualTo(tree("{'type':'adaptive'}"));
    assertThat(effort.at("/output_config/effort").asText()).isEqualTo("low");
    assertThat(budget.path("thinking")).isEqualTo(tree("{'type':'adaptive'}"));
    assertThat(budget.at("/output_config/effort").asText()).isEqualTo("high");
    assertThat(older.path("thinking")).isEqualTo(tree("{'type':'enabled','budget_tokens':31999}"));
    assertThat(
            write(hello().thinking(effort(Thinking.Effort.XHIGH)), "claude-opus-4-6")
                .at("/output_config/effort")
                .asText())
        .isEqualTo("high");
  }

  @Test
  void thinkingIsTurnedOffInEachModelsWay() {
    ChatRequest.Builder off = hello().thinking(effort(Thinking.Effort.NONE));

    assertThat(write(off, OLD).path("thinking")).isEqualTo(tree("{'type':'disabled'}"));
    assertThat(write(off, NEW).path("thinking")).isEqualTo(tree("{'type':'disabled'}"));
    assertThat(write(off, "claude-sonnet-5-5").path("thinking"))
        .isEqualTo(tree("{'type':'between_tools'}"));
    assertThat(write(off, "claude-3-5-haiku-latest").has("thinking")).isFalse();
    Losses losses = Desk.losses("claude-opus-5-5");
    JsonNode never = Desk.write(off.build(), "claude-opus-5-5", losses);
    assertThat(never.has("thinking")).isFalse();
    assertThat(never.at("/output_config/effort").asText()).isEqualTo("low");
    assertThat(losses.dropped()).containsExactly("reasoning_effort");
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void aModelThatDoesNotThinkLosesTheEffort() {
    assertThat(dropped(hello().thinking(effort(Thinking.Effort.HIGH)), "claude-3-5-haiku-latest"))
        .containsExactly("reasoning_effort");
  }

  @ParameterizedTest
  @ValueSource(strings = {OLD, NEW})
  void aForcedToolTurnsThinkingOff(String model) {
    ChatRequest.Builder request =
        hello()
            .tools(List.of(function("f")))
            .toolChoice(ToolChoice.of(ToolChoice.Mode.REQUIRED))
            .thinking(effort(Thinking.Effort.HIGH));
    Losses losses = Desk.losses(model);
    JsonNode written = Desk.write(request.build(), model, losses);

    assertThat(written.path("thinking")).isEqualTo(tree("{'type':'disabled'}"));
    assertThat(written.path("tool_choice")).isEqualTo(tree("{'type':'any'}"));
    assertThat(losses.dropped()).containsExactly("tool_choice");
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void modelsThatCannotBeForcedAreLeftToChoose() {
    ChatRequest.Builder request =
        hello().tools(List.of(function("f"))).toolChoice(ToolChoice.named("f"));
    Losses losses = Desk.losses("claude-opus-5-5");

    JsonNode written = Desk.write(request.build(), "claude-opus-5-5", losses);

    assertThat(written.path("tool_choice")).isEqualTo(tree("{'type':'auto'}"));
    assertThat(losses.dropped()).containsExactly("tool_choice");
  }

  @Test
  void aLoopWhoseReasoningIsForeignRunsWithoutThinking() {
    Seal foreign = new Seal(DialectId.OPENAI_RESPONSES, "openai/gpt", "x", true);
    Seal own = new Seal(DialectId.ANTHROPIC_MESSAGES, "anthropic/" + OLD, "Eo==", false);
    Losses losses = Desk.losses(OLD);

    JsonNode without = Desk.write(loop(foreign), OLD, losses);

    assertThat(without.path("thinking")).isEqualTo(tree("{'type':'disabled'}"));
    assertThat(losses.dropped()).contains("messages[].reasoning_details", "reasoning_effort");
    Losses none = Desk.losses(OLD);
    JsonNode with = Desk.write(loop(own), OLD, none);
    assertThat(with.at("/thinking/type").asText()).isEqualTo("enabled");
    assertThat(with.at("/messages/1/content/0"))
        .isEqualTo(tree("{'type':'thinking','thinking':'Hm','signature':'Eo=='}"));
    assertThat(none.dropped()).isEmpty();
    // Adaptive models want nothing of the kind.
    Losses adaptive = Desk.losses(NEW);
    assertThat(Desk.write(loop(foreign), NEW, adaptive).at("/thinking/type").asText())
        .isEqualTo("adaptive");
  }

  private static ChatRequest loop(Seal seal) {
    return hello()
        .thinking(effort(Thinking.Effort.LOW))
        .messages(
            List.of(
                user("Hi"),
                Message.of(
                    Role.ASSISTANT,
                    new Content.Reasoning("Hm", seal, Extras.NONE),
                    Content.ToolCall.of("a", "f", "{}")),
                Message.of(
                    Role.USER,
                    new Content.ToolResult(
                        "a", null, List.of(Content.Text.of("1")), false, Extras.NONE))))
        .build();
  }

  @Test
  void hostsOfOtherModelsGetUnsignedReasoningBack() {
    Message said =
        Message.of(
            Role.ASSISTANT, new Content.Reasoning("Hm", null, Extras.NONE), Content.Text.of("Yes"));
    ChatRequest.Builder request = hello().messages(List.of(user("Hi"), said, user("And?")));

    assertThat(write(request, "kimi-k2-thinking").at("/messages/1/content/0"))
        .isEqualTo(tree("{'type':'thinking','thinking':'Hm','signature':''}"));
    assertThat(dropped(request, OLD)).containsExactly("messages[].reasoning_content");
  }

  @Test
  void samplingIsClampedAndLeftOutWhereItIsNotTaken() {
    Losses losses = Desk.losses(OLD);
    JsonNode written = Desk.write(hello().sampling(sampling("1.7", null, 40)).build(), OLD, losses);
    assertThat(written.path("temperature").asDouble()).isEqualTo(1);
    assertThat(written.path("top_k").asInt()).isEqualTo(40);
    assertThat(losses.dropped()).containsExactly("temperature");

    assertThat(dropped(hello().sampling(sampling("0.2", "0.5", 40)), NEW))
        .containsExactly("temperature", "top_p", "top_k");
    assertThat(write(hello().sampling(sampling("1", "1", null)), NEW).has("temperature")).isFalse();
    assertThat(dropped(hello().sampling(sampling("0.2", "0.5", null)), OLD))
        .containsExactly("top_p");
    assertThat(dropped(hello().sampling(sampling("0.2", "0.5", null)), "claude-sonnet-4-0"))
        .isEmpty();
    assertThat(
            dropped(
                hello().sampling(sampling("0.2", null, 5)).thinking(effort(Thinking.Effort.LOW)),
                OLD))
        .containsExactly("temperature", "top_k");
  }

  @Test
  void whatAnthropicHasNotIsTold() {
    ChatRequest.Builder request =
        hello()
            .cacheKey("k")
            .serviceTier("flex")
            .sampling(
                new Sampling(
                    null,
                    null,
                    null,
                    BigDecimal.ONE,
                    BigDecimal.ONE,
                    1L,
                    null,
                    List.of("x"),
                    null));

    assertThat(dropped(request, OLD))
        .containsExactly(
            "frequency_penalty", "presence_penalty", "seed", "prompt_cache_key", "service_tier");
    assertThat(write(hello().serviceTier("priority"), OLD).path("service_tier").asText())
        .isEqualTo("auto");
    Sampling blank = new Sampling(null, null, null, null, null, null, null, List.of("\n"), null);
    assertThat(dropped(hello().sampling(blank), OLD)).containsExactly("stop");
    Sampling many = new Sampling(null, null, null, null, null, null, null, List.of(), 2);
    Losses refusing = Desk.losses(DialectId.OPENAI_CHAT, OLD, OnUnsupported.ERROR);
    assertThatThrownBy(() -> Desk.write(hello().sampling(many).build(), OLD, refusing))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("'n'");
  }

  @Test
  void toolsAndTheirChoiceAreWritten() {
    Tool.Function strict =
        new Tool.Function(
            "s",
            null,
            "d",
            tree("{'type':'object','properties':{},'additionalProperties':false}"),
            true,
            false,
            Extras.NONE.with(new Extras.CacheMark("1h")));
    ChatRequest.Builder request =
        hello()
            .tools(List.of(function("f"), strict))
            .toolChoice(new ToolChoice(ToolChoice.Mode.ALLOWED, List.of("s"), true))
            .parallelToolCalls(false);

    JsonNode written = write(request, OLD);

    assertThat(written.path("tools"))
        .isEqualTo(
            tree(
                "[{'name':'s','description':'d','input_schema':{'type':'object','properties':{},"
                    + "'additionalProperties':false},'strict':true,"
                    + "'cache_control':{'type':'ephemeral','ttl':'1h'}}]"));
    assertThat(written.path("tool_choice"))
        .isEqualTo(tree("{'type':'any','disable_parallel_tool_use':true}"));
    assertThat(write(hello().tools(List.of(function("f"))), OLD).at("/tools/0"))
        .isEqualTo(tree("{'name':'f','input_schema':{'type':'object','properties':{}}}"));
    assertThat(
            write(hello().tools(List.of(function("f"))).parallelToolCalls(false), OLD)
                .path("tool_choice"))
        .isEqualTo(tree("{'type':'auto','disable_parallel_tool_use':true}"));
    assertThat(
            write(hello().toolChoice(ToolChoice.of(ToolChoice.Mode.AUTO)), OLD).has("tool_choice"))
        .isFalse();
    assertThatThrownBy(() ->
            write(hello().tools(List.of(function("f"))).toolChoice(ToolChoice.named("g")), OLD))
        .isInstanceOf(Refusal.class)
        .hasMessage("tool_choice: there is no tool 'g' in 'tools'");
  }

  @Test
  void toolsOfOtherProvidersAreLeftOutOrRefused() {
    Tool search =
        new Tool.Native(DialectId.OPENAI_RESPONSES, "web_search", "web_search", tree("{}"));
    Tool shell = new Tool.Native(DialectId.OPENAI_RESPONSES, "shell", "shell", tree("{}"));
    Tool deferred = new Tool.Function("d", null, null, null, null, true, Extras.NONE);

    Losses losses = Desk.losses(DialectId.OPENAI_RESPONSES, OLD, OnUnsupported.DROP);
    Desk.write(hello().tools(List.of(search, deferred)).build(), OLD, losses);
    assertThat(losses.dropped())
        .containsExactly("tools[].type web_search", "tools[].defer_loading");
    assertThat(losses.unlisted()).isEmpty();
    Losses refusing = Desk.losses(DialectId.OPENAI_RESPONSES, OLD, OnUnsupported.ERROR);
    assertThatThrownBy(() -> Desk.write(hello().tools(List.of(shell)).build(), OLD, refusing))
        .hasMessageContaining("'shell'");
  }

  @Test
  void schemasAreClosedAndTheirLimitsTold() {
    OutputFormat format =
        new OutputFormat.JsonSchema(
            "person",
            null,
            tree("{'type':'object','properties':{'age':{'type':'integer','minimum':0}}}"),
            true,
            Extras.NONE);

    assertThat(write(hello().outputFormat(format), OLD).path("output_config"))
        .isEqualTo(
            tree(
                "{'format':{'type':'json_schema','schema':{'type':'object','properties':{'age':"
                    + "{'type':'integer','description':'(minimum: 0)'}},"
                    + "'additionalProperties':false}}}"));
    String asked =
        write(hello().outputFormat(format), "claude-3-5-haiku-latest").path("system").asText();
    assertThat(asked).contains("JSON Schema").contains("\"minimum\":0");
    assertThat(
            write(hello().outputFormat(new OutputFormat.JsonObject()), OLD).path("system").asText())
        .startsWith("Answer with one JSON object");
  }

  @Test
  void usersAreHashed() {
    String user = write(hello().endUser("bob@example.com"), OLD).at("/metadata/user_id").asText();

    assertThat(user).matches("user_[0-9a-f]{32}");
    assertThat(write(hello().endUser("bob@example.com"), OLD).at("/metadata/user_id").asText())
        .isEqualTo(user);
  }

  @Test
  void mediaAreWrittenAsFarAsClaudeSeesThem() {
    assertThat(block(image(new Content.Source.Inline("iVBORw0KGgoAAA"), null)))
        .isEqualTo(
            tree(
                "{'type':'image','source':{'type':'base64','media_type':'image/png',"
                    + "'data':'iVBORw0KGgoAAA'}}"));
    assertThat(block(image(new Content.Source.Url("http://x/y.png"), null)))
        .isEqualTo(tree("{'type':'image','source':{'type':'url','url':'http://x/y.png'}}"));
    assertThat(block(document(new Content.Source.Inline("JVBERi0="), "application/pdf", "a.pdf")))
        .isEqualTo(
            tree(
                "{'type':'document','source':{'type':'base64','media_type':'application/pdf',"
                    + "'data':'JVBERi0='},'title':'a.pdf'}"));
    assertThat(block(document(new Content.Source.Inline("aGk="), "text/csv", null)))
        .isEqualTo(
            tree(
                "{'type':'document','source':{'type':'text','media_type':'text/plain',"
                    + "'data':'hi'}}"));
    refused(image(new Content.Source.Inline("AA"), "image/tiff"), "image_url");
    refused(document(new Content.Source.Inline("AA"), "application/zip", null), "file");
    refused(
        document(new Content.Source.FileId(DialectId.OPENAI_CHAT, "file-1"), null, null),
        "file_id");
    refused(
        new Content.Media(
            Content.Media.Kind.AUDIO,
            new Content.Source.Inline("AA"),
            "audio/wav",
            null,
            Extras.NONE),
        "input_audio");
  }

  private static Content.Media image(Content.Source source, @Nullable String type) {
    return new Content.Media(Content.Media.Kind.IMAGE, source, type, null, Extras.NONE);
  }

  private static Content.Media document(
      Content.Source source, @Nullable String type, @Nullable String name) {
    return new Content.Media(Content.Media.Kind.DOCUMENT, source, type, name, Extras.NONE);
  }

  private static JsonNode block(Content content) {
    return write(hello().messages(List.of(Message.of(Role.USER, content))), OLD)
        .at("/messages/0/content/0");
  }

  private static void refused(Content content, String field) {
    Losses losses = Desk.losses(DialectId.OPENAI_CHAT, OLD, OnUnsupported.ERROR);
    ChatRequest request = hello().messages(List.of(Message.of(Role.USER, content))).build();
    assertThatThrownBy(() -> Desk.write(request, OLD, losses))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(field);
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void theLastFourCacheMarksAreKept() {
    Extras marked = Extras.NONE.with(new Extras.CacheMark("30m"));
    List<Message> messages =
        java.util.stream.IntStream.range(0, 6)
            .mapToObj(i ->
                Message.of(
                    i % 2 == 0 ? Role.USER : Role.ASSISTANT,
                    new Content.Text("t" + i, List.of(), marked)))
            .toList();
    Losses losses = Desk.losses(OLD);

    JsonNode written = Desk.write(hello().messages(messages).build(), OLD, losses);

    assertThat(written.at("/messages/1/content").isTextual()).isTrue();
    assertThat(written.at("/messages/2/content/0/cache_control"))
        .isEqualTo(tree("{'type':'ephemeral'}"));
    assertThat(losses.dropped())
        .containsExactly("messages[].content[].prompt_cache_breakpoint", "cache_mark_ttl");
    assertThat(losses.unlisted()).isEmpty();
  }
}
