package dev.customhouse.dialect.openaichat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The two ends of the codec, with what the gateway would put around them. */
final class Wire {
  static final String MAKER = "here/model-1";
  static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  static final ChatCodec CODEC = new ChatCodec();
  private static final LossTable TABLE = LossTable.load();

  private Wire() {}

  /** What was written for a provider, and what was lost. */
  record Sent(JsonNode body, List<String> dropped) {
    JsonNode message(int index) {
      return body.path("messages").path(index);
    }
  }

  /** Text with single quotes for double ones. */
  static String quoted(String json) {
    return json.replace('\'', '"');
  }

  static JsonNode json(String text) {
    return Json.read(quoted(text).getBytes(UTF_8));
  }

  static ChatRequest request(String body) {
    byte[] bytes = quoted(body).getBytes(UTF_8);
    JsonNode tree = Json.read(bytes);
    return CODEC.readRequest(
        new Call(
            "req_1",
            Operation.CHAT,
            DialectId.OPENAI_CHAT,
            "POST",
            "/v1/chat/completions",
            null,
            Headers.EMPTY,
            bytes,
            tree.path("model").asText("m"),
            null,
            tree.path("stream").asBoolean(),
            tree.path("stream_options").path("include_usage").asBoolean(),
            Call.Marks.NONE,
            null,
            null));
  }

  /** A request of one user's message and these members. */
  static ChatRequest asking(String members) {
    return request(
        "{'model':'m','messages':[{'role':'user','content':'Hi'}]%s}"
            .formatted(members.isEmpty() ? "" : "," + members));
  }

  /** A request of these messages. */
  static ChatRequest saying(String messages) {
    return request("{'model':'m','messages':[%s]}".formatted(messages));
  }

  static Sent send(ChatRequest request, String hostType, String model) {
    return send(request, hostType, model, OnUnsupported.LISTED);
  }

  static Sent send(ChatRequest request, String hostType, String model, OnUnsupported policy) {
    Target target = new Target("here", hostType, model);
    Losses losses =
        new Losses(TABLE, DialectId.ANTHROPIC_MESSAGES, DialectId.OPENAI_CHAT, target, policy);
    byte[] body = CODEC.writeRequest(request, target, losses).body();
    if (!losses.unlisted().isEmpty()) {
      throw new AssertionError("not in the table: " + losses.unlisted());
    }
    return new Sent(Json.read(body), losses.dropped());
  }

  static ChatAnswer answer(String body) {
    return CODEC.readAnswer(quoted(body).getBytes(UTF_8), MAKER);
  }

  /** An answer whose one choice has this message and finish reason. */
  static ChatAnswer message(String message, String finish) {
    return answer(
        "{'id':'a-1','model':'model-1','choices':[{'index':0,'message':%s,'finish_reason':%s}]}"
            .formatted(message, finish));
  }

  /** The parts of a stream of these chunks, each a JSON text, a comment or [DONE]. */
  static List<StreamPart> parts(String... chunks) {
    StringBuilder stream = new StringBuilder();
    for (String chunk : chunks) {
      stream
          .append(chunk.startsWith(":") || chunk.startsWith("event:") ? "" : "data: ")
          .append(quoted(chunk))
          .append("\n\n");
    }
    return parts(stream.toString().getBytes(UTF_8));
  }

  static List<StreamPart> parts(byte[] stream) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader(MAKER);
    SseSplitter splitter = new SseSplitter();
    splitter.feed(
        stream,
        0,
        stream.length,
        (buffer, start, end) -> reader.event(buffer, start, end, parts::add));
    splitter.finish((buffer, start, end) -> reader.event(buffer, start, end, parts::add));
    reader.end(parts::add);
    return parts;
  }

  /** A chunk whose one choice has this delta. */
  static String delta(String delta) {
    return "{'id':'c-1','model':'model-1','choices':[{'index':0,'delta':%s}]}".formatted(delta);
  }

  static String finish(String reason) {
    return "{'id':'c-1','choices':[{'index':0,'delta':{},'finish_reason':%s}]}".formatted(reason);
  }

  static ChatAnswer gathered(List<StreamPart> parts) {
    Gathering gathering = new Gathering();
    parts.forEach(gathering);
    return gathering.answer();
  }

  static Reply reply(boolean usageAsked, ChatRequest request) {
    return new Reply("req_1", "alias", request.stream(), usageAsked, false, NOW, 7, request);
  }

  static Reply reply() {
    return reply(true, asking(""));
  }

  static JsonNode written(ChatAnswer answer) {
    return Json.read(CODEC.writeAnswer(answer, reply()));
  }

  static String streamed(List<StreamPart> parts, Reply reply) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply);
    parts.forEach(part -> writer.part(part, out));
    return out.toString(UTF_8);
  }

  static String streamed(ChatAnswer answer, Reply reply) {
    List<StreamPart> parts = new ArrayList<>();
    Gathering.takeApart(answer, parts::add);
    return streamed(parts, reply);
  }

  /** The chunks of a stream, without [DONE]. */
  static List<JsonNode> chunks(String stream) {
    List<JsonNode> chunks = new ArrayList<>();
    for (String event : stream.split("\n\n")) {
      String data = event.substring("data: ".length());
      if (!data.equals("[DONE]")) {
        chunks.add(Json.read(data.getBytes(UTF_8)));
      }
    }
    return chunks;
  }
}
