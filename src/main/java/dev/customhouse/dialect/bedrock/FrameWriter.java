package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.BlocksInTurn;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.SealBox;
import dev.customhouse.wire.AwsEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the frames of one ConverseStream. A block of text or of reasoning begins with its first
 * piece; that of a call has a beginning of its own. The end comes in two frames, of which the
 * second tells the usage, so that both wait for it. Blocks that the provider has open at the same
 * time are told one after another, because clients build the one that began last.
 */
final class FrameWriter implements PartWriter {
  private final Map<Integer, Content> opened = new HashMap<>();
  private final Map<Integer, Integer> indexes = new LinkedHashMap<>();

  private final BlocksInTurn turns = new BlocksInTurn();

  /** The free text of a call, which becomes one member of an object when it is whole. */
  private final StringBuilder freeText = new StringBuilder();

  private boolean thought;
  private int next;
  private boolean begun;
  private boolean over;
  private @Nullable Usage usage;
  private StreamPart.@Nullable Finished finished;

  @Override
  public void part(StreamPart part, ByteArrayOutputStream out) {
    if (over) {
      return;
    }
    switch (part) {
      case StreamPart.Begun told -> {
        usage = told.usage();
        begin(out);
      }
      case StreamPart.BlockBegun told -> ofBlock(told.block(), told, out);
      case StreamPart.Delta delta -> ofBlock(delta.block(), delta, out);
      case StreamPart.Cited cited -> ofBlock(cited.block(), cited, out);
      case StreamPart.Sealed sealed -> ofBlock(sealed.block(), sealed, out);
      case StreamPart.BlockEnded told -> ofBlock(told.block(), told, out);
      case StreamPart.Counted counted -> usage = counted.usage();
      case StreamPart.Finished told -> finished = told;
      case StreamPart.Ended ignored -> end(out);
      case StreamPart.Broken told -> broken(told.kind(), told.message(), out);
      case StreamPart.Alive ignored -> {}
    }
  }

  private void ofBlock(int number, StreamPart part, ByteArrayOutputStream out) {
    turns.ready(number, part).forEach(ready -> write(ready, out));
  }

  private void write(StreamPart part, ByteArrayOutputStream out) {
    switch (part) {
      case StreamPart.BlockBegun told -> begun(told.block(), told.opening(), out);
      case StreamPart.Delta delta -> delta(delta.block(), delta.piece(), out);
      case StreamPart.Cited cited -> {
        if (Blocks.isCitable(cited.citation())) {
          ObjectNode delta = Json.object();
          delta.set("citation", Blocks.citation(cited.citation()));
          delta(cited.block(), delta, out);
        }
      }
      case StreamPart.Sealed sealed -> seal(sealed.block(), sealed.seal(), out);
      case StreamPart.BlockEnded told -> end(told.block(), out);
      default -> throw new IllegalArgumentException("of no block: " + part);
    }
  }

  @Override
  public void failure(Refusal refusal, String requestId, ByteArrayOutputStream out) {
    if (!over) {
      broken(refusal.kind(), refusal.getMessage(), out);
    }
  }

  /** The frame that tells, mid-stream, that the answer broke off. */
  static byte[] exception(ErrorKind kind, String message) {
    return AwsEvent.exception(
        BedrockErrors.streamType(kind), Json.write(Json.object().put("message", message)));
  }

  private void broken(ErrorKind kind, String message, ByteArrayOutputStream out) {
    over = true;
    if (finished != null) {
      stopped(out);
    } else if (usage != null) {
      counted(new LinkedHashMap<>(), out);
    }
    out.writeBytes(exception(kind, message));
  }

  private void begin(ByteArrayOutputStream out) {
    if (!begun) {
      begun = true;
      frame("messageStart", Json.object().put("role", "assistant"), out);
    }
  }

  private void begun(int block, Content opening, ByteArrayOutputStream out) {
    begin(out);
    switch (opening) {
      case Content.Text text -> {
        opened.put(block, opening);
        text(block, text.text(), out);
      }
      case Content.Declined declined -> {
        opened.put(block, opening);
        text(block, declined.text(), out);
      }
      case Content.Reasoning reasoning -> {
        opened.put(block, opening);
        thought = false;
        delta(block, reasoning.text(), out);
        Seal seal = reasoning.seal();
        if (seal != null) {
          seal(block, seal, out);
        }
      }
      case Content.ToolCall told -> {
        Content.ToolCall call = AnswerWriter.fitted(told);
        opened.put(block, call);
        ObjectNode start = Json.object();
        start.putObject("toolUse").put("toolUseId", call.id()).put("name", call.name());
        start(index(block), start, out);
        delta(block, call.arguments(), out);
      }
      case Content.Native own -> {
        if (own.dialect() == DialectId.BEDROCK) {
          whole(Blocks.raw(own), out);
        }
      }
      case Content.Media media -> {
        String format = Blocks.format(media);
        if (format != null
            && media.kind() == Content.Media.Kind.IMAGE
            && media.source() instanceof Content.Source.Inline) {
          whole(Blocks.media(media, format, new DocumentNames()), out);
        }
      }
      case Content.ToolResult ignored -> {}
    }
  }

