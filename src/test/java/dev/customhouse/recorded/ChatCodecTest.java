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
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.openaichat.ChatCodec;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The codec of Chat Completions understands of recorded answers what an independent reader did, and
 * what it writes it reads again as the same.
 */
@Tag("recorded")
class ChatCodecTest {
  private static final String MAKER = "here/model-1";
  private static final ChatCodec CODEC = new ChatCodec();
  private static final LossTable TABLE = LossTable.load();
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** A split behind each byte is for streams up to this size. */
  private static final int BYTEWISE_BYTES = 8_000;

  /** Members of a request that the hub has nouns for, beside those that the table lists. */
  private static final Set<String> HUB =
      Set.of(
          "model",
          "messages",
          "tools",
          "tool_choice",
          "function_call",
          "parallel_tool_calls",
          "temperature",
          "top_p",
          "frequency_penalty",
          "presence_penalty",
          "seed",
          "max_completion_tokens",
          "max_tokens",
          "stop",
          "n",
          "reasoning_effort",
          "response_format",
          "stream",
          "user",
          "safety_identifier",
          "service_tier",
          "prompt_cache_key");

  private static List<Recording> chats() throws IOException {
    List<Recording> chats = new ArrayList<>();
    for (Recording recording : Recording.all()) {
      boolean chat = recording.meta().path("facts_dialect").asText().equals("openai-chat");
      if (chat && recording.operation() == Operation.CHAT) {
        chats.add(recording);
      }
    }
    if (chats.isEmpty()) {
      System.out.println("The recordings are not there: the codec was not held to them.");
    }
    return chats;
  }

  private static List<Recording> answers() throws IOException {
    return chats().stream().filter(chat -> chat.status() < 300).toList();
  }

  private static List<StreamPart> parts(byte[] body, Split split) {
    List<StreamPart> parts = new ArrayList<>();
    PartReader reader = CODEC.partReader(MAKER);
    SseSplitter splitter = new SseSplitter();
    SseSplitter.Sink sink = (buffer, start, end) -> reader.event(buffer, start, end, parts::add);
    for (byte[] piece : split.pieces(body)) {
      splitter.feed(piece, 0, piece.length, sink);
    }
    splitter.finish(sink);
    reader.end(parts::add);
    return parts;
  }

  private static ChatAnswer gathered(List<StreamPart> parts) {
    Gathering gathering = new Gathering();
    parts.forEach(gathering);
    return gathering.answer();
  }

  /** What the reader found, as far as the hub tells it too. */
  private record Told(
      String text,
      String reasoning,
      String refusal,
      List<String> calls,
      @Nullable FinishReason finish,
      Object usage) {}

  private static Told told(ChatAnswer answer, Recording recording) throws IOException {
    StringBuilder text = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    StringBuilder refusal = new StringBuilder();
    List<String> calls = new ArrayList<>();
    JsonNode facts = recording.facts().path("tool_calls");
    for (Content content : answer.content()) {
      switch (content) {
        case Content.Text words -> text.append(words.text());
        case Content.Reasoning words -> reasoning.append(words.text());
        case Content.Declined words -> refusal.append(words.text());
        case Content.ToolCall call -> {
          boolean named = !facts.path(calls.size()).path("id").asText("").isEmpty();
          calls.add(
              call(
                  named ? call.id() : "",
                  call.name(),
                  call.freeform() ? "custom" : "function",
                  call.arguments()));
        }
        default -> {}
      }
    }
    return new Told(
        text.toString(),
        reasoning.toString(),
        refusal.toString(),
        calls,
        answer.finish(),
        String.valueOf(answer.usage()));
  }

  private static Told expected(Recording recording, boolean whole) throws IOException {
    JsonNode facts = recording.facts();
    List<String> calls = new ArrayList<>();
    for (JsonNode call : facts.path("tool_calls")) {
      calls.add(
          call(
              call.path("id").asText(""),
              call.path("name").asText(""),
              call.path("type").asText(),
              call.path("arguments_raw").asText("")));
    }
    return new Told(
        facts.path("text").asText(""),
        facts.path("reasoning").path("text").asText(""),
        facts.path("refusal").asText(""),
        calls,
        finish(recording, whole, !calls.isEmpty()),
        String.valueOf(Facts.of(recording).usage()));
  }

