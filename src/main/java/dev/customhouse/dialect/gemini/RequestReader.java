package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A client's {@code GenerateContentRequest} as the hub has it. */
final class RequestReader {
  /** The table knows safety settings that turn a filter off by this name. */
  static final String FILTERS_OFF = "safetySettings[BLOCK_NONE]";

  private static final Set<String> OFF = Set.of("BLOCK_NONE", "OFF");

  private RequestReader() {}

  static ChatRequest read(Call call) {
    JsonNode body = Json.read(call.body());
    if (!body.isObject()) {
      throw RequestBody.invalid("invalid_json", "The request body must be a JSON object.", null);
    }
    // Requests to count tokens may wrap the request that is counted.
    JsonNode wrapped = body.path("generateContentRequest");
    Members members = Members.of(wrapped.isObject() ? wrapped : body, "");
    Map<String, JsonNode> extras = new LinkedHashMap<>();
    ChatRequest.Builder request = ChatRequest.builder(call.requestedModel()).stream(call.stream());
    // The path has the model; Google ignores the one in the body.
    var unused = members.take("model");

    ContentReader contents = new ContentReader();
    List<Message> messages = new ArrayList<>(contents.instructions(members));
    messages.addAll(contents.messages(members));
    request.messages(messages);

    request.tools(ToolReader.tools(members));
    request.toolChoice(ToolReader.choice(members.of("toolConfig"), extras));
    ConfigReader.read(members.of("generationConfig"), request, extras);
    request.serviceTier(serviceTier(members.text("serviceTier")));

    JsonNode safety = members.take("safetySettings");
    if (!safety.isMissingNode() && !safety.isEmpty()) {
      extras.put(turnsOff(safety) ? FILTERS_OFF : "safetySettings", safety);
    }
    members.restInto(extras, "");
    return request.extras(Extras.of(DialectId.GEMINI, extras)).build();
  }

  /** Google's {@code standard} is what others call default. */
  private static @Nullable String serviceTier(@Nullable String tier) {
    String lower = tier == null ? "" : tier.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "", "unspecified" -> null;
      case "standard" -> "default";
      default -> lower;
    };
  }

  private static boolean turnsOff(JsonNode settings) {
    for (JsonNode setting : settings) {
      if (OFF.contains(setting.path("threshold").asText())) {
        return true;
      }
    }
    return false;
  }
}
