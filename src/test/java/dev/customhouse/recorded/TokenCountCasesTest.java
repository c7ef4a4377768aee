package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.TokenEstimate;
import dev.customhouse.dialect.Translation;
import dev.customhouse.dialect.anthropicmessages.MessagesCodec;
import dev.customhouse.dialect.bedrock.ConverseCodec;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.dialect.openairesponses.ResponsesCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Recorded counts of tokens: the numbers, and the questions in every dialect that asks them. */
@Tag("recorded")
class TokenCountCasesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final LossTable TABLE = LossTable.load();
  private static final Map<String, Codec> CODECS =
      Map.of(
          "anthropic-messages", new MessagesCodec(),
          "openai-responses", new ResponsesCodec(),
          "gemini-generate", new GeminiCodec(),
          "bedrock-converse", new ConverseCodec());
  private static final Map<String, Target> TARGETS =
      Map.of(
          "anthropic-messages", new Target("p", "anthropic", "claude-sonnet-4-5"),
          "openai-responses", new Target("p", "openai", "gpt-4o-mini"),
          "gemini-generate", new Target("p", "gemini", "gemini-2.5-flash"),
          "bedrock-converse",
              new Target("p", "bedrock", "anthropic.claude-sonnet-4-20250514-v1:0"));
  private static final Map<String, String> PATHS =
      Map.of(
          "anthropic-messages", "/v1/messages/count_tokens",
          "openai-responses", "/v1/responses/input_tokens",
          "gemini-generate", "/v1beta/models/gemini-2.5-flash:countTokens",
          "bedrock-converse", "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens");

  @Test
  void everyRecordedCountIsUnderstoodAndAskedForInEveryDialect() throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    int cases = 0;
    for (String folder : CODECS.keySet().stream().sorted().toList()) {
      Path recorded = Path.of(root, "fixtures", folder);
      if (!Files.isDirectory(recorded)) {
        System.out.println("not run: the recordings of " + folder + " are absent");
        continue;
      }
      try (Stream<Path> all = Files.list(recorded)) {
        for (Path each : all.sorted().toList()) {
          JsonNode meta = MAPPER.readTree(each.resolve("meta.json").toFile());
          if (meta.path("facts").path("kind").asText().equals("count_tokens")) {
            check(folder, each, meta.path("facts").path("usage").path("input").asLong());
            cases++;
          }
        }
      }
    }
    System.out.printf("counts of tokens: %d recorded cases%n", cases);
  }

  private static void check(String folder, Path recorded, long expected) throws IOException {
    Codec own = Objects.requireNonNull(CODECS.get(folder));
    byte[] answer = Files.readAllBytes(recorded.resolve("response.json"));
    TokenCount counting = Objects.requireNonNull(own.counting());
    assertThat(counting.read(answer)).as(recorded.toString()).isEqualTo(expected);
    assertThat(counting.read(counting.answer(expected))).isEqualTo(expected);
    if (own.id() == DialectId.BEDROCK) {
      // No client asks in this dialect.
      return;
    }
    byte[] body = Files.readAllBytes(recorded.resolve("request.json"));
    ChatRequest asked = own.readRequest(call(own.id(), body));
    System.out.printf(
        "%s: %d tokens, estimated %d%n", recorded.getFileName(), expected, TokenEstimate.of(asked));
    for (Map.Entry<String, Codec> other : CODECS.entrySet()) {
      Codec upstream = other.getValue();
      Translation translation =
          Translation.ofCount(
              own,
              upstream,
              new Reply("req_1", "m", false, true, false, Instant.EPOCH, 0, asked),
              Objects.requireNonNull(TARGETS.get(other.getKey())),
              TABLE,
              OnUnsupported.LISTED);
      assertThat(translation.unlisted()).isEmpty();
      assertThat(translation.written().path()).isEqualTo(PATHS.get(other.getKey()));
      JsonNode question = Json.read(translation.written().body());
      assertThat(question.findValuesAsText("text").toString() + question)
          .as("%s for %s", recorded, other.getKey())
          .contains(firstWords(body));
      assertThat(question.findValue("max_tokens")).isNull();
      assertThat(question.findValue("stream")).isNull();
      byte[] told = Objects.requireNonNull(upstream.counting()).answer(expected);
      assertThat(counting.read(translation.answer(told))).isEqualTo(expected);
    }
  }

  private static String firstWords(byte[] body) {
    JsonNode request = Json.read(body);
    JsonNode input = request.path("input");
    String text = input.isTextual() ? input.asText() : String.valueOf(texts(request).getFirst());
    return text.substring(0, Math.min(10, text.length()));
  }

  private static List<String> texts(JsonNode request) {
    JsonNode turns =
        request.has("messages") ? request.path("messages") : request.findPath("contents");
    return turns.isMissingNode()
        ? request.findValuesAsText("text")
        : turns.findValuesAsText("text").isEmpty()
            ? turns.findValuesAsText("content")
            : turns.findValuesAsText("text");
  }

  private static Call call(DialectId dialect, byte[] body) {
    return new Call(
        "req_1",
        Operation.COUNT_TOKENS,
        dialect,
        "POST",
        "/v1/count",
        null,
        Headers.EMPTY,
        body,
        "m",
        null,
        false,
        false,
        Call.Marks.NONE,
        null,
        null);
  }
}
