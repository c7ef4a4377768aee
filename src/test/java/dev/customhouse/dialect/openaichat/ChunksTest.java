package dev.customhouse.dialect.openaichat;

import static dev.customhouse.dialect.openaichat.Wire.asking;
import static dev.customhouse.dialect.openaichat.Wire.chunks;
import static dev.customhouse.dialect.openaichat.Wire.delta;
import static dev.customhouse.dialect.openaichat.Wire.finish;
import static dev.customhouse.dialect.openaichat.Wire.gathered;
import static dev.customhouse.dialect.openaichat.Wire.json;
import static dev.customhouse.dialect.openaichat.Wire.parts;
import static dev.customhouse.dialect.openaichat.Wire.reply;
import static dev.customhouse.dialect.openaichat.Wire.streamed;
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
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.PartWriter;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams, read from providers and written for clients. */
class ChunksTest {
  private static final String DONE = "[DONE]";
  private static final String USAGE =
      "{'id':'c-1','choices':[],'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5}}";

  private static List<Content> content(String... chunks) {
    return gathered(parts(chunks)).content();
  }

  @Test
  void aStreamIsToldInTheHubsOrder() {
    assertThat(
            parts(
                ": hello",
                delta("{'role':'assistant','content':''}"),
                delta("{'content':'Hi'}"),
                finish("'stop'"),
                USAGE,
                DONE))
        .containsExactly(
            new StreamPart.Alive(),
            new StreamPart.Begun("c-1", "model-1", null),
            new StreamPart.BlockBegun(0, Content.Text.of("")),
            new StreamPart.Delta(0, "Hi"),
            new StreamPart.Counted(Usage.of(3, 2)),
            new StreamPart.BlockEnded(0),
            new StreamPart.Finished(FinishReason.STOP, null, Extras.NONE),
            new StreamPart.Ended());
  }

  @ParameterizedTest
  @ValueSource(strings = {"'choices':[],", "'choices':null,", ""})
  void chunksWithoutChoicesAreTaken(String choices) {
    ChatAnswer answer =
        gathered(
            parts(
                "{'id':'','model':''," + choices + "'object':'','prompt_filter_results':[]}",
                delta("{'content':'Hi'}"),
                finish("'stop'"),
                "{" + choices + "'usage':{'prompt_tokens':3,'completion_tokens':2}}",
                DONE));

    assertThat(answer.id()).isEqualTo("c-1");
    assertThat(answer.usage()).isEqualTo(Usage.of(3, 2));
    assertThat(answer.content()).containsExactly(Content.Text.of("Hi"));
  }

  @Test
  void aCallKeepsTheIdAndNameItBeganWith() {
    assertThat(
            content(
                delta(
                    "{'tool_calls':[{'index':0,'id':'a','type':'function',"
                        + "'function':{'name':'f','arguments':''}}]}"),
                delta(
                    "{'tool_calls':[{'index':0,'id':'','function':{'arguments':'{\\'x'}}]}"
                        .replace("\\'", "\\\"")),
                delta(
                    "{'tool_calls':[{'index':0,'function':{'name':null,'arguments':'\\':1}'}}]}"
                        .replace("\\'", "\\\"")),
                finish("'tool_calls'"),
                DONE))
        .containsExactly(Content.ToolCall.of("a", "f", "{\"x\":1}"));
  }

  @Test
  void callsAreToldApartWithoutIndexAndWithOneThatIsUsedAgain() {
    for (String index : List.of("", "'index':0,")) {
      assertThat(
              content(
                  delta(
                      "{'tool_calls':[{%s'id':'a','function':{'name':'f','arguments':'{}'}}]}"
                          .formatted(index)),
                  delta(
                      "{'tool_calls':[{%s'id':'b','function':{'name':'g','arguments':'{'}}]}"
                          .formatted(index)),
                  delta("{'tool_calls':[{%s'function':{'arguments':'}'}}]}".formatted(index)),
                  finish("'tool_calls'"),
                  DONE))
          .as("index %s", index)
          .containsExactly(
              Content.ToolCall.of("a", "f", "{}"), Content.ToolCall.of("b", "g", "{}"));
    }
  }

