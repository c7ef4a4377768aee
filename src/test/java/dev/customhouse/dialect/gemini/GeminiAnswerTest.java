package dev.customhouse.dialect.gemini;

import static dev.customhouse.dialect.gemini.Chats.answer;
import static dev.customhouse.dialect.gemini.Chats.chunk;
import static dev.customhouse.dialect.gemini.Chats.json;
import static dev.customhouse.dialect.gemini.Chats.stop;
import static dev.customhouse.dialect.gemini.Chats.stream;
import static dev.customhouse.dialect.gemini.Chats.tree;
import static dev.customhouse.dialect.gemini.Chats.written;
import static java.nio.charset.StandardCharsets.UTF_8;
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
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gemini's answers as the hub has them, and any answer as Gemini's clients get it. */
class GeminiAnswerTest {
  private static final Seal OWN = new Seal(DialectId.GEMINI, "google/" + Chats.NEW, "c2ln", false);
  private static final Seal FOREIGN =
      new Seal(DialectId.ANTHROPIC_MESSAGES, "anthropic/claude", "c2ln/+==", false);

  private static ChatAnswer told(FinishReason finish, Content... content) {
    return new ChatAnswer("id1", "m", List.of(content), finish, null, null, Extras.NONE);
  }

  private static Content.Reasoning sealed(String text, Seal seal) {
    return new Content.Reasoning(text, seal, Extras.NONE);
  }

  private static Content.Reasoning thought(String text) {
    return new Content.Reasoning(text, null, Extras.NONE);
  }

  @Test
  void textThoughtsAndSignaturesAreToldApart() {
    ChatAnswer answer =
        answer(
            stop(
                "{'text':'hm','thought':true},{'text':'a'},{'text':'b','thoughtSignature':'c2ln'},{'text':'c'},{'text':'','thoughtSignature':'c2ln'}"));

    assertThat(answer.id()).isEqualTo("r1");
    assertThat(answer.model()).isEqualTo("gemini-x");
    assertThat(answer.content())
        .containsExactly(
            thought("hm"),
            Content.Text.of("ab"),
            sealed("", OWN),
            Content.Text.of("c"),
            sealed("", OWN));
    assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void callsHaveStableIdsAndAreTheReasonToStop() {
    String body =
        stop(
            "{'functionCall':{'name':'f','args':{'n':1.50}},'thoughtSignature':'c2ln'},{'functionCall':{'name':'g','id':'abc'}}");
    ChatAnswer answer = answer(body);

    assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.content())
        .containsExactly(
            new Content.ToolCall(
                CallIds.of("r1", 0), "f", null, false, "{\"n\":1.5}", OWN, Extras.NONE),
            Content.ToolCall.of("abc", "g", "{}"));
    assertThat(stream(body)).isEqualTo(answer);
  }

