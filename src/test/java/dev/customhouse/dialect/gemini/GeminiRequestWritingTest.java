package dev.customhouse.dialect.gemini;

import static dev.customhouse.dialect.gemini.Chats.NEW;
import static dev.customhouse.dialect.gemini.Chats.OLD;
import static dev.customhouse.dialect.gemini.Chats.dropped;
import static dev.customhouse.dialect.gemini.Chats.tree;
import static dev.customhouse.dialect.gemini.Chats.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media.Kind;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.canonical.chat.ToolChoice.Mode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Written;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests of any client, as Gemini gets them. */
class GeminiRequestWritingTest {
  private static final Message HELLO = Message.of(Role.USER, Content.Text.of("Hello"));
  private static final String PNG = "iVBORw0KGgoAAAANSUhEUg==";

  private static ChatRequest.Builder ask(Message... messages) {
    return ChatRequest.builder("asked").messages(List.of(messages));
  }

  private static JsonNode contents(String model, Message... messages) {
    return write(ask(messages).build(), model).path("contents");
  }

  private static Tool function(String name) {
    return new Tool.Function(
        name,
        null,
        "Does it.",
        tree("{'$schema':'s','type':'object','properties':{}}"),
        null,
        false,
        Extras.NONE);
  }

  private static Seal seal(String maker) {
    return new Seal(DialectId.GEMINI, maker, "c2ln", false);
  }

  private static Content.ToolCall call(String id, @Nullable Seal seal) {
    return new Content.ToolCall(id, "f", null, false, "{\"n\":1}", seal, Extras.NONE);
  }

  @Test
  void theModelIsInThePathAndAStreamIsAskedForAsEvents() {
    Losses losses = Chats.losses(OLD, OnUnsupported.LISTED);
    Written whole = Chats.written(ask(HELLO).build(), "tuned models/a", losses);
    Written stream = Chats.written(ask(HELLO).stream(true).build(), OLD, losses);

    assertThat(whole.path()).isEqualTo("/v1beta/models/tuned%20models/a:generateContent");
    assertThat(whole.query()).isNull();
    assertThat(stream.path()).isEqualTo("/v1beta/models/gemini-2.5-flash:streamGenerateContent");
    assertThat(stream.query()).isEqualTo("alt=sse");
    assertThat(new String(whole.body(), UTF_8))
        .isEqualTo("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Hello\"}]}]}");
  }

  @Test
  void instructionsStandApartAndTurnsAlternate() {
    JsonNode body =
        write(
            ask(
                    Message.of(Role.SYSTEM, Content.Text.of("A")),
                    Message.of(Role.DEVELOPER, Content.Text.of("B")),
                    HELLO,
                    Message.of(Role.USER, Content.Text.of("again")),
                    Message.of(Role.ASSISTANT, Content.Text.of("")),
                    Message.of(Role.SYSTEM, Content.Text.of("late")))
                .build(),
            OLD);

    assertThat(body)
        .isEqualTo(
            tree(
                "{'systemInstruction':{'parts':[{'text':'A'},{'text':'B'}]},'contents':[{'role':'user','parts':"
                    + "[{'text':'Hello'},{'text':'again'},{'text':'<system>\\nlate\\n</system>'}]}]}"));
  }

  @Test
  void instructionsAloneAreATurnOfTheUser() {
    assertThat(write(ask(Message.of(Role.SYSTEM, Content.Text.of("A"))).build(), OLD))
        .isEqualTo(tree("{'contents':[{'role':'user','parts':[{'text':'A'}]}]}"));
  }

