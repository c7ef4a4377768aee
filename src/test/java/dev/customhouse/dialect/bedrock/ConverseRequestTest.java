package dev.customhouse.dialect.bedrock;

import static dev.customhouse.dialect.bedrock.Desk.CLAUDE;
import static dev.customhouse.dialect.bedrock.Desk.LLAMA;
import static dev.customhouse.dialect.bedrock.Desk.NEW_CLAUDE;
import static dev.customhouse.dialect.bedrock.Desk.NOVA;
import static dev.customhouse.dialect.bedrock.Desk.NOVA_2;
import static dev.customhouse.dialect.bedrock.Desk.OLD_CLAUDE;
import static dev.customhouse.dialect.bedrock.Desk.read;
import static dev.customhouse.dialect.bedrock.Desk.tree;
import static dev.customhouse.dialect.bedrock.Desk.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Thinking.Mode;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.Json;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests of Converse, from clients and for providers. */
class ConverseRequestTest {
  private static final Message ASK = Message.of(Role.USER, Content.Text.of("Hi"));
  private static final Tool ADD = tool("add", null);

  private static Tool tool(String name, @Nullable Boolean strict) {
    return new Tool.Function(
        name, null, "Adds.", tree("{'type':'object'}"), strict, false, Extras.NONE);
  }

  private static ChatRequest.Builder ask(Message... messages) {
    return ChatRequest.builder("m").messages(List.of(messages));
  }

  private static Sampling sampling(
      @Nullable String temperature,
      @Nullable String topP,
      @Nullable Integer topK,
      @Nullable Integer maxTokens,
      String... stop) {
    return new Sampling(
        temperature == null ? null : new BigDecimal(temperature),
        topP == null ? null : new BigDecimal(topP),
        topK,
        null,
        null,
        null,
        maxTokens,
        List.of(stop),
        null);
  }

  private static Thinking thinking(
      @Nullable Mode mode, @Nullable Effort effort, @Nullable Integer budget) {
    return new Thinking(mode, effort, budget, null, Extras.NONE);
  }

  private static Content.ToolResult result(String id, Content... content) {
    return new Content.ToolResult(id, null, List.of(content), false, Extras.NONE);
  }

  private static JsonNode messages(String model, Message... messages) {
    Desk.Sent sent = write(model, ask(messages).build());
    assertThat(sent.unlisted()).isEmpty();
    return sent.body().path("messages");
  }

  private static JsonNode content(Content content) {
    return messages(CLAUDE, Message.of(Role.USER, Content.Text.of("See"), content))
        .path(0)
        .path("content")
        .path(1);
  }

  @Test
  void everythingThatAClientSaysIsThereAgainWhenItIsWritten() {
    String body =
        """
        {'system':[{'text':'Be brief.'},{'cachePoint':{'type':'default','ttl':'1h'}}],
         'messages':[
          {'role':'user','content':[
            {'text':'See'},
            {'image':{'format':'png','source':{'bytes':'iVBORw0KGgo='}}},
            {'image':{'format':'png','source':{'s3Location':{'uri':'s3://bucket/a.png','bucketOwner':'123456789012'}}}},
            {'document':{'format':'txt','name':'facts','source':{'text':'Water is wet.'},'context':'a list','citations':{'enabled':true}}},
            {'document':{'format':'txt','name':'parts','source':{'content':[{'text':'a'},{'text':'b'}]}}},
            {'video':{'format':'mp4','source':{'bytes':'AAAA'}}},
            {'audio':{'format':'mp3','source':{'bytes':'AAAA'}}},
            {'guardContent':{'text':{'text':'Is it?','qualifiers':['query']}}},
            {'searchResult':{'source':'https://a.example','title':'A','content':[{'text':'found'}],'citations':{'enabled':true}}},
            {'newBlock':{'a':1}},
            {'cachePoint':{'type':'default'}}]},
          {'role':'assistant','content':[
            {'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'c2ln'}}},
            {'reasoningContent':{'redactedContent':'cmVk'}},
            {'citationsContent':{'content':[{'text':'Wet.'}],'citations':[{'title':'facts','sourceContent':[{'text':'Water is wet.'}],'location':{'documentChar':{'documentIndex':0,'start':0,'end':13}}}]}},
            {'toolUse':{'toolUseId':'srv_1','name':'nova_code_interpreter','input':{'snippet':'1'},'type':'server_tool_use'}},
            {'toolResult':{'toolUseId':'srv_1','content':[{'json':{'stdOut':'1'}}],'status':'success','type':'nova_code_interpreter_result'}},
            {'toolUse':{'toolUseId':'t_1','name':'add','input':{'a':1.0,'b':[2]}}}]},
          {'role':'user','content':[
            {'toolResult':{'toolUseId':'t_1','content':[{'text':'3'},{'json':{'c':3}},{'image':{'format':'jpeg','source':{'bytes':'/9j/4AA='}}}],'status':'error'}}]}],
         'inferenceConfig':{'maxTokens':20000,'stopSequences':['END']},
         'toolConfig':{'tools':[
            {'toolSpec':{'name':'add','description':'Adds.','inputSchema':{'json':{'type':'object','properties':{'a':{'type':'number'}}}},'strict':true}},
            {'cachePoint':{'type':'default'}},
            {'systemTool':{'name':'nova_code_interpreter'}}],
          'toolChoice':{'auto':{}}},
         'additionalModelRequestFields':{'thinking':{'type':'enabled','budget_tokens':2048,'more':1},'anthropic_beta':['x']},
         'outputConfig':{'textFormat':{'type':'json_schema','structure':{'jsonSchema':{'schema':'{\\\\'type\\\\':\\\\'object\\\\'}','name':'out','description':'d'}}}},
         'serviceTier':{'type':'priority'},
         'guardrailConfig':{'guardrailIdentifier':'g','guardrailVersion':'1'},
         'additionalModelResponseFieldPaths':['/stop_sequence','/other'],
         'requestMetadata':{'team':'a'},'performanceConfig':{'latency':'optimized'},
         'promptVariables':{'x':{'text':'y'}}}
        """;
    ChatRequest request = read(CLAUDE, body.replace("\\\\'", "\\'"));

    JsonNode written = write(CLAUDE, request).body();

    assertThat(written).isEqualTo(tree(body.replace("\\\\'", "\\'")));
    assertThat(Desk.CODEC.readRequest(Desk.call(CLAUDE, false, Json.write(written))))
        .isEqualTo(request);
  }