  /**
   * A model that calls has not stopped, whatever its host says; a stream whose host gives no reason
   * and ends properly has one all the same.
   */
  private static @Nullable FinishReason finish(Recording recording, boolean whole, boolean calls) {
    FinishReason reason = Facts.of(recording).finish();
    if (!whole) {
      return reason;
    }
    if (calls && (reason == null || reason == FinishReason.STOP)) {
      return FinishReason.TOOL_CALLS;
    }
    return reason == null && recording.events() ? FinishReason.STOP : reason;
  }

  private static String call(String id, String name, String type, String arguments)
      throws IOException {
    String given = arguments.isBlank() && type.equals("function") ? "{}" : arguments;
    return String.join(" ", id, name, type, given);
  }

  @Test
  void everyAnswerIsUnderstoodAsAnIndependentReaderDid() throws IOException {
    Map<String, String> wrong = new TreeMap<>();
    int count = 0;
    for (Recording recording : answers()) {
      count++;
      Told found;
      Told expected;
      if (recording.events()) {
        List<StreamPart> parts = parts(recording.body(), Split.WHOLE);
        for (Split split : Split.values()) {
          if (split != Split.BYTES || recording.body().length < BYTEWISE_BYTES) {
            assertThat(parts(recording.body(), split))
                .as("%s %s", recording, split)
                .isEqualTo(parts);
          }
        }
        boolean whole = parts.getLast() instanceof StreamPart.Ended;
        boolean broken = parts.getLast() instanceof StreamPart.Broken;
        assertThat(broken)
            .as(recording.name())
            .isEqualTo(recording.facts().at("/stream_info/mid_error").isObject());
        found = told(gathered(parts), recording);
        expected = expected(recording, whole);
      } else {
        found = told(CODEC.readAnswer(recording.body(), MAKER), recording);
        expected = expected(recording, true);
      }
      if (!found.equals(expected)) {
        wrong.put(recording.name(), found + " instead of " + expected);
      }
    }
    System.out.printf("Chat Completions: %d recorded answers read%n", count);
    assertThat(wrong).isEmpty();
  }

  private static Reply reply(@Nullable String model) {
    ChatRequest request = ChatRequest.builder("m").build();
    return new Reply(
        "req_1", model == null ? "m" : model, true, true, false, Instant.EPOCH, 0, request);
  }

  /** What is written where the provider told nothing. */
  private static ChatAnswer completed(ChatAnswer answer, boolean stream) {
    boolean calls = answer.content().stream().anyMatch(Content.ToolCall.class::isInstance);
    FinishReason reason = calls ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    FinishReason told = answer.finish() == FinishReason.OTHER ? reason : answer.finish();
    return new ChatAnswer(
        answer.id() == null ? "chatcmpl-req_1" : answer.id(),
        answer.model() == null ? "m" : answer.model(),
        stream ? answer.content() : joined(answer.content()),
        told == null ? reason : told,
        null,
        answer.usage(),
        stream ? ofStreams(answer.extras()) : answer.extras());
  }

  /** A whole answer has one text and one reasoning, where a stream may go to and fro. */
  private static List<Content> joined(List<Content> content) {
    List<Content> joined = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int place = -1;
    for (Content each : content) {
      if (!(each instanceof Content.Text words) || !words.extras().isEmpty()) {
        joined.add(each);
        continue;
      }
      text.append(words.text());
      if (place < 0) {
        place = joined.size();
        joined.add(each);
      }
      joined.set(place, new Content.Text(text.toString(), words.citations(), Extras.NONE));
    }
    return joined;
  }

  /** Of what stands beside an answer, chunks repeat but these. */
  private static Extras ofStreams(Extras extras) {
    Map<String, JsonNode> fields = new LinkedHashMap<>(extras.of(DialectId.OPENAI_CHAT));
    fields.keySet().retainAll(Set.of("system_fingerprint", "service_tier", "logprobs"));
    return Extras.of(DialectId.OPENAI_CHAT, fields);
  }

