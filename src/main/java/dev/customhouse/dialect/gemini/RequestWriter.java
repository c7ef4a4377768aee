package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.Written;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request for Gemini: {@code GenerateContentRequest}. Used for one request. */
final class RequestWriter {
  private final ChatRequest request;
  private final Target target;
  private final Losses losses;

  RequestWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.losses = losses;
  }

  Written write() {
    ObjectNode body = Json.object();
    Turns turns = Turns.of(request.messages(), false);
    ContentWriter contents = new ContentWriter(target, losses, request.messages());
    ArrayNode instructions = instructions(turns.instructions(), contents);
    if (!turns.turns().isEmpty()) {
      if (!instructions.isEmpty()) {
        body.putObject("systemInstruction").set("parts", instructions);
      }
      body.set("contents", contents.write(turns.turns()));
    } else {
      // Google wants a turn; instructions alone are one of the user's.
      ArrayNode turn = body.putArray("contents");
      if (!instructions.isEmpty()) {
        turn.addObject().put("role", "user").set("parts", instructions);
      }
    }
    new ToolWriter(request, losses).write(body);
    ObjectNode config = new ConfigWriter(request, target, losses).write();
    if (!config.isEmpty()) {
      body.set("generationConfig", config);
    }
    String tier = serviceTier(request.serviceTier());
    if (tier != null) {
      body.put("serviceTier", tier);
    }
    if (request.endUser() != null) {
      losses.lost(Feature.END_USER);
    }
    if (request.cacheKey() != null) {
      losses.lost(Feature.CACHE_KEY);
    }
    extras(body);
    return new Written(
        path(), request.stream() ? "alt=sse" : null, Headers.EMPTY, Json.write(body));
  }

  private String path() {
    String model =
        URLEncoder.encode(target.model(), StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("%2F", "/")
            .replace("%40", "@")
            .replace("%3A", ":");
    return "/v1beta/models/"
        + model
        + (request.stream() ? ":streamGenerateContent" : ":generateContent");
  }

  private ArrayNode instructions(List<Message> told, ContentWriter contents) {
    List<Message> turns = new ArrayList<>();
    told.forEach(each -> turns.add(new Message(Role.USER, each.content(), each.extras())));
    ArrayNode parts = Json.object().arrayNode();
    contents.write(turns).path(0).path("parts").forEach(parts::add);
    String form = AnswerForm.words(request, target);
    if (form != null) {
      parts.addObject().put("text", form);
    }
    return parts;
  }

  private @Nullable String serviceTier(@Nullable String tier) {
    return switch (tier) {
      case null -> null;
      case "auto" -> null;
      case "default" -> "standard";
      case "flex", "priority" -> tier;
      default -> {
        losses.lost(Feature.SERVICE_TIER);
        yield null;
      }
    };
  }

  private void extras(ObjectNode body) {
    for (Map.Entry<String, JsonNode> extra : request.extras().of(DialectId.GEMINI).entrySet()) {
      String path = extra.getKey();
      Members.put(
          body, path.equals(RequestReader.FILTERS_OFF) ? "safetySettings" : path, extra.getValue());
    }
  }
}
