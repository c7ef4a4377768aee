package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.dialect.ErrorStatus;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chunks of a stream: each an event, or each an item of an array that grows, which is
 * what clients get that do not say {@code alt=sse}. There is no {@code [DONE]}. Used for one
 * answer.
 */
final class ChunkWriter implements PartWriter {
  private final Reply reply;
  private final AnswerParts answer;
  private ByteArrayOutputStream out = new ByteArrayOutputStream(0);
  private @Nullable String id;
  private boolean written;

  /** True when something was counted or ended since the last chunk. */
  private boolean untold;

  private boolean over;

  ChunkWriter(Reply reply) {
    this.reply = reply;
    this.answer = new AnswerParts(false, shows(reply), part -> chunk(part, false));
  }

  /** Thoughts are kept back from whom says that it wants none. */
  static boolean shows(Reply reply) {
    Thinking thinking = reply.request().thinking();
    return thinking == null || !Boolean.FALSE.equals(thinking.shown());
  }

  @Override
  public void part(StreamPart part, ByteArrayOutputStream into) {
    if (over) {
      return;
    }
    out = into;
    switch (part) {
      case StreamPart.Begun begun -> {
        id = begun.id();
        if (begun.usage() != null) {
          answer.count(begun.usage());
        }
      }
      case StreamPart.BlockBegun begun -> answer.begin(begun.block(), begun.opening());
      case StreamPart.Delta delta -> answer.delta(delta.block(), delta.piece());
      case StreamPart.Cited cited -> answer.cite(cited);
      case StreamPart.Sealed sealed -> answer.seal(sealed);
      case StreamPart.BlockEnded ended -> answer.end(ended.block());
      case StreamPart.Counted counted -> {
        untold |= !counted.usage().equals(answer.counted());
        answer.count(counted.usage());
      }
      case StreamPart.Finished finished -> {
        answer.finish(finished.reason());
        untold = true;
      }
      case StreamPart.Alive ignored -> {}
      case StreamPart.Ended ignored -> {
        chunk(Json.object().put("text", ""), true);
        over = true;
        if (reply.arraySought()) {
          out.writeBytes(Gemini.ascii("]"));
        }
      }
      case StreamPart.Broken broken ->
          failure(new Refusal(broken.kind(), code(broken.kind()), broken.message()), "", out);
    }
  }

  private static String code(ErrorKind kind) {
    return "upstream_" + kind.label();
  }

  private void chunk(ObjectNode part, boolean last) {
    untold = false;
    ObjectNode chunk = Json.object();
    ObjectNode candidate = chunk.putArray("candidates").addObject();
    ObjectNode content = candidate.putObject("content");
    content.putArray("parts").add(part);
    content.put("role", "model");
    if (last) {
      answer.close(candidate);
    }
    candidate.put("index", 0);
    envelope(chunk, answer.usage(), id, reply);
    item(chunk);
  }

  /** What stands around the candidates. */
  static void envelope(
      ObjectNode answer, @Nullable ObjectNode usage, @Nullable String id, Reply reply) {
    if (usage != null) {
      answer.set("usageMetadata", usage);
    }
    answer.put("modelVersion", reply.model());
    answer.put("responseId", id == null || id.isEmpty() ? reply.requestId() : id);
  }

  private void item(ObjectNode item) {
    if (reply.arraySought()) {
      out.writeBytes(Gemini.ascii(written ? ",\r\n" : "["));
      out.writeBytes(Json.write(item));
    } else {
      out.writeBytes(Gemini.ascii("data: "));
      out.writeBytes(Json.write(item));
      out.writeBytes(Gemini.ascii("\r\n\r\n"));
    }
    written = true;
  }

  @Override
  public void failure(Refusal refusal, String requestId, ByteArrayOutputStream into) {
    if (over) {
      return;
    }
    out = into;
    if (untold) {
      chunk(Json.object().put("text", ""), true);
    }
    item(Gemini.error(refusal, ErrorStatus.usual(refusal)));
    if (reply.arraySought()) {
      out.writeBytes(Gemini.ascii("]"));
    }
    over = true;
  }
}