  @Test
  void whatIsWrittenIsReadAgainAsTheSame() throws IOException {
    ChatSpecification specification = ChatSpecification.load();
    Map<String, Object> wrong = new TreeMap<>();
    for (Recording recording : answers()) {
      List<StreamPart> read = recording.events() ? parts(recording.body(), Split.WHOLE) : List.of();
      if (recording.events() && !(read.getLast() instanceof StreamPart.Ended)) {
        continue;
      }
      ChatAnswer answer =
          recording.events() ? gathered(read) : CODEC.readAnswer(recording.body(), MAKER);
      Reply reply = reply(answer.model());
      ChatAnswer whole = completed(answer, false);
      byte[] body = CODEC.writeAnswer(answer, reply);
      ChatAnswer again = CODEC.readAnswer(body, MAKER);
      if (!again.equals(whole)) {
        wrong.put(recording.name(), List.of(again.toString(), difference(again, whole)));
      }
      if (specification != null) {
        List<String> faults =
            specification.faults("CreateChatCompletionResponse", MAPPER.readTree(body));
        if (!faults.isEmpty()) {
          wrong.put(recording.name() + " (body)", faults);
        }
      }
      stream(answer, reply, recording, specification, wrong);
    }
    assertThat(wrong).isEmpty();
  }

