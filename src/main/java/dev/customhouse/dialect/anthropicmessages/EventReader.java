package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one stream of a provider. Blocks that the hub does not know are gathered and told when they
 * are whole, in whatever kind of pieces they came.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/streaming">Streaming</a>
 */
final class EventReader implements PartReader {
  private static final Set<String> DELTA = Set.of("stop_reason", "stop_sequence");

  private final BlockReader blocks;
  private final String maker;
  private final MessageUsage usage = new MessageUsage();
  private final Map<Integer, Block> open = new LinkedHashMap<>();
  private final Map<String, JsonNode> extras = new LinkedHashMap<>();
  private int next;
  private boolean started;
  private boolean over;
  private @Nullable String stopReason;
  private @Nullable String stopSequence;

  /** A block under way. */
  private static final class Block {
    /** As it was when it began, and for blocks that the hub does not know as it has grown. */
    private final ObjectNode opening;

    private final String type;
    private int number = -1;
    private boolean grown;
    private final StringBuilder json = new StringBuilder();
    private final StringBuilder signature = new StringBuilder();

    Block(ObjectNode opening) {
      this.opening = opening;
      this.type = opening.path("type").asText();
    }
  }

  EventReader(String maker) {
    this.maker = maker;
    this.blocks = new BlockReader(maker);
  }

  @Override
  public void event(byte[] buffer, int start, int end, Consumer<StreamPart> parts) {
    if (over) {
      return;
    }
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (event.hasData()) {
      JsonNode data = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
      read(data, data.path("type").asText(event.name()), parts);
    } else if (start < end && buffer[start] == '{') {
      // A frame of a host that has no events, such as Bedrock's.
      JsonNode data = Json.read(buffer, start, end);
      read(data, data.path("type").asText(), parts);
    } else {
      parts.accept(new StreamPart.Alive());
    }
  }

  private void read(JsonNode data, String type, Consumer<StreamPart> parts) {
    switch (type) {
      case "message_start" -> start(data.path("message"), parts);
      case "content_block_start" -> blockStart(data, parts);
      case "content_block_delta" -> blockDelta(data, parts);
      case "content_block_stop" -> {
        Block block = open.remove(data.path("index").asInt());
        if (block != null) {
          stop(block, parts);
        }
      }
      case "message_delta" -> messageDelta(data, parts);
      case "message_stop" -> {
        closeAll(parts);
        FinishReason finish = MessageAnswer.finish(stopReason);
        parts.accept(
            new StreamPart.Finished(
                finish == null ? FinishReason.OTHER : finish,
                stopSequence,
                Extras.of(Members.OWN, extras)));
        parts.accept(new StreamPart.Ended());
        over = true;
      }
      case "error" -> {
        over = true;
        parts.accept(
            new StreamPart.Broken(
                UpstreamErrors.classify(0, data), UpstreamErrors.message(Json.write(data))));
      }
      case "ping" -> parts.accept(new StreamPart.Alive());
      default -> {
        // New kinds of events may come within a version (Anthropic's versioning policy).
      }
    }
  }

  @Override
  public void end(Consumer<StreamPart> parts) {
    if (!over) {
      closeAll(parts);
    }
  }

  private void closeAll(Consumer<StreamPart> parts) {
    open.values().forEach(block -> stop(block, parts));
    open.clear();
  }

  /** A second start has been seen in the wild; it tells nothing. */
  private void start(JsonNode message, Consumer<StreamPart> parts) {
    if (started) {
      return;
    }
    started = true;
    usage.add(message.path("usage"));
    keepUsage(message.path("usage"));
    stopReason = Json.text(message.path("stop_reason"));
    parts.accept(
        new StreamPart.Begun(
            Json.text(message.path("id")), Json.text(message.path("model")), usage.total()));
  }

  private void keepUsage(JsonNode told) {
    if (told.isObject()) {
      ObjectNode kept = Json.object();
      if (extras.get(UsageWriter.USAGE) instanceof ObjectNode before) {
        kept.setAll(before);
      }
      told.properties().forEach(each -> kept.set(each.getKey(), each.getValue()));
      extras.put(UsageWriter.USAGE, kept);
    }
  }

  private void messageDelta(JsonNode data, Consumer<StreamPart> parts) {
    JsonNode delta = data.path("delta");
    String reason = Json.text(delta.path("stop_reason"));
    if (reason != null) {
      stopReason = reason;
      extras.remove(StopReasons.UNKNOWN);
      if (MessageAnswer.finish(reason) == FinishReason.OTHER) {
        extras.put(StopReasons.UNKNOWN, delta.path("stop_reason"));
      }
    }
    String sequence = Json.text(delta.path("stop_sequence"));
    stopSequence = sequence == null ? stopSequence : sequence;
    extras.putAll(Members.rest(delta, DELTA).fields());
    extras.putAll(Members.rest(data, Set.of("type", "delta", "usage")).fields());
    usage.add(data.path("usage"));
    keepUsage(data.path("usage"));
    Usage total = usage.total();
    if (total != null) {
      parts.accept(new StreamPart.Counted(total));
    }
  }

