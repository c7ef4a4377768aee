package dev.customhouse.dialect.anthropicmessages;

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
import dev.customhouse.dialect.Written;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the tests of this dialect do over and over. JSON is written with single quotes. */
final class Desk {
  static final MessagesCodec CODEC = new MessagesCodec();
  static final LossTable TABLE = LossTable.load();
  static final String MAKER = "anthropic/claude-sonnet-4-5";

  private Desk() {}

  static byte[] json(String quoted) {
    return quoted.replace('\'', '"').getBytes(UTF_8);
  }

  static JsonNode tree(String quoted) {
    return Json.read(json(quoted));
  }

  static ChatRequest read(String quoted, String... headers) {
    return read(json(quoted), Operation.CHAT, Headers.of(headers));
  }

  static ChatRequest read(byte[] body, Operation operation, Headers headers) {
    JsonNode tree = Json.read(body);
    return CODEC.readRequest(
        new Call(
            "req_1",
            operation,
            DialectId.ANTHROPIC_MESSAGES,
            "POST",
            "/v1/messages",
            null,
            headers,
            body,
            tree.path("model").asText("claude-sonnet-4-5"),
            null,
            tree.path("stream").asBoolean(),
            true,
            Call.Marks.NONE,
            null,
            null));
  }

  static Target target(String model) {
    return new Target("anthropic", "anthropic", model);
  }

  /** What a client of another dialect loses. */
  static Losses losses(DialectId from, String model, OnUnsupported policy) {
    return new Losses(TABLE, from, DialectId.ANTHROPIC_MESSAGES, target(model), policy);
  }

  /** What a client of the same dialect loses. */
  static Losses ofItsOwn(OnUnsupported policy) {
    return losses(DialectId.ANTHROPIC_MESSAGES, "claude-sonnet-4-5", policy);
  }

  static Losses losses(String model) {
    return losses(DialectId.OPENAI_CHAT, model, OnUnsupported.DROP);
  }

  static JsonNode write(ChatRequest request, String model, Losses losses) {
    return Json.read(written(request, model, losses).body());
  }

  static Written written(ChatRequest request, String model, Losses losses) {
    return CODEC.writeRequest(request, target(model), losses);
  }

  static Reply reply(ChatRequest request) {
    return new Reply("req_a-1", "sonnet", true, true, false, Instant.EPOCH, 321, request);
  }

  static Reply reply() {
    return reply(ChatRequest.builder("sonnet").build());
  }

  /** The data of all events that the parts make, one a line, with single quotes. */
  static String events(StreamPart... parts) {
    return events(reply(), parts);
  }

  static String events(Reply reply, StreamPart... parts) {
    PartWriter writer = CODEC.partWriter(reply);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (StreamPart part : parts) {
      writer.part(part, out);
    }
    return shown(out);
  }

  static String shown(ByteArrayOutputStream out) {
    StringBuilder shown = new StringBuilder();
    for (String line : out.toString(UTF_8).split("\n", -1)) {
      if (line.startsWith("data: ")) {
        shown.append(line.substring(6).replace('"', '\'')).append('\n');
      }
    }
    return shown.toString();
  }

  /** The parts of a stream of events, each given by its data. */
  static List<StreamPart> parts(String... events) {
    PartReader reader = CODEC.partReader(MAKER);
    List<StreamPart> parts = new ArrayList<>();
    for (String event : events) {
      byte[] raw = ("event: x\ndata: " + event.replace('\'', '"') + "\n\n").getBytes(UTF_8);
      reader.event(raw, 0, raw.length, parts::add);
    }
    reader.end(parts::add);
    return parts;
  }
}
