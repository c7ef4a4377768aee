package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.anthropicmessages.MessagesCodec;
import dev.customhouse.dialect.bedrock.ConverseCodec;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.dialect.openaichat.ChatCodec;
import dev.customhouse.dialect.openairesponses.ResponsesCodec;
import java.time.Instant;
import java.util.List;

/** The way of one request from any dialect to any other, without the gateway around it. */
public final class Crossing {
  /** Those of all dialects. */
  public static final Codecs CODECS =
      new Codecs(
          new ChatCodec(),
          new ResponsesCodec(),
          new MessagesCodec(),
          new GeminiCodec(),
          new ConverseCodec());

  private static final LossTable TABLE = LossTable.load();

  private Crossing() {}

  /** JSON with single quotes for double ones. */
  public static JsonNode json(String text) {
    JsonNode read = Json.read(text.replace('\'', '"').getBytes(UTF_8));
    if (!read.isObject()) {
      throw new IllegalArgumentException("no JSON object: " + text);
    }
    return read;
  }

  /** The least that a client of the dialect asks, with these members put in. */
  public static ObjectNode asking(DialectId dialect, String members) {
    ObjectNode least =
        (ObjectNode)
            json(
                switch (dialect) {
                  case OPENAI_CHAT -> "{'model':'m','messages':[{'role':'user','content':'Hi'}]}";
                  case OPENAI_RESPONSES -> "{'model':'m','input':'Hi'}";
                  case ANTHROPIC_MESSAGES ->
                      "{'model':'m','max_tokens':4000,'messages':[{'role':'user','content':'Hi'}]}";
                  case GEMINI -> "{'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}";
                  case BEDROCK -> "{'messages':[{'role':'user','content':[{'text':'Hi'}]}]}";
                });
    least.setAll((ObjectNode) json("{" + members + "}"));
    return least;
  }

  /** A request as the door hands it to a codec. */
  public static Call call(DialectId dialect, JsonNode body, boolean stream) {
    return call(dialect, Json.write(body), "m", stream);
  }

  public static Call call(DialectId dialect, byte[] body, String model, boolean stream) {
    String path =
        switch (dialect) {
          case OPENAI_CHAT -> "/v1/chat/completions";
          case OPENAI_RESPONSES -> "/v1/responses";
          case ANTHROPIC_MESSAGES -> "/v1/messages";
          case GEMINI ->
              "/v1beta/models/" + model + (stream ? ":streamGenerateContent" : ":generateContent");
          case BEDROCK -> "/model/" + model + (stream ? "/converse-stream" : "/converse");
        };
    return new Call(
        "req_1",
        Operation.CHAT,
        dialect,
        "POST",
        path,
        stream && dialect == DialectId.GEMINI ? "alt=sse" : null,
        Headers.EMPTY,
        body,
        model,
        null,
        stream,
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  /** What the client's codec understands. */
  public static ChatRequest read(DialectId dialect, JsonNode body) {
    return CODECS.get(dialect).readRequest(call(dialect, body, false));
  }

  /** What the provider's own dialect understands of what was written for it. */
  public static ChatRequest arrived(Translation translation, String model) {
    DialectId to = translation.upstreamDialect();
    return CODECS
        .get(to)
        .readRequest(call(to, translation.written().body(), model, translation.asksForEvents()));
  }

  public static Translation translate(
      DialectId from, JsonNode body, DialectId to, Target target, OnUnsupported policy) {
    return translate(from, read(from, body), to, target, policy);
  }

  public static Translation translate(
      DialectId from, ChatRequest request, DialectId to, Target target, OnUnsupported policy) {
    return Translation.of(CODECS.get(from), CODECS.get(to), reply(request), target, TABLE, policy);
  }

  public static Reply reply(ChatRequest request) {
    return new Reply(
        "req_1",
        "m",
        request.stream(),
        true,
        false,
        Instant.ofEpochSecond(1_700_000_000),
        7,
        request);
  }

  /** Models of each dialect that take and refuse different things. */
  public static List<Target> targets(DialectId dialect) {
    return switch (dialect) {
      case OPENAI_CHAT ->
          List.of(
              new Target("p", "openai", "gpt-4o"),
              new Target("p", "openai", "gpt-5.2"),
              new Target("p", "groq", "llama-3.3-70b-versatile"),
              new Target("p", "deepseek", "deepseek-chat"),
              new Target("p", "compatible", "qwen"));
      case OPENAI_RESPONSES ->
          List.of(new Target("p", "openai", "gpt-4o"), new Target("p", "openai", "gpt-5.2"));
      case ANTHROPIC_MESSAGES ->
          List.of(
              new Target("p", "anthropic", "claude-3-5-haiku-latest"),
              new Target("p", "anthropic", "claude-sonnet-4-5"),
              new Target("p", "anthropic", "claude-opus-5-5"));
      case GEMINI ->
          List.of(
              new Target("p", "gemini", "gemini-2.0-flash"),
              new Target("p", "gemini", "gemini-2.5-flash"),
              new Target("p", "gemini", "gemini-3-pro-preview"));
      case BEDROCK ->
          List.of(
              new Target("p", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
              new Target("p", "bedrock", "amazon.nova-pro-v1:0"));
    };
  }
}
