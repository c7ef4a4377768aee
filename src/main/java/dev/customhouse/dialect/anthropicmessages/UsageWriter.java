package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Usage as this dialect tells it: {@code input_tokens} without what was read from the cache or
 * written to it. Counts that the provider did not tell are null where the API's description allows
 * that: null and 0 are different things to whoever adds them up.
 */
final class UsageWriter {
  /** The extra that keeps the usage as Anthropic told it. */
  static final String USAGE = "usage";

  private static final String WRITTEN = "cache_creation_input_tokens";
  private static final String READ = "cache_read_input_tokens";
  private static final String BY_TTL = "cache_creation";
  private static final String DETAILS = "output_tokens_details";
  private static final String SERVER_TOOLS = "server_tool_use";
  private static final List<String> AS_TOLD =
      List.of(SERVER_TOOLS, "service_tier", "inference_geo", "iterations", "speed");

  private final Reply reply;

  UsageWriter(Reply reply) {
    this.reply = reply;
  }

  /** The whole usage of a message. */
  ObjectNode whole(@Nullable Usage usage, Extras extras) {
    JsonNode told = told(extras);
    ObjectNode written = input(usage);
    Long stored = usage == null ? null : usage.cacheWriteTokens();
    ObjectNode byTtl = stored == null ? null : byTtl(stored);
    written.set(BY_TTL, told.path(BY_TTL).isObject() ? told.path(BY_TTL) : byTtl);
    written.put("output_tokens", usage == null ? 0 : usage.outputTokens());
    details(usage, written);
    for (String name : AS_TOLD) {
      if (told.has(name)) {
        written.set(name, told.get(name));
      }
    }
    for (String name : List.of(SERVER_TOOLS, "service_tier", "inference_geo")) {
      if (!written.has(name)) {
        written.putNull(name);
      }
    }
    return written;
  }

  /** The usage that a stream begins with: nothing is written yet. */
  ObjectNode atStart(@Nullable Usage usage) {
    boolean known = usage != null && usage.inputTokens() > 0;
    ObjectNode written = whole(known ? usage : null, Extras.NONE);
    return written.put("output_tokens", 0).putNull(DETAILS);
  }

  /** The totals that a stream ends with. */
  ObjectNode atEnd(@Nullable Usage usage, Extras extras) {
    ObjectNode written = input(usage);
    written.put("output_tokens", usage == null ? 0 : usage.outputTokens());
    details(usage, written);
    JsonNode told = told(extras);
    written.set(SERVER_TOOLS, told.path(SERVER_TOOLS).isObject() ? told.get(SERVER_TOOLS) : null);
    if (told.has("iterations")) {
      written.set("iterations", told.get("iterations"));
    }
    return written;
  }

  private static JsonNode told(Extras extras) {
    JsonNode told = Members.own(extras, USAGE);
    return told == null ? MissingNode.getInstance() : told;
  }

  private ObjectNode input(@Nullable Usage usage) {
    long input = usage == null ? reply.estimatedInputTokens() : usage.inputTokens();
    Long written = usage == null ? null : usage.cacheWriteTokens();
    Long read = usage == null ? null : usage.cacheReadTokens();
    return Json.object()
        .put("input_tokens", Math.max(0, input - zero(written) - zero(read)))
        .put(WRITTEN, written)
        .put(READ, read);
  }

  private static void details(@Nullable Usage usage, ObjectNode written) {
    Long thinking = usage == null ? null : usage.reasoningTokens();
    if (thinking == null) {
      written.putNull(DETAILS);
    } else {
      written.putObject(DETAILS).put("thinking_tokens", thinking);
    }
  }

  /** Others do not tell for how long they keep it: the client's own marks say what it asked for. */
  private ObjectNode byTtl(long tokens) {
    boolean hour = asksOnlyForHours(reply.request());
    return Json.object()
        .put("ephemeral_5m_input_tokens", hour ? 0 : tokens)
        .put("ephemeral_1h_input_tokens", hour ? tokens : 0);
  }

  private static boolean asksOnlyForHours(ChatRequest request) {
    boolean hours = false;
    for (Tool tool : request.tools()) {
      if (tool instanceof Tool.Function function) {
        Extras.CacheMark mark = function.extras().cache();
        if (mark != null && !"1h".equals(mark.ttl())) {
          return false;
        }
        hours |= mark != null;
      }
    }
    for (Message message : request.messages()) {
      for (Content content : message.content()) {
        Extras.CacheMark mark = content.extras().cache();
        if (mark != null && !"1h".equals(mark.ttl())) {
          return false;
        }
        hours |= mark != null;
      }
    }
    return hours;
  }

  private static long zero(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
