package dev.customhouse.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.store.UsageRow;

/**
 * How one request was decided, for people: which ways were considered, which were tried, and what
 * came of it. It is put together from the request's row of usage and the {@link Decision} beside
 * it, and holds no prompt, no answer and no key.
 */
final class Explanation {
  private final UsageRow row;
  private final JsonNode decision;

  private Explanation(UsageRow row, JsonNode decision) {
    this.row = row;
    this.decision = decision;
  }

  /**
   * The explanation, as the admin API shows it.
   *
   * @param decision as it was kept
   */
  static ObjectNode of(UsageRow row, String decision) {
    ObjectNode kept = AdminJson.readKept(decision);
    // An older gateway kept the whole.
    return kept.has("request") ? kept : new Explanation(row, kept).whole();
  }

  private ObjectNode whole() {
    ObjectNode whole = AdminJson.object();
    request(whole.putObject("request"));
    if (row.keyId() == null) {
      whole.putNull("caller");
    } else {
      ObjectNode caller = whole.putObject("caller").put("key_id", row.keyId());
      copy(caller, "key_name");
      caller.put("project", row.project());
    }
    if (decision.has("strategy")) {
      route(whole.putObject("route"));
    } else {
      whole.putNull("route");
    }
    if (row.provider() == null) {
      whole.putNull("taken");
    } else {
      ObjectNode taken = whole.putObject("taken");
      copy(taken, "route");
      taken
          .put("provider", row.provider())
          .put("model", row.upstreamModel())
          .put("response_model", row.responseModel());
    }
    whole.put("path", row.path());
    whole.set("dropped", decision.path("dropped").isArray() ? decision.get("dropped") : none());
    if (decision.has("translated")) {
      whole.set("translated", decision.get("translated"));
    }
    ArrayNode attempts = whole.putArray("attempts");
    for (JsonNode attempt : decision.path("attempts")) {
      attempt(attempts.addObject(), attempt, 2 * (attempts.size() - 1));
    }
    outcome(whole);
    return whole;
  }

  private void request(ObjectNode request) {
    request.put("id", row.requestId()).put("at", row.at().toString());
    copy(request, "trace_id");
    request
        .put("operation", row.operation().label())
        .put("dialect", row.clientDialect() == null ? null : row.clientDialect().label());
    copy(request, "method");
    copy(request, "path");
    request.put("requested_model", row.requestedModel()).put("stream", row.stream());
    copy(request, "body_bytes");
  }

  private void route(ObjectNode route) {
    copy(route, "strategy");
    ArrayNode legs = route.putArray("legs");
    for (JsonNode leg : decision.path("legs")) {
      ObjectNode shown = legs.addObject();
      name(shown, leg, "route", "provider", "model", "attempts", "upstream_key");
    }
  }

  private void attempt(ObjectNode shown, JsonNode attempt, int times) {
    name(
        shown, attempt, "number", "provider", "model", "upstream_key", "status", "error", "detail");
    JsonNode micros = decision.path("attempt_micros");
    // An older gateway kept the times at the end of each try.
    boolean apart = micros.isArray();
    Times.putMillis(
        shown, "started_ms", (apart ? micros.path(times) : attempt.path(7)).longValue());
    Times.putMillis(
        shown, "duration_ms", (apart ? micros.path(times + 1) : attempt.path(8)).longValue());
  }

  private void outcome(ObjectNode whole) {
    whole
        .put("status", row.status())
        .put("error", row.error() == null ? null : row.error().label());
    copy(whole, "error_code");
    whole
        .put("finish", row.finish() == null ? null : row.finish().label())
        .put("client_gone", row.clientGone());
    Views.putUsage(whole, row.usage());
    ObjectNode timings = whole.putObject("timings");
    Times.putMillis(timings, "first_byte_ms", row.firstByteMicros());
    Times.putMillis(timings, "duration_ms", row.durationMicros());
    copy(whole, "answer_bytes");
    // Kept in place of a decision that was too long or could not be written.
    for (String word : new String[] {"dropped_chars", "limit_chars", "failed"}) {
      if (decision.has(word)) {
        whole.set(word, decision.get(word));
      }
    }
  }

  /** Writes a list's values under their names, in order. */
  private static void name(ObjectNode shown, JsonNode values, String... names) {
    for (int i = 0; i < names.length; i++) {
      shown.set(names[i], values.path(i).isMissingNode() ? none().nullNode() : values.get(i));
    }
  }

  private void copy(ObjectNode to, String name) {
    JsonNode value = decision.get(name);
    to.set(name, value == null ? none().nullNode() : value);
  }

  private static ArrayNode none() {
    return AdminJson.object().arrayNode();
  }
}