  /** A block that is whole: its beginning, one delta if there is one for it, its end. */
  private void whole(JsonNode block, ByteArrayOutputStream out) {
    String type = block.isObject() && !block.isEmpty() ? block.fieldNames().next() : "";
    if (!(block.path(type) instanceof ObjectNode given)) {
      return;
    }
    ObjectNode value = given.deepCopy();
    ObjectNode delta = Json.object();
    switch (type) {
      case "toolUse" -> {
        JsonNode input = value.path("input");
        value.remove("input");
        delta.putObject(type).put("input", new String(Json.write(input), StandardCharsets.UTF_8));
      }
      case "toolResult" -> {
        JsonNode content = value.path("content");
        value.remove("content");
        delta.set(type, content);
      }
      case "image" -> {
        JsonNode source = value.path("source");
        value.remove("source");
        delta.putObject(type).set("source", source);
      }
      default -> {
        return;
      }
    }
    int index = next++;
    ObjectNode start = Json.object();
    start.set(type, value);
    start(index, start, out);
    change(index, delta, out);
    stop(index, out);
  }

  private void delta(int block, String piece, ByteArrayOutputStream out) {
    switch (opened.get(block)) {
      case Content.Text ignored -> text(block, piece, out);
      case Content.Declined ignored -> text(block, piece, out);
      case Content.Reasoning ignored -> {
        if (!piece.isEmpty()) {
          thought = true;
          ObjectNode delta = Json.object();
          delta.putObject("reasoningContent").put("text", piece);
          delta(block, delta, out);
        }
      }
      case Content.ToolCall call -> {
        if (call.freeform()) {
          freeText.append(piece);
        } else if (!piece.isEmpty()) {
          ObjectNode delta = Json.object();
          delta.putObject("toolUse").put("input", piece);
          delta(block, delta, out);
        }
      }
      case null, default -> {}
    }
  }

  private void text(int block, String piece, ByteArrayOutputStream out) {
    if (!piece.isEmpty()) {
      delta(block, Json.object().put("text", piece), out);
    }
  }

  private void seal(int block, Seal seal, ByteArrayOutputStream out) {
    Content opening = opened.get(block);
    if (opening instanceof Content.ToolCall call) {
      // Its place is behind the call, in a block of its own.
      opened.put(block, call.withSeal(seal));
    } else if (opening instanceof Content.Reasoning) {
      ObjectNode delta = Json.object();
      ObjectNode told = delta.putObject("reasoningContent");
      if (seal.redacted() && !thought) {
        told.put("redactedContent", AnswerWriter.redacted(seal));
      } else {
        told.put("signature", SealBox.pack(seal, DialectId.BEDROCK));
      }
      delta(block, delta, out);
    }
  }

  private void end(int block, ByteArrayOutputStream out) {
    Content opening = opened.remove(block);
    if (opening instanceof Content.ToolCall call && call.freeform()) {
      JsonNode input = Blocks.input(call.withArguments(freeText.toString()));
      freeText.setLength(0);
      ObjectNode delta = Json.object();
      delta
          .putObject("toolUse")
          .put("input", new String(Json.write(input), StandardCharsets.UTF_8));
      delta(block, delta, out);
    }
    Integer index = indexes.remove(block);
    if (index != null) {
      stop(index, out);
    }
    if (opening instanceof Content.ToolCall call && call.seal() != null) {
      ObjectNode delta = Json.object();
      delta
          .putObject("reasoningContent")
          .put("signature", AnswerWriter.callSeal(call.id(), call.seal()));
      int own = next++;
      change(own, delta, out);
      stop(own, out);
    }
  }

  private void end(ByteArrayOutputStream out) {
    begin(out);
    turns.rest().forEach(part -> write(part, out));
    over = true;
    stopped(out);
  }

  private void stopped(ByteArrayOutputStream out) {
    StreamPart.Finished told = finished;
    Map<String, JsonNode> own =
        told == null
            ? new LinkedHashMap<>()
            : new LinkedHashMap<>(told.extras().of(DialectId.BEDROCK));
    FinishReason reason = told == null ? null : told.reason();
    ObjectNode stop = Json.object().put("stopReason", AnswerWriter.stopReason(own, reason));
    AnswerWriter.fields(own, told == null ? null : told.stopSequence());
    JsonNode fields = own.remove("additionalModelResponseFields");
    if (fields != null) {
      stop.set("additionalModelResponseFields", fields);
    }
    frame("messageStop", stop, out);
    counted(own, out);
  }

  private void counted(Map<String, JsonNode> own, ByteArrayOutputStream out) {
    Usage counted = usage;
    if (counted == null && own.isEmpty()) {
      // Its usage is required: where nothing was told of it there is no such frame.
      return;
    }
    ObjectNode metadata = Json.object();
    metadata.set("usage", ConverseUsage.write(counted == null ? Usage.of(0, 0) : counted));
    if (!own.containsKey("metrics")) {
      metadata.putObject("metrics").put("latencyMs", 0);
    }
    own.forEach(metadata::set);
    frame("metadata", metadata, out);
  }

  private int index(int block) {
    return indexes.computeIfAbsent(block, none -> next++);
  }

  private void start(int index, ObjectNode start, ByteArrayOutputStream out) {
    ObjectNode payload = Json.object().put("contentBlockIndex", index);
    payload.set("start", start);
    frame("contentBlockStart", payload, out);
  }

  private void delta(int block, ObjectNode delta, ByteArrayOutputStream out) {
    change(index(block), delta, out);
  }

  private static void change(int index, ObjectNode delta, ByteArrayOutputStream out) {
    ObjectNode payload = Json.object().put("contentBlockIndex", index);
    payload.set("delta", delta);
    frame("contentBlockDelta", payload, out);
  }

  private static void stop(int index, ByteArrayOutputStream out) {
    frame("contentBlockStop", Json.object().put("contentBlockIndex", index), out);
  }

  private static void frame(String type, ObjectNode payload, ByteArrayOutputStream out) {
    out.writeBytes(AwsEvent.event(type, Json.write(payload)));
  }
}
