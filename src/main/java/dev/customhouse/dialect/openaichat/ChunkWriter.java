package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.OpenAiErrors;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a client's chunks: the role first, one piece of one thing in each, {@code [DONE]} last.
 */
final class ChunkWriter implements PartWriter {
  private static final byte[] DATA = ascii("data: ");
  private static final byte[] END = ascii("\n\n");
  private static final byte[] DONE = ascii("data: [DONE]\n\n");

  private final Reply reply;
  private final ReasoningNotes notes = new ReasoningNotes();
  private final Map<Integer, Open> open = new LinkedHashMap<>();
  private String id;
  private @Nullable Usage usage;
  private int calls;
  private int images;
  private boolean begun;
  private boolean finished;
  private boolean over;

  /** A block that grows. */
  private static final class Open {
    final Content opening;
    final int index;
    final boolean legacy;
    int saidBefore;
    boolean argued;
    @Nullable Seal seal;

    Open(Content opening, int index, boolean legacy) {
      this.opening = opening;
      this.index = index;
      this.legacy = legacy;
    }
  }

  ChunkWriter(Reply reply) {
    this.reply = reply;
    this.id = AnswerWriter.id(null, reply);
  }

  @Override
  public void part(StreamPart part, ByteArrayOutputStream out) {
    if (over) {
      return;
    }
    switch (part) {
      case StreamPart.Begun told -> {
        usage = told.usage() == null ? usage : told.usage();
        if (!begun) {
          id = AnswerWriter.id(told.id(), reply);
          begin(out);
        }
      }
      case StreamPart.BlockBegun block -> begun(block, out);
      case StreamPart.Delta delta -> {
        Open block = open.get(delta.block());
        if (block != null) {
          grow(block, delta.piece(), out);
        }
      }
      case StreamPart.Cited cited -> {
        Open block = open.get(cited.block());
        if (block != null) {
          cite(block, cited.citation(), out);
        }
      }
      case StreamPart.Sealed sealed -> {
        Open block = open.get(sealed.block());
        if (block != null) {
          block.seal = sealed.seal();
        }
      }
      case StreamPart.BlockEnded ended -> ended(open.get(ended.block()), out);
      case StreamPart.Counted counted -> usage = counted.usage();
      case StreamPart.Finished told -> finished(told, out);
      case StreamPart.Ended ignored -> end(out);
      case StreamPart.Alive ignored -> {}
      case StreamPart.Broken broken ->
          failure(
              new Refusal(broken.kind(), "upstream_error", broken.message()),
              reply.requestId(),
              out);
    }
  }

  private void begin(ByteArrayOutputStream out) {
    if (!begun) {
      begun = true;
      ObjectNode delta = Json.object().put("role", "assistant").put("content", "");
      chunk(delta, null, out);
    }
  }

  private void begun(StreamPart.BlockBegun part, ByteArrayOutputStream out) {
    begin(out);
    switch (part.opening()) {
      case Content.Text text -> {
        Open block = opened(part, text, 0, false);
        block.saidBefore = notes.saidChars();
        grow(block, text.text(), out);
        text.citations().forEach(citation -> cite(block, citation, out));
      }
      case Content.Reasoning reasoning -> {
        Open block = opened(part, reasoning, 0, false);
        block.seal = reasoning.seal();
        notes.begin();
        grow(block, reasoning.text(), out);
      }
      case Content.Declined declined ->
          grow(opened(part, declined, 0, false), declined.text(), out);
      case Content.ToolCall call -> {
        boolean legacy = calls == 0 && AnswerWriter.isLegacy(reply);
        Open block = opened(part, call, calls++, legacy);
        block.seal = call.seal();
        notes.called();
        call(block, call, out);
        grow(block, call.arguments(), out);
      }
      case Media media -> media(media, out);
      case Content.ToolResult ignored -> {}
      case Content.Native ignored -> {}
    }
  }

  private Open opened(StreamPart.BlockBegun part, Content opening, int index, boolean legacy) {
    Open block = new Open(opening, index, legacy);
    open.put(part.block(), block);
    return block;
  }

  private void call(Open block, Content.ToolCall call, ByteArrayOutputStream out) {
    ObjectNode delta = Json.object();
    if (block.legacy) {
      delta.putObject("function_call").put("name", call.name()).put("arguments", "");
    } else {
      ObjectNode node =
          delta
              .putArray("tool_calls")
              .addObject()
              .put("index", block.index)
              .put("id", call.id())
              .put("type", call.freeform() ? "custom" : "function");
      node.putObject(call.freeform() ? "custom" : "function")
          .put("name", call.name())
          .put(call.freeform() ? "input" : "arguments", "");
    }
    chunk(delta, null, out);
  }

  private void grow(Open block, String piece, ByteArrayOutputStream out) {
    if (piece.isEmpty()) {
      return;
    }
    ObjectNode delta = Json.object();
    switch (block.opening) {
      case Content.Text ignored -> {
        notes.said(piece);
        delta.put("content", piece);
      }
      case Content.Reasoning ignored -> {
        notes.reasoned(piece);
        delta.put("reasoning_content", piece);
      }
      case Content.Declined ignored -> delta.put("refusal", piece);
      case Content.ToolCall call -> {
        block.argued = true;
        arguments(block, call, piece, delta);
      }
      case Media ignored -> {
        return;
      }
      case Content.ToolResult ignored -> {
        return;
      }
      case Content.Native ignored -> {
        return;
      }
    }
    chunk(delta, null, out);
  }