  private static void stream(
      ChatAnswer answer,
      Reply reply,
      Recording recording,
      @Nullable ChatSpecification specification,
      Map<String, Object> wrong)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PartWriter writer = CODEC.partWriter(reply);
    if (recording.events()) {
      parts(recording.body(), Split.WHOLE).forEach(part -> writer.part(part, out));
    } else {
      Gathering.takeApart(answer, part -> writer.part(part, out));
    }
    ChatAnswer again = gathered(parts(out.toByteArray(), Split.WHOLE));
    if (!again.equals(completed(answer, true))) {
      wrong.put(recording.name() + " (stream)", difference(again, completed(answer, true)));
    }
    if (specification == null) {
      return;
    }
    for (String event : out.toString(UTF_8).split("\n\n")) {
      // OpenAI streams calls of custom tools, of which its description does not know.
      if (!event.endsWith("[DONE]") && !event.contains("\"type\":\"custom\"")) {
        List<String> faults =
            specification.faults(
                "CreateChatCompletionStreamResponse",
                MAPPER.readTree(event.substring("data: ".length())));
        if (!faults.isEmpty()) {
          wrong.put(recording.name() + " (chunk)", faults);
        }
      }
    }
  }

  private static String difference(ChatAnswer one, ChatAnswer other) {
    return "%s %s %s %s %s instead of %s %s %s %s %s"
        .formatted(
            one.content(),
            one.id(),
            one.finish(),
            one.usage(),
            one.extras(),
            other.content(),
            other.id(),
            other.finish(),
            other.usage(),
            other.extras());
  }

  private static ChatRequest read(byte[] body) throws IOException {
    JsonNode tree = MAPPER.readTree(body);
    return CODEC.readRequest(
        new Call(
            "req_1",
            Operation.CHAT,
            DialectId.OPENAI_CHAT,
            "POST",
            "/v1/chat/completions",
            null,
            Headers.EMPTY,
            body,
            tree.path("model").asText("m"),
            null,
            tree.path("stream").asBoolean(),
            true,
            Call.Marks.NONE,
            null,
            null));
  }

  private static Map<String, byte[]> requests() throws IOException {
    Map<String, byte[]> requests = new LinkedHashMap<>();
    for (Recording recording : chats()) {
      if (recording.request() != null) {
        requests.put(recording.name(), recording.request());
      }
    }
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path pairs = Path.of(root, "fixtures", "pairs");
    if (Files.isDirectory(pairs)) {
      try (Stream<Path> files = Files.walk(pairs)) {
        for (Path file : files.sorted().toList()) {
          if (file.endsWith("chat-completions.request.json")) {
            requests.put(file.toString(), Files.readAllBytes(file));
          }
        }
      }
    }
    return requests;
  }

  @Test
  void aRequestThatIsWrittenForAHostOfItsKindIsReadAgainAsTheSame() throws IOException {
    Map<String, String> wrong = new TreeMap<>();
    Set<String> refused = new TreeSet<>();
    int count = 0;
    for (Map.Entry<String, byte[]> each : requests().entrySet()) {
      ChatRequest request;
      try {
        request = read(each.getValue());
      } catch (Refusal refusal) {
        refused.add(each.getKey() + " " + refusal.param());
        continue;
      }
      count++;
      String host = each.getKey().startsWith("other/") ? "openrouter" : "openai";
      Target target = new Target("here", host, request.model());
      Losses losses =
          new Losses(
              TABLE, DialectId.OPENAI_CHAT, DialectId.OPENAI_CHAT, target, OnUnsupported.DROP);
      byte[] written = CODEC.writeRequest(request, target, losses).body();
      assertThat(losses.unlisted()).as(each.getKey()).isEmpty();
      ChatRequest expected = without(request, losses.dropped());
      ChatRequest again = without(read(written), losses.dropped());
      if (!again.equals(expected)) {
        wrong.put(each.getKey(), difference(again, expected) + " dropped " + losses.dropped());
      }
    }
    System.out.printf("Chat Completions: %d recorded requests read, %s refused%n", count, refused);
    assertThat(wrong).isEmpty();
  }

  /**
   * The request without what the host was not told, which the header says, and without defaults.
   */
  private static ChatRequest without(ChatRequest request, List<String> dropped) {
    Sampling sampling = request.sampling();
    boolean one =
        sampling.temperature() != null && sampling.temperature().compareTo(BigDecimal.ONE) == 0;
    Map<String, JsonNode> extras = new LinkedHashMap<>(request.extras().of(DialectId.OPENAI_CHAT));
    extras.remove("functions");
    return request.toBuilder()
        .extras(Extras.of(DialectId.OPENAI_CHAT, extras))
        .thinking(dropped.contains("reasoning_effort") ? null : request.thinking())
        .sampling(
            new Sampling(
                one || dropped.contains("temperature") ? null : sampling.temperature(),
                dropped.contains("top_p") ? null : sampling.topP(),
                sampling.topK(),
                sampling.frequencyPenalty(),
                sampling.presencePenalty(),
                sampling.seed(),
                sampling.maxOutputTokens(),
                dropped.contains("stop") ? List.of() : sampling.stop(),
                dropped.contains("n") ? null : sampling.candidates()))
        .build();
  }

  private static String difference(ChatRequest one, ChatRequest other) {
    List<String> members = new ArrayList<>();
    compare("messages", one.messages(), other.messages(), members);
    compare("tools", one.tools(), other.tools(), members);
    compare("toolChoice", one.toolChoice(), other.toolChoice(), members);
    compare("sampling", one.sampling(), other.sampling(), members);
    compare("thinking", one.thinking(), other.thinking(), members);
    compare("format", one.outputFormat(), other.outputFormat(), members);
    compare("extras", one.extras(), other.extras(), members);
    compare("parallel", one.parallelToolCalls(), other.parallelToolCalls(), members);
    compare("user", one.endUser(), other.endUser(), members);
    compare("tier", one.serviceTier(), other.serviceTier(), members);
    compare("stream", one.stream(), other.stream(), members);
    return members.toString();
  }

  private static void compare(
      String name, @Nullable Object one, @Nullable Object other, List<String> members) {
    if (!java.util.Objects.equals(one, other)) {
      members.add(name + ": " + one + " instead of " + other);
    }
  }

  @Test
  void everyMemberOfARequestIsANounOfTheHubOrListed() throws IOException {
    ChatSpecification specification = ChatSpecification.load();
    if (specification == null) {
      System.out.println("The API description is not there: the table was not held to it.");
      return;
    }
    Set<String> unlisted = specification.members("CreateChatCompletionRequest");
    unlisted.removeAll(HUB);
    TABLE.fields().stream()
        .filter(row -> row.from() == DialectId.OPENAI_CHAT)
        .forEach(row -> unlisted.remove(row.field()));
    assertThat(unlisted).isEmpty();
  }
}
