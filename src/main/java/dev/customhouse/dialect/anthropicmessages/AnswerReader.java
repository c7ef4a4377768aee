package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.dialect.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a provider's whole message. An empty one is an answer too. */
final class AnswerReader {
  private static final Set<String> MESSAGE =
      Set.of("id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage");

  private AnswerReader() {}

  static ChatAnswer read(JsonNode message, String maker) {
    if (!message.path("content").isArray() && !message.has("stop_reason")) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "invalid_upstream_answer",
          "The provider's answer is no message: it has neither 'content' nor 'stop_reason'.");
    }
    MessageUsage usage = new MessageUsage();
    usage.add(message.path("usage"));
    String reason = Json.text(message.path("stop_reason"));
    FinishReason finish = MessageAnswer.finish(reason);
    return new ChatAnswer(
        Json.text(message.path("id")),
        Json.text(message.path("model")),
        new BlockReader(maker).contents(message.path("content")),
        finish,
        Json.text(message.path("stop_sequence")),
        usage.total(),
        Members.rest(message, MESSAGE, kept(message, finish)));
  }

  /** What the hub knows only in part. */
  private static Map<String, JsonNode> kept(JsonNode message, @Nullable FinishReason finish) {
    Map<String, JsonNode> kept = new LinkedHashMap<>();
    if (finish == FinishReason.OTHER) {
      kept.put(StopReasons.UNKNOWN, message.path("stop_reason"));
    }
    if (message.path("usage").isObject()) {
      kept.put(UsageWriter.USAGE, message.path("usage"));
    }
    return kept;
  }
}
