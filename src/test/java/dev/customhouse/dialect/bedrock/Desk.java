package dev.customhouse.dialect.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.Written;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The codec with what its tests need around it. */
final class Desk {
  static final String CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  static final String NEW_CLAUDE = "global.anthropic.claude-opus-4-8";
  static final String OLD_CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0";
  static final String NOVA = "us.amazon.nova-lite-v1:0";
  static final String NOVA_2 = "us.amazon.nova-2-lite-v1:0";
  static final String LLAMA = "us.meta.llama4-scout-17b-instruct-v1:0";
  static final LossTable TABLE = LossTable.load();
  static final Codec CODEC = new ConverseCodec();

  private Desk() {}

  /** JSON with ' for ". */
  static String json(String text) {
    return text.replace('\'', '"');
  }

  static JsonNode tree(String text) {
    return Json.read(json(text).getBytes(UTF_8));
  }

  static Call call(String model, boolean stream, byte[] body) {
    String path = "/model/" + model + (stream ? "/converse-stream" : "/converse");
    return new Bedrock()
        .read(
            new Inbound(
                "req_1", Operation.CHAT, "POST", path, null, Headers.EMPTY, body, model, null));
  }

  static ChatRequest read(String model, String body) {
    return CODEC.readRequest(call(model, false, json(body).getBytes(UTF_8)));
  }

  static Losses losses(DialectId from, String model, OnUnsupported policy) {
    return new Losses(TABLE, from, DialectId.BEDROCK, target(model), policy);
  }

  static Target target(String model) {
    return new Target("aws", "bedrock", model);
  }

  /** What is written for a chat client's request, and what it lost on its way. */
  record Sent(JsonNode body, String path, List<String> dropped, List<String> unlisted) {}

  static Sent write(String model, ChatRequest request) {
    return write(model, request, OnUnsupported.LISTED);
  }

  static Sent write(String model, ChatRequest request, OnUnsupported policy) {
    Losses losses = losses(DialectId.OPENAI_CHAT, model, policy);
    Written written = CODEC.writeRequest(request, target(model), losses);
    return new Sent(
        Json.read(written.body()),
        written.path(),
        losses.dropped(),
        List.copyOf(losses.unlisted()));
  }

  static Reply reply(boolean stream) {
    ChatRequest request = ChatRequest.builder("m").stream(stream).build();
    return new Reply("req_1", "m", stream, true, false, Instant.EPOCH, 0, request);
  }

  /** An event's frame. */
  static byte[] frame(String type, String payload) {
    return AwsEvent.event(type, json(payload).getBytes(UTF_8));
  }

  static List<StreamPart> parts(List<byte[]> frames) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader("aws/m");
    frames.forEach(frame -> reader.event(frame, 0, frame.length, parts::add));
    reader.end(parts::add);
    return parts;
  }

  /** A line for each frame: its type and its payload. */
  static List<String> lines(byte[] body) {
    List<String> lines = new ArrayList<>();
    AwsEventSplitter splitter = new AwsEventSplitter();
    splitter.feed(
        body,
        0,
        body.length,
        (buffer, start, end) -> {
          AwsEvent event = AwsEvent.parse(buffer, start, end);
          lines.add(event.type() + " " + new String(event.payload(), UTF_8).replace('"', '\''));
        });
    return lines;
  }
}