  @Test
  void callsMayGrowInTurns() {
    assertThat(
            content(
                delta(
                    "{'content':'Both.','tool_calls':["
                        + "{'index':0,'id':'a','function':{'name':'f'}},"
                        + "{'index':1,'id':'b','function':{'name':'g'}}]}"),
                delta("{'tool_calls':[{'index':0,'function':{'arguments':'{'}}]}"),
                delta("{'tool_calls':[{'index':1,'function':{'arguments':'{'}}]}"),
                delta("{'tool_calls':[{'index':0,'function':{'arguments':'}'}}]}"),
                delta("{'tool_calls':[{'index':1,'function':{'arguments':'}'}}]}"),
                finish("'tool_calls'"),
                DONE))
        .containsExactly(
            Content.Text.of("Both."),
            Content.ToolCall.of("a", "f", "{}"),
            Content.ToolCall.of("b", "g", "{}"));
  }

  @Test
  void functionsOfOldAndArgumentsThatAreObjectsAreCalls() {
    assertThat(
            content(
                delta("{'function_call':{'name':'f','arguments':'{'}}"),
                delta("{'function_call':{'arguments':'}'}}"),
                finish("'function_call'"),
                DONE))
        .containsExactly(Content.ToolCall.of("call_c1_0", "f", "{}"));
    assertThat(
            content(
                delta("{'tool_calls':[{'function':{'name':'f','arguments':{'x':1}}}]}"),
                finish("'stop'"),
                DONE))
        .containsExactly(Content.ToolCall.of("call_c1_0", "f", "{\"x\":1}"));
  }

  @Test
  void noArgumentsAreAnEmptyObjectOnlyWhenTheCallIsWhole() {
    String call = delta("{'tool_calls':[{'index':0,'id':'a','function':{'name':'f'}}]}");

    assertThat(content(call, finish("'tool_calls'"), DONE))
        .containsExactly(Content.ToolCall.of("a", "f", "{}"));
    assertThat(content(call, finish("'length'"), DONE))
        .containsExactly(Content.ToolCall.of("a", "f", ""));
    assertThat(content(call)).containsExactly(Content.ToolCall.of("a", "f", ""));
  }

  @Test
  void aModelThatCallsHasNotStopped() {
    assertThat(
            gathered(
                    parts(
                        delta("{'tool_calls':[{'index':0,'id':'a','function':{'name':'f'}}]}"),
                        finish("'stop'"),
                        DONE))
                .finish())
        .isEqualTo(FinishReason.TOOL_CALLS);
  }

  @Test
  void reasoningComesUnderSeveralNamesAndBetweenWords() {
    Seal made = AnswerReader.maker(Wire.MAKER);
    assertThat(
            content(
                delta("{'reasoning_content':'a','content':''}"),
                delta("{'reasoning':'b','content':null}"),
                delta(
                    "{'reasoning':'c','reasoning_details':[{'type':'reasoning.text','text':'c'}]}"),
                delta("{'content':'x'}"),
                delta("{'content':[{'type':'thinking','thinking':[{'text':'d'}]}]}"),
                finish("'stop'"),
                DONE))
        .containsExactly(
            new Content.Reasoning("abc", made, Extras.NONE),
            Content.Text.of("x"),
            new Content.Reasoning("d", made, Extras.NONE));
  }

  @Test
  void signedReasoningOfOthersIsPutTogetherFromItsPieces() {
    Content first =
        content(
                delta(
                    "{'reasoning':'a','reasoning_details':[{'type':'reasoning.text','text':'a',"
                        + "'signature':'','format':'f','index':0}]}"),
                delta(
                    "{'reasoning':'b','reasoning_details':[{'type':'reasoning.text','text':'b',"
                        + "'signature':'sig','index':0}]}"),
                delta("{'content':'x'}"),
                finish("'stop'"),
                DONE)
            .getFirst();

    assertThat(first)
        .isEqualTo(
            new Content.Reasoning(
                "ab",
                new Seal(
                    DialectId.OPENAI_CHAT,
                    Wire.MAKER,
                    "[{\"type\":\"reasoning.text\",\"text\":\"ab\",\"signature\":\"sig\","
                        + "\"format\":\"f\",\"index\":0}]",
                    false),
                Extras.NONE));
  }

