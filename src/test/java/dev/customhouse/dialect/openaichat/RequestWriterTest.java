package dev.customhouse.dialect.openaichat;

import static dev.customhouse.dialect.openaichat.Wire.asking;
import static dev.customhouse.dialect.openaichat.Wire.json;
import static dev.customhouse.dialect.openaichat.Wire.saying;
import static dev.customhouse.dialect.openaichat.Wire.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Needs;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider is sent. */
class RequestWriterTest {
  private static final Content.ToolCall CALL = Content.ToolCall.of("c1", "f", "{}");

  private static ChatRequest of(Message... messages) {
    return ChatRequest.builder("m").messages(List.of(messages)).build();
  }

  private static Message user(String text) {
    return Message.of(Role.USER, Content.Text.of(text));
  }

  private static Content.ToolResult result(String id, boolean failed, Content... content) {
    return new Content.ToolResult(id, null, List.of(content), failed, Extras.NONE);
  }

  private static Media media(Media.Kind kind, Source source, @Nullable String type) {
    return new Media(kind, source, type, null, Extras.NONE);
  }

  private static JsonNode part(Content content, String host) {
    return send(of(Message.of(Role.USER, content, Content.Text.of("?"))), host, "gpt-4o")
        .message(0)
        .path("content")
        .path(0);
  }

  private static Thinking thinking(
      Thinking.@Nullable Mode mode, Thinking.@Nullable Effort effort, @Nullable Integer budget) {
    return new Thinking(mode, effort, budget, null, Extras.NONE);
  }

  private static ChatRequest thinking(Thinking thinking) {
    return of(user("Hi")).toBuilder().thinking(thinking).build();
  }

  @Test
  void theLeastRequestIsSmall() {
    assertThat(send(asking(""), "openai", "gpt-4o").body())
        .isEqualTo(json("{'model':'gpt-4o','messages':[{'role':'user','content':'Hi'}]}"));
  }

  @ParameterizedTest
  @CsvSource({
    "openai,max_completion_tokens",
    "azure.ai.openai,max_completion_tokens",
    "groq,max_tokens",
    "mistral,max_tokens",
    "vllm,max_tokens"
  })
  void theLimitOfTheAnswerHasTheHostsName(String host, String name) {
    assertThat(send(asking("'max_tokens':50"), host, "gpt-4o").body().path(name).asInt())
        .isEqualTo(50);
  }

  @Test
  void aLimitAboveWhatTheModelCanAnswerBecomesThat() {
    JsonNode body = send(asking("'max_tokens':64000"), "openai", "gpt-4o").body();

    assertThat(body.path("max_completion_tokens").asInt()).isEqualTo(16_384);
  }

  @Test
  void reasoningModelsTakeNoSamplingAndItIsSaid() {
    Wire.Sent sent =
        send(
            asking("'temperature':0.2,'top_p':0.5,'frequency_penalty':1,'presence_penalty':1"),
            "openai",
            "gpt-5");

    assertThat(sent.body())
        .isEqualTo(json("{'model':'gpt-5','messages':[{'role':'user','content':'Hi'}]}"));
    assertThat(sent.dropped())
        .containsExactly("temperature", "top_p", "frequency_penalty", "presence_penalty");
    assertThat(send(asking("'temperature':1,'top_p':1.0"), "openai", "o3").dropped()).isEmpty();
    assertThatThrownBy(() -> send(asking("'stop':'x'"), "openai", "gpt-5"))
        .isInstanceOf(Refusal.class);
    assertThat(send(asking("'temperature':0.2,'stop':'x'"), "openai", "gpt-4o").body())
        .isEqualTo(
            json(
                "{'model':'gpt-4o','messages':[{'role':'user','content':'Hi'}],"
                    + "'temperature':0.2,'stop':['x']}"));
  }

  @Test
  void onlyOpenAisReasoningModelsKnowDevelopers() {
    ChatRequest request = saying("{'role':'developer','content':'d'}");

    assertThat(send(request, "openai", "o3").message(0).path("role").asText())
        .isEqualTo("developer");
    assertThat(send(request, "openai", "gpt-4o").message(0).path("role").asText())
        .isEqualTo("system");
    assertThat(send(request, "vllm", "o3").message(0).path("role").asText()).isEqualTo("system");
  }

