package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Observation;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads id, model, finish reason and usage from a whole answer, without building its text. */
final class ChatObservation {
  private static final Names ANSWER = Names.of("id", "model", "choices", "usage");
  private static final byte[] FINISH_REASON =
      "\"finish_reason\"".getBytes(StandardCharsets.US_ASCII);

  private ChatObservation() {}

  static Observation observe(byte[] body) {
    JsonScan scan;
    try {
      scan = JsonScan.of(body, ANSWER);
    } catch (JsonScanException e) {
      return Observation.NONE;
    }
    Range usage = scan.range("usage");
    Range choices = scan.range("choices");
    JsonNode told =
        Json.read(body, usage == null ? 0 : usage.start(), usage == null ? 0 : usage.end());
    String id = scan.string("id");
    return new Observation(
        id == null || id.isEmpty() ? null : id,
        scan.string("model"),
        choices == null ? null : ChatFinish.read(finishReason(body, choices)),
        ChatUsage.read(told),
        true);
  }

  /** The same from an answer that was read already. */
  static Observation of(JsonNode answer) {
    if (answer.isMissingNode()) {
      return Observation.NONE;
    }
    return new Observation(
        AnswerReader.given(answer.path("id")),
        Json.text(answer.path("model")),
        ChatFinish.read(finishReason(answer.path("choices"))),
        ChatUsage.read(answer.path("usage")),
        true);
  }

  private static @Nullable String finishReason(JsonNode choices) {
    for (JsonNode choice : choices) {
      if (choice.has("finish_reason")) {
        return Json.text(choice.path("finish_reason"));
      }
    }
    return null;
  }

  /** The first finish reason; a text that only mentions one has its quotes escaped. */
  private static @Nullable String finishReason(byte[] body, Range choices) {
    int from = choices.start();
    while (true) {
      int at = SseEvent.indexOf(body, from, choices.end(), FINISH_REASON);
      if (at < 0) {
        return null;
      }
      from = at + FINISH_REASON.length;
      if (body[at - 1] == '\\') {
        continue;
      }
      int i = from;
      while (i < choices.end() && (body[i] <= ' ' || body[i] == ':')) {
        i++;
      }
      if (i >= choices.end() || body[i] != '"') {
        return null;
      }
      int start = i + 1;
      int end = start;
      while (end < choices.end() && body[end] != '"') {
        end++;
      }
      return new String(body, start, end - start, StandardCharsets.UTF_8);
    }
  }
}
