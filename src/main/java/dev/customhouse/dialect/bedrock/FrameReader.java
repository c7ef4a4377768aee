package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.wire.AwsEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Understands the frames of one ConverseStream. Usage comes behind the reason for stopping, so that
 * the latter is told when the former has been, or when the body has ended.
 */
final class FrameReader implements PartReader {
  /** What a block is while it grows. */
  private enum Kind {
    TEXT,
    REASONING,
    CALL,
    /** What is told when it is whole: what the provider does by itself, and pictures. */
    WHOLE
  }

  /** A block that grows. */
  private static final class Block {
    private final Kind kind;
    private final int number;
    private final StringBuilder text = new StringBuilder();
    private final ObjectNode whole;
    private boolean redacted;

    Block(Kind kind, int number, ObjectNode whole) {
      this.kind = kind;
      this.number = number;
      this.whole = whole;
    }
  }

  private final String maker;
  private final BlockReader blocks;
  private final Map<Integer, Block> open = new LinkedHashMap<>();
  private final Map<String, JsonNode> rest = new LinkedHashMap<>();
  private int next;
  private boolean begun;
  private boolean broken;
  private boolean finished;
  private @Nullable String stopReason;
  private @Nullable String stopSequence;

  FrameReader(String maker) {
    this.maker = maker;
    this.blocks = BlockReader.ofAnswers(maker);
  }

  @Override
  public void event(byte[] buffer, int start, int end, Consumer<StreamPart> parts) {
    AwsEvent event = AwsEvent.parse(buffer, start, end);
    JsonNode payload = Json.read(event.payloadBuffer(), event.payloadStart(), event.payloadEnd());
    if (event.isFailure()) {
      failure(event, payload, parts);
      return;
    }
    if (broken) {
      return;
    }
    switch (event.type()) {
      case "messageStart" -> begin(parts);
      case "contentBlockStart" -> start(payload, parts);
      case "contentBlockDelta" -> delta(payload, parts);
      case "contentBlockStop" -> stop(payload.path("contentBlockIndex").asInt(), parts);
      case "messageStop" -> messageStop(payload, parts);
      case "metadata" -> metadata(payload, parts);
      default -> {}
    }
  }

  @Override
  public void end(Consumer<StreamPart> parts) {
    if (broken) {
      return;
    }
    stopAll(parts);
    if (stopReason != null) {
      finish(parts);
      parts.accept(new StreamPart.Ended());
    }
  }

  private void failure(AwsEvent event, JsonNode payload, Consumer<StreamPart> parts) {
    String told = event.header(":error-message");
    String message = payload.path("message").asText(told == null ? "" : told);
    broken = true;
    parts.accept(
        new StreamPart.Broken(
            BedrockErrors.classify(0, event.type(), payload),
            message.isEmpty() ? "The provider broke off its answer." : message));
  }

  private void begin(Consumer<StreamPart> parts) {
    if (!begun) {
      begun = true;
      parts.accept(new StreamPart.Begun(null, null, null));
    }
  }

  private void start(JsonNode payload, Consumer<StreamPart> parts) {
    begin(parts);
    int index = payload.path("contentBlockIndex").asInt();
    JsonNode start = payload.path("start");
    JsonNode use = start.path("toolUse");
    if (use.isObject() && !ServerTools.isUse(use)) {
      stop(index, parts);
      String id = use.path("toolUseId").asText("");
      Content.ToolCall call =
          Content.ToolCall.of(id.isEmpty() ? "call_" + index : id, use.path("name").asText(""), "");
      begin(index, Kind.CALL, call, Json.object(), parts);
    } else if (start.isObject() && !start.isEmpty()) {
      stop(index, parts);
      open.put(index, new Block(Kind.WHOLE, -1, ((ObjectNode) start).deepCopy()));
    }
  }

  private Block begin(
      int index, Kind kind, Content opening, ObjectNode whole, Consumer<StreamPart> parts) {
    Block block = new Block(kind, next++, whole);
    open.put(index, block);
    parts.accept(new StreamPart.BlockBegun(block.number, opening));
    return block;
  }

  private void delta(JsonNode payload, Consumer<StreamPart> parts) {
    begin(parts);
    int index = payload.path("contentBlockIndex").asInt();
    JsonNode delta = payload.path("delta");
    Block whole = open.get(index);
    if (whole != null && whole.kind == Kind.WHOLE) {
      grow(whole, delta);
      return;
    }
    if (delta.path("text").isTextual()) {
      Block block = grown(index, Kind.TEXT, parts);
      tell(block, delta.path("text").textValue(), parts);
    }
    if (delta.path("citation").isObject()) {
      Block block = grown(index, Kind.TEXT, parts);
      parts.accept(
          new StreamPart.Cited(block.number, BlockReader.citation(delta.path("citation"))));
    }
    if (delta.path("toolUse").path("input").isTextual()) {
      Block call = open.get(index);
      if (call != null && call.kind == Kind.CALL) {
        tell(call, delta.path("toolUse").path("input").textValue(), parts);
      }
    }
    if (delta.path("reasoningContent").isObject()) {
      reasoning(grown(index, Kind.REASONING, parts), delta.path("reasoningContent"), parts);
    }
    if (delta.path("image").isObject()) {
      Block image = new Block(Kind.WHOLE, -1, Json.object());
      image.whole.putObject("image");
      open.put(index, image);
      grow(image, delta);
    }
  }