  @Test
  void resultsFollowTheirCallsAtOnceInTheirOrderAndOnce() {
    ChatRequest request =
        of(
            Message.of(Role.ASSISTANT, CALL),
            Message.of(Role.ASSISTANT, Content.ToolCall.of("c2", "g", "")),
            user("wait"),
            Message.of(
                Role.USER,
                Content.Text.of("here"),
                result("c2", false, Content.Text.of("two")),
                result("c1", true, Content.Text.of("old")),
                result("c1", true, Content.Text.of("one"))));

    assertThat(send(request, "openai", "gpt-4o").body().path("messages"))
        .isEqualTo(
            json(
                "[{'role':'assistant','content':null,'tool_calls':["
                    + "{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}},"
                    + "{'id':'c2','type':'function','function':{'name':'g','arguments':'{}'}}]},"
                    + "{'role':'tool','tool_call_id':'c1','content':'Error: one'},"
                    + "{'role':'tool','tool_call_id':'c2','content':'two'},"
                    + "{'role':'user','content':'wait'},{'role':'user','content':'here'}]"));
  }

  @Test
  void mediaOfResultsStandInAMessageOfTheUser() {
    ChatRequest request =
        of(
            Message.of(Role.ASSISTANT, CALL),
            Message.of(
                Role.USER,
                result(
                    "c1",
                    false,
                    Content.Text.of("shot"),
                    media(Media.Kind.IMAGE, new Source.Inline("AAAA"), "image/png"))));

    assertThat(send(request, "openai", "gpt-4o").body().path("messages"))
        .isEqualTo(
            json(
                "[{'role':'assistant','content':null,'tool_calls':["
                    + "{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}}]},"
                    + "{'role':'tool','tool_call_id':'c1','content':["
                    + "{'type':'text','text':'shot'},"
                    + "{'type':'text','text':'See the attached content of the next message.'}]},"
                    + "{'role':'user','content':["
                    + "{'type':'text','text':'Attached to the result of the call c1:'},"
                    + "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]}]"));
    assertThat(send(request, "mistral", "mistral-large-latest").message(2))
        .isEqualTo(json("{'role':'assistant','content':'OK.'}"));
    assertThat(send(request, "groq", "llama-4").message(1).path("content").asText())
        .isEqualTo("shot\nSee the attached content of the next message.");
  }