  @Test
  void toolsStandInOneListWithPlainSchemas() {
    JsonNode body =
        write(
            ask(HELLO)
                .tools(List.of(function("f"), function("g")))
                .toolChoice(ToolChoice.of(Mode.AUTO))
                .build(),
            OLD);

    assertThat(body.path("tools"))
        .isEqualTo(
            tree(
                "[{'functionDeclarations':[{'name':'f','description':'Does it.','parametersJsonSchema':{'type':'object','properties':{}}},"
                    + "{'name':'g','description':'Does it.','parametersJsonSchema':{'type':'object','properties':{}}}]}]"));
    assertThat(body.path("toolConfig"))
        .isEqualTo(tree("{'functionCallingConfig':{'mode':'AUTO'}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NONE | false | {'mode':'NONE'}",
        "REQUIRED | true | {'mode':'ANY'}",
        "NAMED | true | {'mode':'ANY','allowedFunctionNames':['f']}",
        "ALLOWED | true | {'mode':'ANY','allowedFunctionNames':['f']}",
        "ALLOWED | false | {'mode':'VALIDATED','allowedFunctionNames':['f']}"
      })
  void choicesAreModes(Mode mode, boolean required, String config) {
    ToolChoice choice =
        mode == Mode.NAMED || mode == Mode.ALLOWED
            ? new ToolChoice(mode, List.of("f"), required)
            : ToolChoice.of(mode);
    ChatRequest.Builder request = ask(HELLO).toolChoice(choice);

    assertThat(
            write(request.tools(List.of(function("f"))).build(), OLD)
                .at("/toolConfig/functionCallingConfig"))
        .isEqualTo(tree(config));
    assertThat(write(request.tools(List.of()).build(), OLD).has("toolConfig"))
        .as("a choice among nothing")
        .isFalse();
  }

  @Test
  void whatToolsLoseIsTold() {
    Tool strict =
        new Tool.Function(
            "f", null, null, null, true, true, Extras.NONE.with(new Extras.CacheMark(null)));
    Tool search =
        new Tool.Native(
            DialectId.ANTHROPIC_MESSAGES, "web_search_20250305", "web_search", tree("{}"));
    Tool computer =
        new Tool.Native(DialectId.ANTHROPIC_MESSAGES, "bash_20250124", "bash", tree("{}"));
    Tool own =
        new Tool.Native(
            DialectId.GEMINI, "googleSearch", "googleSearch", tree("{'googleSearch':{}}"));

    assertThat(
            dropped(
                ask(HELLO)
                    .tools(List.of(strict, search, computer, own))
                    .parallelToolCalls(false)
                    .build(),
                OLD))
        .hasSize(5);
    assertThatThrownBy(() -> write(ask(HELLO).tools(List.of(computer)).build(), OLD))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("bash_20250124");
    assertThat(write(ask(HELLO).tools(List.of(own)).build(), OLD).path("tools"))
        .isEqualTo(tree("[{'googleSearch':{}}]"));
  }

  @Test
  void resultsFollowTheirCallsWithTheirNames() {
    JsonNode contents =
        contents(
            OLD,
            HELLO,
            Message.of(Role.ASSISTANT, call("call_a", null), call(CallIds.of("r", 0), null)),
            Message.of(
                Role.USER,
                new Content.ToolResult(
                    CallIds.of("r", 0),
                    null,
                    List.of(Content.Text.of("{\"a\": 1}")),
                    false,
                    Extras.NONE)),
            Message.of(
                Role.USER,
                new Content.ToolResult(
                    "call_a", null, List.of(Content.Text.of("{broken")), true, Extras.NONE),
                Content.Text.of("and?")));

    assertThat(contents.path(1))
        .isEqualTo(
            tree(
                "{'role':'model','parts':[{'functionCall':{'id':'call_a','name':'f','args':{'n':1}}},{'functionCall':{'name':'f','args':{'n':1}}}]}"));
    assertThat(contents.path(2))
        .isEqualTo(
            tree(
                "{'role':'user','parts':[{'functionResponse':{'id':'call_a','name':'f','response':{'error':'{broken'}}},"
                    + "{'functionResponse':{'name':'f','response':{'a':1}}},{'text':'and?'}]}"));
  }

  @Test
  void argumentsThatAreNoObjectStillReachTheModel() {
    assertThat(
            contents(OLD, Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "f", "{\"n\":")))
                .at("/0/parts/0/functionCall/args"))
        .isEqualTo(Json.object().put("input", "{\"n\":"));
    assertThat(
            contents(OLD, Message.of(Role.ASSISTANT, Content.ToolCall.of("a", "f", "")))
                .at("/0/parts/0/functionCall/args"))
        .isEqualTo(tree("{}"));
  }

  @Test
  void mediaOfResultsStandInThemWhereTheModelKnowsThatAndBehindThemElsewhere() {
    Content.Media picture =
        new Content.Media(Kind.IMAGE, new Content.Source.Inline(PNG), null, null, Extras.NONE);
    Message result =
        Message.of(
            Role.USER,
            new Content.ToolResult("a", "f", List.of(picture), false, Extras.NONE),
            Content.Text.of("?"));
    String inline = "{'inlineData':{'mimeType':'image/png','data':'" + PNG + "'}}";

    assertThat(contents(NEW, result).path(0).path("parts"))
        .isEqualTo(
            tree(
                "[{'functionResponse':{'id':'a','name':'f','response':{},'parts':["
                    + inline
                    + "]}},{'text':'?'}]"));
    assertThat(contents(OLD, result).path(0).path("parts"))
        .isEqualTo(
            tree(
                "[{'functionResponse':{'id':'a','name':'f','response':{'result':'What the tool answered follows.'}}},"
                    + inline
                    + ",{'text':'?'}]"));
  }

  @Test
  void mediaHaveTheTypeOfTheirBytes() {
    Content.Media wrong =
        new Content.Media(
            Kind.IMAGE, new Content.Source.Inline(PNG), "image/webp", "a.webp", Extras.NONE);
    Content.Media words =
        new Content.Media(
            Kind.DOCUMENT, new Content.Source.Words("Hi"), "text/plain", "a.txt", Extras.NONE);
    Content.Media film =
        new Content.Media(
            Kind.VIDEO, new Content.Source.Url("https://youtu.be/1"), null, null, Extras.NONE);

    assertThat(contents(OLD, Message.of(Role.USER, wrong, words, film)).at("/0/parts"))
        .isEqualTo(
            tree(
                "[{'inlineData':{'mimeType':'image/png','data':'"
                    + PNG
                    + "'}},{'text':'a.txt:\\nHi'},{'fileData':{'fileUri':'https://youtu.be/1'}}]"));
  }

  @Test
  void addressesAndFilesThatGoogleCannotReadAreLost() {
    List<Content> media = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      media.add(
          new Content.Media(
              kind, new Content.Source.Url("https://example.com/a"), null, null, Extras.NONE));
    }
    media.add(
        new Content.Media(
            Kind.DOCUMENT,
            new Content.Source.FileId(DialectId.OPENAI_CHAT, "file-1"),
            null,
            null,
            Extras.NONE));
    for (Content each : media) {
      ChatRequest request = ask(HELLO, Message.of(Role.USER, each)).build();

      assertThat(dropped(request, OLD)).hasSize(1);
      assertThatThrownBy(() -> write(request, OLD)).isInstanceOf(Refusal.class);
    }
  }

  @Test
  void signaturesGoBackOnTheVeryPartTheyCameOn() {
    Seal own = seal("google/" + NEW);
    JsonNode parts =
        contents(
                NEW,
                Message.of(
                    Role.ASSISTANT,
                    new Content.Reasoning("hm", own, Extras.NONE),
                    Content.Text.of("a"),
                    new Content.Reasoning("", own, Extras.NONE),
                    call("c1", own),
                    call("c2", null)))
            .at("/0/parts");

    assertThat(parts)
        .isEqualTo(
            tree(
                "[{'text':'hm','thought':true,'thoughtSignature':'c2ln'},{'text':'a','thoughtSignature':'c2ln'},"
                    + "{'functionCall':{'id':'c1','name':'f','args':{'n':1}},'thoughtSignature':'c2ln'},"
                    + "{'functionCall':{'id':'c2','name':'f','args':{'n':1}}}]"));
  }

  @Test
  void aSealThatStandsBeforeItsCallFindsIt() {
    Seal own = seal("google/" + NEW);
    Message turn =
        Message.of(
            Role.ASSISTANT,
            Content.Text.of("a"),
            new Content.Reasoning("", own, Extras.NONE),
            call("c1", null));

    assertThat(contents(NEW, turn).at("/0/parts"))
        .isEqualTo(
            tree(
                "[{'text':'a'},{'functionCall':{'id':'c1','name':'f','args':{'n':1}},'thoughtSignature':'c2ln'}]"));
  }

  @Test
  void callsThatWereMadeElsewhereCarryGooglesWordForThatFromGemini3On() {
    Message turn =
        Message.of(
            Role.ASSISTANT,
            new Content.Reasoning(
                "hm", new Seal(DialectId.ANTHROPIC_MESSAGES, "a/b", "x", false), Extras.NONE),
            call("c1", seal("google/gemini-2.5-pro")),
            call("c2", null));
    ChatRequest request = ask(HELLO, turn, HELLO).build();

    assertThat(write(request, NEW).at("/contents/1/parts"))
        .isEqualTo(
            tree(
                "[{'functionCall':{'id':'c1','name':'f','args':{'n':1}},'thoughtSignature':'skip_thought_signature_validator'},"
                    + "{'functionCall':{'id':'c2','name':'f','args':{'n':1}}}]"));
    assertThat(write(request, OLD).at("/contents/1/parts/0").has("thoughtSignature")).isFalse();
    assertThat(dropped(request, NEW)).hasSize(2);
  }

  @Test
  void whatWasSentOnceIsSentTheSameWayInTheNextTurn() {
    Message turn = Message.of(Role.ASSISTANT, call("c1", null));
    Message result =
        Message.of(
            Role.USER,
            new Content.ToolResult("c1", "f", List.of(Content.Text.of("1")), false, Extras.NONE));
    JsonNode first = contents(NEW, HELLO, turn, result);
    JsonNode second =
        contents(
            NEW, HELLO, turn, result, Message.of(Role.ASSISTANT, Content.Text.of("1.")), HELLO);

    for (int i = 0; i < first.size(); i++) {
      assertThat(second.path(i)).isEqualTo(first.path(i));
    }
  }

  @Test
  void marksOfCachesAndBlocksOfOthersAreLost() {
    Message message =
        new Message(
            Role.USER,
            List.of(
                new Content.Text("a", List.of(), Extras.NONE.with(new Extras.CacheMark("1h"))),
                new Content.Native(DialectId.OPENAI_RESPONSES, "web_search_call", tree("{}"))),
            Extras.NONE);

    assertThat(dropped(ask(message).endUser("u").cacheKey("k").serviceTier("scale").build(), OLD))
        .hasSize(5);
  }

  @ParameterizedTest
  @CsvSource({"default,standard", "flex,flex", "priority,priority"})
  void tiersThatGoogleSellsAreAskedFor(String tier, String written) {
    assertThat(write(ask(HELLO).serviceTier(tier).build(), OLD).path("serviceTier").asText())
        .isEqualTo(written);
    assertThat(write(ask(HELLO).serviceTier("auto").build(), OLD).has("serviceTier")).isFalse();
  }

  @Test
  void samplingIsWritten() {
    Sampling sampling =
        new Sampling(
            new BigDecimal("0.5"),
            BigDecimal.ONE,
            40,
            BigDecimal.ONE,
            BigDecimal.ONE,
            7L,
            100,
            List.of("a"),
            1);

    assertThat(write(ask(HELLO).sampling(sampling).build(), OLD).path("generationConfig"))
        .isEqualTo(
            tree(
                "{'temperature':0.5,'topP':1,'topK':40,'frequencyPenalty':1,'presencePenalty':1,'seed':7,"
                    + "'maxOutputTokens':100,'stopSequences':['a'],'candidateCount':1}"));
  }

  @Test
  void moreStopsThanFiveAndMoreAnswersThanOneAreRefused() {
    Sampling stops =
        new Sampling(
            null, null, null, null, null, null, null, List.of("1", "2", "3", "4", "5", "6"), null);
    Sampling answers = new Sampling(null, null, null, null, null, null, null, List.of(), 2);

    for (Sampling each : List.of(stops, answers)) {
      ChatRequest request = ask(HELLO).sampling(each).build();
      assertThatThrownBy(() -> write(request, OLD)).isInstanceOf(Refusal.class);
      assertThat(dropped(request, OLD)).hasSize(1);
    }
  }

  @Test
  void theFormOfTheAnswerIsASchema() {
    OutputFormat schema =
        new OutputFormat.JsonSchema(
            "n", "What it is.", tree("{'$schema':'s','type':'object'}"), true, Extras.NONE);

    assertThat(write(ask(HELLO).outputFormat(schema).build(), OLD).path("generationConfig"))
        .isEqualTo(
            tree(
                "{'responseMimeType':'application/json','responseJsonSchema':{'type':'object','description':'What it is.'}}"));
    assertThat(
            write(ask(HELLO).outputFormat(new OutputFormat.JsonObject()).build(), OLD)
                .path("generationConfig"))
        .isEqualTo(tree("{'responseMimeType':'application/json'}"));
  }

  @Test
  void aModelThatCannotBeHeldToAFormBesideFunctionsIsToldIt() {
    ChatRequest request =
        ask(HELLO)
            .tools(List.of(function("f")))
            .outputFormat(
                new OutputFormat.JsonSchema(
                    null, null, tree("{'type':'object'}"), null, Extras.NONE))
            .build();
    JsonNode old = write(request, OLD);

    assertThat(old.has("generationConfig")).isFalse();
    assertThat(old.at("/systemInstruction/parts/0/text").asText())
        .endsWith("JSON Schema:\n{\"type\":\"object\"}");
    assertThat(write(request, NEW).at("/generationConfig/responseJsonSchema"))
        .isEqualTo(tree("{'type':'object'}"));
    assertThat(write(request, NEW).has("systemInstruction")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "gemini-2.5-flash | OFF | - | - | true | {'thinkingBudget':0} | 0",
        "gemini-2.5-flash | - | NONE | - | - | {'thinkingBudget':0} | 0",
        "gemini-2.5-pro | OFF | - | - | - | {'thinkingBudget':128} | 1",
        "gemini-2.5-flash-lite | ON | - | 100 | true | {'thinkingBudget':512,'includeThoughts':true} | 0",
        "gemini-2.5-pro | ON | - | 50000 | - | {'thinkingBudget':32768} | 0",
        "gemini-2.5-flash | - | LOW | - | - | {'thinkingBudget':1024} | 0",
        "gemini-2.5-flash | - | MEDIUM | - | - | {'thinkingBudget':8192} | 0",
        "gemini-2.5-flash | ADAPTIVE | HIGH | - | - | {'thinkingBudget':24576} | 0",
        "gemini-2.5-pro | - | MAX | - | - | {'thinkingBudget':32768} | 0",
        "gemini-2.5-flash | ADAPTIVE | - | - | true | {'thinkingBudget':-1,'includeThoughts':true} | 0",
        "gemini-3-flash-preview | OFF | - | - | - | {'thinkingLevel':'MINIMAL'} | 1",
        "gemini-3-flash-preview | - | MEDIUM | - | true | {'thinkingLevel':'MEDIUM','includeThoughts':true} | 0",
        "gemini-3-flash-preview | - | MAX | - | false | {'thinkingLevel':'HIGH','includeThoughts':false} | 0",
        "gemini-3-pro-preview | - | MEDIUM | - | - | {'thinkingLevel':'LOW'} | 0",
        "gemini-3.1-pro-preview | - | MEDIUM | - | - | {'thinkingLevel':'MEDIUM'} | 0",
        "gemini-3.5-flash | ON | - | 31999 | - | {'thinkingLevel':'HIGH'} | 0",
        "gemini-3.5-flash | ON | - | 2000 | - | {'thinkingLevel':'LOW'} | 0",
        "gemini-3.5-flash | ADAPTIVE | - | - | true | {'includeThoughts':true} | 0",
        "gemini-2.0-flash | - | HIGH | - | true | - | 1",
        "gemini-2.0-flash | OFF | - | - | - | - | 0"
      })
  void thinkingIsWrittenAsTheModelKnowsIt(
      String model,
      Thinking.Mode mode,
      Effort effort,
      Integer budget,
      Boolean shown,
      String config,
      int lost) {
    ChatRequest request =
        ask(HELLO).thinking(new Thinking(mode, effort, budget, shown, Extras.NONE)).build();
    JsonNode written = write(request, model).at("/generationConfig/thinkingConfig");

    if (config == null) {
      assertThat(written.isMissingNode()).isTrue();
    } else {
      assertThat(written).isEqualTo(tree(config));
    }
    assertThat(dropped(request, model)).hasSize(lost);
  }

  @Test
  void theSameRequestIsAlwaysTheSameBytes() {
    ChatRequest request =
        ask(HELLO, Message.of(Role.ASSISTANT, call("c1", null)))
            .tools(List.of(function("f"), function("g")))
            .build();

    assertThat(write(request, NEW).toString()).isEqualTo(write(request, NEW).toString());
  }
}
