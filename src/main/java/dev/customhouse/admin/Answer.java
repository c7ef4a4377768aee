package dev.customhouse.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.OpenAiErrors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** An answer before it is sent, without the header fields that every answer carries. */
record Answer(int status, Headers headers, byte[] body) {
  static Answer json(int status, JsonNode node) {
    return json(status, AdminJson.text(node));
  }

  static Answer json(int status, String text) {
    return of(status, "application/json", text);
  }

  static Answer of(int status, String contentType, String text) {
    return new Answer(
        status, Headers.of("content-type", contentType), text.getBytes(StandardCharsets.UTF_8));
  }

  /** An error in OpenAI's shape, with the status it has there. */
  static Answer error(Refusal refusal) {
    Answer answer = error(OpenAiErrors.answer(refusal).status(), refusal);
    Duration wait = refusal.retryAfter();
    if (wait != null) {
      long seconds = Math.max(1, (wait.toMillis() + 999) / 1_000);
      answer = answer.with("retry-after", Long.toString(seconds));
    }
    return refusal.kind() == ErrorKind.UNAUTHORIZED
        ? answer.with("www-authenticate", "Bearer")
        : answer;
  }

  /** An error with a status of its own. */
  static Answer error(int status, Refusal refusal) {
    ObjectNode body = AdminJson.object();
    body.set("error", OpenAiErrors.error(refusal));
    return json(status, body);
  }

  /** The same with one more header field. */
  Answer with(String name, String value) {
    return new Answer(status, headers.toBuilder().add(name, value).build(), body);
  }
}