  @Test
  void theModelStandsInThePathAndArnsAreEncoded() {
    assertThat(write(CLAUDE, ask(ASK).build()).path())
        .isEqualTo("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
    assertThat(
            write(
                    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
                    ask(ASK).stream(true).build())
                .path())
        .isEqualTo(
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A"
                + "application-inference-profile%2Fabc/converse-stream");
  }

  @Test
  void whatIsNoRequestIsRefusedNamingTheField() {
    assertThatThrownBy(() -> read(CLAUDE, "{'messages':{}}")).hasMessageContaining("'messages'");
    assertThatThrownBy(() -> read(CLAUDE, "{'messages':[{'role':'tool','content':[]}]}"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("'messages[0].role' must be 'user', 'assistant' or 'system'");
    assertThatThrownBy(
            () -> read(CLAUDE, "{'messages':[{'role':'user','content':[{'toolResult':{}}]}]}"))
        .hasMessageContaining("'messages[0].content[0].toolResult.toolUseId'");
    assertThatThrownBy(
            () -> read(CLAUDE, "{'messages':[{'role':'user','content':[{'image':{}}]}]}"))
        .hasMessageContaining("'messages[0].content[0].image.source'");
    assertThatThrownBy(() -> read(CLAUDE, "{'inferenceConfig':{'maxTokens':1.5}}"))
        .hasMessageContaining("'maxTokens' must be a whole number");
    assertThatThrownBy(() -> read(CLAUDE, "{'inferenceConfig':[]}"))
        .hasMessageContaining("'inferenceConfig' must be an object");
  }

  @Test
  void toolsThatTheProviderRunsAreNeverCallsOfTheClient() {
    ChatRequest request =
        read(
            NOVA_2,
            """
            {'messages':[{'role':'assistant','content':[
              {'toolUse':{'toolUseId':'1','name':'nova_code_interpreter','input':{}}},
              {'toolResult':{'toolUseId':'1','content':[]}},
              {'toolUse':{'toolUseId':'2','name':'x','input':{},'type':'server_tool_use'}},
              {'toolUse':{'toolUseId':'3','name':'y','input':{},'type':'tool_use'}}]}]}
            """);

    assertThat(request.messages().getFirst().content())
        .hasSize(4)
        .satisfiesExactly(
            first -> assertThat(first).isInstanceOf(Content.Native.class),
            second -> assertThat(second).isInstanceOf(Content.Native.class),
            third -> assertThat(third).isInstanceOf(Content.Native.class),
            last -> assertThat(last).isEqualTo(Content.ToolCall.of("3", "y", "{}")));
  }

  @Test
  void emptyTextsAreNotSentAndNeighboursOfOneRoleAreJoined() {
    assertThat(
            messages(
                CLAUDE,
                ASK,
                Message.of(Role.USER, Content.Text.of(" \n"), Content.Text.of("there")),
                Message.of(Role.ASSISTANT, Content.Text.of("")),
                Message.of(Role.USER, Content.Text.of("?")),
                Message.of(Role.ASSISTANT, Content.Text.of("Well \n"))))
        .isEqualTo(
            tree(
                """
                [{'role':'user','content':[{'text':'Hi'},{'text':'there'},{'text':'?'}]},
                 {'role':'assistant','content':[{'text':'Well'}]}]
                """));
  }

  @Test
  void aConversationBeginsWithTheUser() {
    Message instructions = Message.of(Role.SYSTEM, Content.Text.of("Sing."));
    Desk.Sent alone = write(CLAUDE, ask(instructions).build());
    assertThat(alone.body())
        .isEqualTo(tree("{'messages':[{'role':'user','content':[{'text':'Sing.'}]}]}"));

    JsonNode greeted =
        messages(CLAUDE, Message.of(Role.ASSISTANT, Content.Text.of("Welcome")), ASK);
    assertThat(greeted.path(0).path("role").asText()).isEqualTo("user");
    assertThat(greeted.path(1).path("content").path(0).path("text").asText()).isEqualTo("Welcome");
  }

  @Test
  void instructionsGoToTheFrontAndLateOnesWhereTheModelKnowsThem() {
    Message first = Message.of(Role.DEVELOPER, Content.Text.of("Be brief."));
    Message late = Message.of(Role.SYSTEM, Content.Text.of("Be long."));
    Message answer = Message.of(Role.ASSISTANT, Content.Text.of("Yes"));

    Desk.Sent old = write(CLAUDE, ask(first, ASK, answer, late, ASK).build());
    Desk.Sent recent = write(NEW_CLAUDE, ask(first, ASK, answer, ASK, late).build());

    assertThat(old.body().path("system")).isEqualTo(tree("[{'text':'Be brief.'}]"));
    assertThat(old.body().path("messages").path(2))
        .isEqualTo(
            tree(
                "{'role':'user','content':[{'text':'<system>\\nBe long.\\n</system>'},{'text':'Hi'}]}"));
    assertThat(recent.body().path("messages").path(3))
        .isEqualTo(tree("{'role':'system','content':[{'text':'Be long.'}]}"));
  }

  @Test
  void resultsOfToolsStandFirstAndOnceAndInTheOrderOfTheirCalls() {
    JsonNode messages =
        messages(
            CLAUDE,
            ASK,
            Message.of(
                Role.ASSISTANT,
                Content.ToolCall.of("a", "add", "{\"x\":1}"),
                Content.ToolCall.of("b", "add", "")),
            Message.of(Role.USER, Content.Text.of("so"), result("b", Content.Text.of("2"))),
            Message.of(
                Role.USER, result("a", Content.Text.of("1")), result("b", Content.Text.of("3"))));

    assertThat(messages.path(1).path("content"))
        .isEqualTo(
            tree(
                """
                [{'toolUse':{'toolUseId':'a','name':'add','input':{'x':1}}},
                 {'toolUse':{'toolUseId':'b','name':'add','input':{}}}]
                """));
    assertThat(messages.path(2).path("content"))
        .isEqualTo(
            tree(
                """
                [{'toolResult':{'toolUseId':'a','content':[{'text':'1'}]}},
                 {'toolResult':{'toolUseId':'b','content':[{'text':'3'}]}},
                 {'text':'so'}]
                """));
  }

  @Test
  void argumentsThatAreNoObjectArePutIntoOne() {
    JsonNode call =
        messages(
                CLAUDE, ASK, Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "add", "{\"x\":")))
            .path(1)
            .path("content")
            .path(0);
    assertThat(call.path("toolUse").path("input")).isEqualTo(tree("{'arguments':'{\\'x\\':'}"));
  }

  @Test
  void aResultWithoutWordsAndAFailedOneAreSaidInTheFormThatTheModelKnows() {
    Content failed =
        new Content.ToolResult("a", null, List.of(Content.Text.of("no")), true, Extras.NONE);
    Message call = Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "add", "{}"));

