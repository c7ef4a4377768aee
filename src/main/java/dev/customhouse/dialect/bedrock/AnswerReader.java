package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.dialect.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one whole answer of a provider. */
final class AnswerReader {
  private static final String STOP_REASON = "stopReason";
  private static final String FIELDS = "additionalModelResponseFields";

  private AnswerReader() {}

  static ChatAnswer read(JsonNode answer, String maker) {
    JsonNode message = answer.path("output").path("message");
    if (!message.isObject()) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "upstream_no_answer",
          "The provider's answer has no 'output.message'.");
    }
    List<Content> content =
        BlockReader.ofAnswers(maker).contents(message.path("content"), "content");
    Map<String, JsonNode> rest = BlockReader.rest(answer, "output", STOP_REASON, "usage");
    return new ChatAnswer(
        null,
        null,
        content,
        StopReasons.read(Json.text(answer.path(STOP_REASON))),
        stopSequence(answer.path(FIELDS)),
        ConverseUsage.read(answer.path("usage")),
        BlockReader.extras(withStopReason(rest, answer.path(STOP_REASON))));
  }

  /** The text that ended the answer; null when it is not told. */
  static @Nullable String stopSequence(JsonNode fields) {
    return Json.text(fields.path("stop_sequence"));
  }

  /** A reason that stands for another one in the hub is kept with the rest. */
  static Map<String, JsonNode> withStopReason(Map<String, JsonNode> rest, JsonNode reason) {
    String text = reason.asText("");
    if (!text.isEmpty() && !text.equals(StopReasons.write(StopReasons.read(text)))) {
      rest.put(STOP_REASON, reason);
    }
    return rest;
  }
}