  @Test
  void severalInstructionsAreOneTextWhereTheHostTakesNoParts() {
    ChatRequest request =
        of(Message.of(Role.SYSTEM, Content.Text.of("a"), Content.Text.of("b")), user("Hi"));

    assertThat(send(request, "groq", "llama-4").message(0).path("content").asText())
        .isEqualTo("a\n\nb");
    assertThat(send(request, "openai", "gpt-4o").message(0).path("content"))
        .isEqualTo(json("[{'type':'text','text':'a'},{'type':'text','text':'b'}]"));
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek,reasoning_content",
    "vllm,reasoning_content",
    "xai,reasoning_content",
    "openrouter,reasoning",
    "groq,reasoning",
    "ollama,reasoning"
  })
  void reasoningGoesBackUnderTheHostsName(String host, String name) {
    ChatRequest request = saying("{'role':'assistant','content':'x','reasoning_content':'hm'}");

    assertThat(send(request, host, "some-model").message(0))
        .isEqualTo(json("{'role':'assistant','content':'x','%s':'hm'}".formatted(name)));
  }

  @Test
  void reasoningIsDroppedWhereThereIsNoPlaceForItAndAmongThePartsAtMistral() {
    ChatRequest request = saying("{'role':'assistant','content':'x','reasoning_content':'hm'}");
    Wire.Sent openAi = send(request, "openai", "gpt-4o");

    assertThat(openAi.message(0)).isEqualTo(json("{'role':'assistant','content':'x'}"));
    assertThat(openAi.dropped()).hasSize(1);
    assertThat(send(request, "mistral", "mistral-small-latest").message(0).path("content"))
        .isEqualTo(
            json(
                "[{'type':'thinking','thinking':[{'type':'text','text':'hm'}]},"
                    + "{'type':'text','text':'x'}]"));
  }

  @Test
  void reasoningOfAnotherMakerIsNotSent() {
    Seal foreign = new Seal(DialectId.ANTHROPIC_MESSAGES, "claude/x", "sig", false);
    Seal own = new Seal(DialectId.OPENAI_CHAT, "here/some-model", "", false);
    Message message =
        Message.of(
            Role.ASSISTANT,
            new Content.Reasoning("theirs", foreign, Extras.NONE),
            new Content.Reasoning("ours", own, Extras.NONE),
            Content.Text.of("x"));
    Wire.Sent sent = send(of(message), "deepseek", "some-model");

    assertThat(sent.message(0).path("reasoning_content").asText()).isEqualTo("ours");
    assertThat(sent.dropped()).hasSize(1);
  }

  @Test
  void aCallWithoutReasoningSaysSoWhereTheHostMissesIt() {
    ChatRequest request = of(Message.of(Role.ASSISTANT, CALL));

    assertThat(send(request, "deepseek", "deepseek-v4-pro").message(0).path("reasoning_content"))
        .isEqualTo(json("''"));
    assertThat(send(request, "groq", "llama-4").message(0).has("reasoning_content")).isFalse();
  }

  @Test
  void aStreamAsksForUsageWhereTheHostTakesThat() {
    ChatRequest request = of(user("Hi")).toBuilder().stream(true).build();

    assertThat(send(request, "groq", "llama-4").body().path("stream_options"))
        .isEqualTo(json("{'include_usage':true}"));
    assertThat(send(request, "mistral", "m").body().has("stream_options")).isFalse();
    assertThat(
            send(
                    asking("'stream':true,'stream_options':{'include_obfuscation':false}"),
                    "openai",
                    "gpt-4o")
                .body()
                .path("stream_options"))
        .isEqualTo(json("{'include_usage':true,'include_obfuscation':false}"));
  }

  private static ChatRequest withTool(Tool tool, @Nullable ToolChoice choice) {
    return of(user("Hi")).toBuilder().tools(List.of(tool)).toolChoice(choice).build();
  }

  private static Tool function(String schema, @Nullable Boolean strict) {
    return new Tool.Function("f", null, "d", json(schema), strict, false, Extras.NONE);
  }

  @Test
  void toolsOfOtherDialectsAreRefusedAndSearchesDropped() {
    JsonNode raw = json("{'type':'bash_20250124'}");
    Tool bash = new Tool.Native(DialectId.ANTHROPIC_MESSAGES, "bash_20250124", "bash", raw);
    Tool search =
        new Tool.Native(DialectId.ANTHROPIC_MESSAGES, "web_search_20250305", "web_search", raw);
    Tool looking =
        new Tool.Native(
            DialectId.ANTHROPIC_MESSAGES, "tool_search_tool_regex_20251119", "look", raw);

    assertThatThrownBy(() -> send(withTool(bash, null), "openai", "gpt-4o"))
        .hasMessageContaining("bash_20250124");
    Wire.Sent sent = send(withTool(search, ToolChoice.named("web_search")), "openai", "gpt-4o");
    assertThat(sent.body().has("tools")).isFalse();
    assertThat(sent.body().has("tool_choice")).isFalse();
    assertThat(sent.dropped()).containsExactly("tools[].type web_search_20250305");
    assertThat(send(withTool(looking, null), "openai", "gpt-4o").dropped()).hasSize(1);
    assertThat(
            send(withTool(search, null), "openai", "gpt-4o-search-preview")
                .body()
                .path("web_search_options"))
        .isEqualTo(json("{}"));
  }

  @Test
  void aChoiceOfToolsIsWrittenInFullForOpenAiAndByLeavingOutForOthers() {
    ChatRequest request =
        of(user("Hi")).toBuilder()
            .tools(
                List.of(
                    new Tool.Function("a", null, null, null, null, false, Extras.NONE),
                    new Tool.Freeform("b", null, null, null, Extras.NONE)))
            .toolChoice(new ToolChoice(ToolChoice.Mode.ALLOWED, List.of("a"), true))
            .parallelToolCalls(false)
            .build();

    assertThat(send(request, "openai", "gpt-4o").body())
        .isEqualTo(
            json(
                "{'model':'gpt-4o','messages':[{'role':'user','content':'Hi'}],'tools':["
                    + "{'type':'function','function':{'name':'a'}},"
                    + "{'type':'custom','custom':{'name':'b'}}],'tool_choice':{"
                    + "'type':'allowed_tools','allowed_tools':{'mode':'required','tools':["
                    + "{'type':'function','function':{'name':'a'}}]}},"
                    + "'parallel_tool_calls':false}"));
    JsonNode groq = send(request, "groq", "llama-4").body();
    assertThat(groq.path("tools")).hasSize(1);
    assertThat(groq.path("tool_choice").asText()).isEqualTo("required");
    assertThat(groq.at("/tools/0/function/parameters"))
        .isEqualTo(json("{'type':'object','properties':{}}"));
  }

  @ParameterizedTest
  @CsvSource({
    "openai,gpt-5,'{\"reasoning_effort\":\"minimal\"}'",
    "openai,gpt-5.2,'{\"reasoning_effort\":\"none\"}'",
    "openai,gpt-4o,{}",
    "deepseek,deepseek-v4-pro,'{\"thinking\":{\"type\":\"disabled\"}}'",
    "dashscope,qwen3-max,'{\"enable_thinking\":false}'",
    "ollama,qwen3,'{\"reasoning_effort\":\"none\"}'",
    "groq,llama-3.3-70b-versatile,{}"
  })
  void thinkingIsTurnedOffAsTheHostHasIt(String host, String model, String members) {
    ObjectNode body =
        (ObjectNode) send(thinking(thinking(Thinking.Mode.OFF, null, null)), host, model).body();
    body.remove(List.of("model", "messages"));

    assertThat((JsonNode) body).isEqualTo(json(members));
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-5.2,MAX,,xhigh",
    "gpt-5,XHIGH,,high",
    "gpt-5,,1000,minimal",
    "gpt-5,,31999,high",
    "gpt-5,,,medium",
    "mistral-small-latest,LOW,,high"
  })
  void effortsAndBudgetsBecomeTheNearestEffort(
      String model, Thinking.@Nullable Effort effort, @Nullable Integer budget, String written) {
    String host = model.startsWith("gpt") ? "openai" : "mistral";
    assertThat(
            send(thinking(thinking(Thinking.Mode.ON, effort, budget)), host, model)
                .body()
                .path("reasoning_effort")
                .asText())
        .isEqualTo(written);
  }

  @Test
  void aModelThatCannotThinkLosesTheWish() {
    Wire.Sent sent = send(thinking(thinking(Thinking.Mode.ON, null, 4_096)), "openai", "gpt-4o");

    assertThat(sent.body().has("reasoning_effort")).isFalse();
    assertThat(sent.dropped()).containsExactly("thinking.budget_tokens");
  }

  @Test
  void documentsAreFilesWhenTheyArePdfAndTextWhenTheyAreText() {
    assertThat(part(media(Media.Kind.DOCUMENT, new Source.Inline("JVBERi0x"), null), "openai"))
        .isEqualTo(
            json(
                "{'type':'file','file':{'filename':'document.pdf',"
                    + "'file_data':'data:application/pdf;base64,JVBERi0x'}}"));
    assertThat(part(media(Media.Kind.DOCUMENT, new Source.Inline("aGk="), "text/plain"), "groq"))
        .isEqualTo(json("{'type':'text','text':'hi'}"));
    assertThat(
            part(
                new Media(Media.Kind.DOCUMENT, new Source.Words("hi"), null, "a.txt", Extras.NONE),
                "groq"))
        .isEqualTo(json("{'type':'text','text':'Document: a.txt\\n\\nhi'}"));
    for (Media lost :
        List.of(
            media(Media.Kind.DOCUMENT, new Source.Url("https://a/b.pdf"), null),
            media(Media.Kind.DOCUMENT, new Source.Inline("UEsD"), "application/zip"),
            media(Media.Kind.VIDEO, new Source.Inline("AAAA"), "video/mp4"),
            media(Media.Kind.AUDIO, new Source.Inline("AAAA"), "audio/flac"),
            media(Media.Kind.IMAGE, new Source.FileId(DialectId.ANTHROPIC_MESSAGES, "f"), null))) {
      assertThatThrownBy(() -> part(lost, "openai")).as("%s", lost).isInstanceOf(Refusal.class);
    }
  }

  @Test
  void filesOfOpenAiAreNamedByTheirIds() {
    assertThat(
            part(
                media(
                    Media.Kind.DOCUMENT,
                    new Source.FileId(DialectId.OPENAI_RESPONSES, "file-1"),
                    null),
                "openai"))
        .isEqualTo(json("{'type':'file','file':{'file_id':'file-1'}}"));
  }

  @Test
  void audioHasOpenAisFormats() {
    assertThat(part(media(Media.Kind.AUDIO, new Source.Inline("AA"), "audio/x-wav"), "openai"))
        .isEqualTo(json("{'type':'input_audio','input_audio':{'data':'AA','format':'wav'}}"));
  }

  @Test
  void cacheMarksAreBreakpointsForNewModelsOfOpenAi() {
    Content marked = new Content.Text("x", List.of(), Extras.NONE.with(new Extras.CacheMark(null)));
    Content kept = new Content.Text("x", List.of(), Extras.NONE.with(new Extras.CacheMark("1h")));
    ChatRequest request = of(Message.of(Role.USER, marked));

    assertThat(send(request, "openai", "gpt-5.6-sol").message(0).path("content"))
        .isEqualTo(
            json("[{'type':'text','text':'x','prompt_cache_breakpoint':{'mode':'explicit'}}]"));
    assertThat(send(request, "openai", "gpt-4o").dropped()).hasSize(1);
    assertThat(send(of(Message.of(Role.USER, kept)), "openai", "gpt-5.6-sol").dropped()).hasSize(1);
    assertThat(
            send(of(Message.of(Role.USER, kept)), "openrouter", "anthropic/claude-x")
                .message(0)
                .path("content"))
        .isEqualTo(
            json("[{'type':'text','text':'x','cache_control':{'type':'ephemeral','ttl':'1h'}}]"));
  }

  @Test
  void aSchemaOfTheAnswerIsToldInWordsWhereItCannotBeHeldTo() {
    ChatRequest request =
        of(user("Hi")).toBuilder()
            .outputFormat(
                new OutputFormat.JsonSchema(
                    "my answer", null, json("{'type':'object'}"), true, Extras.NONE))
            .build();

    assertThat(send(request, "openai", "gpt-4o").body().path("response_format"))
        .isEqualTo(
            json(
                "{'type':'json_schema','json_schema':{'name':'my_answer','schema':"
                    + "{'type':'object'},'strict':true}}"));
    Wire.Sent deepseek = send(request, "deepseek", "deepseek-v4-pro");
    assertThat(deepseek.body().path("response_format")).isEqualTo(json("{'type':'json_object'}"));
    assertThat(deepseek.message(0).path("content").asText()).contains("{\"type\":\"object\"}");
    assertThat(deepseek.message(1).path("content").asText()).isEqualTo("Hi");
  }

  @Test
  void theWordJsonIsSaidWhereNobodySaidIt() {
    ChatRequest request =
        of(user("Hi")).toBuilder().outputFormat(new OutputFormat.JsonObject()).build();
    ChatRequest said = request.toBuilder().messages(List.of(user("As JSON"))).build();

    assertThat(send(request, "openai", "gpt-4o").message(0).path("role").asText())
        .isEqualTo("system");
    assertThat(send(said, "openai", "gpt-4o").body().path("messages")).hasSize(1);
  }

  @Test
  void theClientsUserHasAShortName() {
    ChatRequest request = of(user("Hi")).toBuilder().endUser("u".repeat(65)).build();

    assertThat(send(request, "openai", "gpt-4o").body().path("safety_identifier").asText())
        .hasSize(64)
        .doesNotContain("uuu");
    assertThat(send(asking("'user':'u'"), "groq", "llama-4").body().path("user").asText())
        .isEqualTo("u");
    assertThat(send(asking("'user':'u'"), "mistral", "m").dropped()).hasSize(1);
  }

  @Test
  void whatTheHostDoesNotKnowIsSaid() {
    ChatRequest request = asking("'service_tier':'flex','prompt_cache_key':'k','top_k':4,'seed':3");

    assertThat(send(request, "mistral", "m").dropped())
        .containsExactly("top_k", "service_tier", "cache_key");
    assertThat(send(request, "mistral", "m").body().path("random_seed").asInt()).isEqualTo(3);
    assertThat(send(request, "openai", "gpt-4o").body().path("prompt_cache_key").asText())
        .isEqualTo("k");
    assertThat(send(request, "vllm", "m").body().path("top_k").asInt()).isEqualTo(4);
  }

  @Test
  void severalAnswersAreNotTranslated() {
    ChatRequest request =
        of(user("Hi")).toBuilder()
            .sampling(new Sampling(null, null, null, null, null, null, null, List.of(), 2))
            .build();

    assertThatThrownBy(() -> send(request, "openai", "gpt-4o"))
        .hasMessageContaining("'candidates'");
  }

  @Test
  void aTargetNeedsWhatItsHostNeeds() {
    Needs openAi = Wire.CODEC.needs(new Target("p", "openai", "gpt-4o"));
    Needs mistral = Wire.CODEC.needs(new Target("p", "mistral", "m"));

    assertThat(openAi.freeformTools()).isTrue();
    assertThat(openAi.callId().matcher("functions.add:0").matches()).isTrue();
    assertThat(openAi.toolName().matcher("a.b").matches()).isFalse();
    assertThat(mistral.freeformTools()).isFalse();
    assertThat(mistral.callId().matcher("abc123XYZ").matches()).isTrue();
    assertThat(mistral.callId().matcher("abc").matches()).isFalse();
    assertThat(mistral.callIdChars()).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "groq", "deepseek", "mistral", "openrouter"})
  void theSameRequestIsAlwaysTheSameBytes(String host) {
    ChatRequest request =
        asking("'temperature':0.5,'user':'u','response_format':{'type':'json_object'}");

    assertThat(send(request, host, "m").body().toString())
        .isEqualTo(send(request, host, "m").body().toString());
    assertThat(new BigDecimal(send(request, host, "m").body().path("temperature").asText()))
        .isEqualTo(new BigDecimal("0.5"));
  }
}