  /** The block of that kind at the index; what was there of another kind is over. */
  private Block grown(int index, Kind kind, Consumer<StreamPart> parts) {
    Block block = open.get(index);
    if (block != null && block.kind == kind) {
      return block;
    }
    stop(index, parts);
    Content opening =
        kind == Kind.REASONING ? new Content.Reasoning("", null, Extras.NONE) : Content.Text.of("");
    return begin(index, kind, opening, Json.object(), parts);
  }

  private static void tell(Block block, String piece, Consumer<StreamPart> parts) {
    if (!piece.isEmpty()) {
      parts.accept(new StreamPart.Delta(block.number, piece));
    }
  }

  /** Signatures and redacted reasoning may come in pieces; they are told when they are whole. */
  private static void reasoning(Block block, JsonNode delta, Consumer<StreamPart> parts) {
    if (delta.path("text").isTextual()) {
      tell(block, delta.path("text").textValue(), parts);
    }
    block.text.append(delta.path("signature").asText(""));
    JsonNode redacted = delta.path("redactedContent");
    if (redacted.isTextual()) {
      block.redacted = true;
      block.text.append(redacted.textValue());
    }
  }

  private static void grow(Block block, JsonNode delta) {
    block.text.append(delta.path("toolUse").path("input").asText(""));
    JsonNode image = delta.path("image").path("source").path("bytes");
    if (image.isTextual()) {
      block.text.append(image.textValue());
    }
    if (delta.path("toolResult").isArray()
        && block.whole.path("toolResult") instanceof ObjectNode result) {
      ArrayNode content =
          result.path("content") instanceof ArrayNode array ? array : result.putArray("content");
      delta.path("toolResult").forEach(content::add);
    }
  }

  private void stop(int index, Consumer<StreamPart> parts) {
    Block block = open.remove(index);
    if (block == null) {
      return;
    }
    int number = block.number;
    if (block.kind == Kind.WHOLE) {
      number = next++;
      parts.accept(new StreamPart.BlockBegun(number, whole(block)));
    } else if (block.kind == Kind.REASONING && !block.text.isEmpty()) {
      Seal seal = new Seal(DialectId.BEDROCK, maker, block.text.toString(), block.redacted);
      parts.accept(new StreamPart.Sealed(number, seal));
    }
    parts.accept(new StreamPart.BlockEnded(number));
  }

  private Content whole(Block block) {
    ObjectNode whole = block.whole;
    if (whole.path("toolUse") instanceof ObjectNode use) {
      JsonNode input = Json.read(block.text.toString().getBytes(StandardCharsets.UTF_8));
      use.set("input", input.isMissingNode() ? Json.object() : input);
    }
    if (whole.path("image") instanceof ObjectNode image) {
      image.putObject("source").put("bytes", block.text.toString());
    }
    return blocks.answered(whole);
  }

  private void stopAll(Consumer<StreamPart> parts) {
    List<Integer> indexes = new ArrayList<>(open.keySet());
    indexes.forEach(index -> stop(index, parts));
  }

  private void messageStop(JsonNode payload, Consumer<StreamPart> parts) {
    begin(parts);
    stopAll(parts);
    stopReason = payload.path("stopReason").asText("");
    stopSequence = AnswerReader.stopSequence(payload.path("additionalModelResponseFields"));
    rest.putAll(BlockReader.rest(payload, "stopReason", "p"));
    AnswerReader.withStopReason(rest, payload.path("stopReason"));
  }

  private void metadata(JsonNode payload, Consumer<StreamPart> parts) {
    begin(parts);
    Usage usage = ConverseUsage.read(payload.path("usage"));
    if (usage != null) {
      parts.accept(new StreamPart.Counted(usage));
    }
    rest.putAll(BlockReader.rest(payload, "usage", "p"));
    if (stopReason != null) {
      finish(parts);
    }
  }

  private void finish(Consumer<StreamPart> parts) {
    if (finished) {
      return;
    }
    finished = true;
    FinishReason reason = StopReasons.read(stopReason);
    parts.accept(
        new StreamPart.Finished(
            reason == null ? FinishReason.OTHER : reason, stopSequence, BlockReader.extras(rest)));
  }
}
