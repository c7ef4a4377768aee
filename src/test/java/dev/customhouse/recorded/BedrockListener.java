package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A client of Amazon's Converse and ConverseStream (docs.aws.amazon.com/bedrock, API reference),
 * whose streams are frames of vnd.amazon.eventstream.
 */
final class BedrockListener implements Listener {
  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_-]+");
  private static final Map<String, String> FINISH =
      Map.of(
          "end_turn", "stop",
          "tool_use", "tool_calls",
          "max_tokens", "length",
          "stop_sequence", "stop_sequence",
          "guardrail_intervened", "content_filter",
          "content_filtered", "content_filter",
          "malformed_model_output", "error",
          "malformed_tool_use", "error",
          "model_context_window_exceeded", "context_window");

  @Override
  public DialectId dialect() {
    return DialectId.BEDROCK;
  }

  @Override
  public String oracleName() {
    return "bedrock-converse";
  }

  @Override
  public String path(String model, boolean stream) {
    return "/model/%s/%s".formatted(model, stream ? "converse-stream" : "converse");
  }

  @Override
  public String request(String model, boolean stream, List<String> tools) {
    String form = "{\"toolSpec\":{\"name\":NAME,\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}";
    return "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Go on.\"}]}]%s}"
        .formatted(
            tools.isEmpty()
                ? ""
                : ",\"toolConfig\":{\"tools\":[" + Listener.tools(tools, form) + "]}");
  }

  @Override
  public Heard whole(JsonNode body, String model) {
    Heard heard = new Heard();
    JsonNode message = body.path("output").path("message");
    heard.same(message.path("role").asText(), "assistant", "the role");
    heard.require(message.path("content").isArray(), "content is an array");
    heard.require(body.path("metrics").path("latencyMs").isNumber(), "there is a latency");
    for (JsonNode block : message.path("content")) {
      heard.same(block.size(), 1, "the number of a block's members");
      heard.text.append(block.path("text").asText(""));
      block
          .path("citationsContent")
          .path("content")
          .forEach(part -> heard.text.append(part.path("text").asText()));
      heard.reasoning.append(
          block.path("reasoningContent").path("reasoningText").path("text").asText(""));
      if (block.has("toolUse")) {
        JsonNode call = block.path("toolUse");
        heard.require(call.path("input").isObject(), "input is an object");
        wish(heard, heard.calls.size(), call).arguments.append(call.path("input"));
      }
    }
    finish(heard, body.path("stopReason"));
    heard.usage = usage(heard, body.path("usage"));
    return heard;
  }

  private static Heard.Wish wish(Heard heard, int number, JsonNode call) {
    String id = call.path("toolUseId").asText();
    heard.require(ID.matcher(id).matches(), "the id of a call fits: " + id);
    Heard.Wish wish = new Heard.Wish(id, call.path("name").asText(), false);
    heard.calls.put(number, wish);
    return wish;
  }

  private static void finish(Heard heard, JsonNode reason) {
    heard.finish = FINISH.get(reason.asText());
    heard.require(heard.finish != null, "stopReason is one of the dialect's: " + reason);
  }

  private static @Nullable Usage usage(Heard heard, JsonNode usage) {
    if (!usage.path("inputTokens").isNumber()) {
      return null;
    }
    Long read = Listener.count(usage.path("cacheReadInputTokens"));
    Long written = Listener.count(usage.path("cacheWriteInputTokens"));
    long cached = (read == null ? 0 : read) + (written == null ? 0 : written);
    long input = usage.path("inputTokens").asLong() + cached;
    long output = usage.path("outputTokens").asLong(-1);
    heard.require(usage.path("inputTokens").asLong() >= 0, "inputTokens is a count");
    heard.same(usage.path("totalTokens").asLong(-1), input + output, "totalTokens");
    return new Usage(input, output, read, written, null, false);
  }

  @Override
  public Heard hear(byte[] body, boolean stream, String model) throws IOException {
    return stream ? stream(frames(body), model) : whole(new ObjectMapper().readTree(body), model);
  }

  /** The frames of a body, checked as the format's description says. */
  private static List<Event> frames(byte[] body) throws IOException {
    List<Event> events = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(body);
    while (bytes.remaining() > 0) {
      int start = bytes.position();
      int total = bytes.getInt();
      int headers = bytes.getInt();
      check(body, start, 8, bytes.getInt());
      check(body, start, total - 4, bytes.getInt(start + total - 4));
      int payload = bytes.position() + headers;
      String name = "";
      while (bytes.position() < payload) {
        String header = text(bytes, bytes.get());
        if (bytes.get() != 7) {
          throw new IOException("a header that is no text: " + header);
        }
        String value = text(bytes, bytes.getShort());
        if (header.equals(":event-type") || header.equals(":exception-type")) {
          name = value;
        }
      }
      String json = text(bytes, start + total - 4 - payload);
      bytes.getInt();
      events.add(new Event(name, json, new ObjectMapper().readTree(json)));
    }
    return events;
  }

  private static void check(byte[] body, int start, int length, int told) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(body, start, length);
    if ((int) sum.getValue() != told) {
      throw new IOException("a wrong check sum at " + start);
    }
  }

  private static String text(ByteBuffer bytes, int length) {
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, UTF_8);
  }

  @Override
  public Heard stream(List<Event> events, String model) {
    Heard heard = new Heard();
    Map<Integer, String> open = new HashMap<>();
    int blocks = 0;
    boolean begun = false;
    boolean counted = false;
    for (Event event : events) {
      heard.require(
          heard.error == null && (!counted || isException(event)), "nothing follows the end");
      heard.require(
          begun || event.name().equals("messageStart") || isException(event),
          "messageStart is first");
      int index = event.path("contentBlockIndex").asInt(-1);
      switch (event.name()) {
        case "messageStart" -> {
          heard.require(!begun, "one messageStart");
          begun = true;
          heard.same(event.path("role").asText(), "assistant", "the role");
        }
        case "contentBlockStart" -> {
          heard.same(index, blocks, "the index of a new block");
          JsonNode start = event.path("start");
          boolean call = start.has("toolUse");
          open.put(index, call ? "toolUse" : "image");
          heard.require(call || start.has("image"), "a block of an unknown kind");
          if (call) {
            wish(heard, index, start.path("toolUse"));
          }
        }
        case "contentBlockDelta" -> {
          JsonNode delta = event.path("delta");
          heard.require(index == blocks, "the index of a delta is the open block's");
          String kind = delta.fieldNames().hasNext() ? delta.fieldNames().next() : "";
          kind = kind.equals("citation") ? "text" : kind;
          heard.same(
              open.computeIfAbsent(index, none -> "").isEmpty() ? kind : open.get(index),
              kind,
              "the kind of a delta");
          open.put(index, kind);
          heard.text.append(delta.path("text").asText(""));
          heard.reasoning.append(delta.path("reasoningContent").path("text").asText(""));
          Heard.Wish wish = heard.calls.get(index);
          if (wish != null) {
            wish.arguments.append(delta.path("toolUse").path("input").asText(""));
          }
        }
        case "contentBlockStop" -> {
          heard.require(index == blocks && open.containsKey(index), "an open block is stopped");
          Heard.Wish wish = heard.calls.get(index);
          heard.require(
              wish == null || wish.json() instanceof com.fasterxml.jackson.databind.node.ObjectNode,
              "the input of a call is an object");
          blocks++;
        }
        case "messageStop" -> {
          heard.require(!open.containsKey(blocks), "no block is open at messageStop");
          heard.require(!counted, "metadata follows messageStop");
          finish(heard, event.path("stopReason"));
        }
        case "metadata" -> {
          counted = true;
          heard.usage = usage(heard, event.path("usage"));
          heard.require(heard.usage != null, "metadata tells usage");
        }
        default -> {
          heard.require(isException(event), "an event of the type " + event.name());
          heard.error = event.path("message").asText();
        }
      }
    }
    heard.require(heard.error != null || heard.finish != null, "there is a messageStop");
    return heard;
  }

  private static boolean isException(Event event) {
    return event.name().endsWith("Exception");
  }

  @Override
  public String words(JsonNode error) {
    return error.path("message").asText();
  }

  @Override
  public boolean isError(JsonNode body, int status) {
    return !words(body).isEmpty();
  }
}
