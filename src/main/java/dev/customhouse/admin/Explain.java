package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Leg;
import org.jspecify.annotations.Nullable;

/**
 * How one request was decided, as JSON: which ways were considered, which were tried, and what came
 * of it. It holds no prompt, no answer and no key.
 */
public final class Explain {
  private Explain() {}

  /** The explanation of a request that has ended. */
  public static String json(RequestRecord record) {
    ObjectNode node = AdminJson.object();
    putRequest(node, record);
    putCaller(node, record);
    putRoute(node, record);
    putAttempts(node, record);
    putOutcome(node, record);
    return AdminJson.text(node);
  }

  private static void putRequest(ObjectNode node, RequestRecord record) {
    ObjectNode request = node.putObject("request");
    request.put("id", record.requestId());
    request.put("at", record.at().toString());
    request.put("trace_id", record.context().traceId());
    request.put("operation", record.operation() == null ? null : record.operation().label());
    request.put("dialect", record.dialect() == null ? null : record.dialect().label());
    request.put("method", record.method());
    request.put("path", UsageRows.bounded(record.path()));
    request.put("requested_model", UsageRows.bounded(record.requestedModel()));
    request.put("stream", record.stream());
    request.put("body_bytes", record.bytesIn());
  }

  private static void putCaller(ObjectNode node, RequestRecord record) {
    if (record.keyId() == null) {
      node.putNull("caller");
      return;
    }
    node.putObject("caller")
        .put("key_id", record.keyId())
        .put("key_name", record.keyName())
        .put("project", record.project());
  }

  private static void putRoute(ObjectNode node, RequestRecord record) {
    if (record.strategy() == null) {
      node.putNull("route");
    } else {
      ArrayNode legs = node.putObject("route").put("strategy", record.strategy()).putArray("legs");
      for (Leg leg : record.legs()) {
        legs.addObject()
            .put("route", UsageRows.bounded(leg.route()))
            .put("provider", leg.provider())
            .put("model", UsageRows.bounded(leg.model()))
            .put("attempts", leg.attempts())
            .put("upstream_key", leg.upstreamKeyId());
      }
    }
    if (record.provider() == null) {
      node.putNull("taken");
    } else {
      node.putObject("taken")
          .put("route", UsageRows.bounded(record.route()))
          .put("provider", record.provider())
          .put("model", UsageRows.bounded(record.upstreamModel()))
          .put("response_model", UsageRows.bounded(record.responseModel()));
    }
    node.put("path", record.translation());
    ArrayNode dropped = node.putArray("dropped");
    record.dropped().forEach(what -> dropped.add(UsageRows.bounded(what)));
  }

  private static void putAttempts(ObjectNode node, RequestRecord record) {
    ArrayNode attempts = node.putArray("attempts");
    for (Attempt attempt : record.attempts()) {
      ObjectNode view =
          attempts
              .addObject()
              .put("number", attempt.number())
              .put("provider", attempt.provider())
              .put("model", UsageRows.bounded(attempt.model()))
              .put("upstream_key", attempt.upstreamKey())
              .put("status", attempt.status())
              .put("error", attempt.error() == null ? null : attempt.error().label())
              .put("detail", attempt.detail());
      millis(view, "started_ms", attempt.startedMicros());
      millis(view, "duration_ms", attempt.durationMicros());
    }
  }

  private static void putOutcome(ObjectNode node, RequestRecord record) {
    node.put("status", record.status());
    node.put("error", record.error() == null ? null : record.error().label());
    node.put("error_code", record.errorCode());
    node.put("finish", record.finish() == null ? null : record.finish().label());
    node.put("client_gone", record.clientGone());
    Views.putUsage(node, record.usage());
    ObjectNode timings = node.putObject("timings");
    millis(timings, "first_byte_ms", record.firstByteMicros());
    millis(timings, "duration_ms", record.durationMicros());
    node.put("answer_bytes", record.bytesOut());
  }

  private static void millis(ObjectNode node, String name, @Nullable Long micros) {
    Times.putMillis(node, name, micros);
  }
}
