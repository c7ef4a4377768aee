package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Fitting;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Needs;
import dev.customhouse.dialect.SealBox;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one whole answer for a client. */
final class AnswerWriter {
  private AnswerWriter() {}

  static byte[] write(ChatAnswer answer) {
    ObjectNode body = Json.object();
    ObjectNode message = body.putObject("output").putObject("message").put("role", "assistant");
    ArrayNode content = message.putArray("content");
    for (Content each : answer.content()) {
      write(each, answer.finish(), content);
    }
    Map<String, JsonNode> own = new LinkedHashMap<>(answer.extras().of(DialectId.BEDROCK));
    body.put("stopReason", stopReason(own, answer.finish()));
    Usage usage = answer.usage();
    body.set("usage", ConverseUsage.write(usage == null ? Usage.of(0, 0) : usage));
    if (!own.containsKey("metrics")) {
      // SDKs expect the member; nobody measured it.
      body.putObject("metrics").put("latencyMs", 0);
    }
    fields(own, answer.stopSequence());
    own.forEach(body::set);
    return Json.write(body);
  }

  /** The provider's own word if it was one of this dialect, which is taken out of the members. */
  static String stopReason(Map<String, JsonNode> own, @Nullable FinishReason finish) {
    JsonNode told = own.remove("stopReason");
    return told != null ? told.asText() : StopReasons.write(finish);
  }

  /** The text that ended the answer, among the fields of the model. */
  static void fields(Map<String, JsonNode> own, @Nullable String stopSequence) {
    if (stopSequence != null) {
      JsonNode before = own.get("additionalModelResponseFields");
      ObjectNode fields = before instanceof ObjectNode object ? object.deepCopy() : Json.object();
      own.put("additionalModelResponseFields", fields.put("stop_sequence", stopSequence));
    }
  }

  private static void write(Content content, @Nullable FinishReason finish, ArrayNode blocks) {
    switch (content) {
      case Content.Text text -> {
        if (!text.text().isEmpty()) {
          blocks.add(Blocks.text(citable(text)));
        }
      }
      case Content.Declined declined -> blocks.add(Blocks.text(declined.text()));
      case Content.Reasoning reasoning -> blocks.add(reasoning(reasoning));
      case Content.ToolCall told -> {
        Content.ToolCall call = fitted(told);
        // A call that was broken off is no object, and nobody can do anything with half of it.
        if (Blocks.isWhole(call) || finish != FinishReason.LENGTH) {
          blocks.add(Blocks.toolUse(call));
          Seal seal = call.seal();
          if (seal != null) {
            blocks.add(Blocks.reasoning("", callSeal(call.id(), seal)));
          }
        }
      }
      case Content.Media media -> {
        String format = Blocks.format(media);
        if (format != null && media.source() instanceof Content.Source.Inline) {
          blocks.add(Blocks.media(media, format, new DocumentNames()));
        }
      }
      case Content.Native own -> {
        if (own.dialect() == DialectId.BEDROCK) {
          blocks.add(Blocks.raw(own));
        }
      }
      case Content.ToolResult ignored -> {}
    }
  }

  /** The call with an id that Amazon's clients may send back. */
  static Content.ToolCall fitted(Content.ToolCall call) {
    return new Content.ToolCall(
        Fitting.callId(call.id(), Needs.COMMON),
        call.name(),
        call.namespace(),
        call.freeform(),
        call.arguments(),
        call.seal(),
        call.extras());
  }

  private static Content.Text citable(Content.Text text) {
    List<Citation> citations = text.citations().stream().filter(Blocks::isCitable).toList();
    return new Content.Text(text.text(), citations, text.extras());
  }

  private static ObjectNode reasoning(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    if (seal == null) {
      return Blocks.reasoning(reasoning.text(), null);
    }
    return seal.redacted() && reasoning.text().isEmpty()
        ? Blocks.redacted(redacted(seal))
        : Blocks.reasoning(reasoning.text(), SealBox.pack(seal, DialectId.BEDROCK));
  }

  /** A blob of a client is base64, also when it is a box. */
  static String redacted(Seal seal) {
    String packed = SealBox.pack(seal, DialectId.BEDROCK);
    return packed.equals(seal.data()) ? packed : Blocks.base64(packed);
  }

  /** The seal of a call in the place of a signature; it says whose it is. */
  static String callSeal(String callId, Seal seal) {
    String head = BlockReader.CALL_SEAL + callId.length() + ":" + callId;
    return head + SealBox.pack(seal, DialectId.BEDROCK);
  }
}
