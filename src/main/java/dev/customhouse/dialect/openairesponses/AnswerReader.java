package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.dialect.UpstreamErrors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Understands a provider's whole answer. */
final class AnswerReader {
  private static final Set<String> UNDER_WAY = Set.of("queued", "in_progress");

  private AnswerReader() {}

  static ChatAnswer read(JsonNode response, String maker) {
    JsonNode error = response.path("error");
    String status = response.path("status").asText("");
    if (status.equals("failed") || error.isObject() && !response.path("output").isArray()) {
      throw new Refusal(
          UpstreamErrors.classify(0, response), "upstream_error", UpstreamErrors.message(response));
    }
    if (!response.isObject() || !response.path("output").isArray()) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "upstream_error",
          "The provider answered with something that is no response object.");
    }
    EventReader reader = new EventReader(maker);
    Gathering gathering = new Gathering();
    reader.output(response, gathering);
    ChatAnswer told = gathering.answer();
    return new ChatAnswer(
        told.id(),
        told.model(),
        told.content(),
        reader.finish(response),
        null,
        ResponseObject.usage(response.path("usage")),
        extras(response));
  }

  /** What a response says beside its output, where the hub has no noun for it. */
  static Extras extras(JsonNode response) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    if (response.path("service_tier").isTextual()) {
      fields.put("service_tier", response.get("service_tier"));
    }
    if (UNDER_WAY.contains(response.path("status").asText())) {
      fields.put("status", response.get("status"));
    }
    if (response.path("status").asText().equals("incomplete")) {
      JsonNode details = response.path("incomplete_details");
      fields.put("incomplete_details", details.isObject() ? details : NullNode.getInstance());
    }
    return Extras.of(Own.DIALECT, fields);
  }
}
