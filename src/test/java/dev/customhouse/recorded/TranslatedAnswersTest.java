package dev.customhouse.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.OwnAnswers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Answers of our own writing, from each dialect to the clients of each other one. */
class TranslatedAnswersTest {
  private static final long SEED = 20_261_121;
  private static final int CUTS = 40;

  private static List<String> faults(Way way, byte[] answer, boolean stream) throws IOException {
    Heard heard = way.client().hear(answer, stream, "m");
    List<String> faults = new ArrayList<>(heard.faults);
    check(faults, "the reasoning", "Hm, höher.", heard.reasoning.toString());
    check(faults, "the text", "Gruß 😀 an\n\"alle\".", heard.text.toString());
    check(faults, "the reason", "tool_calls", heard.finish);
    Usage usage = heard.usage;
    check(faults, "the input", 30L, usage == null ? null : usage.inputTokens());
    check(faults, "the output", 20L, usage == null ? null : usage.outputTokens());
    check(faults, "the cached", 10L, usage == null ? null : usage.cacheReadTokens());
    check(faults, "the thought", thought(way), usage == null ? null : usage.reasoningTokens());
    ObjectMapper mapper = new ObjectMapper();
    check(faults, "the number of calls", 2, heard.wishes().size());
    if (heard.wishes().size() == 2) {
      Heard.Wish look = heard.wishes().getFirst();
      Heard.Wish hear = heard.wishes().getLast();
      check(
          faults,
          "the calls",
          "call_1 look, call_2 hear",
          "%s %s, %s %s".formatted(look.id, look.name, hear.id, hear.name));
      check(faults, "the arguments", mapper.readTree("{\"x\":7.5}"), look.json());
      check(faults, "no arguments", mapper.readTree("{}"), hear.json());
    }
    return faults;
  }

  /** Bedrock does not count it, and Responses require the count. */
  private static @Nullable Long thought(Way way) {
    if (way.client().dialect() == DialectId.BEDROCK) {
      return null;
    }
    if (way.upstream() != DialectId.BEDROCK) {
      return 5L;
    }
    return way.client().dialect() == DialectId.OPENAI_RESPONSES ? (Long) 0L : null;
  }

  private static void check(
      List<String> faults, String what, @Nullable Object wanted, @Nullable Object heard) {
    if (!Objects.equals(wanted, heard)) {
      faults.add("%s is %s and not %s".formatted(what, heard, wanted));
    }
  }

  @Test
  void wholeAnswersReachClientsOfEveryOtherDialect() throws IOException {
    for (Way way : Way.all()) {
      byte[] answer = way.translation(false).answer(OwnAnswers.whole(way.upstream()));

      assertThat(faults(way, answer, false)).as(way.toString()).isEmpty();
    }
  }

  @Test
  void streamsReachClientsOfEveryOtherDialectInItsOrderOfEvents() throws IOException {
    for (Way way : Way.all()) {
      byte[] answer = way.events(List.of(OwnAnswers.stream(way.upstream())));

      assertThat(faults(way, answer, true)).as(way.toString()).isEmpty();
    }
  }

  @Test
  void aClientThatAsksForAStreamGetsOneOfAWholeAnswer() throws IOException {
    for (Way way : Way.all()) {
      byte[] answer = way.translation(true).answer(OwnAnswers.whole(way.upstream()));

      assertThat(faults(way, answer, true)).as(way.toString()).isEmpty();
    }
  }

  @Test
  void howeverAStreamIsCutItsClientGetsTheSameBytes() throws IOException {
    Random random = new Random(SEED);
    for (Way way : Way.all()) {
      byte[] stream = OwnAnswers.stream(way.upstream());
      byte[] whole = way.events(List.of(stream));
      for (int i = 0; i < CUTS; i++) {
        assertThat(way.events(cut(stream, random))).as("%s, cut %d", way, i).isEqualTo(whole);
      }
    }
  }

  private static List<byte[]> cut(byte[] stream, Random random) {
    List<byte[]> pieces = new ArrayList<>();
    int mean = 1 + random.nextInt(400);
    int from = 0;
    while (from < stream.length) {
      int to = Math.min(stream.length, from + 1 + random.nextInt(2 * mean));
      pieces.add(Arrays.copyOfRange(stream, from, to));
      from = to;
    }
    return pieces;
  }

  @Test
  void freeTextReachesClientsWithoutSuchToolsAsTheOneMemberOfAnObject() throws IOException {
    String call =
        "{\"type\":\"custom_tool_call\",\"id\":\"ctc_1\",\"call_id\":\"call_1\",\"name\":\"say\",\"input\":%s}";
    String text = "{\"not\": an object, but \"text\"\n";
    String input = new ObjectMapper().writeValueAsString(text);
    String whole =
        "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"output\":[%s]}"
            .formatted(call.formatted(input));
    for (Listener client :
        List.of(new MessagesListener(), new GeminiListener(), new BedrockListener())) {
      Way way = new Way(DialectId.OPENAI_RESPONSES, client);
      for (boolean stream : new boolean[] {false, true}) {
        byte[] answer =
            way.translation(stream).answer(whole.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Heard heard = client.hear(answer, stream, "m");

        assertThat(heard.faults).as(way.toString()).isEmpty();
        assertThat(heard.wishes()).hasSize(1);
        assertThat(heard.wishes().getFirst().json())
            .isEqualTo(new ObjectMapper().createObjectNode().put("input", text));
      }
    }
  }

  @Test
  void idsOfCallsAreThoseThatTheClientMaySendBack() throws IOException {
    String whole =
        """
        {"id":"c","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"functions.look:0","type":"function","function":{"name":"look","arguments":"{}"}},
        {"id":"functions.look_0","type":"function","function":{"name":"look","arguments":"{}"}}]}}]}
        """;
    for (Listener client : List.of(new MessagesListener(), new BedrockListener())) {
      for (boolean stream : new boolean[] {false, true}) {
        byte[] answer =
            new Way(DialectId.OPENAI_CHAT, client)
                .translation(stream)
                .answer(whole.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Heard heard = client.hear(answer, stream, "m");

        assertThat(heard.faults).isEmpty();
        assertThat(heard.wishes()).extracting(wish -> wish.id).doesNotHaveDuplicates().hasSize(2);
      }
    }
  }

  @Test
  void aChatAnswerThatDoesNotSayWhyItEndedCameToItsEnd() throws IOException {
    String whole =
        "{\"id\":\"c\",\"choices\":[{\"index\":0,\"finish_reason\":\"\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"}}]}";
    for (Listener client : Listener.all()) {
      if (client.dialect() != DialectId.OPENAI_CHAT) {
        byte[] answer =
            new Way(DialectId.OPENAI_CHAT, client)
                .translation(false)
                .answer(whole.getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(client.hear(answer, false, "m").finish).isEqualTo("stop");
      }
    }
  }
}
