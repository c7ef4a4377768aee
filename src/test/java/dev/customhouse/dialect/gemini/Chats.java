package dev.customhouse.dialect.gemini;

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
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.Written;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Requests and answers through the codec, for tests. JSON may have single quotes. */
final class Chats {
  static final Codec CODEC = new GeminiCodec();
  static final String OLD = "gemini-2.5-flash";
  static final String NEW = "gemini-3-flash-preview";
  static final LossTable TABLE = LossTable.load();

  private Chats() {}

  static String json(String quoted) {
    return quoted.replace('\'', '"');
  }

  static JsonNode tree(String quoted) {
    return Json.read(json(quoted).getBytes(UTF_8));
  }

  static Call call(String body, boolean stream) {
    return new Call(
        "req_1",
        Operation.CHAT,
        DialectId.GEMINI,
        "POST",
        "/v1beta/models/asked:" + (stream ? "streamGenerateContent" : "generateContent"),
        null,
        Headers.EMPTY,
        body.getBytes(UTF_8),
        "asked",
        null,
        stream,
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  static ChatRequest read(String body) {
    return CODEC.readRequest(call(json(body), false));
  }

  static Target target(String model) {
    return new Target("google", "gemini", model);
  }

  static Losses losses(String model, OnUnsupported policy) {
    return new Losses(TABLE, DialectId.OPENAI_CHAT, DialectId.GEMINI, target(model), policy);
  }

  static Written written(ChatRequest request, String model, Losses losses) {
    return CODEC.writeRequest(request, target(model), losses);
  }

  static JsonNode write(ChatRequest request, String model) {
    Losses losses = losses(model, OnUnsupported.LISTED);
    JsonNode body = Json.read(written(request, model, losses).body());
    if (!losses.unlisted().isEmpty()) {
      throw new AssertionError("unlisted: " + losses.unlisted());
    }
    return body;
  }

  /** What the table calls lost when all that can be left out is. */
  static List<String> dropped(ChatRequest request, String model) {
    Losses losses = losses(model, OnUnsupported.DROP);
    var unused = written(request, model, losses);
    if (!losses.unlisted().isEmpty()) {
      throw new AssertionError("unlisted: " + losses.unlisted());
    }
    return losses.dropped();
  }

  static ChatAnswer answer(String body) {
    return CODEC.readAnswer(json(body).getBytes(UTF_8), "google/" + NEW);
  }

  /** The answer that chunks make. */
  static ChatAnswer stream(String... chunks) {
    Gathering gathering = new Gathering();
    PartReader reader = reader(gathering, chunks);
    reader.end(gathering);
    return gathering.answer();
  }

  static PartReader reader(Consumer<StreamPart> parts, String... chunks) {
    PartReader reader = CODEC.partReader("google/" + NEW);
    for (String chunk : chunks) {
      byte[] event = ("data: " + json(chunk) + "\r\n\r\n").getBytes(UTF_8);
      reader.event(event, 0, event.length, parts);
    }
    return reader;
  }

  /** A candidate with these parts and whatever follows them. */
  static String chunk(String parts, String behind) {
    return "{'candidates':[{'content':{'role':'model','parts':[%s]}%s,'index':0}],'responseId':'r1','modelVersion':'gemini-x'}"
        .formatted(parts, behind);
  }

  static String stop(String parts) {
    return chunk(parts, ",'finishReason':'STOP'");
  }

  static Reply reply(boolean stream, boolean array) {
    return new Reply(
        "req_1",
        "asked",
        stream,
        true,
        array,
        Instant.EPOCH,
        0,
        ChatRequest.builder("asked").build());
  }

  static JsonNode written(ChatAnswer answer) {
    return Json.read(CODEC.writeAnswer(answer, reply(false, false)));
  }

  static String written(boolean array, StreamPart... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply(true, array));
    for (StreamPart part : parts) {
      writer.part(part, out);
    }
    return out.toString(UTF_8);
  }
}