  private static void arguments(Open block, Content.ToolCall call, String piece, ObjectNode delta) {
    if (block.legacy) {
      delta.putObject("function_call").put("arguments", piece);
      return;
    }
    ObjectNode node = delta.putArray("tool_calls").addObject().put("index", block.index);
    if (call.freeform()) {
      node.putObject("custom").put("input", piece);
    } else {
      node.putObject("function").put("arguments", piece);
    }
  }

  private void cite(Open block, Citation citation, ByteArrayOutputStream out) {
    ObjectNode annotation = Annotations.write(citation, block.saidBefore);
    if (annotation != null) {
      ObjectNode delta = Json.object();
      delta.putArray("annotations").add(annotation);
      chunk(delta, null, out);
    }
  }

  private void media(Media media, ByteArrayOutputStream out) {
    ObjectNode image = AnswerWriter.image(media, images);
    ObjectNode audio = image == null ? AnswerWriter.audio(media, reply) : null;
    ObjectNode delta = Json.object();
    if (image != null) {
      images++;
      delta.putArray("images").add(image);
    } else if (audio != null) {
      delta.set("audio", audio);
    } else {
      return;
    }
    chunk(delta, null, out);
  }

  /** Seals are told behind what they are of, when all of it is known. */
  private void ended(@Nullable Open block, ByteArrayOutputStream out) {
    if (block == null) {
      return;
    }
    ObjectNode entry =
        switch (block.opening) {
          case Content.Reasoning ignored -> notes.entry(block.seal);
          case Content.ToolCall call -> notes.entry(call.id(), block.seal);
          default -> null;
        };
    if (entry != null) {
      ObjectNode delta = Json.object();
      delta.putArray("reasoning_details").add(entry);
      chunk(delta, null, out);
    }
  }

  private void finished(StreamPart.Finished told, ByteArrayOutputStream out) {
    begin(out);
    String reason = ChatFinish.write(told.reason());
    if (reason == null) {
      failure(AnswerWriter.failed(), reply.requestId(), out);
      return;
    }
    if (told.reason() != FinishReason.LENGTH) {
      emptyArguments(out);
    }
    finished = true;
    boolean legacy =
        told.reason() == FinishReason.TOOL_CALLS && AnswerWriter.isLegacy(reply) && calls == 1;
    ObjectNode chunk = chunk();
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.putObject("delta");
    told.extras()
        .of(DialectId.OPENAI_CHAT)
        .forEach((name, value) -> {
          if (name.equals("logprobs")) {
            choice.set(name, value);
          } else if (!chunk.has(name)) {
            chunk.set(name, value);
          }
        });
    choice.put("finish_reason", legacy ? "function_call" : reason);
    write(chunk, out);
  }

  /** A tool without parameters is called with an empty object, though nobody wrote it. */
  private void emptyArguments(ByteArrayOutputStream out) {
    for (Open block : open.values()) {
      if (block.opening instanceof Content.ToolCall call && !call.freeform() && !block.argued) {
        grow(block, "{}", out);
      }
    }
  }

  private void end(ByteArrayOutputStream out) {
    if (!finished) {
      finished(
          new StreamPart.Finished(
              calls > 0 ? FinishReason.TOOL_CALLS : FinishReason.STOP, null, Extras.NONE),
          out);
    }
    over = true;
    if (reply.usageAsked() && usage != null) {
      ObjectNode chunk = chunk();
      chunk.putArray("choices");
      chunk.set("usage", ChatUsage.write(usage));
      write(chunk, out);
    }
    out.writeBytes(DONE);
  }

  private ObjectNode chunk() {
    return Json.object()
        .put("id", id)
        .put("object", "chat.completion.chunk")
        .put("created", reply.created().getEpochSecond())
        .put("model", reply.model());
  }

  private void chunk(ObjectNode delta, @Nullable String finish, ByteArrayOutputStream out) {
    ObjectNode chunk = chunk();
    ArrayNode choices = chunk.putArray("choices");
    ObjectNode choice = choices.addObject().put("index", 0);
    choice.set("delta", delta);
    choice.put("finish_reason", finish);
    write(chunk, out);
  }

  private static void write(ObjectNode chunk, ByteArrayOutputStream out) {
    out.writeBytes(DATA);
    out.writeBytes(Json.write(chunk));
    out.writeBytes(END);
  }

  /**
   * The client has been told of the first failure; it is not told of a second. The tokens that the
   * provider counted until then are told in the same event, as OpenRouter does: they may have to be
   * paid, and SDKs take a chunk of usage for the end of a whole answer.
   */
  @Override
  public void failure(Refusal refusal, String requestId, ByteArrayOutputStream out) {
    if (over) {
      return;
    }
    over = true;
    ObjectNode body = Json.object();
    body.set("error", OpenAiErrors.error(refusal));
    if (reply.usageAsked() && usage != null) {
      body.set("usage", ChatUsage.write(usage));
    }
    write(body, out);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
