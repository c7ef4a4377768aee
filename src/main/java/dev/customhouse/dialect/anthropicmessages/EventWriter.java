package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.BlocksInTurn;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.SealBox;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one stream for a client: one start, blocks one after another with indexes without gaps,
 * and an end. Blocks that the provider has open at the same time wait for each other.
 */
final class EventWriter implements PartWriter {
  private final Reply reply;
  private final UsageWriter usages;

  private final BlocksInTurn turns = new BlocksInTurn();

  private @Nullable Block open;
  private int nextIndex;
  private boolean started;
  private boolean over;
  private boolean calls;
  private boolean declined;
  private @Nullable Usage usage;
  private @Nullable Usage usageAtStart;
  private StreamPart.@Nullable Finished finished;

  EventWriter(Reply reply) {
    this.reply = reply;
    this.usages = new UsageWriter(reply);
  }

  /** The block that is being written. */
  private static final class Block {
    private final int number;
    private final Content opening;

    /** The first piece of a call's arguments, held back for a signature that may follow it. */
    private @Nullable String heldPiece;

    /** The free text of a call, which becomes one member of an object when it is whole. */
    private final StringBuilder freeText = new StringBuilder();

    /** Citations that came before the first words. */
    private final List<ObjectNode> citations = new ArrayList<>();

    private @Nullable Seal seal;
    private boolean shown;

    Block(int number, Content opening) {
      this.number = number;
      this.opening = opening;
    }
  }

  @Override
  public void part(StreamPart part, ByteArrayOutputStream out) {
    if (over) {
      return;
    }
    switch (part) {
      case StreamPart.Begun begun -> start(begun, out);
      case StreamPart.BlockBegun begun -> ofBlock(begun.block(), begun, out);
      case StreamPart.Delta delta -> ofBlock(delta.block(), delta, out);
      case StreamPart.Cited cited -> ofBlock(cited.block(), cited, out);
      case StreamPart.Sealed sealed -> ofBlock(sealed.block(), sealed, out);
      case StreamPart.BlockEnded ended -> ofBlock(ended.block(), ended, out);
      case StreamPart.Counted counted -> usage = counted.usage();
      case StreamPart.Finished last -> finished = last;
      case StreamPart.Alive ignored -> {
        if (started) {
          event("ping", Json.object(), out);
        }
      }
      case StreamPart.Ended ignored -> end(out);
      case StreamPart.Broken broken ->
          failure(
              new Refusal(broken.kind(), "upstream_error", broken.message()),
              reply.requestId(),
              out);
    }
  }

  @Override
  public void failure(Refusal refusal, String requestId, ByteArrayOutputStream out) {
    if (over) {
      return;
    }
    over = true;
    told(out);
    out.writeBytes(new MessageStream().failure(refusal, requestId));
  }

  private void start(StreamPart.Begun begun, ByteArrayOutputStream out) {
    if (started) {
      return;
    }
    started = true;
    usage = begun.usage();
    usageAtStart = usage;
    ObjectNode message = AnswerWriter.opening(begun.id(), reply);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence").putNull("stop_details");
    message.set("usage", usages.atStart(usage));
    message.putNull("container");
    ObjectNode data = Json.object();
    data.set("message", message);
    event("message_start", data, out);
  }

  private void ofBlock(int number, StreamPart part, ByteArrayOutputStream out) {
    if (!started) {
      start(new StreamPart.Begun(null, null, null), out);
    }
    turns.ready(number, part).forEach(ready -> write(ready, out));
  }

  private void write(StreamPart part, ByteArrayOutputStream out) {
    Block block = open;
    switch (part) {
      case StreamPart.BlockBegun begun -> begin(begun, out);
      case StreamPart.Delta delta -> {
        if (block != null) {
          grow(block, delta.piece(), out);
        }
      }
      case StreamPart.Cited cited -> {
        ObjectNode delta = AnswerBlocks.citation(cited.citation());
        if (block != null && delta != null) {
          if (block.shown) {
            delta(delta, out);
          } else {
            block.citations.add(delta);
          }
        }
      }
      case StreamPart.Sealed sealed -> {
        if (block != null) {
          block.seal = sealed.seal();
        }
      }
      case StreamPart.BlockEnded ignored -> {
        if (block != null) {
          open = null;
          stop(block, out);
        }
      }
      default -> throw new IllegalArgumentException("of no block: " + part);
    }
  }

  private void begin(StreamPart.BlockBegun begun, ByteArrayOutputStream out) {
    Block block = new Block(begun.block(), begun.opening());
    open = block;
    switch (begun.opening()) {
      case Content.Text text -> {
        grow(block, text.text(), out);
        text.citations().forEach(each -> write(new StreamPart.Cited(block.number, each), out));
      }
      case Content.Declined words -> {
        declined = true;
        grow(block, words.text(), out);
      }
      case Content.Reasoning reasoning -> {
        block.seal = reasoning.seal();
        grow(block, reasoning.text(), out);
      }
      case Content.ToolCall call -> {
        calls |= AnswerBlocks.waits(call);
        block.seal = call.seal();
        grow(block, call.arguments(), out);
      }
      case Content.Native own -> AnswerBlocks.of(own).forEach(each -> whole(each, out));
      // Answers of this dialect hold neither.
      case Content.Media ignored -> {}
      case Content.ToolResult ignored -> {}
    }
  }