  @Test
  void aStreamThatEndsWithNeitherReasonNorDoneIsNotWhole() {
    assertThat(parts(delta("{'content':'x'}")))
        .endsWith(new StreamPart.BlockEnded(0))
        .noneMatch(StreamPart.Ended.class::isInstance);
    assertThat(parts(delta("{'content':'x'}"), DONE))
        .endsWith(
            new StreamPart.Finished(FinishReason.STOP, null, Extras.NONE), new StreamPart.Ended());
    assertThat(parts(delta("{'content':'x'}"), finish("'length'")))
        .endsWith(
            new StreamPart.Finished(FinishReason.LENGTH, null, Extras.NONE),
            new StreamPart.Ended());
  }

  @Test
  void contentBehindTheFinishReasonIsNotLost() {
    assertThat(content(delta("{'content':'a'}"), finish("'stop'"), delta("{'content':'b'}"), DONE))
        .containsExactly(Content.Text.of("ab"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'Too much.','code':'rate_limit_exceeded'}}",
        "event: error\ndata: {'error':{'message':'Too much.','type':'rate_limit_error'}}",
        "{'choices':[{'index':0,'delta':{'content':''},'finish_reason':null}],"
            + "'error':{'message':'Too much.','code':429}}"
      })
  void anErrorBreaksTheStreamOff(String error) {
    assertThat(parts(delta("{'content':'x'}"), error, DONE))
        .endsWith(new StreamPart.Broken(ErrorKind.RATE_LIMITED, "Too much."));
  }

  @Test
  void otherChoicesAreNotMixedIn() {
    assertThat(
            content(
                "{'id':'c','choices':[{'index':1,'delta':{'content':'no'}},"
                    + "{'index':0,'delta':{'content':'yes'}}]}",
                DONE))
        .containsExactly(Content.Text.of("yes"));
  }

  @Test
  void sourcesAreToldOnceThoughTheyAreRepeated() {
    Citation source = new Citation("https://a", null, null, null, null, Extras.NONE);
    String chunk =
        "{'id':'c','citations':['https://a'],'choices':[{'index':0,'delta':{'content':'x'}}]}";

    assertThat(content(chunk, chunk, finish("'stop'"), DONE))
        .containsExactly(new Content.Text("xx", List.of(source), Extras.NONE));
  }

  @Test
  void speechIsPutTogether() {
    assertThat(
            content(
                delta("{'audio':{'id':'au','transcript':'Hel'}}"),
                delta("{'audio':{'data':'AA','transcript':'lo'}}"),
                delta("{'audio':{'data':'BB'}}"),
                delta("{'audio':{'expires_at':9}}"),
                DONE))
        .containsExactly(
            new Media(
                Media.Kind.AUDIO,
                new Source.Inline("AABB"),
                null,
                null,
                Extras.of(
                    DialectId.OPENAI_CHAT,
                    Map.of(
                        "id", json("'au'"),
                        "transcript", json("'Hello'"),
                        "expires_at", json("9")))));
  }

  private static ChatAnswer answer(Content... content) {
    return new ChatAnswer(
        null,
        "model-1",
        List.of(content),
        FinishReason.STOP,
        null,
        new Usage(3, 2, 1L, null, null, false),
        Extras.NONE);
  }

  @Test
  void aStreamIsWrittenAsOpenAiWritesIt() {
    String head =
        "data: {\"id\":\"chatcmpl-req_1\",\"object\":\"chat.completion.chunk\","
            + "\"created\":1700000000,\"model\":\"alias\",\"choices\":[";
    String stream = streamed(answer(Content.Text.of("Hi")), reply());

    assertThat(stream)
        .isEqualTo(
            head
                + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
                + "\"finish_reason\":null}]}\n\n"
                + head
                + "{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n"
                + head
                + "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + head
                + "],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":1}}}\n\n"
                + "data: [DONE]\n\n");
    assertThat(streamed(answer(Content.Text.of("Hi")), reply(false, asking(""))))
        .doesNotContain("usage")
        .endsWith("data: [DONE]\n\n");
  }

  @Test
  void eachCallHasItsIndexAndTellsItsNameOnce() {
    String stream =
        streamed(
            List.of(
                new StreamPart.Begun("x", null, null),
                new StreamPart.BlockBegun(0, Content.ToolCall.of("a", "f", "")),
                new StreamPart.BlockBegun(1, Content.ToolCall.of("b", "g", "")),
                new StreamPart.Delta(1, "{}"),
                new StreamPart.BlockEnded(1),
                new StreamPart.BlockEnded(0),
                new StreamPart.Finished(FinishReason.TOOL_CALLS, null, Extras.NONE),
                new StreamPart.Ended()),
            reply());

    assertThat(chunks(stream))
        .extracting(chunk -> chunk.at("/choices/0/delta"))
        .containsExactly(
            json("{'role':'assistant','content':''}"),
            json(
                "{'tool_calls':[{'index':0,'id':'a','type':'function',"
                    + "'function':{'name':'f','arguments':''}}]}"),
            json(
                "{'tool_calls':[{'index':1,'id':'b','type':'function',"
                    + "'function':{'name':'g','arguments':''}}]}"),
            json("{'tool_calls':[{'index':1,'function':{'arguments':'{}'}}]}"),
            json("{'tool_calls':[{'index':0,'function':{'arguments':'{}'}}]}"),
            json("{}"));
    assertThat(chunks(stream)).allMatch(chunk -> chunk.path("id").asText().equals("x"));
  }

  @Test
  void aClientOfFunctionsIsStreamedAFunction() {
    String stream =
        streamed(
            new ChatAnswer(
                null,
                null,
                List.of(Content.ToolCall.of("a", "f", "{}")),
                FinishReason.TOOL_CALLS,
                null,
                null,
                Extras.NONE),
            reply(false, asking("'functions':[{'name':'f'}]")));

    assertThat(stream)
        .contains("\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}")
        .contains("\"finish_reason\":\"function_call\"")
        .doesNotContain("tool_calls");
  }

  @Test
  void whatAProviderDidByItselfIsNoCall() {
    Content own = new Content.Native(DialectId.ANTHROPIC_MESSAGES, "server_tool_use", json("{}"));

    assertThat(chunks(streamed(answer(own, Content.Text.of("x")), reply()))).hasSize(4);
  }

  @Test
  void whatWasWrittenIsReadAgain() {
    Seal seal = new Seal(DialectId.ANTHROPIC_MESSAGES, "claude/x", "sig", false);
    Seal onCall = new Seal(DialectId.GEMINI, "google/g", "sig-2", false);
    Citation source = new Citation("https://a", "A", null, 0, 2, Extras.NONE);
    ChatAnswer answer =
        new ChatAnswer(
            "id-1",
            "alias",
            List.of(
                new Content.Reasoning("hm", seal, Extras.NONE),
                new Content.Reasoning("", seal, Extras.NONE),
                new Content.Text("one", List.of(source), Extras.NONE),
                new Content.Reasoning("again", seal, Extras.NONE),
                new Content.Declined("no", Extras.NONE),
                new Media(
                    Media.Kind.IMAGE, new Source.Inline("AA"), "image/png", null, Extras.NONE),
                new Content.ToolCall("a", "f", null, false, "{}", onCall, Extras.NONE),
                new Content.ToolCall("b", "g", null, true, "ls", null, Extras.NONE)),
            FinishReason.TOOL_CALLS,
            null,
            new Usage(3, 2, 1L, null, 1L, false),
            Extras.NONE);

    assertThat(gathered(parts(streamed(answer, reply()).getBytes(UTF_8)))).isEqualTo(answer);
  }

  @Test
  void aFailureIsOneErrorAndNothingFollowsIt() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = Wire.CODEC.partWriter(reply());
    writer.part(new StreamPart.Broken(ErrorKind.OVERLOADED, "Busy."), out);
    writer.failure(new Refusal(ErrorKind.NETWORK, "x", "y"), "req_1", out);
    writer.part(new StreamPart.Ended(), out);

    assertThat(out.toString(UTF_8))
        .isEqualTo(
            "data: {\"error\":{\"message\":\"Busy.\",\"type\":\"server_error\",\"param\":null,"
                + "\"code\":\"upstream_error\"}}\n\n");
  }

  @Test
  void anAnswerThatBrokeEndsWithAnErrorAndNotWithDone() {
    List<JsonNode> chunks =
        chunks(
            streamed(
                List.of(
                    new StreamPart.Begun(null, null, null),
                    new StreamPart.Finished(FinishReason.ERROR, null, Extras.NONE),
                    new StreamPart.Ended()),
                reply()));

    assertThat(chunks).hasSize(2);
    assertThat(chunks.getLast().at("/error/type").asText()).isEqualTo("server_error");
  }
}
