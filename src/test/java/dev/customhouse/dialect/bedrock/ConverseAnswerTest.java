package dev.customhouse.dialect.bedrock;

import static dev.customhouse.dialect.bedrock.Desk.CODEC;
import static dev.customhouse.dialect.bedrock.Desk.frame;
import static dev.customhouse.dialect.bedrock.Desk.json;
import static dev.customhouse.dialect.bedrock.Desk.lines;
import static dev.customhouse.dialect.bedrock.Desk.parts;
import static dev.customhouse.dialect.bedrock.Desk.reply;
import static dev.customhouse.dialect.bedrock.Desk.tree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.wire.AwsEvent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers of Converse, whole and in frames, from providers and for clients. */
class ConverseAnswerTest {
  private static final String WHOLE =
      """
      {'output':{'message':{'role':'assistant','content':[
        {'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'c2ln'}}},
        {'text':'One '},
        {'toolUse':{'toolUseId':'srv','name':'nova_grounding','input':{'q':1},'type':'server_tool_use'}},
        {'toolResult':{'toolUseId':'srv','content':[{'json':{'a':1}}],'status':'success'}},
        {'citationsContent':{'content':[{'text':'two.'}],'citations':[{'title':'T','source':'s','sourceContent':[{'text':'q'}],'location':{'web':{'url':'https://a.example','domain':'a.example'}}}]}},
        {'toolUse':{'toolUseId':'t','name':'add','input':{'a':7006652.0}}}]}},
       'stopReason':'tool_use',
       'usage':{'inputTokens':10,'outputTokens':5,'totalTokens':38,'cacheReadInputTokens':20,'cacheWriteInputTokens':3},
       'metrics':{'latencyMs':7},'serviceTier':{'type':'flex'},
       'additionalModelResponseFields':{'stop_sequence':'END'}}
      """;

  private static ChatAnswer read(String body) {
    return CODEC.readAnswer(json(body).getBytes(UTF_8), "aws/m");
  }

  private static ChatAnswer answer(@Nullable FinishReason finish, Content... content) {
    return new ChatAnswer(null, null, List.of(content), finish, null, null, Extras.NONE);
  }

  private static JsonNode blocks(ChatAnswer answer) {
    return Json.read(CODEC.writeAnswer(answer, reply(false)))
        .path("output")
        .path("message")
        .path("content");
  }

