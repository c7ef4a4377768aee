package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.SealBox;
import dev.customhouse.dialect.Turns;
import dev.customhouse.dialect.Written;
import dev.customhouse.dialect.anthropicmessages.MessagesCodec;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What Anthropic, Bedrock and Vertex were recorded to answer says in the hub what an independent
 * reader found in it, and comes out of the hub as it went in; so do recorded requests.
 */
@Tag("recorded")
class MessagesCodecTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final MessagesCodec CODEC = new MessagesCodec();
  private static final LossTable TABLE = LossTable.load();
  private static final String MAKER = "anthropic/claude";
  private static final Set<String> DIALECTS =
      Set.of("anthropic-messages", "bedrock-invoke-anthropic");
  private static final Map<String, FinishReason> FINISH =
      Map.of(
          "stop", FinishReason.STOP,
          "stop_sequence", FinishReason.STOP_SEQUENCE,
          "length", FinishReason.LENGTH,
          "context_window", FinishReason.CONTEXT_WINDOW,
          "tool_calls", FinishReason.TOOL_CALLS,
          "refusal", FinishReason.REFUSAL,
          "compaction", FinishReason.COMPACTION,
          "pause", FinishReason.PAUSED);

  /** An answer and what is known of it. */
  private record Answer(String name, JsonNode facts, Path body) {
    boolean isStream() {
      return body.getFileName().toString().endsWith(".txt");
    }
  }

  private static Path fixtures() {
    return Path.of(System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared"), "fixtures");
  }

  private static boolean present(String what) {
    if (Files.isDirectory(fixtures())) {
      return true;
    }
    System.out.println(what + " did not run: there are no recordings");
    return false;
  }

  private static List<Path> folders(String folder) throws IOException {
    try (Stream<Path> cases = Files.list(fixtures().resolve(folder))) {
      return cases.sorted().toList();
    }
  }

  private static List<Answer> answers() throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (String folder : List.of("anthropic-messages", "other")) {
      for (Path each : folders(folder)) {
        JsonNode meta = MAPPER.readTree(each.resolve("meta.json").toFile());
        boolean spoken = DIALECTS.contains(meta.path("facts_dialect").asText());
        if (spoken && meta.path("facts").path("kind").asText().equals("completion")) {
          boolean stream = Files.exists(each.resolve("stream.txt"));
          answers.add(
              new Answer(
                  each.getFileName().toString(),
                  meta.path("facts"),
                  each.resolve(stream ? "stream.txt" : "response.json")));
        }
      }
    }
    for (Path each : folders("pairs")) {
      JsonNode meta = MAPPER.readTree(each.resolve("meta.json").toFile());
      for (var dialect : meta.path("dialects").properties()) {
        if (DIALECTS.contains(dialect.getValue().path("facts_dialect").asText())) {
          for (JsonNode part : dialect.getValue()) {
            Path body = each.resolve(part.path("file").asText("none"));
            boolean completion = part.path("facts").path("kind").asText().equals("completion");
            if (completion && Files.exists(body) && !body.toString().endsWith(".bin")) {
              answers.add(
                  new Answer(
                      each.getFileName() + "/" + body.getFileName(), part.path("facts"), body));
            }
          }
        }
      }
    }
    return answers;
  }

  private static List<StreamPart> parts(byte[] body) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader(MAKER);
    if (body.length > 0 && body[0] == '{') {
      // Frames of Bedrock, as the recorder wrote them: one a line.
      for (String line : new String(body, UTF_8).split("\n", -1)) {
        JsonNode payload = Json.read(line.getBytes(UTF_8)).path("payload");
        byte[] event = RehostedMessages.event(Json.write(payload));
        if (event != null) {
          reader.event(event, 0, event.length, parts::add);
        }
      }
    } else {
      SseSplitter splitter = new SseSplitter();
      SseSplitter.Sink sink = (buffer, start, end) -> reader.event(buffer, start, end, parts::add);
      splitter.feed(body, 0, body.length, sink);
      splitter.finish(sink);
    }
    reader.end(parts::add);
    return parts;
  }

  private static ChatAnswer gathered(List<StreamPart> parts) {
    Gathering gathering = new Gathering();
    parts.forEach(gathering);
    return gathering.answer();
  }

  private static ChatAnswer read(Answer answer) throws IOException {
    byte[] body = Files.readAllBytes(answer.body());
    return answer.isStream() ? gathered(parts(body)) : CODEC.readAnswer(body, MAKER);
  }

  @Test
  void answersSayWhatAnIndependentReaderFound() throws IOException {
    if (!present("answersSayWhatAnIndependentReaderFound")) {
      return;
    }
    List<Answer> answers = answers();
    assertThat(answers).hasSizeGreaterThan(40);
    for (Answer each : answers) {
      ChatAnswer answer = read(each);
      JsonNode facts = each.facts();
      assertThat(text(answer)).as(each.name()).isEqualTo(facts.path("text").asText());
      assertThat(answer.id()).as(each.name()).isEqualTo(facts.path("id").textValue());
      assertThat(answer.model()).as(each.name()).isEqualTo(facts.path("model").textValue());
      String finish = facts.path("finish").path("normal").textValue();
      assertThat(answer.finish())
          .as(each.name())
          .isEqualTo(finish == null ? null : FINISH.get(finish));
      usage(each, answer.usage());
      reasoning(each, answer);
      calls(each, answer);
    }
  }

  private static String text(ChatAnswer answer) {
    StringBuilder text = new StringBuilder();
    for (Content content : answer.content()) {
      if (content instanceof Content.Text words) {
        text.append(words.text());
      }
    }
    return text.toString();
  }

  private static void usage(Answer each, @Nullable Usage usage) {
    JsonNode facts = each.facts().path("usage");
    if (!facts.isObject()) {
      assertThat(usage).as(each.name()).isNull();
      return;
    }
    assertThat(usage)
        .as(each.name())
        .isEqualTo(
            new Usage(
                facts.path("input").asLong(),
                facts.path("output").asLong(),
                count(facts.path("cache_read")),
                count(facts.path("cache_write")),
                count(facts.path("reasoning")),
                false));
  }

  private static @Nullable Long count(JsonNode node) {
    return node.isNumber() ? Long.valueOf(node.asLong()) : null;
  }

  private static void reasoning(Answer each, ChatAnswer answer) {
    StringBuilder text = new StringBuilder();
    int signatures = 0;
    int opaque = 0;
    for (Content content : answer.content()) {
      if (content instanceof Content.Reasoning reasoning) {
        text.append(reasoning.text());
        Seal seal = reasoning.seal();
        signatures += seal != null && !seal.redacted() ? 1 : 0;
        opaque += seal != null && seal.redacted() ? 1 : 0;
      }
    }
    JsonNode facts = each.facts().path("reasoning");
    assertThat(text.toString()).as(each.name()).isEqualTo(facts.path("text").asText());
    assertThat(signatures).as(each.name()).isEqualTo(facts.path("signatures").asInt());
    assertThat(opaque).as(each.name()).isEqualTo(facts.path("opaque").asInt());
  }

  private static void calls(Answer each, ChatAnswer answer) {
    List<Content.ToolCall> calls = new ArrayList<>();
    for (Content content : answer.content()) {
      if (content instanceof Content.ToolCall call) {
        calls.add(call);
      }
    }
    JsonNode facts = each.facts().path("tool_calls");
    assertThat(calls).as(each.name()).hasSize(facts.size());
    for (int i = 0; i < calls.size(); i++) {
      assertThat(calls.get(i).id()).isEqualTo(facts.get(i).path("id").asText());
      assertThat(calls.get(i).name()).isEqualTo(facts.get(i).path("name").asText());
      assertThat(Json.read(calls.get(i).arguments().getBytes(UTF_8)))
          .as(each.name())
          .isEqualTo(facts.get(i).path("arguments"));
    }
  }

  @Test
  void answersComeOutOfTheHubAsTheyWentIn() throws IOException {
    if (!present("answersComeOutOfTheHubAsTheyWentIn")) {
      return;
    }
    for (Answer each : answers()) {
      ChatAnswer answer = read(each);
      Reply reply = reply(answer);
      ChatAnswer whole = CODEC.readAnswer(CODEC.writeAnswer(answer, reply), MAKER);
      assertSame(each.name() + " whole", answer, whole);

      byte[] taken = written(reply, out -> Gathering.takeApart(answer, out));
      assertWellFormed(each.name(), taken);
      assertSame(each.name() + " taken apart", answer, gathered(parts(taken)));

      if (each.isStream() && each.facts().path("error").isNull()) {
        List<StreamPart> parts = parts(Files.readAllBytes(each.body()));
        byte[] again = written(reply, parts::forEach);
        assertWellFormed(each.name(), again);
        assertSame(each.name() + " streamed", answer, gathered(parts(again)));
      }
    }
  }

  private static byte[] written(Reply reply, Consumer<Consumer<StreamPart>> parts) {
    PartWriter writer = CODEC.partWriter(reply);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    parts.accept(part -> writer.part(part, out));
    return out.toByteArray();
  }

  private static Reply reply(ChatAnswer answer) {
    String model = answer.model() == null ? "none" : answer.model();
    ChatRequest request = ChatRequest.builder(model).build();
    return new Reply("req_1", model, true, true, false, Instant.EPOCH, 7, request);
  }

  /** All but what a stream or a client cannot be told: empty texts, and unknown usage. */
  private static void assertSame(String name, ChatAnswer before, ChatAnswer after) {
    List<Content> content =
        before.content().stream()
            .filter(each -> !(each instanceof Content.Text text) || !text.text().isEmpty())
            .map(MessagesCodecTest::compact)
            .toList();
    assertThat(
            after.content().stream()
                .map(MessagesCodecTest::unpacked)
                .map(MessagesCodecTest::compact)
                .toList())
        .as(name)
        .isEqualTo(content);
    assertThat(after.stopSequence()).as(name).isEqualTo(before.stopSequence());
    FinishReason finish = before.finish();
    if (finish != null && finish != FinishReason.OTHER) {
      assertThat(after.finish()).as(name).isEqualTo(finish);
    }
    Usage usage = before.usage();
    if (usage != null) {
      assertThat(after.usage()).as(name).isNotNull();
      assertThat(after.usage().inputTokens()).as(name).isEqualTo(usage.inputTokens());
      assertThat(after.usage().outputTokens()).as(name).isEqualTo(usage.outputTokens());
      assertThat(after.usage().reasoningTokens()).as(name).isEqualTo(usage.reasoningTokens());
    }
  }

  /** A whole message has arguments as an object: spaces in them are not kept. */
  private static Content compact(Content content) {
    return content instanceof Content.ToolCall call
        ? call.withArguments(Json.read(call.arguments().getBytes(UTF_8)).toString())
        : content;
  }

  /** A client gets seals in a box that says who made them. */
  private static Content unpacked(Content content) {
    if (!(content instanceof Content.Reasoning reasoning) || reasoning.seal() == null) {
      return content;
    }
    Seal seal = reasoning.seal();
    return new Content.Reasoning(
        reasoning.text(),
        SealBox.unpack(seal.data(), DialectId.ANTHROPIC_MESSAGES, seal.redacted()),
        reasoning.extras());
  }

  /** One start, blocks one after another without gaps, one end. */
  private static void assertWellFormed(String name, byte[] stream) {
    List<String> types = new ArrayList<>();
    int index = -1;
    boolean open = false;
    for (String event : new String(stream, UTF_8).split("\n\n", -1)) {
      int data = event.indexOf("data: ");
      if (data < 0) {
        continue;
      }
      JsonNode read = Json.read(event.substring(data + 6).getBytes(UTF_8));
      String type = read.path("type").asText();
      assertThat(event).startsWith("event: " + type + "\n");
      types.add(type);
      switch (type) {
        case "content_block_start" -> {
          assertThat(open).as(name).isFalse();
          open = true;
          assertThat(read.path("index").asInt()).as(name).isEqualTo(++index);
        }
        case "content_block_delta" -> assertThat(read.path("index").asInt()).isEqualTo(index);
        case "content_block_stop" -> {
          assertThat(open).as(name).isTrue();
          open = false;
        }
        default -> {}
      }
    }
    assertThat(open).as(name).isFalse();
    assertThat(types.stream().filter("message_start"::equals)).as(name).hasSize(1);
    assertThat(types.getFirst()).isEqualTo("message_start");
    assertThat(types.subList(types.size() - 2, types.size()))
        .as(name)
        .containsExactly("message_delta", "message_stop");
  }

  @Test
  void requestsComeOutOfTheHubAsTheyWentIn() throws IOException {
    if (!present("requestsComeOutOfTheHubAsTheyWentIn")) {
      return;
    }
    int seen = 0;
    for (String folder : List.of("anthropic-messages", "other", "pairs")) {
      for (Path each : folders(folder)) {
        for (Path request : requests(folder, each)) {
          request(each.getFileName() + "/" + request.getFileName(), each, request);
          seen++;
        }
      }
    }
    assertThat(seen).isGreaterThan(70);
  }

  private static List<Path> requests(String folder, Path each) throws IOException {
    if (folder.equals("pairs")) {
      try (Stream<Path> files = Files.list(each)) {
        return files
            .filter(file -> file.getFileName().toString().matches(".*anthropic[.]request[.]json"))
            .sorted()
            .toList();
      }
    }
    Path request = each.resolve("request.json");
    JsonNode meta = MAPPER.readTree(each.resolve("meta.json").toFile());
    boolean spoken = DIALECTS.contains(meta.path("facts_dialect").asText());
    return spoken && Files.exists(request) ? List.of(request) : List.of();
  }

  private static void request(String name, Path folder, Path file) throws IOException {
    byte[] body = Files.readAllBytes(file);
    Headers headers = Headers.EMPTY;
    JsonNode tree = MAPPER.readTree(body);
    if (tree.has("anthropic_version")) {
      JsonNode facts = MAPPER.readTree(folder.resolve("meta.json").toFile()).path("facts");
      String served = facts.path("model").asText("claude-sonnet-4-5");
      RehostedMessages.Direct direct = RehostedMessages.inward(body, served, false);
      body = direct.body();
      headers = direct.headers();
      tree = MAPPER.readTree(body);
    }
    if (!tree.has("messages")) {
      // Old prompts of Bedrock are no Messages.
      return;
    }
    String model = tree.path("model").asText();
    boolean counts = !tree.has("max_tokens");
    ChatRequest asked = CODEC.readRequest(call(body, headers, model, counts));
    Target target = new Target("anthropic", "anthropic", model);
    Losses losses =
        new Losses(
            TABLE,
            DialectId.ANTHROPIC_MESSAGES,
            DialectId.ANTHROPIC_MESSAGES,
            target,
            OnUnsupported.DROP);
    Written written = CODEC.writeRequest(asked, target, losses);
    ChatRequest again = CODEC.readRequest(call(written.body(), written.headers(), model, false));

    assertThat(losses.unlisted()).as(name).isEmpty();
    assertThat(losses.dropped()).as(name).isEmpty();
    Path meta = folder.resolve("meta.json");
    if (MAPPER.readTree(meta.toFile()).path("http_status").asInt() == 400) {
      // The provider refused it for something that this gateway does not send.
      return;
    }
    ChatRequest expected =
        asked.toBuilder()
            .messages(
                Stream.concat(
                        Turns.of(asked.messages(), true).instructions().stream(),
                        Turns.of(asked.messages(), true).turns().stream())
                    .toList())
            .build();
    if (counts) {
      again = again.toBuilder().sampling(again.sampling().withMaxOutputTokens(null)).build();
    }
    assertThat(again.messages()).as(name).isEqualTo(expected.messages());
    assertThat(again.tools()).as(name).isEqualTo(expected.tools());
    assertThat(again).as(name).isEqualTo(expected);
    assertThat(CODEC.writeRequest(again, target, losses).body()).as(name).isNotEmpty();
  }

  private static Call call(byte[] body, Headers headers, String model, boolean counts) {
    return new Call(
        "req_1",
        counts ? Operation.COUNT_TOKENS : Operation.CHAT,
        DialectId.ANTHROPIC_MESSAGES,
        "POST",
        "/v1/messages",
        null,
        headers,
        body,
        model,
        null,
        Json.read(body).path("stream").asBoolean(),
        true,
        Call.Marks.NONE,
        null,
        null);
  }
}
