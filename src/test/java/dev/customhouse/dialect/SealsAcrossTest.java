package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A provider's proof of its reasoning goes through clients of any dialect, which echo the answer as
 * they got it, back to the model that made it, byte for byte, and to no other.
 */
class SealsAcrossTest {
  private static final String PROOF = "cHJvb2Ygb2YgdGhvdWdodA==";

  /** Answers of reasoning, its proof, and a call of a tool. */
  private static final Map<DialectId, String> ANSWERS =
      Map.of(
          DialectId.OPENAI_RESPONSES,
          """
          {'id':'resp_1','object':'response','status':'completed','model':'gpt-5.2','output':[
            {'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'Hm.'}],'encrypted_content':'PROOF'},
            {'type':'function_call','id':'fc_1','call_id':'call_1','name':'look','arguments':'{}','status':'completed'}],
           'usage':{'input_tokens':5,'output_tokens':3,'total_tokens':8}}
          """,
          DialectId.ANTHROPIC_MESSAGES,
          """
          {'id':'msg_1','type':'message','role':'assistant','model':'claude-sonnet-4-5','content':[
            {'type':'thinking','thinking':'Hm.','signature':'PROOF'},
            {'type':'tool_use','id':'toolu_1','name':'look','input':{}}],
           'stop_reason':'tool_use','stop_sequence':null,'usage':{'input_tokens':5,'output_tokens':3}}
          """,
          DialectId.GEMINI,
          """
          {'responseId':'r1','modelVersion':'gemini-3-pro-preview','candidates':[{'index':0,'finishReason':'STOP',
            'content':{'role':'model','parts':[
              {'text':'Hm.','thought':true},
              {'functionCall':{'id':'c1','name':'look','args':{}},'thoughtSignature':'PROOF'}]}}],
           'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':3,'totalTokenCount':8}}
          """,
          DialectId.BEDROCK,
          """
          {'output':{'message':{'role':'assistant','content':[
            {'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'PROOF'}}},
            {'toolUse':{'toolUseId':'t1','name':'look','input':{}}}]}},
           'stopReason':'tool_use','usage':{'inputTokens':5,'outputTokens':3,'totalTokens':8}}
          """);

  private static final Map<DialectId, String> TOOLS =
      Map.of(
          DialectId.OPENAI_CHAT,
          "'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}]",
          DialectId.OPENAI_RESPONSES,
          "'tools':[{'type':'function','name':'look','strict':false,'parameters':{'type':'object'}}]",
          DialectId.ANTHROPIC_MESSAGES,
          "'thinking':{'type':'enabled','budget_tokens':2000},"
              + "'tools':[{'name':'look','input_schema':{'type':'object'}}]",
          DialectId.GEMINI,
          "'generationConfig':{'thinkingConfig':{'includeThoughts':true}},"
              + "'tools':[{'functionDeclarations':[{'name':'look'}]}]",
          DialectId.BEDROCK,
          "'toolConfig':{'tools':[{'toolSpec':{'name':'look','inputSchema':{'json':{'type':'object'}}}}]}");

  private static Target maker(DialectId upstream) {
    List<Target> targets = Crossing.targets(upstream);
    return switch (upstream) {
      case OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES -> targets.get(1);
      case GEMINI -> targets.get(2);
      case BEDROCK -> targets.get(0);
    };
  }

  private static Target stranger(DialectId upstream) {
    Target maker = maker(upstream);
    return new Target("another", maker.hostType(), maker.model());
  }