  private void grow(Block block, String piece, ByteArrayOutputStream out) {
    if (piece.isEmpty()) {
      return;
    }
    switch (block.opening) {
      case Content.Text text -> {
        show(block, AnswerBlocks.textOpening(text.extras()), out);
        delta(Json.object().put("type", "text_delta").put("text", piece), out);
      }
      case Content.Declined ignored -> {
        show(block, AnswerBlocks.textOpening(Extras.NONE), out);
        delta(Json.object().put("type", "text_delta").put("text", piece), out);
      }
      case Content.Reasoning ignored -> {
        show(block, thinking(), out);
        delta(Json.object().put("type", "thinking_delta").put("thinking", piece), out);
      }
      case Content.ToolCall call -> {
        if (call.freeform()) {
          block.freeText.append(piece);
        } else if (!block.shown && block.heldPiece == null) {
          block.heldPiece = piece;
        } else {
          show(block, call, out);
          arguments(piece, out);
        }
      }
      case Content.Native ignored -> {}
      case Content.Media ignored -> {}
      case Content.ToolResult ignored -> {}
    }
  }

  private static ObjectNode thinking() {
    return Json.object().put("type", "thinking").put("thinking", "").put("signature", "");
  }

  private void show(Block block, ObjectNode opening, ByteArrayOutputStream out) {
    if (!block.shown) {
      block.shown = true;
      blockStart(opening, out);
      block.citations.forEach(citation -> delta(citation, out));
    }
  }

  /** A signature stands before its call, where clients are used to find thinking. */
  private void show(Block block, Content.ToolCall call, ByteArrayOutputStream out) {
    if (block.shown) {
      return;
    }
    Seal seal = block.seal;
    if (seal != null) {
      whole(AnswerBlocks.redacted(seal), out);
      block.seal = null;
    }
    show(block, AnswerBlocks.callOpening(call), out);
    if (call.freeform()) {
      ObjectNode input = Arguments.ofText(block.freeText.toString());
      arguments(new String(Json.write(input), StandardCharsets.UTF_8), out);
    } else if (block.heldPiece != null) {
      arguments(block.heldPiece, out);
    }
  }

  private void arguments(String piece, ByteArrayOutputStream out) {
    delta(Json.object().put("type", "input_json_delta").put("partial_json", piece), out);
  }

  private void stop(Block block, ByteArrayOutputStream out) {
    if (block.opening instanceof Content.ToolCall call) {
      show(block, call, out);
    }
    Seal seal = block.seal;
    if (seal != null && block.opening instanceof Content.Reasoning) {
      if (!block.shown && seal.redacted()) {
        whole(AnswerBlocks.redacted(seal), out);
        return;
      }
      show(block, thinking(), out);
      String signature = SealBox.pack(seal, Members.OWN);
      delta(Json.object().put("type", "signature_delta").put("signature", signature), out);
    }
    if (block.shown) {
      blockStop(out);
    }
    if (seal != null && block.opening instanceof Content.ToolCall && block.seal != null) {
      // It came when the call was already on its way.
      whole(AnswerBlocks.redacted(seal), out);
    }
  }

  private void end(ByteArrayOutputStream out) {
    if (!started) {
      start(new StreamPart.Begun(null, null, null), out);
    }
    turns.rest().forEach(part -> write(part, out));
    over = true;
    delta(stopReason(), out);
    event("message_stop", Json.object(), out);
  }

  private String stopReason() {
    StreamPart.Finished last = finished;
    return last == null
        ? StopReasons.write(null, Extras.NONE, calls, declined)
        : StopReasons.write(last.reason(), last.extras(), calls, declined);
  }

  /**
   * What an answer that broke off had told before: why the model stopped, and its tokens. Half a
   * call is not ended for that: it would look whole.
   */
  private void told(ByteArrayOutputStream out) {
    Block block = open;
    if (!started
        || finished == null && !isUsageNews()
        || block != null && block.opening instanceof Content.ToolCall) {
      return;
    }
    open = null;
    if (block != null) {
      stop(block, out);
    }
    delta(finished == null ? null : stopReason(), out);
  }

  /** The start of a stream told the input. */
  private boolean isUsageNews() {
    Usage now = usage;
    return now != null && (now.outputTokens() > 0 || !now.equals(usageAtStart));
  }

  private void delta(@Nullable String stopReason, ByteArrayOutputStream out) {
    StreamPart.Finished last = finished;
    Extras extras = last == null ? Extras.NONE : last.extras();
    ObjectNode delta = Json.object();
    delta.put("stop_reason", stopReason);
    delta.put("stop_sequence", last == null ? null : last.stopSequence());
    for (String name : List.of("stop_details", "container")) {
      JsonNode own = Members.own(extras, name);
      delta.set(name, own);
    }
    ObjectNode data = Json.object();
    data.set("delta", delta);
    data.set("usage", usages.atEnd(usage, extras));
    JsonNode management = Members.own(extras, "context_management");
    if (management != null) {
      data.set("context_management", management);
    }
    event("message_delta", data, out);
  }

  private void whole(ObjectNode block, ByteArrayOutputStream out) {
    blockStart(block, out);
    blockStop(out);
  }

  private void blockStart(ObjectNode block, ByteArrayOutputStream out) {
    ObjectNode data = Json.object().put("index", nextIndex);
    data.set("content_block", block);
    event("content_block_start", data, out);
  }

  private void delta(ObjectNode delta, ByteArrayOutputStream out) {
    ObjectNode data = Json.object().put("index", nextIndex);
    data.set("delta", delta);
    event("content_block_delta", data, out);
  }

  private void blockStop(ByteArrayOutputStream out) {
    event("content_block_stop", Json.object().put("index", nextIndex), out);
    nextIndex++;
  }

  private static void event(String type, ObjectNode data, ByteArrayOutputStream out) {
    ObjectNode typed = Json.object().put("type", type);
    typed.setAll(data);
    out.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(Json.write(typed));
    out.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
  }
}