  @Test
  void argumentsThatComeInPiecesArePutTogether() {
    ChatAnswer answer =
        stream(
            chunk(
                "{'functionCall':{'name':'f','willContinue':true},'thoughtSignature':'c2ln'}", ""),
            chunk(
                "{'functionCall':{'partialArgs':[{'jsonPath':'$.a.b[1]','stringValue':'x','willContinue':true}],'willContinue':true}}",
                ""),
            chunk(
                "{'functionCall':{'partialArgs':[{'jsonPath':'$.a.b[1]','stringValue':'y'},{'jsonPath':'$.n','numberValue':2},{'jsonPath':'$.z','nullValue':'NULL_VALUE'}],'willContinue':true}}",
                ""),
            chunk("{'functionCall':{}}", ""),
            stop("{'functionCall':{'name':'g'}}"));

    assertThat(answer.content())
        .extracting(content -> ((Content.ToolCall) content).arguments())
        .containsExactly("{\"a\":{\"b\":[null,\"xy\"]},\"n\":2,\"z\":null}", "{}");
    assertThat(((Content.ToolCall) answer.content().getFirst()).seal()).isEqualTo(OWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$.a[999999999999]", "$.a[5000]", "$", ""})
  void aPlaceThatNoArgumentHasIsNotBelieved(String path) {
    ChatAnswer answer =
        stream(
            stop(
                "{'functionCall':{'name':'f','partialArgs':[{'jsonPath':'%s','stringValue':'x'},{'jsonPath':'$.b','boolValue':true}]}}"
                    .formatted(path)));

    assertThat(((Content.ToolCall) answer.content().getFirst()).arguments())
        .hasSizeLessThan(30)
        .contains("\"b\":true");
    String deep = "$" + ".a".repeat(100);
    assertThat(
            ((Content.ToolCall)
                    stream(
                            stop(
                                "{'functionCall':{'name':'f','partialArgs':[{'jsonPath':'%s','stringValue':'x'}]}}"
                                    .formatted(deep)))
                        .content()
                        .getFirst())
                .arguments())
        .isEqualTo("{}");
  }

  @Test
  void aCallThatBreaksOffDoesNotLookWhole() {
    ChatAnswer answer =
        stream(
            chunk(
                "{'functionCall':{'name':'f','willContinue':true,'partialArgs':[{'jsonPath':'$.a','stringValue':'x','willContinue':true}]}}",
                ",'finishReason':'MAX_TOKENS'"));

    assertThat(((Content.ToolCall) answer.content().getFirst()).arguments())
        .isEqualTo("{\"a\":\"x\"");
    assertThat(answer.finish()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void whatGoogleDidByItselfIsItsOwnAndNeverACall() {
    ChatAnswer answer =
        answer(
            stop(
                "{'executableCode':{'code':'1'}},{'codeExecutionResult':{}},{'toolCall':{'id':'1'}},{'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}},{'text':'ok'}"));

    assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
    assertThat(answer.content())
        .extracting(content -> content.getClass().getSimpleName())
        .containsExactly("Native", "Native", "Native", "Media", "Text");
  }

  @Test
  void theFirstOfSeveralCandidatesIsTheAnswer() {
    assertThat(
            stream(
                    "{'candidates':[{'index':1,'content':{'parts':[{'text':'no'}]},'finishReason':'SAFETY'}]}",
                    "{'candidates':[{'content':{'parts':[{'text':'yes'}]},'finishReason':'STOP'},{'index':1,'content':{'parts':[{'text':'no'}]}}]}")
                .content())
        .containsExactly(Content.Text.of("yes"));
  }

  @ParameterizedTest
  @CsvSource({
    "STOP,STOP",
    "1,STOP",
    "2,LENGTH",
    "MODEL_ARMOR,CONTENT_FILTER",
    "NO_IMAGE,ERROR",
    "SOMETHING_NEW,OTHER"
  })
  void reasonsToStopAreWordsOrNumbers(String reason, FinishReason finish) {
    String quoted = Character.isLetter(reason.charAt(0)) ? "'" + reason + "'" : reason;
    assertThat(answer(chunk("{'text':'a'}", ",'finishReason':" + quoted)).finish())
        .isEqualTo(finish);
  }

  @Test
  void aPromptThatWasBlockedIsAnEmptyAnswer() {
    ChatAnswer answer =
        answer(
            "{'promptFeedback':{'blockReason':'SAFETY'},'usageMetadata':{'promptTokenCount':4}}");

    assertThat(answer.content()).isEmpty();
    assertThat(answer.finish()).isEqualTo(FinishReason.CONTENT_FILTER);
    assertThat(answer.usage()).isEqualTo(new Usage(4, 0, null, null, null, false));
    assertThat(answer("{'candidates':[{'finishReason':'MAX_TOKENS','index':0}]}").finish())
        .isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void theLastUsageHolds() {
    String usage =
        ",'usageMetadata':{'promptTokenCount':10,'toolUsePromptTokenCount':5,'cachedContentTokenCount':3,'candidatesTokenCount':%d,'thoughtsTokenCount':2}";
    String first = stop("{'text':'a'}").replaceFirst("}$", usage.formatted(1) + "}");
    String last = stop("{'text':'b'}").replaceFirst("}$", usage.formatted(7) + "}");

    assertThat(stream(first, last).usage()).isEqualTo(new Usage(15, 9, 3L, null, 2L, false));
  }

  @Test
  void answersInAWrapperAndAnswersInAListAreAnswers() {
    String inner = stop("{'text':'a'}");
    assertThat(answer("{'response':" + inner + "}")).isEqualTo(answer(inner));
    assertThat(stream("{'response':" + inner + "}")).isEqualTo(answer(inner));
    assertThat(answer("[" + chunk("{'text':'a'}", "") + "," + stop("{'text':'b'}") + "]").content())
        .containsExactly(Content.Text.of("ab"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "<html>", "{'error':{'code':500}}", "{'choices':[]}"})
  void whatIsNoAnswerIsABadGateway(String body) {
    assertThatThrownBy(() -> answer(body))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
  }

  @Test
  void sourcesAreCitationsWhoseBytesAreCounted() {
    String bytes =
        ",'groundingMetadata':{'groundingChunks':[{'web':{'uri':'https://a','title':'A'}},{'retrievedContext':{'text':'x'}},{'maps':{'uri':'https://c'}}],"
            + "'groundingSupports':[{'segment':{'startIndex':9,'endIndex':16,'text':'\u00df \uD83D\uDE00'},'groundingChunkIndices':[0,1]}]},'finishReason':'STOP'";
    Content.Text expected =
        new Content.Text(
            "Gr\u00fc\u00dfe, \u00df \uD83D\uDE00!",
            List.of(
                new Citation("https://a", "A", null, 7, 11, Extras.NONE),
                new Citation("https://c", null, null, null, null, Extras.NONE)),
            Extras.NONE);

    assertThat(answer(chunk("{'text':'Gr\u00fc\u00dfe, \u00df \uD83D\uDE00!'}", bytes)).content())
        .containsExactly(expected);
    assertThat(
            stream(
                    chunk("{'text':'Gr\u00fc\u00dfe,'}", ""),
                    chunk("{'text':' \u00df \uD83D\uDE00!'}", ""),
                    chunk("{'text':'','thoughtSignature':'c2ln'}", bytes))
                .content())
        .containsExactly(expected, sealed("", OWN));
  }

  @Test
  void aCitationsTextIsFoundWhereItsOffsetsAreWrong() {
    assertThat(
            answer(
                    chunk(
                        "{'text':'one two'}",
                        ",'groundingMetadata':{'groundingChunks':[{'web':{'uri':'https://a'}}],'groundingSupports':[{'segment':{'startIndex':90,'endIndex':99,'text':'two'},'groundingChunkIndices':[0]}]}"))
                .content())
        .containsExactly(
            new Content.Text(
                "one two",
                List.of(new Citation("https://a", null, null, 4, 7, Extras.NONE)),
                Extras.NONE));
  }

  @Test
  void citationsAreWrittenAsTheyAreRead() {
    ChatAnswer answer =
        told(
            FinishReason.STOP,
            thought("hm"),
            new Content.Text(
                "Gr\u00fc\u00dfe \uD83D\uDE00!",
                List.of(
                    new Citation("https://a", "A", null, 6, 8, Extras.NONE),
                    new Citation("https://a", "A", null, 0, 5, Extras.NONE),
                    new Citation("https://b", null, null, null, null, Extras.NONE),
                    new Citation(null, "a book", null, 0, 2, Extras.NONE)),
                Extras.NONE));
    JsonNode written = written(answer);

    assertThat(written.at("/candidates/0/groundingMetadata"))
        .isEqualTo(
            tree(
                "{'groundingChunks':[{'web':{'uri':'https://a','title':'A'}},{'web':{'uri':'https://b'}}],'groundingSupports':["
                    + "{'segment':{'partIndex':1,'startIndex':8,'endIndex':12,'text':'\uD83D\uDE00'},'groundingChunkIndices':[0]},"
                    + "{'segment':{'partIndex':1,'startIndex':0,'endIndex':7,'text':'Gr\u00fc\u00dfe'},'groundingChunkIndices':[0]}]}"));
    assertThat(((Content.Text) answer(written.toString()).content().get(1)).citations()).hasSize(3);
  }

  @Test
  void anAnswerIsOneCandidateWithTheNameTheClientKnows() {
    ChatAnswer answer =
        new ChatAnswer(
            null,
            "upstream-model",
            List.of(Content.Text.of("Hi")),
            FinishReason.STOP_SEQUENCE,
            "END",
            new Usage(10, 7, 4L, 2L, 3L, false),
            Extras.NONE);

    assertThat(written(answer))
        .isEqualTo(
            tree(
                "{'candidates':[{'content':{'parts':[{'text':'Hi'}],'role':'model'},'finishReason':'STOP','index':0}],"
                    + "'usageMetadata':{'promptTokenCount':10,'candidatesTokenCount':4,'cachedContentTokenCount':4,'thoughtsTokenCount':3,'totalTokenCount':17},"
                    + "'modelVersion':'asked','responseId':'req_1'}"));
  }

  @Test
  void anAnswerWithoutAWordHasAnEmptyPart() {
    assertThat(written(told(FinishReason.CONTENT_FILTER)).path("candidates"))
        .isEqualTo(
            tree(
                "[{'content':{'parts':[{'text':''}],'role':'model'},'finishReason':'SAFETY','index':0}]"));
  }

  @ParameterizedTest
  @CsvSource({
    "LENGTH,'{\"a\":',MAX_TOKENS,0",
    "TOOL_CALLS,'{\"a\":',MALFORMED_FUNCTION_CALL,0",
    "TOOL_CALLS,'{} {}',MALFORMED_FUNCTION_CALL,0",
    "TOOL_CALLS,'',STOP,1",
    "TOOL_CALLS,'{\"a\":1}',STOP,1"
  })
  void halfACallIsLeftOut(FinishReason finish, String arguments, String word, int calls) {
    JsonNode candidate =
        written(told(finish, Content.Text.of("x"), Content.ToolCall.of("c1", "f", arguments)))
            .at("/candidates/0");

    assertThat(candidate.path("finishReason").asText()).isEqualTo(word);
    assertThat(candidate.at("/content/parts")).hasSize(1 + calls);
  }

  @Test
  void theProofOfAnothersReasoningGoesOnTheCallAndComesBackBeforeIt() {
    JsonNode written =
        written(
            told(
                FinishReason.TOOL_CALLS,
                sealed("hm", FOREIGN),
                Content.ToolCall.of("c1", "f", "{}")));
    JsonNode parts = written.at("/candidates/0/content/parts");
    assertThat(parts.path(0)).isEqualTo(tree("{'text':'hm','thought':true}"));
    String signature = parts.path(1).path("thoughtSignature").asText();
    assertThat(signature).matches("[A-Za-z0-9+/]+=*");

    List<Content> read =
        Chats.read("{'contents':[{'role':'model','parts':" + parts + "}]}")
            .messages()
            .getFirst()
            .content();
    assertThat(read).hasSize(3).contains(sealed("", FOREIGN), Content.ToolCall.of("c1", "f", "{}"));
  }

  @Test
  void aProofWithoutACallBehindItStandsOnAThoughtOfItsOwn() {
    JsonNode parts =
        written(told(FinishReason.STOP, sealed("", FOREIGN), Content.Text.of("x")))
            .at("/candidates/0/content/parts");

    assertThat(parts).hasSize(2);
    assertThat(parts.path(0).path("thought").asBoolean()).isTrue();
    assertThat(
            Chats.read("{'contents':[{'role':'model','parts':" + parts + "}]}")
                .messages()
                .getFirst()
                .content()
                .getFirst())
        .isInstanceOfSatisfying(
            Content.Reasoning.class, reasoning -> assertThat(reasoning.seal()).isEqualTo(FOREIGN));
  }

  @Test
  void aStreamIsEventsWithTheUsageWhereItIsKnownAndNoDone() {
    String written =
        written(
            false,
            new StreamPart.Begun("id1", "m", Usage.of(3, 0)),
            new StreamPart.BlockBegun(0, Content.Text.of("")),
            new StreamPart.Delta(0, "Hi"),
            new StreamPart.BlockEnded(0),
            new StreamPart.BlockBegun(1, Content.ToolCall.of("c1", "f", "")),
            new StreamPart.Delta(1, "{\"a\""),
            new StreamPart.Alive(),
            new StreamPart.Delta(1, ":1}"),
            new StreamPart.BlockEnded(1),
            new StreamPart.Finished(FinishReason.TOOL_CALLS, null, Extras.NONE),
            new StreamPart.Counted(Usage.of(3, 5)),
            new StreamPart.Ended());
    String around = ",'modelVersion':'asked','responseId':'id1'}\r\n\r\n";
    String early =
        ",'usageMetadata':{'promptTokenCount':3,'candidatesTokenCount':0,'totalTokenCount':3}";

    assertThat(written)
        .isEqualTo(
            json(
                "data: {'candidates':[{'content':{'parts':[{'text':'Hi'}],'role':'model'},'index':0}]"
                    + early
                    + around
                    + "data: {'candidates':[{'content':{'parts':[{'functionCall':{'id':'c1','name':'f','args':{'a':1}}}],'role':'model'},'index':0}]"
                    + early
                    + around
                    + "data: {'candidates':[{'content':{'parts':[{'text':''}],'role':'model'},'finishReason':'STOP','index':0}],"
                    + "'usageMetadata':{'promptTokenCount':3,'candidatesTokenCount':5,'totalTokenCount':8}"
                    + around));
  }

  @Test
  void aClientThatAsksForNoEventsGetsAnArrayThatGrows() {
    String written =
        written(
            true,
            new StreamPart.Begun("id1", "m", null),
            new StreamPart.BlockBegun(0, Content.Text.of("")),
            new StreamPart.Delta(0, "a"),
            new StreamPart.Delta(0, "b"),
            new StreamPart.BlockEnded(0),
            new StreamPart.Finished(FinishReason.STOP, null, Extras.NONE),
            new StreamPart.Ended());

    assertThat(written).startsWith("[{").contains("},\r\n{").endsWith("}]");
    assertThat(answer(written).content()).containsExactly(Content.Text.of("ab"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatBreaksOffEndsWithOneError(boolean array) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    var writer = Chats.CODEC.partWriter(Chats.reply(true, array));
    writer.part(new StreamPart.Begun("id1", "m", null), out);
    writer.part(new StreamPart.Broken(ErrorKind.OVERLOADED, "Too busy."), out);
    writer.failure(new Refusal(ErrorKind.BAD_GATEWAY, "x", "again"), "req_1", out);
    writer.part(new StreamPart.Ended(), out);
    String error =
        json(
            "{'error':{'code':503,'message':'Too busy.','status':'UNAVAILABLE','details':"
                + "[{'@type':'type.googleapis.com/google.rpc.ErrorInfo','reason':'upstream_overloaded','domain':'customhouse'}]}}");

    assertThat(out.toString(UTF_8))
        .isEqualTo(array ? "[" + error + "]" : "data: " + error + "\r\n\r\n");
  }

  @Test
  void aStreamOfGoogleThatFailsOrStopsShortIsNotWhole() {
    List<StreamPart> parts = new ArrayList<>();
    var reader =
        Chats.reader(
            parts::add,
            chunk("{'text':'a'}", ""),
            "{'error':{'code':503,'message':'Busy.','status':'UNAVAILABLE'}}",
            chunk("{'text':'b'}", ""));
    reader.end(parts::add);
    assertThat(parts).last().isEqualTo(new StreamPart.Broken(ErrorKind.OVERLOADED, "Busy."));

    List<StreamPart> shorter = new ArrayList<>();
    Chats.reader(shorter::add, chunk("{'text':'a'}", "")).end(shorter::add);
    assertThat(shorter).last().isEqualTo(new StreamPart.BlockEnded(0));
  }

  @Test
  void signsOfLifeAndNonsenseTellNothing() {
    List<StreamPart> parts = new ArrayList<>();
    var reader = Chats.reader(parts::add, "[DONE]", "null");
    byte[] comment = ": beat\n\n".getBytes(UTF_8);
    reader.event(comment, 0, comment.length, parts::add);
    reader.end(parts::add);

    assertThat(parts).containsExactly(new StreamPart.Alive());
  }
}