    assertThat(messages(CLAUDE, ASK, call, Message.of(Role.USER, failed)).path(2).path("content"))
        .isEqualTo(
            tree("[{'toolResult':{'toolUseId':'a','content':[{'text':'no'}],'status':'error'}}]"));
    assertThat(messages(LLAMA, ASK, call, Message.of(Role.USER, failed)).path(2).path("content"))
        .isEqualTo(tree("[{'toolResult':{'toolUseId':'a','content':[{'text':'Error: no'}]}}]"));
    assertThat(
            messages(CLAUDE, ASK, call, Message.of(Role.USER, result("a"))).path(2).path("content"))
        .isEqualTo(tree("[{'toolResult':{'toolUseId':'a','content':[{'text':'(no output)'}]}}]"));
  }

  @Test
  void soundStandsBehindTheResultThatHoldsIt() {
    Media sound =
        new Media(Media.Kind.AUDIO, new Source.Inline("AAAA"), "audio/wav", null, Extras.NONE);
    JsonNode content =
        messages(
                NOVA,
                ASK,
                Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "hear", "{}")),
                Message.of(Role.USER, result("a", Content.Text.of("heard"), sound)))
            .path(2)
            .path("content");
    assertThat(content)
        .isEqualTo(
            tree(
                """
                [{'toolResult':{'toolUseId':'a','content':[{'text':'heard'}]}},
                 {'audio':{'format':'wav','source':{'bytes':'AAAA'}}}]
                """));
  }

  @ParameterizedTest
  @CsvSource({
    "IMAGE, image/jpg, AAAA, jpeg",
    "IMAGE, , iVBORw0KGgoAAAAN, png",
    "IMAGE, application/octet-stream, R0lGODlhAQABAIAA, gif",
    "IMAGE, image/png, UklGRiQAAABXRUJQ, webp",
    "DOCUMENT, application/json, AAAA, txt",
    "DOCUMENT, text/x-log; charset=utf-8, AAAA, txt",
    "DOCUMENT, , JVBERi0xLjcKCgoK, pdf",
    "VIDEO, video/3gpp, AAAA, three_gp",
    "VIDEO, VIDEO/QuickTime, AAAA, mov",
    "AUDIO, audio/x-wav, AAAA, wav",
    "AUDIO, audio/mpeg, AAAA, mp3"
  })
  void formatsAreFoundByTypeAndByContent(
      Media.Kind kind, @Nullable String type, String base64, String format) {
    Media media = new Media(kind, new Source.Inline(base64), type, null, Extras.NONE);
    assertThat(content(media).elements().next().path("format").asText()).isEqualTo(format);
  }

  @ParameterizedTest
  @CsvSource({
    "IMAGE, image/tiff, ",
    "DOCUMENT, application/zip, ",
    "AUDIO, audio/amr, ",
    "VIDEO, video/avi, ",
    "IMAGE, image/png, https://a.example/a.png",
    "DOCUMENT, application/pdf, https://a.example/a.pdf",
    "AUDIO, audio/wav, https://a.example/a.wav",
    "VIDEO, video/mp4, https://a.example/a.mp4"
  })
  void mediaThatConverseCannotTakeAreRefused(Media.Kind kind, String type, @Nullable String url) {
    Source source = url == null ? new Source.Inline("AAAA") : new Source.Url(url);
    Message message =
        Message.of(
            Role.USER, new Media(kind, source, type, null, Extras.NONE), Content.Text.of("?"));

    assertThatThrownBy(() -> write(CLAUDE, ask(message).build()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("cannot be carried");
    Desk.Sent dropped = write(CLAUDE, ask(message).build(), OnUnsupported.DROP);
    assertThat(dropped.body().path("messages").path(0).path("content"))
        .isEqualTo(tree("[{'text':'?'}]"));
    assertThat(dropped.unlisted()).isEmpty();
  }

  @Test
  void aFileOfAnotherProviderIsRefused() {
    Media file =
        new Media(
            Media.Kind.DOCUMENT,
            new Source.FileId(DialectId.OPENAI_CHAT, "file_1"),
            null,
            null,
            Extras.NONE);
    assertThatThrownBy(() -> content(file)).isInstanceOf(Refusal.class);
  }

  @Test
  void mediaAtAmazonAreCarriedByTheirAddress() {
    Media image =
        new Media(Media.Kind.IMAGE, new Source.Url("s3://b/a.webp"), null, null, Extras.NONE);
    assertThat(content(image))
        .isEqualTo(
            tree("{'image':{'format':'webp','source':{'s3Location':{'uri':'s3://b/a.webp'}}}}"));
  }

  @Test
  void documentsHaveNamesThatConverseTakesAndNoneTwice() {
    DocumentNames names = new DocumentNames();
    assertThat(names.next(null)).isEqualTo("document");
    assertThat(names.next("")).isEqualTo("document 2");
    assertThat(names.next("Q3 report_final.pdf")).isEqualTo("Q3 report-final");
    assertThat(names.next("Q3 report_final.docx")).isEqualTo("Q3 report-final 2");
    assertThat(names.next("a  b\tc (1) [2]")).isEqualTo("a b c (1) [2]");
    assertThat(names.next("x".repeat(300))).hasSize(200);
    assertThat(names.next("x".repeat(300))).hasSize(200).endsWith(" 2");
    assertThat(names.next("../../etc")).matches("[A-Za-z0-9 ()\\[\\]-]+");
  }

  @Test
  void aTurnOfDocumentsAloneIsGivenWords() {
    Media document =
        new Media(Media.Kind.DOCUMENT, new Source.Words("wet"), null, "f.txt", Extras.NONE);
    assertThat(messages(CLAUDE, Message.of(Role.USER, document)).path(0).path("content"))
        .isEqualTo(
            tree(
                "[{'document':{'format':'txt','name':'f','source':{'text':'wet'}}},"
                    + "{'text':'(See the document.)'}]"));
  }

  @Test
  void reasoningGoesBackToItsMakerAlone() {
    Content own =
        new Content.Reasoning(
            "Hm.", new Seal(DialectId.BEDROCK, "aws/" + CLAUDE, "c2ln", false), Extras.NONE);
    Content others =
        new Content.Reasoning(
            "Ah.", new Seal(DialectId.BEDROCK, "aws/other", "c2ln", false), Extras.NONE);
    Content unsealed = new Content.Reasoning("Oh.", null, Extras.NONE);

    Desk.Sent sent =
        write(
            CLAUDE,
            ask(
                    ASK,
                    new Message(
                        Role.ASSISTANT,
                        List.of(own, others, unsealed, Content.Text.of("So.")),
                        Extras.NONE))
                .build());

    assertThat(sent.body().path("messages").path(1).path("content"))
        .isEqualTo(
            tree(
                "[{'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'c2ln'}}},"
                    + "{'text':'So.'}]"));
    assertThat(sent.dropped())
        .containsExactly("messages[].reasoning_details", "messages[].reasoning_content");
    assertThat(sent.unlisted()).isEmpty();
  }

  @Test
  void citationsAndBlocksOfOtherDialectsAreLeftOut() {
    Citation citation = new Citation("https://a.example", "A", null, 0, 3, Extras.NONE);
    Content cited = new Content.Text("Wet.", List.of(citation), Extras.NONE);
    Content foreign =
        new Content.Native(DialectId.ANTHROPIC_MESSAGES, "server_tool_use", tree("{}"));

    Desk.Sent sent = write(CLAUDE, ask(ASK, Message.of(Role.ASSISTANT, cited, foreign)).build());

    assertThat(sent.body().path("messages").path(1).path("content"))
        .isEqualTo(tree("[{'text':'Wet.'}]"));
    assertThat(sent.dropped())
        .containsExactly("citation", "messages[].content[].type server_tool_use");
  }

  @Test
  void wordsForDecliningAreText() {
    assertThat(
            messages(
                    CLAUDE,
                    ASK,
                    Message.of(Role.ASSISTANT, new Content.Declined("No.", Extras.NONE)))
                .path(1)
                .path("content"))
        .isEqualTo(tree("[{'text':'No.'}]"));
  }

  @Test
  void toolsAreSentWithASchemaAndStrictnessWhereThereIsSome() {
    Tool bare = new Tool.Function("bare", null, " ", null, null, false, Extras.NONE);
    Desk.Sent claude = write(CLAUDE, ask(ASK).tools(List.of(tool("add", true), bare)).build());
    Desk.Sent nova = write(NOVA, ask(ASK).tools(List.of(tool("add", true))).build());

    assertThat(claude.body().path("toolConfig"))
        .isEqualTo(
            tree(
                """
                {'tools':[{'toolSpec':{'name':'add','description':'Adds.','inputSchema':{'json':{'type':'object'}},'strict':true}},
                          {'toolSpec':{'name':'bare','inputSchema':{'json':{'type':'object','properties':{}}}}}]}
                """));
    assertThat(nova.body().path("toolConfig").path("tools").path(0).path("toolSpec").has("strict"))
        .isFalse();
    assertThat(nova.dropped()).containsExactly("tools[].function.strict");
  }

  @Test
  void aConversationWithCallsHasToolsEvenIfTheClientNamesNone() {
    Desk.Sent sent =
        write(
            CLAUDE,
            ask(
                    ASK,
                    Message.of(
                        Role.ASSISTANT,
                        Content.ToolCall.of("a", "add", "{}"),
                        Content.ToolCall.of("b", "sub", "{}"),
                        Content.ToolCall.of("c", "add", "{}")),
                    Message.of(Role.USER, result("a"), result("b"), result("c")))
                .build());
    assertThat(sent.body().path("toolConfig"))
        .isEqualTo(
            tree(
                """
                {'tools':[{'toolSpec':{'name':'add','inputSchema':{'json':{'type':'object','properties':{}}}}},
                          {'toolSpec':{'name':'sub','inputSchema':{'json':{'type':'object','properties':{}}}}}]}
                """));
  }

  @Test
  void everyToolChoiceIsWrittenOrToldToBeLost() {
    assertThat(choice(CLAUDE, ToolChoice.of(ToolChoice.Mode.AUTO))).isEqualTo("{\"auto\":{}}");
    assertThat(choice(CLAUDE, ToolChoice.of(ToolChoice.Mode.REQUIRED))).isEqualTo("{\"any\":{}}");
    assertThat(choice(CLAUDE, ToolChoice.named("add"))).isEqualTo("{\"tool\":{\"name\":\"add\"}}");
    assertThat(choice(LLAMA, ToolChoice.named("add"))).isEqualTo("{\"auto\":{}} [tool_choice]");
    assertThat(choice(LLAMA, ToolChoice.of(ToolChoice.Mode.REQUIRED)))
        .isEqualTo("{\"auto\":{}} [tool_choice]");
    assertThat(choice(CLAUDE, ToolChoice.of(ToolChoice.Mode.NONE))).isEqualTo("");
  }

  private static String choice(String model, ToolChoice choice) {
    Desk.Sent sent = write(model, ask(ASK).tools(List.of(ADD)).toolChoice(choice).build());
    assertThat(sent.unlisted()).isEmpty();
    JsonNode written = sent.body().path("toolConfig").path("toolChoice");
    return written.isMissingNode()
        ? sent.body().path("toolConfig").toString()
        : written + (sent.dropped().isEmpty() ? "" : " " + sent.dropped());
  }

  @Test
  void noToolMayBeUsedOnlyWhereThereIsNoCallYet() {
    ChatRequest.Builder called =
        ask(
            ASK,
            Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "add", "{}")),
            Message.of(Role.USER, result("a")));
    Desk.Sent sent =
        write(
            CLAUDE,
            called.tools(List.of(ADD)).toolChoice(ToolChoice.of(ToolChoice.Mode.NONE)).build());

    assertThat(sent.body().path("toolConfig").path("tools")).hasSize(1);
    assertThat(sent.body().path("toolConfig").has("toolChoice")).isFalse();
    assertThat(sent.dropped()).containsExactly("tool_choice");
  }

  @Test
  void ofAllowedToolsTheOthersAreLeftOut() {
    Desk.Sent sent =
        write(
            CLAUDE,
            ask(ASK)
                .tools(List.of(ADD, tool("sub", null)))
                .toolChoice(new ToolChoice(ToolChoice.Mode.ALLOWED, List.of("sub"), true))
                .build());
    assertThat(sent.body().path("toolConfig").path("tools")).hasSize(1);
    assertThat(sent.body().path("toolConfig").path("toolChoice")).isEqualTo(tree("{'any':{}}"));
  }

  @Test
  void toolsOfOtherProvidersAreRefusedOrLeftOutByWhatTheyAre() {
    Tool search =
        new Tool.Native(
            DialectId.ANTHROPIC_MESSAGES, "web_search_20250305", "web_search", tree("{}"));
    Tool lookup =
        new Tool.Native(DialectId.OPENAI_RESPONSES, "tool_search", "tool_search", tree("{}"));
    Tool computer = new Tool.Native(DialectId.OPENAI_RESPONSES, "computer", "computer", tree("{}"));

    Desk.Sent sent = write(CLAUDE, ask(ASK).tools(List.of(search, lookup)).build());

    assertThat(sent.body().has("toolConfig")).isFalse();
    assertThat(sent.dropped()).hasSize(2);
    assertThat(sent.unlisted()).isEmpty();
    assertThatThrownBy(() -> write(CLAUDE, ask(ASK).tools(List.of(computer)).build()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("computer");
  }

  @Test
  void oneCallAtATimeIsLeftToTheAnswer() {
    assertThat(
            write(CLAUDE, ask(ASK).tools(List.of(ADD)).parallelToolCalls(false).build()).dropped())
        .isEmpty();
  }

  @Test
  void samplingIsSentAsFarAsTheModelTakesIt() {
    Sampling all = sampling("0.5", "0.9", 20, 100, "END");
    JsonNode old = write(OLD_CLAUDE, ask(ASK).sampling(all).build()).body();
    Desk.Sent claude = write(CLAUDE, ask(ASK).sampling(all).build());
    Desk.Sent recent = write(NEW_CLAUDE, ask(ASK).sampling(all).build());
    JsonNode nova = write(NOVA, ask(ASK).sampling(all).build()).body();
    Desk.Sent llama = write(LLAMA, ask(ASK).sampling(all).build());

    assertThat(old.path("inferenceConfig"))
        .isEqualTo(tree("{'maxTokens':100,'temperature':0.5,'topP':0.9,'stopSequences':['END']}"));
    assertThat(old.path("additionalModelRequestFields")).isEqualTo(tree("{'top_k':20}"));
    assertThat(old.path("additionalModelResponseFieldPaths")).isEqualTo(tree("['/stop_sequence']"));
    assertThat(claude.dropped()).containsExactly("top_p");
    assertThat(recent.body().path("inferenceConfig"))
        .isEqualTo(tree("{'maxTokens':100,'stopSequences':['END']}"));
    assertThat(recent.dropped()).containsExactly("temperature", "top_p", "top_k");
    assertThat(nova.path("additionalModelRequestFields"))
        .isEqualTo(tree("{'inferenceConfig':{'topK':20}}"));
    assertThat(llama.dropped()).containsExactly("top_k");
  }

  @Test
  void aTemperatureBeyondOneIsOneAndTold() {
    Desk.Sent sent = write(NOVA, ask(ASK).sampling(sampling("1.7", null, null, null)).build());
    assertThat(sent.body().path("inferenceConfig")).isEqualTo(tree("{'temperature':1}"));
    assertThat(sent.dropped()).containsExactly("temperature");
  }

  @Test
  void whatConverseDoesNotKnowIsToldToBeLost() {
    Sampling sampling =
        new Sampling(null, null, null, BigDecimal.ONE, BigDecimal.ONE, 7L, null, List.of(), 1);
    Desk.Sent sent =
        write(
            CLAUDE,
            ask(ASK).sampling(sampling).endUser("u").cacheKey("k").serviceTier("scale").build());
    assertThat(sent.dropped())
        .containsExactly(
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "service_tier",
            "user",
            "prompt_cache_key");
    assertThat(sent.unlisted()).isEmpty();
    Sampling two = new Sampling(null, null, null, null, null, null, null, List.of(), 2);
    assertThatThrownBy(() -> write(CLAUDE, ask(ASK).sampling(two).build()))
        .isInstanceOf(Refusal.class);
    assertThatThrownBy(
            () -> write(CLAUDE, ask(ASK).sampling(sampling(null, null, null, null, "\n")).build()))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void tiersThatBedrockSellsAreAskedFor() {
    assertThat(write(CLAUDE, ask(ASK).serviceTier("flex").build()).body().path("serviceTier"))
        .isEqualTo(tree("{'type':'flex'}"));
    assertThat(write(CLAUDE, ask(ASK).serviceTier("auto").build()).body().has("serviceTier"))
        .isFalse();
  }

  private static String thought(String model, Thinking thinking, @Nullable Integer maxTokens) {
    Desk.Sent sent =
        write(
            model,
            ask(ASK).thinking(thinking).sampling(sampling("0.5", null, null, maxTokens)).build());
    assertThat(sent.unlisted()).isEmpty();
    JsonNode body = sent.body();
    return (body.path("additionalModelRequestFields").toString()
            + body.path("outputConfig")
            + body.path("inferenceConfig")
            + sent.dropped())
        .replace('"', '\'');
  }

  @Test
  void claudeThinksByABudgetOrAsItSeesFit() {
    assertThat(thought(CLAUDE, thinking(Mode.ON, null, 5000), 8000))
        .isEqualTo(
            "{'thinking':{'type':'enabled','budget_tokens':5000}}{'maxTokens':8000}[temperature]");
    assertThat(thought(CLAUDE, thinking(null, Effort.LOW, null), 1000))
        .isEqualTo(
            "{'thinking':{'type':'enabled','budget_tokens':2048}}{'maxTokens':3048}[temperature]");
    assertThat(thought(CLAUDE, thinking(Mode.ON, null, 200), null))
        .isEqualTo("{'thinking':{'type':'enabled','budget_tokens':1024}}[temperature]");
    assertThat(thought(NEW_CLAUDE, thinking(null, Effort.XHIGH, null), null))
        .isEqualTo("{'thinking':{'type':'adaptive'}}{'effort':'xhigh'}[temperature]");
    assertThat(thought(NEW_CLAUDE, thinking(Mode.ON, null, 10_000), null))
        .isEqualTo("{'thinking':{'type':'adaptive'}}{'effort':'medium'}[temperature]");
    assertThat(thought(NEW_CLAUDE, thinking(Mode.ADAPTIVE, null, null), null))
        .isEqualTo("{'thinking':{'type':'adaptive'}}[temperature]");
    assertThat(thought(CLAUDE, thinking(null, Effort.NONE, null), null))
        .isEqualTo("{'thinking':{'type':'disabled'}}{'temperature':0.5}[]");
    assertThat(thought(OLD_CLAUDE, thinking(null, Effort.HIGH, null), null))
        .isEqualTo("{'temperature':0.5}[reasoning_effort]");
    assertThat(thought(OLD_CLAUDE, thinking(Mode.OFF, null, null), null))
        .isEqualTo("{'temperature':0.5}[]");
  }

  @Test
  void aClaudeThatAlwaysThinksIsAskedForTheLeastAndIsNotForced() {
    String fable = "us.anthropic.claude-fable-5-1-v1:0";
    String sonnet = "us.anthropic.claude-sonnet-5-5-v1:0";
    assertThat(thought(fable, thinking(Mode.OFF, null, null), null))
        .isEqualTo("{'effort':'low'}[reasoning_effort, temperature]");
    assertThat(thought(sonnet, thinking(Mode.OFF, null, null), null))
        .isEqualTo("{'thinking':{'type':'between_tools'}}[temperature]");
    assertThat(choice(fable, ToolChoice.of(ToolChoice.Mode.REQUIRED)))
        .isEqualTo("{\"auto\":{}} [tool_choice]");
    assertThat(thought("anthropic.claude-opus-4-6-v1", thinking(Mode.ON, null, 2000), 5000))
        .isEqualTo(
            "{'thinking':{'type':'enabled','budget_tokens':2000}}{'maxTokens':5000}[temperature]");
  }

  @Test
  void reasoningIsShownOrNot() {
    Thinking hidden = new Thinking(Mode.ADAPTIVE, null, null, false, Extras.NONE);
    assertThat(thought(NEW_CLAUDE, hidden, null))
        .isEqualTo("{'thinking':{'type':'adaptive','display':'omitted'}}[temperature]");
  }

  @Test
  void otherFamiliesThinkInTheirOwnFields() {
    assertThat(thought(NOVA_2, thinking(null, Effort.MINIMAL, null), 500))
        .isEqualTo(
            "{'reasoningConfig':{'type':'enabled','maxReasoningEffort':'low'}}"
                + "{'maxTokens':500,'temperature':0.5}[]");
    assertThat(thought(NOVA_2, thinking(null, Effort.HIGH, null), null))
        .isEqualTo(
            "{'reasoningConfig':{'type':'enabled','maxReasoningEffort':'high'}}[temperature]");
    assertThat(thought(NOVA_2, thinking(null, Effort.HIGH, null), 500))
        .isEqualTo(
            "{'reasoningConfig':{'type':'enabled','maxReasoningEffort':'medium'}}"
                + "{'maxTokens':500,'temperature':0.5}[reasoning_effort]");
    assertThat(thought(NOVA_2, thinking(Mode.OFF, null, null), null))
        .isEqualTo("{'reasoningConfig':{'type':'disabled'}}{'temperature':0.5}[]");
    assertThat(thought(NOVA, thinking(null, Effort.HIGH, null), null))
        .isEqualTo("{'temperature':0.5}[reasoning_effort]");
    assertThat(thought("openai.gpt-oss-120b-1:0", thinking(null, Effort.MEDIUM, null), null))
        .isEqualTo("{'reasoning_effort':'medium'}{'temperature':0.5}[]");
    assertThat(thought("qwen.qwen3-32b-v1:0", thinking(null, Effort.HIGH, null), null))
        .isEqualTo("{'reasoning_config':'high'}{'temperature':0.5}[]");
    assertThat(thought(LLAMA, thinking(Mode.ON, null, 2000), null))
        .isEqualTo("{'temperature':0.5}[thinking.budget_tokens]");
  }

  @Test
  void claudeDoesNotThinkWhenAToolIsForcedNorInTheMiddleOfUnthoughtCalls() {
    Desk.Sent forced =
        write(
            CLAUDE,
            ask(ASK)
                .tools(List.of(ADD))
                .toolChoice(ToolChoice.named("add"))
                .thinking(thinking(null, Effort.HIGH, null))
                .build());
    assertThat(forced.body().path("additionalModelRequestFields"))
        .isEqualTo(tree("{'thinking':{'type':'disabled'}}"));
    assertThat(forced.dropped()).containsExactly("tool_choice");

    Message call = Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "add", "{}"));
    ChatRequest loop =
        ask(ASK, call, Message.of(Role.USER, result("a")))
            .thinking(thinking(null, Effort.HIGH, null))
            .build();
    Desk.Sent unthought = write(CLAUDE, loop);
    assertThat(unthought.body().has("additionalModelRequestFields")).isFalse();
    assertThat(unthought.dropped()).containsExactly("reasoning_effort");
    assertThat(write(NEW_CLAUDE, loop).body().path("additionalModelRequestFields").path("thinking"))
        .isEqualTo(tree("{'type':'adaptive'}"));
  }

  @Test
  void aSchemaIsEnforcedOrToldToTheModel() {
    OutputFormat schema =
        new OutputFormat.JsonSchema("out", null, tree("{'type':'object'}"), true, Extras.NONE);
    assertThat(write(CLAUDE, ask(ASK).outputFormat(schema).build()).body().path("outputConfig"))
        .isEqualTo(
            tree(
                """
                {'textFormat':{'type':'json_schema','structure':{'jsonSchema':{'schema':'{\\'type\\':\\'object\\'}','name':'out'}}}}
                """));
    JsonNode nova = write(NOVA, ask(ASK).outputFormat(schema).build()).body();
    assertThat(nova.has("outputConfig")).isFalse();
    assertThat(nova.path("system").path(0).path("text").asText())
        .contains("JSON Schema")
        .endsWith("{\"type\":\"object\"}");
    JsonNode object =
        write(CLAUDE, ask(ASK).outputFormat(new OutputFormat.JsonObject()).build()).body();
    assertThat(object.path("system").path(0).path("text").asText()).contains("one JSON object");
  }

  private static Content marked(String text, @Nullable String ttl) {
    return new Content.Text(text, List.of(), Extras.NONE.with(new CacheMark(ttl)));
  }

  @Test
  void cacheMarksAreBlocksOfTheirOwn() {
    Message message = Message.of(Role.USER, marked("long", "1h"), marked("more", null));
    assertThat(messages(CLAUDE, message).path(0).path("content"))
        .isEqualTo(
            tree(
                """
                [{'text':'long'},{'cachePoint':{'type':'default','ttl':'1h'}},
                 {'text':'more'},{'cachePoint':{'type':'default'}}]
                """));
    Desk.Sent nova = write(NOVA, ask(message).build());
    assertThat(nova.body().path("messages").path(0).path("content").path(1))
        .isEqualTo(tree("{'cachePoint':{'type':'default'}}"));
    assertThat(nova.dropped()).containsExactly("cache_mark_ttl");
    assertThat(write(LLAMA, ask(message).build()).dropped())
        .containsExactly("messages[].content[].prompt_cache_breakpoint");
  }

  @Test
  void theMarkOfAMessageStandsAtItsEndAndThatOfAnEmptyTextBeforeIt() {
    Message whole =
        new Message(
            Role.USER,
            List.of(Content.Text.of("a"), Content.Text.of("b")),
            Extras.NONE.with(new CacheMark(null)));
    Message empty = Message.of(Role.USER, Content.Text.of("c"), marked("", null));
    assertThat(messages(CLAUDE, whole, empty).path(0).path("content"))
        .isEqualTo(
            tree(
                """
                [{'text':'a'},{'text':'b'},{'cachePoint':{'type':'default'}},
                 {'text':'c'},{'cachePoint':{'type':'default'}}]
                """));
  }

  @Test
  void ofMoreThanFourCacheMarksTheLastFourCount() {
    Message message =
        Message.of(
            Role.USER,
            marked("1", null),
            marked("2", null),
            marked("3", null),
            marked("4", null),
            marked("5", null));
    Desk.Sent sent = write(CLAUDE, ask(message).build());
    JsonNode content = sent.body().path("messages").path(0).path("content");
    assertThat(content).hasSize(9);
    assertThat(content.path(1)).isEqualTo(tree("{'text':'2'}"));
    assertThat(sent.dropped()).hasSize(1);
  }

  @Test
  void theSealOfACallFindsItsWayBackToTheCall() {
    Content.ToolCall call =
        new Content.ToolCall(
            "a-1",
            "add",
            null,
            false,
            "{}",
            new Seal(DialectId.GEMINI, "g/m", "c2ln", false),
            Extras.NONE);
    var answer = new ChatAnswer(null, null, List.of(call), null, null, null, Extras.NONE);
    JsonNode blocks =
        Json.read(Desk.CODEC.writeAnswer(answer, Desk.reply(false)))
            .path("output")
            .path("message")
            .path("content");

    ChatRequest echoed =
        read(CLAUDE, "{\"messages\":[{\"role\":\"assistant\",\"content\":" + blocks + "}]}");

    assertThat(blocks).hasSize(2);
    assertThat(echoed.messages().getFirst().content()).containsExactly(call);
  }
}
