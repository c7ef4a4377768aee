package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Written;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a request for a provider. */
final class RequestWriter {
  private static final String PATH = "/v1/chat/completions";
  private static final String STREAM_OPTIONS = "stream_options";

  /** OpenAI's limits. */
  private static final int STOPS = 4;

  private static final int END_USER_CHARS = 64;

  /** Members of Responses that mean the same here; only OpenAI knows them. */
  private static final List<String> OF_RESPONSES =
      List.of(
          "metadata",
          "store",
          "verbosity",
          "prompt_cache_options",
          "prompt_cache_retention",
          "moderation",
          "safety_identifier");

  private final ChatRequest request;
  private final Target target;
  private final ChatHost host;
  private final Losses losses;
  private final ObjectNode body = Json.object();

  RequestWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.host = ChatHost.of(target);
    this.losses = losses;
  }

  Written write() {
    body.put("model", target.model());
    String instruction = new FormatWriter(host).write(request, body);
    boolean thinks = !ThinkingWriter.isOff(request.thinking());
    body.set(
        "messages",
        new MessageWriter(host, target, losses, thinks).write(request.messages(), instruction));
    new ToolWriter(host, losses).write(request, body);
    stream();
    sampling(request.sampling());
    new ThinkingWriter(host, losses).write(request, body);
    service();
    extras();
    return new Written(PATH, null, Headers.EMPTY, Json.write(body));
  }

  private void stream() {
    if (!request.stream()) {
      return;
    }
    body.put("stream", true);
    if (host.takesStreamOptions()) {
      body.putObject(STREAM_OPTIONS).put("include_usage", true);
    }
  }

  private void sampling(Sampling sampling) {
    boolean samples = host.traits().samples();
    number("temperature", sampling.temperature(), samples, BigDecimal.ONE, Feature.TEMPERATURE);
    number("top_p", sampling.topP(), samples, BigDecimal.ONE, Feature.TOP_P);
    number(
        "frequency_penalty",
        sampling.frequencyPenalty(),
        samples,
        BigDecimal.ZERO,
        Feature.FREQUENCY_PENALTY);
    number(
        "presence_penalty",
        sampling.presencePenalty(),
        samples,
        BigDecimal.ZERO,
        Feature.PRESENCE_PENALTY);
    if (sampling.topK() != null) {
      if (host.takesTopK()) {
        body.put("top_k", sampling.topK());
      } else {
        losses.lost(Feature.TOP_K);
      }
    }
    if (sampling.seed() != null) {
      body.put(host.seed(), sampling.seed());
    }
    maxOutputTokens(sampling.maxOutputTokens());
    stop(sampling.stop(), samples);
    Integer candidates = sampling.candidates();
    if (candidates != null && candidates > 1) {
      losses.lost(Feature.CANDIDATES);
    }
  }

  /** A model that takes no other value than its default is not told it, which loses nothing. */
  private void number(
      String name, @Nullable BigDecimal value, boolean taken, BigDecimal usual, Feature feature) {
    if (value == null) {
      return;
    }
    if (taken) {
      body.put(name, value);
    } else if (value.compareTo(usual) != 0) {
      losses.lost(feature);
    }
  }

  private void maxOutputTokens(@Nullable Integer asked) {
    if (asked == null) {
      return;
    }
    Integer most = host.traits().maxOutputTokens();
    int limit = most == null ? asked : Math.min(asked, most);
    body.put(host.isOpenAi() ? "max_completion_tokens" : "max_tokens", limit);
  }

  private void stop(List<String> stop, boolean samples) {
    if (stop.isEmpty()) {
      return;
    }
    if (!samples || host.isOpenAi() && stop.size() > STOPS) {
      losses.lost(Feature.STOP);
      return;
    }
    ArrayNode texts = body.putArray("stop");
    stop.forEach(texts::add);
  }

  private void service() {
    String endUser = request.endUser();
    if (endUser != null) {
      if (host.isStrict()) {
        losses.lost(Feature.END_USER);
      } else {
        body.put(host.endUser(), identifier(endUser));
      }
    }
    if (request.serviceTier() != null) {
      if (host.takesServiceTier()) {
        body.put("service_tier", request.serviceTier());
      } else {
        losses.lost(Feature.SERVICE_TIER);
      }
    }
    if (request.cacheKey() != null) {
      if (host.takesCacheKey()) {
        body.put("prompt_cache_key", request.cacheKey());
      } else {
        losses.lost(Feature.CACHE_KEY);
      }
    }
  }

  /** A name that is longer than OpenAI takes is told apart by its hash. */
  private static String identifier(String endUser) {
    if (endUser.length() <= END_USER_CHARS) {
      return endUser;
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(endUser.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void extras() {
    Extras extras = request.extras();
    for (Map.Entry<String, JsonNode> field : extras.of(DialectId.OPENAI_CHAT).entrySet()) {
      String name = field.getKey();
      if (name.equals(STREAM_OPTIONS)) {
        if (body.path(STREAM_OPTIONS) instanceof ObjectNode options) {
          field
              .getValue()
              .properties()
              .forEach(each -> options.set(each.getKey(), each.getValue()));
        }
      } else if (!name.equals(RequestReader.FUNCTIONS) && !body.has(name)) {
        body.set(name, field.getValue());
      }
    }
    Map<String, JsonNode> ofResponses = extras.of(DialectId.OPENAI_RESPONSES);
    for (String name : OF_RESPONSES) {
      JsonNode value = ofResponses.get(name);
      if (value == null || body.has(name)) {
        continue;
      }
      if (host.isOpenAi()) {
        body.set(name, value);
      } else {
        losses.lost(DialectId.OPENAI_RESPONSES, name);
      }
    }
  }
}
