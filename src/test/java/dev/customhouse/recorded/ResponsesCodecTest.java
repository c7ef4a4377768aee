package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Fitting;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.SealBox;
import dev.customhouse.dialect.openairesponses.ResponsesCodec;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the Responses codec understands of recorded traffic, and that it loses nothing of it. */
@Tag("recorded")
class ResponsesCodecTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ResponsesCodec CODEC = new ResponsesCodec();
  private static final String MAKER = "house/model";

  /**
   * Members of a request that the hub has nouns for; of {@code text}, the verbosity is an extra.
   */
  private static final Set<String> HUB =
      Set.of(
          "model",
          "input",
          "instructions",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "temperature",
          "top_p",
          "frequency_penalty",
          "presence_penalty",
          "max_output_tokens",
          "reasoning",
          "text",
          "stream",
          "safety_identifier",
          "service_tier",
          "prompt_cache_key");

  private static List<Recording> cases() throws IOException {
    List<Recording> cases =
        Recording.all().stream()
            .filter(recording -> recording.dialect() == DialectId.OPENAI_RESPONSES)
            .toList();
    if (cases.isEmpty()) {
      System.out.println("ResponsesCodecTest did not run: there are no recordings");
    }
    return cases;
  }

  /** Answers that came to their end; failures are cases of their own. */
  private static List<Recording> answers(boolean failed) throws IOException {
    return cases().stream()
        .filter(each -> each.facts().path("kind").asText().equals("completion"))
        .filter(each -> each.facts().at("/finish/normal").asText().equals("error") == failed)
        .toList();
  }

  private static ChatAnswer read(Recording recording) {
    if (!recording.events()) {
      return CODEC.readAnswer(recording.body(), MAKER);
    }
    return read(recording.body(), recording.name());
  }

  private static ChatAnswer read(byte[] stream, String name) {
    Gathering gathering = new Gathering();
    parts(stream, gathering);
    assertThat(gathering.isWhole()).as(name).isTrue();
    return gathering.answer();
  }

  private static void parts(byte[] stream, Consumer<StreamPart> parts) {
    PartReader reader = CODEC.partReader(MAKER);
    SseSplitter splitter = new SseSplitter();
    SseSplitter.Sink sink = (buffer, start, end) -> reader.event(buffer, start, end, parts);
    splitter.feed(stream, 0, stream.length, sink);
    splitter.finish(sink);
    reader.end(parts);
  }

  @Test
  void anAnswerIsUnderstoodAsAnIndependentReaderDid() throws IOException {
    for (Recording recording : answers(false)) {
      ObjectNode told = told(read(recording));
      ObjectNode facts = facts(recording);
      if (differsFromItself(recording)) {
        told.remove("text");
        facts.remove("text");
      }
      assertThat(told).as(recording.name()).isEqualTo(facts);
    }
  }

  /** Some recordings were shortened: their pieces do not make the text that their end repeats. */
  private static boolean differsFromItself(Recording recording) {
    return recording.facts().at("/stream_info/text_from_deltas_equal").toString().equals("false");
  }

  /** Where the provider shows several paragraphs of reasoning, a blank line is put between them. */
  private static String plain(String text) {
    return text.replaceAll("\\s", "");
  }

  private static ObjectNode facts(Recording recording) {
    JsonNode facts = recording.facts();
    ObjectNode expected = MAPPER.createObjectNode();
    expected.put("text", facts.path("text").asText());
    expected.put("refusal", facts.path("refusal").asText(""));
    expected.put("reasoning", plain(facts.at("/reasoning/text").asText("")));
    expected.put("sealed", facts.at("/reasoning/opaque").asInt());
    expected.put("finish", String.valueOf(Facts.of(recording).finish()));
    expected.put("usage", String.valueOf(Facts.of(recording).usage()));
    for (JsonNode call : facts.path("tool_calls")) {
      ObjectNode each = expected.withArray("calls").addObject();
      each.put("id", call.path("id").asText()).put("name", call.path("name").asText());
      each.put("custom", call.path("type").asText().equals("custom"));
      each.put("arguments", call.path("arguments_raw").asText(""));
    }
    return expected;
  }

  private static ObjectNode told(ChatAnswer answer) {
    StringBuilder text = new StringBuilder();
    StringBuilder refusal = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    int sealed = 0;
    ObjectNode told = MAPPER.createObjectNode();
    for (Content content : answer.content()) {
      switch (content) {
        case Content.Text each -> text.append(each.text());
        case Content.Declined each -> refusal.append(each.text());
        case Content.Reasoning each -> {
          reasoning.append(each.text());
          sealed += each.seal() == null || each.seal().data().isEmpty() ? 0 : 1;
        }
        case Content.ToolCall call -> {
          ObjectNode each = told.withArray("calls").addObject();
          each.put("id", call.id()).put("name", call.name()).put("custom", call.freeform());
          each.put("arguments", call.arguments());
        }
        case Content.Media ignored -> {}
        case Content.Native ignored -> {}
        case Content.ToolResult ignored -> {}
      }
    }
    told.put("text", text.toString()).put("refusal", refusal.toString());
    told.put("reasoning", plain(reasoning.toString())).put("sealed", sealed);
    told.put("finish", String.valueOf(answer.finish()));
    told.put("usage", String.valueOf(answer.usage()));
    return told;
  }

  @Test
  void aFailedAnswerIsAFailure() throws IOException {
    for (Recording recording : answers(true)) {
      if (recording.events()) {
        List<StreamPart> parts = new ArrayList<>();
        parts(recording.body(), parts::add);
        assertThat(parts.getLast()).as(recording.name()).isInstanceOf(StreamPart.Broken.class);
      } else {
        assertThatThrownBy(() -> read(recording)).isInstanceOf(Refusal.class);
      }
    }
  }

  @Test
  void anAnswerWrittenAgainIsTheSameAsAWholeAndAsAStream() throws IOException {
    for (Recording recording : answers(false)) {
      ChatAnswer answer = read(recording);
      if (answer.finish() == null) {
        continue;
      }
      Reply reply = reply(answer.model());

      ChatAnswer whole = CODEC.readAnswer(CODEC.writeAnswer(answer, reply), MAKER);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PartWriter writer = CODEC.partWriter(reply);
      Gathering.takeApart(answer, part -> writer.part(part, out));

      assertThat(comparable(whole)).as(recording.name()).isEqualTo(comparable(answer));
      assertThat(comparable(read(out.toByteArray(), recording.name())))
          .as(recording.name())
          .isEqualTo(comparable(answer));
    }
  }

  @Test
  void whatIsWrittenKeepsToTheDescriptionOfTheApi() throws IOException {
    ApiDescription openAi = ApiDescription.find("openai-openapi-2026-08-21.json");
    ApiDescription open = ApiDescription.find("openresponses-openapi-2026-04-24.json");
    if (openAi == null || open == null) {
      return;
    }
    for (Recording recording : answers(false)) {
      ChatAnswer answer = own(read(recording));
      Reply reply = reply(answer.model());
      JsonNode response = MAPPER.readTree(CODEC.writeAnswer(answer, reply));

      // Open Responses have no tools that take free text, and no sources but addresses.
      if (answer.content().stream().noneMatch(ResponsesCodecTest::isOpenAis)) {
        assertThat(open.faults("ResponseResource", response)).as(recording.name()).isEmpty();
      }
      told(response);
      assertThat(openAi.faults("Response", response)).as(recording.name()).isEmpty();
      for (JsonNode event : events(answer, reply)) {
        String schema = openAi.event(event.path("type").asText());
        assertThat(schema).isNotEmpty();
        told(event.path("response"));
        assertThat(openAi.faults(schema, event)).as(recording.name()).isEmpty();
      }
    }
  }

  /** OpenAI sends null for a usage that is not known yet, which its own description forgets. */
  private static void told(JsonNode response) {
    if (response instanceof ObjectNode members && members.path("usage").isNull()) {
      members.remove("usage");
    }
  }

  /** Without items that are the provider's own words, which the codec passes as they are. */
  private static ChatAnswer own(ChatAnswer answer) {
    List<Content> content =
        answer.content().stream()
            .filter(each -> !(each instanceof Content.Native || each instanceof Content.Media))
            .toList();
    return new ChatAnswer(
        answer.id(),
        answer.model(),
        content,
        answer.finish(),
        null,
        answer.usage(),
        answer.extras());
  }

  private static boolean isOpenAis(Content content) {
    return switch (content) {
      case Content.ToolCall call -> call.freeform();
      case Content.Text text ->
          text.citations().stream().anyMatch(citation -> citation.url() == null);
      default -> false;
    };
  }

  private static List<JsonNode> events(ChatAnswer answer, Reply reply) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply);
    Gathering.takeApart(answer, part -> writer.part(part, out));
    List<JsonNode> events = new ArrayList<>();
    for (String line : out.toString(UTF_8).split("\n", -1)) {
      if (line.startsWith("data: ")) {
        events.add(MAPPER.readTree(line.substring("data: ".length())));
      }
    }
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).path("sequence_number").asInt(-1)).isEqualTo(i);
    }
    return events;
  }

  @Test
  void everyMemberOfARequestIsTheHubsOrInTheTable() throws IOException {
    ApiDescription openAi = ApiDescription.find("openai-openapi-2026-08-21.json");
    ApiDescription open = ApiDescription.find("openresponses-openapi-2026-04-24.json");
    if (openAi == null || open == null) {
      return;
    }
    Set<String> members = new TreeSet<>(openAi.members("CreateResponse"));
    members.addAll(open.members("CreateResponseBody"));
    members.removeAll(HUB);
    LossTable table = LossTable.load();

    assertThat(members)
        .allSatisfy(member ->
            assertThat(table.of(DialectId.OPENAI_RESPONSES, member)).isNotEqualTo(table.unknown()));
  }

  private static Reply reply(@Nullable String model) {
    String name = model == null ? "model" : model;
    return new Reply(
        "req_1", name, true, true, false, Instant.EPOCH, 0, ChatRequest.builder(name).build());
  }

  /** Without ids, with seals unpacked, with zeros where a count must be. */
  private static List<Object> comparable(ChatAnswer answer) {
    List<Object> all = new ArrayList<>();
    for (Content content : answer.content()) {
      all.add(
          switch (content) {
            case Content.Reasoning each when each.seal() != null ->
                new Content.Reasoning(each.text(), unpacked(each.seal()), each.extras());
            case Content.ToolCall call when call.arguments().isEmpty() && !call.freeform() ->
                call.withArguments("{}");
            default -> content;
          });
    }
    Usage usage = answer.usage();
    all.add(String.valueOf(answer.model()));
    all.add(answer.finish() == null ? FinishReason.STOP : answer.finish());
    all.add(usage == null ? "" : usage.inputTokens() + " " + usage.outputTokens());
    return all;
  }

  private static Seal unpacked(Seal seal) {
    Seal unpacked = SealBox.unpack(seal.data(), seal.dialect(), seal.redacted());
    return unpacked.maker() == null ? seal : unpacked;
  }

  private static List<byte[]> requests() throws IOException {
    List<byte[]> requests = new ArrayList<>();
    for (Recording recording : cases()) {
      byte[] request = recording.request();
      boolean made = recording.operation() == Operation.CHAT && recording.status() == 200;
      if (request != null && made && MAPPER.readTree(request).has("input")) {
        requests.add(request);
      }
    }
    Path pairs =
        Path.of(System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared"), "fixtures/pairs");
    if (Files.isDirectory(pairs)) {
      try (Stream<Path> each = Files.list(pairs)) {
        for (Path pair : each.sorted().toList()) {
          Path request = pair.resolve("responses.request.json");
          if (Files.exists(request)) {
            requests.add(Files.readAllBytes(request));
          }
        }
      }
    }
    return requests;
  }

  @Test
  void aRequestWrittenAgainSaysTheSame() throws IOException {
    LossTable table = LossTable.load();
    for (byte[] body : requests()) {
      ChatRequest request = CODEC.readRequest(call(body));
      Target target = new Target("house", "openai", request.model());
      Losses losses = new Losses(table, CODEC.id(), CODEC.id(), target, OnUnsupported.ERROR);

      ChatRequest fitted = Fitting.of(request, CODEC.needs(target)).request();
      byte[] written = CODEC.writeRequest(fitted, target, losses).body();

      assertThat(CODEC.readRequest(call(written))).isEqualTo(request);
      assertThat(losses.dropped()).isEmpty();
      assertThat(CODEC.writeRequest(fitted, target, losses).body()).isEqualTo(written);
    }
  }

  private static Call call(byte[] body) throws IOException {
    JsonNode request = MAPPER.readTree(body);
    return new Call(
        "req_1",
        Operation.CHAT,
        DialectId.OPENAI_RESPONSES,
        "POST",
        "/v1/responses",
        null,
        Headers.EMPTY,
        body,
        request.path("model").asText("model"),
        null,
        request.path("stream").asBoolean(),
        true,
        Call.Marks.NONE,
        null,
        null);
  }
}