  private void blockStart(JsonNode data, Consumer<StreamPart> parts) {
    Block before = open.remove(data.path("index").asInt());
    if (before != null) {
      stop(before, parts);
    }
    if (!(data.path("content_block") instanceof ObjectNode opening)) {
      return;
    }
    Block block = new Block(opening.deepCopy());
    open.put(data.path("index").asInt(), block);
    begin(block, parts);
  }

  private void begin(Block block, Consumer<StreamPart> parts) {
    ObjectNode opening = block.opening;
    switch (block.type) {
      case "text" -> {
        begun(block, emptied(opening, "text", "citations"), parts);
        delta(block, opening.path("text").asText(), parts);
        Citations.read(opening.path("citations")).forEach(each -> cited(block, each, parts));
      }
      case "thinking" -> {
        begun(block, emptied(opening, "thinking", "signature"), parts);
        delta(block, opening.path("thinking").asText(), parts);
        block.signature.append(opening.path("signature").asText());
      }
      case "tool_use" -> {
        Content content = emptied(opening, "input");
        begun(
            block,
            content instanceof Content.ToolCall call ? call.withArguments("") : content,
            parts);
      }
      default -> {
        // Told when it is whole.
      }
    }
  }

  private Content emptied(ObjectNode opening, String... growing) {
    ObjectNode emptied = opening.deepCopy();
    emptied.remove(List.of(growing));
    return blocks.contents(emptied.arrayNode().add(emptied)).getFirst();
  }

  private void begun(Block block, Content opening, Consumer<StreamPart> parts) {
    block.number = next++;
    parts.accept(new StreamPart.BlockBegun(block.number, opening));
  }

  private static void delta(Block block, String piece, Consumer<StreamPart> parts) {
    if (!piece.isEmpty()) {
      block.grown = true;
      parts.accept(new StreamPart.Delta(block.number, piece));
    }
  }

  private static void cited(Block block, Citation citation, Consumer<StreamPart> parts) {
    parts.accept(new StreamPart.Cited(block.number, citation));
  }

  private void blockDelta(JsonNode data, Consumer<StreamPart> parts) {
    JsonNode delta = data.path("delta");
    Block block = open.get(data.path("index").asInt());
    if (block == null) {
      // Some hosts leave the start of a text out.
      block = new Block(Json.object().put("type", "text").put("text", ""));
      open.put(data.path("index").asInt(), block);
      begin(block, parts);
    }
    String type = delta.path("type").asText();
    if (block.number < 0) {
      grow(block, type, delta);
      return;
    }
    switch (type) {
      case "text_delta" -> delta(block, delta.path("text").asText(), parts);
      case "thinking_delta" -> delta(block, delta.path("thinking").asText(), parts);
      case "input_json_delta" -> delta(block, delta.path("partial_json").asText(), parts);
      case "signature_delta" -> block.signature.append(delta.path("signature").asText());
      case "citations_delta" -> {
        Block cited = block;
        Citations.read(Json.object().arrayNode().add(delta.path("citation")))
            .forEach(each -> cited(cited, each, parts));
      }
      default -> {
        // As with events: new kinds may come.
      }
    }
  }

  /** Pieces of blocks that the hub does not know: texts are put together, all else replaces. */
  private static void grow(Block block, String type, JsonNode delta) {
    if (type.equals("input_json_delta")) {
      block.json.append(delta.path("partial_json").asText());
      return;
    }
    for (var member : delta.properties()) {
      String name = member.getKey();
      JsonNode piece = member.getValue();
      if (name.equals("type")) {
        continue;
      }
      if (piece.isTextual() && block.opening.path(name).isTextual()) {
        block.opening.put(name, block.opening.path(name).textValue() + piece.textValue());
      } else {
        block.opening.set(name, piece);
      }
    }
  }

  private void stop(Block block, Consumer<StreamPart> parts) {
    if (block.number < 0) {
      if (!block.json.isEmpty()) {
        block.opening.set("input", Arguments.written(block.json.toString()));
      }
      whole(block, parts);
    } else if (block.type.equals("tool_use") && !block.grown) {
      delta(block, Arguments.text(block.opening.path("input")), parts);
    } else if (!block.signature.isEmpty()) {
      Seal seal = new Seal(Members.OWN, maker, block.signature.toString(), false);
      parts.accept(new StreamPart.Sealed(block.number, seal));
    }
    parts.accept(new StreamPart.BlockEnded(block.number));
  }

  private void whole(Block block, Consumer<StreamPart> parts) {
    Content content = blocks.contents(block.opening.arrayNode().add(block.opening)).getFirst();
    begun(block, content, parts);
  }
}