  @Test
  void aWholeAnswerIsUnderstood() {
    ChatAnswer answer = read(WHOLE);

    assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.stopSequence()).isEqualTo("END");
    assertThat(answer.usage()).isEqualTo(new Usage(33, 5, 20L, 3L, null, false));
    assertThat(answer.content())
        .satisfiesExactly(
            reasoning ->
                assertThat(reasoning)
                    .isEqualTo(
                        new Content.Reasoning(
                            "Hm.",
                            new Seal(DialectId.BEDROCK, "aws/m", "c2ln", false),
                            Extras.NONE)),
            text -> assertThat(text).isEqualTo(Content.Text.of("One ")),
            use -> assertThat(use).isInstanceOf(Content.Native.class),
            result -> assertThat(result).isInstanceOf(Content.Native.class),
            cited ->
                assertThat(((Content.Text) cited).citations())
                    .first()
                    .satisfies(citation -> {
                      assertThat(citation.url()).isEqualTo("https://a.example");
                      assertThat(citation.title()).isEqualTo("T");
                      assertThat(citation.quote()).isEqualTo("q");
                    }),
            call ->
                assertThat(call).isEqualTo(Content.ToolCall.of("t", "add", "{\"a\":7006652.0}")));
  }

  @Test
  void aWholeAnswerIsWrittenAsItWasButForTheBoxAroundTheSeal() {
    JsonNode written = Json.read(CODEC.writeAnswer(read(WHOLE), reply(false)));
    JsonNode told =
        written.at("/output/message/content/0/reasoningContent/reasoningText/signature");
    assertThat(told.asText()).startsWith("chs1.").endsWith(".c2ln");
    JsonNode expected = tree(WHOLE.replace("c2ln", told.asText()));
    assertThat(written).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "end_turn, STOP",
    "stop_sequence, STOP_SEQUENCE",
    "max_tokens, LENGTH",
    "tool_use, TOOL_CALLS",
    "guardrail_intervened, CONTENT_FILTER",
    "content_filtered, CONTENT_FILTER",
    "malformed_model_output, ERROR",
    "malformed_tool_use, ERROR",
    "model_context_window_exceeded, CONTEXT_WINDOW",
    "something_new, OTHER"
  })
  void everyReasonIsKnownForWhatItIsAndWrittenAsItWas(String reason, FinishReason finish) {
    String body = "{'output':{'message':{'content':[]}},'stopReason':'" + reason + "'}";
    ChatAnswer answer = read(body);
    assertThat(answer.finish()).isEqualTo(finish);
    assertThat(Json.read(CODEC.writeAnswer(answer, reply(false))).path("stopReason").asText())
        .isEqualTo(reason);
  }

  @ParameterizedTest
  @EnumSource
  void everyFinishHasAReasonThatConverseKnows(FinishReason finish) {
    assertThat(StopReasons.write(finish))
        .isIn(
            "end_turn",
            "tool_use",
            "max_tokens",
            "stop_sequence",
            "content_filtered",
            "malformed_model_output",
            "model_context_window_exceeded");
  }

  @Test
  void whatIsNoAnswerIsTheUpstreamsFault() {
    for (String body : List.of("{}", "x", "{'output':{'message':[]}}")) {
      assertThatThrownBy(() -> read(body))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
    }
  }

  @Test
  void anAnswerOfNothingIsWrittenWithAllMembersThatSdksExpect() {
    assertThat(Json.read(CODEC.writeAnswer(answer(FinishReason.STOP), reply(false))))
        .isEqualTo(
            tree(
                """
                {'output':{'message':{'role':'assistant','content':[]}},'stopReason':'end_turn',
                 'usage':{'inputTokens':0,'outputTokens':0,'totalTokens':0},'metrics':{'latencyMs':0}}
                """));
  }

  @Test
  void aCallThatWasBrokenOffIsLeftOut() {
    Content half = Content.ToolCall.of("t", "add", "{\"a\":");
    assertThat(blocks(answer(FinishReason.LENGTH, Content.Text.of("x"), half))).hasSize(1);
    assertThat(blocks(answer(FinishReason.TOOL_CALLS, half)))
        .isEqualTo(
            tree("[{'toolUse':{'toolUseId':'t','name':'add','input':{'arguments':'{\\'a\\':'}}}]"));
  }

  @Test
  void whatOtherDialectsAnswerIsWrittenAsFarAsThereIsAPlaceForIt() {
    Citation web = new Citation("https://a.example", "A", null, 0, 4, Extras.NONE);
    JsonNode blocks =
        blocks(
            answer(
                FinishReason.STOP,
                new Content.Text("Wet.", List.of(web), Extras.NONE),
                new Content.Declined("No.", Extras.NONE),
                new Content.Native(DialectId.OPENAI_RESPONSES, "web_search_call", tree("{}")),
                new Content.Media(
                    Content.Media.Kind.IMAGE,
                    new Content.Source.Inline("AAAA"),
                    "image/png",
                    null,
                    Extras.NONE),
                new Content.Reasoning(
                    "", new Seal(DialectId.GEMINI, "g/m", "AAA", true), Extras.NONE)));

    assertThat(blocks).hasSize(4);
    assertThat(blocks.path(0))
        .isEqualTo(
            tree(
                """
                {'citationsContent':{'content':[{'text':'Wet.'}],
                 'citations':[{'title':'A','location':{'web':{'url':'https://a.example'}}}]}}
                """));
    assertThat(blocks.path(1)).isEqualTo(tree("{'text':'No.'}"));
    assertThat(blocks.path(2))
        .isEqualTo(tree("{'image':{'format':'png','source':{'bytes':'AAAA'}}}"));
    String redacted = blocks.path(3).at("/reasoningContent/redactedContent").asText();
    assertThat(BlockReader.ofAssistant().redacted(redacted))
        .isEqualTo(new Seal(DialectId.GEMINI, "g/m", "AAA", true));
  }

  private static final List<byte[]> FRAMES =
      List.of(
          frame("messageStart", "{'p':'abc','role':'assistant'}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':0,'delta':{'reasoningContent':{'text':'Hm.'}},'p':'a'}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':0,'delta':{'reasoningContent':{'signature':'c2ln'}}}"),
          frame("contentBlockStop", "{'contentBlockIndex':0}"),
          frame("contentBlockDelta", "{'contentBlockIndex':1,'delta':{'text':'One '}}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':1,'delta':{'citation':{'title':'T','location':{'web':{'url':'u'}}}}}"),
          frame("contentBlockDelta", "{'contentBlockIndex':1,'delta':{'text':'two'}}"),
          frame("contentBlockStop", "{'contentBlockIndex':1}"),
          frame(
              "contentBlockStart",
              "{'contentBlockIndex':2,'start':{'toolUse':{'toolUseId':'s','name':'nova_grounding','type':'server_tool_use'}}}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':2,'delta':{'toolUse':{'input':'{\\'q\\':1}'}}}"),
          frame("contentBlockStop", "{'contentBlockIndex':2}"),
          frame(
              "contentBlockStart",
              "{'contentBlockIndex':3,'start':{'toolResult':{'toolUseId':'s','status':'success','type':'x'}}}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':3,'delta':{'toolResult':[{'json':{'a':1}}]}}"),
          frame("contentBlockStop", "{'contentBlockIndex':3}"),
          frame(
              "contentBlockStart",
              "{'contentBlockIndex':4,'start':{'toolUse':{'toolUseId':'t','name':'add'}}}"),
          frame(
              "contentBlockDelta",
              "{'contentBlockIndex':4,'delta':{'toolUse':{'input':'{\\'a\\''}}}"),
          frame("contentBlockDelta", "{'contentBlockIndex':4,'delta':{'toolUse':{'input':':1}'}}}"),
          frame("contentBlockStop", "{'contentBlockIndex':4}"),
          frame(
              "messageStop",
              "{'stopReason':'stop_sequence','additionalModelResponseFields':{'stop_sequence':'END'}}"),
          frame(
              "metadata",
              "{'usage':{'inputTokens':3,'outputTokens':4,'totalTokens':7},'metrics':{'latencyMs':9}}"));

  private static ChatAnswer gathered(List<StreamPart> parts) {
    Gathering gathering = new Gathering();
    parts.forEach(gathering);
    return gathering.answer();
  }

  @Test
  void aStreamIsUnderstood() {
    List<StreamPart> parts = parts(FRAMES);
    ChatAnswer answer = gathered(parts);

    assertThat(parts.getFirst()).isInstanceOf(StreamPart.Begun.class);
    assertThat(parts.getLast()).isInstanceOf(StreamPart.Ended.class);
    assertThat(parts.get(parts.size() - 2)).isInstanceOf(StreamPart.Finished.class);
    assertThat(answer.finish()).isEqualTo(FinishReason.STOP_SEQUENCE);
    assertThat(answer.stopSequence()).isEqualTo("END");
    assertThat(answer.usage()).isEqualTo(Usage.of(3, 4));
    assertThat(answer.content()).hasSize(5);
    assertThat(answer.content().get(1)).isInstanceOf(Content.Text.class);
    assertThat(((Content.Text) answer.content().get(1)).text()).isEqualTo("One two");
    assertThat(((Content.Native) answer.content().get(2)).raw())
        .isEqualTo(
            tree(
                "{'toolUse':{'toolUseId':'s','name':'nova_grounding','type':'server_tool_use','input':{'q':1}}}"));
    assertThat(answer.content().get(4)).isEqualTo(Content.ToolCall.of("t", "add", "{\"a\":1}"));
  }

  private static byte[] written(List<StreamPart> parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply(true));
    parts.forEach(part -> writer.part(part, out));
    return out.toByteArray();
  }

  @Test
  void aStreamIsWrittenAsItWasButForThePaddingAndTheBoxAroundTheSeal() {
    List<String> given = new ArrayList<>();
    FRAMES.forEach(frame -> given.addAll(lines(frame)));

    List<String> written = lines(written(parts(FRAMES)));

    assertThat(written.get(2)).contains("'signature':'chs1.");
    assertThat(written).hasSameSizeAs(given);
    for (int i = 0; i < given.size(); i++) {
      if (i != 2) {
        assertThat(tree(payload(written.get(i)))).isEqualTo(unpadded(given.get(i)));
      }
    }
  }

  private static String payload(String line) {
    return line.substring(line.indexOf(' ') + 1);
  }

  private static JsonNode unpadded(String line) {
    JsonNode tree = tree(payload(line));
    ((ObjectNode) tree).remove("p");
    return tree;
  }

  @Test
  void blocksWithoutBeginningOrEndAndAStreamWithoutUsageAreUnderstood() {
    List<StreamPart> parts =
        parts(
            List.of(
                frame("contentBlockDelta", "{'contentBlockIndex':0,'delta':{'text':'a'}}"),
                frame("contentBlockDelta", "{'contentBlockIndex':1,'delta':{'text':'b'}}"),
                frame("newEvent", "{}"),
                frame("messageStop", "{'stopReason':'end_turn'}")));
    ChatAnswer answer = gathered(parts);

    assertThat(parts.getFirst()).isInstanceOf(StreamPart.Begun.class);
    assertThat(parts.getLast()).isInstanceOf(StreamPart.Ended.class);
    assertThat(answer.content()).containsExactly(Content.Text.of("a"), Content.Text.of("b"));
    assertThat(answer.usage()).isNull();
    assertThat(parts.stream().filter(part -> part instanceof StreamPart.BlockEnded)).hasSize(2);
  }

  @Test
  void aStreamThatBreaksOffIsNotEnded() {
    List<StreamPart> parts =
        parts(List.of(frame("contentBlockDelta", "{'contentBlockIndex':0,'delta':{'text':'a'}}")));
    assertThat(parts.getLast()).isInstanceOf(StreamPart.BlockEnded.class);
  }

  @Test
  void anExceptionIsTheLastPart() {
    byte[] exception =
        AwsEvent.exception("throttlingException", "{\"message\":\"slow\"}".getBytes(UTF_8));
    List<StreamPart> parts =
        parts(
            List.of(
                frame("messageStart", "{'role':'assistant'}"),
                exception,
                frame("messageStop", "{'stopReason':'end_turn'}")));
    assertThat(parts.getLast()).isEqualTo(new StreamPart.Broken(ErrorKind.RATE_LIMITED, "slow"));
  }

  @Test
  void redactedReasoningOfAStreamIsASeal() {
    ChatAnswer answer =
        gathered(
            parts(
                List.of(
                    frame(
                        "contentBlockDelta",
                        "{'contentBlockIndex':0,'delta':{'reasoningContent':{'redactedContent':'cmVk'}}}"),
                    frame("contentBlockStop", "{'contentBlockIndex':0}"))));
    assertThat(answer.content())
        .containsExactly(
            new Content.Reasoning(
                "", new Seal(DialectId.BEDROCK, "aws/m", "cmVk", true), Extras.NONE));
  }

  @Test
  void aPictureOfAStreamIsTakenTogether() {
    ChatAnswer answer =
        gathered(
            parts(
                List.of(
                    frame(
                        "contentBlockStart",
                        "{'contentBlockIndex':0,'start':{'image':{'format':'png'}}}"),
                    frame(
                        "contentBlockDelta",
                        "{'contentBlockIndex':0,'delta':{'image':{'source':{'bytes':'AAAA'}}}}"),
                    frame("contentBlockStop", "{'contentBlockIndex':0}"))));
    assertThat(((Content.Media) answer.content().getFirst()).source())
        .isEqualTo(new Content.Source.Inline("AAAA"));
  }

  @Test
  void theEndWaitsForTheUsageAndACallsSealHasABlockBehindIt() {
    Content.ToolCall call = Content.ToolCall.of("t", "add", "");
    List<String> lines =
        lines(
            written(
                List.of(
                    new StreamPart.Begun("id", "m", null),
                    new StreamPart.BlockBegun(0, Content.Text.of("")),
                    new StreamPart.BlockEnded(0),
                    new StreamPart.BlockBegun(7, call),
                    new StreamPart.Delta(7, "{}"),
                    new StreamPart.Sealed(7, new Seal(DialectId.GEMINI, "g/m", "AAA", false)),
                    new StreamPart.BlockEnded(7),
                    new StreamPart.Finished(FinishReason.TOOL_CALLS, null, Extras.NONE),
                    new StreamPart.Counted(Usage.of(1, 2)),
                    new StreamPart.Ended())));

    assertThat(lines)
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("messageStart {'role':'assistant'}"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "contentBlockStart {'contentBlockIndex':0,'start':{'toolUse':{'toolUseId':'t','name':'add'}}}"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "contentBlockDelta {'contentBlockIndex':0,'delta':{'toolUse':{'input':'{}'}}}"),
            line -> assertThat(line).isEqualTo("contentBlockStop {'contentBlockIndex':0}"),
            line -> assertThat(line).contains("'contentBlockIndex':1").contains("call:1:tchs1."),
            line -> assertThat(line).isEqualTo("contentBlockStop {'contentBlockIndex':1}"),
            line -> assertThat(line).isEqualTo("messageStop {'stopReason':'tool_use'}"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "metadata {'usage':{'inputTokens':1,'outputTokens':2,'totalTokens':3},"
                            + "'metrics':{'latencyMs':0}}"));
  }

  @Test
  void aFailureIsToldOnce() {
    PartWriter writer = CODEC.partWriter(reply(true));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.part(new StreamPart.Broken(ErrorKind.OVERLOADED, "too much"), out);
    writer.failure(new Refusal(ErrorKind.OVERLOADED, "x", "too much"), "req_1", out);
    writer.part(new StreamPart.Ended(), out);
    assertThat(lines(out.toByteArray()))
        .containsExactly("serviceUnavailableException {'message':'too much'}");
  }

  @Test
  void framesOfNonsenseAreUnderstoodAsNothing() {
    Random random = new Random(5);
    String[] types = {
      "messageStart",
      "contentBlockStart",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
      ""
    };
    String[] payloads = {
      "",
      "[]",
      "{}",
      "{'delta':{'text':1}}",
      "{'start':{'toolUse':{}}}",
      "{'start':[]}",
      "{'contentBlockIndex':'x','delta':{'reasoningContent':{'signature':[]}}}",
      "{'delta':{'toolResult':[1]}}",
      "{'start':{'toolResult':1}}",
      "{'delta':{'citation':{}}}",
      "{'start':{'image':1}}",
      "{'delta':{'image':{}}}",
      "{'usage':[]}",
      "{'stopReason':1}",
      "null"
    };
    for (int round = 0; round < 2_000; round++) {
      PartReader reader = CODEC.partReader("aws/m");
      List<StreamPart> parts = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        byte[] frame =
            frame(types[random.nextInt(types.length)], payloads[random.nextInt(payloads.length)]);
        reader.event(frame, 0, frame.length, parts::add);
      }
      reader.end(parts::add);
      var unused = written(parts);
    }
  }
}
