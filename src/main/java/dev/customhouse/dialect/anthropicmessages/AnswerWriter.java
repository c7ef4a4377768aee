package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a whole message for a client, with all members that Anthropic's specification requires.
 */
final class AnswerWriter {
  private static final String MESSAGE_ID = "msg_";

  private AnswerWriter() {}

  static byte[] write(ChatAnswer answer, Reply reply) {
    ObjectNode message = opening(answer.id(), reply);
    List<Content> whole = withoutHalfCall(answer);
    ArrayNode content = message.putArray("content");
    boolean calls = false;
    boolean declined = false;
    for (Content each : whole) {
      AnswerBlocks.of(each).forEach(content::add);
      calls |= AnswerBlocks.waits(each);
      declined |= each instanceof Content.Declined;
    }
    Extras extras = answer.extras();
    message.put("stop_reason", StopReasons.write(answer.finish(), extras, calls, declined));
    message.put("stop_sequence", answer.stopSequence());
    message.set("usage", new UsageWriter(reply).whole(answer.usage(), extras));
    Members.restore(message, extras);
    for (String name : List.of("stop_details", "container")) {
      if (!message.has(name)) {
        message.putNull(name);
      }
    }
    return Json.write(message);
  }

  /** What is the same in a whole message and in the first event of a stream. */
  static ObjectNode opening(@Nullable String id, Reply reply) {
    return Json.object()
        .put("id", id(id, reply))
        .put("type", "message")
        .put("role", "assistant")
        .put("model", reply.model());
  }

  /** The provider's id where it is of this dialect's form. */
  private static String id(@Nullable String id, Reply reply) {
    if (id != null && id.startsWith(MESSAGE_ID) && CallIds.VALID.matcher(id).matches()) {
      return id;
    }
    StringBuilder own = new StringBuilder(MESSAGE_ID);
    String requestId = reply.requestId();
    for (int i = 0; i < requestId.length(); i++) {
      char letter = requestId.charAt(i);
      if (letter < 0x80 && Character.isLetterOrDigit(letter)) {
        own.append(letter);
      }
    }
    return own.toString();
  }

  /** A call that was cut off has no object for its input: it is left out. */
  private static List<Content> withoutHalfCall(ChatAnswer answer) {
    List<Content> content = answer.content();
    boolean cut =
        answer.finish() == FinishReason.LENGTH || answer.finish() == FinishReason.CONTEXT_WINDOW;
    boolean half =
        cut
            && !content.isEmpty()
            && content.getLast() instanceof Content.ToolCall call
            && Arguments.read(call.arguments()) == null;
    return half ? content.subList(0, content.size() - 1) : content;
  }
}
