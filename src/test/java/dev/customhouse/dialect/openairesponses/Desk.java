package dev.customhouse.dialect.openairesponses;

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

/** Requests, answers and streams as text, for the tests of the codec. */
final class Desk {
  static final ResponsesCodec CODEC = new ResponsesCodec();
  static final Target OPENAI = new Target("house", "openai", "gpt-5.1");
  static final Target VLLM = new Target("rack", "vllm", "qwen3");
  static final String MAKER = OPENAI.maker();
  private static final LossTable TABLE = LossTable.load();

  private Desk() {}

  static JsonNode json(String text) {
    JsonNode node = Json.read(text.getBytes(UTF_8));
    if (node.isMissingNode()) {
      throw new IllegalArgumentException(text);
    }
    return node;
  }

  /** Understands a client's request; {@code members} stand beside the model. */
  static ChatRequest read(String members) {
    byte[] body = ("{\"model\":\"gpt\"," + members + "}").getBytes(UTF_8);
    return CODEC.readRequest(call(body));
  }

  static Call call(byte[] body) {
    JsonNode request = Json.read(body);
    return new Call(
        "req_1",
        Operation.CHAT,
        DialectId.OPENAI_RESPONSES,
        "POST",
        "/v1/responses",
        null,
        Headers.EMPTY,
        body,
        request.path("model").asText("gpt"),
        null,
        request.path("stream").asBoolean(),
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  static Losses losses(Target target) {
    return new Losses(
        TABLE,
        DialectId.ANTHROPIC_MESSAGES,
        DialectId.OPENAI_RESPONSES,
        target,
        OnUnsupported.DROP);
  }

  static JsonNode write(ChatRequest request, Target target) {
    return write(request, target, losses(target));
  }

  static JsonNode write(ChatRequest request, Target target, Losses losses) {
    return Json.read(CODEC.writeRequest(request, target, losses).body());
  }

  static Reply reply(ChatRequest request) {
    return new Reply(
        "req_1", "gpt", true, true, false, Instant.ofEpochSecond(1_700_000_000), 0, request);
  }

  static Reply reply() {
    return reply(ChatRequest.builder("gpt").build());
  }

  /** The events of the parts, lifecycle objects shortened to what differs from event to event. */
  static String events(PartWriter writer, StreamPart... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (StreamPart part : parts) {
      writer.part(part, out);
    }
    return shortened(out.toString(UTF_8));
  }

  static String shortened(String stream) {
    return stream.replaceAll(
        "\"response\":\\{\"id\":\"resp_req_1\".*?\"status\":\"([a-z_]*)\".*\\}",
        "\"response\":\"$1\"}");
  }

  /** The parts that a provider's stream tells. */
  static List<StreamPart> parts(String stream) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader(MAKER);
    SseSplitter splitter = new SseSplitter();
    SseSplitter.Sink sink = (buffer, start, end) -> reader.event(buffer, start, end, parts::add);
    byte[] bytes = stream.getBytes(UTF_8);
    splitter.feed(bytes, 0, bytes.length, sink);
    splitter.finish(sink);
    reader.end(parts::add);
    return parts;
  }

  /** A stream of data lines, one event each. */
  static String stream(String... data) {
    StringBuilder stream = new StringBuilder();
    for (String each : data) {
      stream.append("data: ").append(each).append("\n\n");
    }
    return stream.toString();
  }
}
