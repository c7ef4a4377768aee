package dev.customhouse.dialect.gemini;

import static dev.customhouse.dialect.gemini.Chats.read;
import static dev.customhouse.dialect.gemini.Chats.tree;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media.Kind;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.canonical.chat.ToolChoice.Mode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of Gemini's clients, as the hub understands them. */
class GeminiRequestReadingTest {
  private static String contents(String parts) {
    return "{'contents':[{'role':'user','parts':[" + parts + "]}]}";
  }

  private static List<Content> parts(String parts) {
    return read(contents(parts)).messages().getFirst().content();
  }

  @Test
  void theModelAndTheStreamAreInThePath() {
    ChatRequest request =
        Chats.CODEC.readRequest(Chats.call("{\"model\":\"models/other\",\"contents\":[]}", true));

    assertThat(request.model()).isEqualTo("asked");
    assertThat(request.stream()).isTrue();
    assertThat(request.extras().isEmpty()).isTrue();
  }

  @Test
  void rolesAreUserModelAndFunctionAndUserWhereNoneIsSaid() {
    assertThat(
            read("{'contents':[{'role':'user','parts':[{'text':'a'}]},{'role':'model','parts':[{'text':'b'}]},"
                    + "{'role':'function','parts':[{'text':'c'}]},{'parts':{'text':'d'}}]}")
                .messages())
        .extracting(message -> message.role())
        .containsExactly(Role.USER, Role.ASSISTANT, Role.USER, Role.USER);
    assertThatThrownBy(() -> read("{'contents':[{'role':'system','parts':[]}]}"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("contents[].role");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'systemInstruction':'Be brief.'",
        "'systemInstruction':{'role':'user','parts':[{'text':'Be brief.'}]}",
        "'system_instruction':{'parts':{'text':'Be brief.'}}",
        "'systemInstruction':[{'text':'Be brief.'}]"
      })
  void theInstructionMayBeWrittenInManyWays(String member) {
    ChatRequest request = read("{'contents':[]," + member + "}");

    assertThat(request.messages()).hasSize(1);
    assertThat(request.messages().getFirst().role()).isEqualTo(Role.SYSTEM);
    assertThat(request.messages().getFirst().content())
        .containsExactly(Content.Text.of("Be brief."));
  }

  @Test
  void membersMayBeInSnakeCase() {
    ChatRequest request =
        read(
            "{'contents':[{'role':'model','parts':[{'function_call':{'name':'f','args':{}},'thought_signature':'c2ln'}]}],"
                + "'generation_config':{'max_output_tokens':7,'thinking_config':{'include_thoughts':true}},"
                + "'tool_config':{'function_calling_config':{'mode':'any','allowed_function_names':['f']}},"
                + "'tools':[{'function_declarations':[{'name':'f','parameters_json_schema':{'type':'object'}}]}]}");

    assertThat(request.sampling().maxOutputTokens()).isEqualTo(7);
    assertThat(request.thinking()).extracting(Thinking::shown).isEqualTo(true);
    assertThat(request.toolChoice()).isEqualTo(ToolChoice.named("f"));
    assertThat(request.tools().getFirst().name()).isEqualTo("f");
    assertThat(request.messages().getFirst().content().getFirst())
        .isInstanceOfSatisfying(
            Content.ToolCall.class,
            call ->
                assertThat(call.seal()).isEqualTo(new Seal(DialectId.GEMINI, null, "c2ln", false)));
    assertThat(request.extras().isEmpty()).isTrue();
  }

  @Test
  void aSignatureOnATextIsAReasoningBehindIt() {
    Seal seal = new Seal(DialectId.GEMINI, null, "c2ln", false);
    assertThat(
            parts("{'text':'a','thoughtSignature':'c2ln'},{'text':'','thoughtSignature':'c2ln'}"))
        .containsExactly(
            Content.Text.of("a"),
            new Content.Reasoning("", seal, Extras.NONE),
            new Content.Reasoning("", seal, Extras.NONE));
    assertThat(parts("{'text':'hm','thought':true,'thoughtSignature':'c2ln'}").getFirst())
        .isInstanceOfSatisfying(
            Content.Reasoning.class,
            reasoning -> {
              assertThat(reasoning.text()).isEqualTo("hm");
              assertThat(reasoning.seal()).isEqualTo(seal);
            });
  }

  @Test
  void callsWithoutIdsGetTheSameIdsEveryTimeAndResponsesFindThemByNameAndOrder() {
    String body =
        "{'contents':[{'role':'user','parts':[{'text':'x'}]},"
            + "{'role':'model','parts':[{'functionCall':{'name':'f','args':{'n':1}}},{'functionCall':{'name':'g'}},{'functionCall':{'name':'f'}}]},"
            + "{'role':'user','parts':[{'functionResponse':{'name':'g','response':{'result':'G'}}},"
            + "{'functionResponse':{'name':'f','response':{'result':'F1'}}},{'functionResponse':{'name':'f','response':{'result':'F2'}}}]}]}";
    ChatRequest request = read(body);

    List<String> calls =
        request.messages().get(1).content().stream()
            .map(content -> ((Content.ToolCall) content).id())
            .toList();
    assertThat(calls).doesNotHaveDuplicates().allMatch(CallIds::isInvented);
    assertThat(request.messages().get(2).content())
        .extracting(content -> ((Content.ToolResult) content).callId())
        .containsExactly(calls.get(1), calls.get(0), calls.get(2));
    assertThat(read(body)).isEqualTo(request);
    assertThat(((Content.ToolCall) request.messages().get(1).content().get(1)).arguments())
        .isEqualTo("{}");
  }

  @Test
  void idsOfTheClientAreKeptAndAResponseWithoutOneFindsItsCall() {
    ChatRequest request =
        read(
            "{'contents':[{'role':'model','parts':[{'functionCall':{'id':'a1','name':'f','args':{}}},{'functionCall':{'id':'a2','name':'f','args':{}}}]},"
                + "{'parts':[{'functionResponse':{'id':'a2','name':'f','response':{}}},{'functionResponse':{'name':'f','response':{}}}]}]}");

    assertThat(request.messages().get(1).content())
        .extracting(content -> ((Content.ToolResult) content).callId())
        .containsExactly("a2", "a1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'result':'ok'} | ok | false",
        "{'output':'ok'} | ok | false",
        "{'error':'no'} | no | true",
        "{'temperature':'71'} | {\"temperature\":\"71\"} | false",
        "{'result':{'a':1}} | {\"result\":{\"a\":1}} | false",
        "{} | {} | false"
      })
  void whatAFunctionAnsweredIsText(String response, String text, boolean failed) {
    assertThat(parts("{'functionResponse':{'name':'f','response':" + response + "}}").getFirst())
        .isInstanceOfSatisfying(
            Content.ToolResult.class,
            result -> {
              assertThat(result.content()).containsExactly(Content.Text.of(text));
              assertThat(result.failed()).isEqualTo(failed);
            });
  }

  @Test
  void mediaOfAResponseAreOfTheResult() {
    assertThat(
            parts(
                    "{'functionResponse':{'name':'f','response':{},'parts':[{'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}}]}}")
                .getFirst())
        .isInstanceOfSatisfying(
            Content.ToolResult.class,
            result ->
                assertThat(result.content())
                    .singleElement()
                    .isInstanceOfSatisfying(
                        Content.Media.class,
                        media -> assertThat(media.kind()).isEqualTo(Kind.IMAGE)));
  }

  @Test
  void filesAreWhereTheyAre() {
    List<Content> parts =
        parts(
            "{'inlineData':{'mimeType':'application/pdf','data':'JVBE_-8=','displayName':'a.pdf'}},"
                + "{'inlineData':{'mimeType':'text/plain','data':'SGk='}},"
                + "{'fileData':{'mimeType':'image/png','fileUri':'gs://b/p.png'}},"
                + "{'fileData':{'mimeType':'image/png','fileUri':'https://generativelanguage.googleapis.com/v1beta/files/1'}},"
                + "{'fileData':{'fileUri':'https://www.youtube.com/watch?v=1'}},"
                + "{'fileData':{'mimeType':'image/png','fileUri':'https://example.com/a.png'}}");

    assertThat(parts)
        .extracting(content -> ((Content.Media) content).source())
        .containsExactly(
            new Content.Source.Inline("JVBE/+8="),
            new Content.Source.Words("Hi"),
            new Content.Source.FileId(DialectId.GEMINI, "gs://b/p.png"),
            new Content.Source.FileId(
                DialectId.GEMINI, "https://generativelanguage.googleapis.com/v1beta/files/1"),
            new Content.Source.Url("https://www.youtube.com/watch?v=1"),
            new Content.Source.Url("https://example.com/a.png"));
    assertThat(parts)
        .extracting(content -> ((Content.Media) content).kind())
        .containsExactly(
            Kind.DOCUMENT, Kind.DOCUMENT, Kind.IMAGE, Kind.IMAGE, Kind.VIDEO, Kind.IMAGE);
    assertThat(((Content.Media) parts.getFirst()).name()).isEqualTo("a.pdf");
  }

  @Test
  void partsOfGeminisOwnToolsAndOfToolsToComeArePassedBy() {
    assertThat(
            parts(
                "{'executableCode':{'language':'PYTHON','code':'1'}},{'codeExecutionResult':{'outcome':'OUTCOME_OK'}},{'newThing':{'x':1},'thoughtSignature':'c2ln'}"))
        .extracting(content -> ((Content.Native) content).type())
        .containsExactly("executableCode", "codeExecutionResult", "newThing");
  }

  @Test
  void schemasOfGoogleBecomeJsonSchemas() {
    Tool tool =
        read("{'contents':[],'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':'OBJECT','required':['a'],"
                + "'propertyOrdering':['b','a'],'properties':{'a':{'type':'STRING','nullable':true,'enum':['x'],'format':'enum'},"
                + "'b':{'type':'ARRAY','min_items':'2','items':{'any_of':[{'type':'INTEGER'},{'type':'NUMBER','example':1}]}}}}}]}]}")
            .tools()
            .getFirst();

    assertThat(((Tool.Function) tool).schema())
        .hasToString(
            tree("{'type':'object','required':['a'],'properties':{"
                    + "'b':{'type':'array','minItems':2,'items':{'anyOf':[{'type':'integer'},{'type':'number','examples':[1]}]}},"
                    + "'a':{'type':['string','null'],'enum':['x',null]}}}")
                .toString());
  }

  @Test
  void schemasOfTheWorldStayAsTheyAre() {
    String schema = "{'$schema':'s','type':'object','properties':{'a':{'type':'STRING'}}}";
    Tool tool =
        read("{'contents':[],'tools':[{'functionDeclarations':[{'name':'f','description':'d','behavior':'BLOCKING','parametersJsonSchema':"
                + schema
                + "}]},{'googleSearch':{}},{'urlContext':{}}]}")
            .tools()
            .getFirst();

    assertThat(((Tool.Function) tool).schema()).isEqualTo(tree(schema));
    assertThat(((Tool.Function) tool).extras().fields()).containsOnlyKeys("behavior");
  }

  @Test
  void googlesOwnToolsAreItsOwn() {
    assertThat(read("{'contents':[],'tools':[{'google_search':{}},{'codeExecution':{}}]}").tools())
        .extracting(tool -> ((Tool.Native) tool).type())
        .containsExactly("googleSearch", "codeExecution");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'mode':'AUTO'} | AUTO | false | 0",
        "{'mode':'none'} | NONE | false | 0",
        "{'mode':'ANY'} | REQUIRED | true | 0",
        "{'mode':'ANY','allowedFunctionNames':['f']} | NAMED | true | 1",
        "{'mode':'ANY','allowedFunctionNames':['f','g']} | ALLOWED | true | 2",
        "{'mode':'VALIDATED','allowedFunctionNames':['f','g']} | ALLOWED | false | 2",
        "{'mode':'VALIDATED'} | AUTO | false | 0"
      })
  void choicesOfToolsAreKnown(String config, Mode mode, boolean required, int names) {
    ToolChoice choice =
        read("{'contents':[],'toolConfig':{'functionCallingConfig':" + config + "}}").toolChoice();

    assertThat(choice).isNotNull();
    assertThat(choice.mode()).isEqualTo(mode);
    assertThat(choice.required()).isEqualTo(required);
    assertThat(choice.names()).hasSize(names);
  }

  @Test
  void samplingIsReadWithItsDigits() {
    var sampling =
        read("{'contents':[],'generationConfig':{'temperature':0.70,'topP':1,'topK':40.0,'seed':'7','candidateCount':1,"
                + "'presencePenalty':-0.5,'frequencyPenalty':0.5,'maxOutputTokens':9,'stopSequences':['a','b']}}")
            .sampling();

    assertThat(sampling.temperature()).isEqualByComparingTo(new BigDecimal("0.7"));
    assertThat(sampling.topK()).isEqualTo(40);
    assertThat(sampling.seed()).isEqualTo(7);
    assertThat(sampling.stop()).containsExactly("a", "b");
    assertThatThrownBy(() -> read("{'contents':[],'generationConfig':{'topK':1.5}}"))
        .hasMessage("'generationConfig.topK' must be a whole number.");
    assertThatThrownBy(() -> read("{'contents':[],'generationConfig':{'temperature':'warm'}}"))
        .hasMessage("'generationConfig.temperature' must be a number.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "{'thinkingBudget':0} | OFF | - | - | -",
        "{'thinkingBudget':-1} | ADAPTIVE | - | - | -",
        "{'thinkingBudget':8192,'includeThoughts':true} | ON | - | 8192 | true",
        "{'thinkingLevel':'low'} | - | LOW | - | -",
        "{'includeThoughts':false} | - | - | - | false"
      })
  void thinkingIsABudgetOrALevel(
      String config, Thinking.Mode mode, Effort effort, Integer budget, Boolean shown) {
    Thinking thinking =
        read("{'contents':[],'generationConfig':{'thinkingConfig':" + config + "}}").thinking();

    assertThat(thinking).isEqualTo(new Thinking(mode, effort, budget, shown, Extras.NONE));
  }

  @Test
  void theFormOfTheAnswerIsKnownHoweverItIsAskedFor() {
    String json = "'responseMimeType':'application/json'";
    assertThat(format(json)).isEqualTo(new OutputFormat.JsonObject());
    assertThat(format("'responseMimeType':'text/plain'")).isNull();
    assertThat(schema(json + ",'responseSchema':{'type':'STRING'}"))
        .isEqualTo(tree("{'type':'string'}"));
    assertThat(schema(json + ",'responseJsonSchema':{'type':'string'}"))
        .isEqualTo(tree("{'type':'string'}"));
    assertThat(
            schema(
                "'responseFormat':{'text':{'mimeType':'APPLICATION_JSON','schema':{'type':'string'}}}"))
        .isEqualTo(tree("{'type':'string'}"));
  }

  private static @Nullable OutputFormat format(String config) {
    return read("{'contents':[],'generationConfig':{" + config + "}}").outputFormat();
  }

  private static JsonNode schema(String config) {
    return ((OutputFormat.JsonSchema) Objects.requireNonNull(format(config))).schema();
  }

  @Test
  void whatTheHubHasNoNounForIsKept() {
    ChatRequest request =
        read(
            "{'contents':[{'parts':[{'fileData':{'fileUri':'gs://a'},'video_metadata':{'fps':2}}]}],'labels':{'a':'b'},"
                + "'cachedContent':'cachedContents/1','safetySettings':[{'category':'C','threshold':'BLOCK_ONLY_HIGH'}],"
                + "'generationConfig':{'responseModalities':['TEXT','IMAGE'],'responseLogprobs':true,'mediaResolution':'LOW'},"
                + "'toolConfig':{'retrievalConfig':{}},'somethingNew':1}");

    assertThat(request.extras().dialect()).isEqualTo(DialectId.GEMINI);
    assertThat(request.extras().fields())
        .containsOnlyKeys(
            "labels",
            "cachedContent",
            "safetySettings",
            "generationConfig.responseModalities",
            "generationConfig.responseLogprobs",
            "generationConfig.mediaResolution",
            "toolConfig.retrievalConfig",
            "somethingNew");
    assertThat(request.messages().getFirst().content().getFirst().extras().fields())
        .containsOnlyKeys("videoMetadata");
  }

  @Test
  void whatOnlySaysTheDefaultIsNoExtra() {
    assertThat(
            read("{'contents':[],'serviceTier':'unspecified','safetySettings':[],"
                    + "'generationConfig':{'responseModalities':['TEXT'],'responseLogprobs':false,'seed':null}}")
                .extras()
                .isEmpty())
        .isTrue();
    assertThat(read("{'contents':[],'serviceTier':'standard'}").serviceTier()).isEqualTo("default");
  }

  @Test
  void filtersThatAreTurnedOffAreAnotherLossThanFiltersThatAreSet() {
    ChatRequest off =
        read("{'contents':[],'safetySettings':[{'category':'C','threshold':'BLOCK_NONE'}]}");

    assertThat(off.extras().fields()).containsOnlyKeys("safetySettings[BLOCK_NONE]");
    assertThat(Chats.write(off, Chats.OLD).path("safetySettings"))
        .isEqualTo(tree("[{'category':'C','threshold':'BLOCK_NONE'}]"));
    assertThat(Chats.TABLE.of(DialectId.GEMINI, "safetySettings[BLOCK_NONE]"))
        .isNotEqualTo(Chats.TABLE.unknown());
  }

  @Test
  void whatIsNoRequestIsRefusedByTheNameOfTheField() {
    assertThatThrownBy(() -> read("{}")).hasMessageContaining("'contents'");
    assertThatThrownBy(() -> read("{'contents':['x']}")).hasMessageContaining("'contents[]'");
    assertThatThrownBy(() -> read("{'contents':[],'tools':[{'functionDeclarations':[{}]}]}"))
        .hasMessageContaining("functionDeclarations[].name");
    assertThatThrownBy(() ->
            read("{'contents':[],'generationConfig':{'thinkingConfig':{'thinkingLevel':'x'}}}"))
        .hasMessageContaining("thinkingLevel");
    assertThatThrownBy(
            () -> read("{'contents':[],'toolConfig':{'functionCallingConfig':{'mode':'x'}}}"))
        .hasMessageContaining("functionCallingConfig.mode");
  }
}