  /** The client's next request: what it got, and what its tool found. */
  private static ObjectNode next(DialectId client, ObjectNode asked, JsonNode answer) {
    ObjectNode next = asked.deepCopy();
    switch (client) {
      case OPENAI_CHAT -> {
        JsonNode message = answer.path("choices").path(0).path("message");
        ((ArrayNode) next.path("messages"))
            .add(message)
            .add(
                Crossing.json("{'role':'tool','content':'A cat.'}")
                    .<ObjectNode>deepCopy()
                    .put("tool_call_id", message.at("/tool_calls/0/id").asText()));
      }
      case OPENAI_RESPONSES -> {
        ArrayNode input = next.putArray("input");
        input.add(Crossing.json("{'role':'user','content':'Hi'}"));
        String id = "";
        for (JsonNode item : answer.path("output")) {
          input.add(item);
          id = item.path("call_id").asText(id);
        }
        input.add(
            Crossing.json("{'type':'function_call_output','output':'A cat.'}")
                .<ObjectNode>deepCopy()
                .put("call_id", id));
      }
      case ANTHROPIC_MESSAGES -> {
        ObjectNode turn = ((ArrayNode) next.path("messages")).addObject();
        turn.put("role", "assistant").set("content", answer.path("content"));
        String id = "";
        for (JsonNode block : answer.path("content")) {
          id = block.path("id").asText(id);
        }
        ((ArrayNode) next.path("messages"))
            .addObject()
            .put("role", "user")
            .putArray("content")
            .addObject()
            .put("type", "tool_result")
            .put("tool_use_id", id)
            .put("content", "A cat.");
      }
      case GEMINI -> {
        JsonNode content = answer.at("/candidates/0/content");
        String id = content.findPath("functionCall").path("id").asText();
        ((ArrayNode) next.path("contents"))
            .add(content)
            .addObject()
            .put("role", "user")
            .putArray("parts")
            .addObject()
            .putObject("functionResponse")
            .put("id", id)
            .put("name", "look")
            .putObject("response")
            .put("result", "A cat.");
      }
      case BEDROCK -> {
        JsonNode message = answer.at("/output/message");
        ObjectNode turn = ((ArrayNode) next.path("messages")).add(message).addObject();
        turn.put("role", "user")
            .putArray("content")
            .addObject()
            .putObject("toolResult")
            .put("toolUseId", message.findPath("toolUse").path("toolUseId").asText())
            .putArray("content")
            .addObject()
            .put("text", "A cat.");
      }
    }
    return next;
  }

  private static List<String> proofs(ChatRequest request) {
    List<String> proofs = new ArrayList<>();
    for (var message : request.messages()) {
      for (Content content : message.content()) {
        if (content instanceof Content.Reasoning reasoning && reasoning.seal() != null) {
          proofs.add(reasoning.seal().data());
        } else if (content instanceof Content.ToolCall call && call.seal() != null) {
          proofs.add(call.seal().data());
        }
      }
    }
    return proofs;
  }

  @Test
  void aProofComesBackToItsMakerAndToNobodyElse() {
    List<String> faults = new ArrayList<>();
    ANSWERS.forEach((upstream, told) -> {
      for (DialectId client : DialectId.values()) {
        if (client != upstream) {
          faults.addAll(faults(client, upstream, told.replace("PROOF", PROOF)));
        }
      }
    });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static List<String> faults(DialectId client, DialectId upstream, String told) {
    List<String> faults = new ArrayList<>();
    String way = client.label() + " and " + upstream.label() + ": ";
    ObjectNode asked = Crossing.asking(client, Objects.requireNonNull(TOOLS.get(client)));
    byte[] answer =
        Crossing.translate(client, asked, upstream, maker(upstream), OnUnsupported.LISTED)
            .answer(Json.write(Crossing.json(told)));
    ObjectNode next = next(client, asked, Json.read(answer));
    Translation home =
        Crossing.translate(client, next, upstream, maker(upstream), OnUnsupported.LISTED);
    List<String> proofs = proofs(Crossing.arrived(home, "m"));
    if (!proofs.equals(List.of(PROOF))) {
      faults.add(way + "to the maker came " + proofs + " from " + next);
    }
    if (!home.unlisted().isEmpty()) {
      faults.add(way + "unlisted " + home.unlisted());
    }
    Translation away =
        Crossing.translate(client, next, upstream, stranger(upstream), OnUnsupported.LISTED);
    if (new String(away.written().body(), UTF_8).contains(PROOF)) {
      faults.add(way + "another provider got the proof");
    }
    if (away.dropped().isEmpty() || !away.unlisted().isEmpty()) {
      faults.add(way + "nobody was told of the loss: " + away.unlisted());
    }
    return faults;
  }
}
