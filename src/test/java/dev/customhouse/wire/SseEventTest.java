package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SseEventTest {
  @Test
  void dataOfOneLineStaysInItsBuffer() {
    byte[] raw = "??data: {\"a\":1}\n\n??".getBytes(UTF_8);
    SseEvent event = SseEvent.parse(raw, 2, raw.length - 2);

    assertThat(event.dataBuffer()).isSameAs(raw);
    assertThat(text(event)).isEqualTo("{\"a\":1}");
    assertThat(event.name()).isEmpty();
    assertThat(event.isComment()).isFalse();
    assertThat(event.dataIs("{\"a\":1}".getBytes(UTF_8))).isTrue();
    assertThat(event.dataIs("{\"a\":1".getBytes(UTF_8))).isFalse();
  }

  @Test
  void oneSpaceBehindTheColonIsNotPartOfTheValue() {
    assertThat(text(parse("data:x\n\n"))).isEqualTo("x");
    assertThat(text(parse("data: x \n\n"))).isEqualTo("x ");
    assertThat(text(parse("data:  x\n\n"))).isEqualTo(" x");
    assertThat(text(parse("data:\tx\n\n"))).isEqualTo("\tx");
    assertThat(text(parse("data: [DONE]\r\n\r\n"))).isEqualTo("[DONE]");
  }

  @Test
  void linesOfDataAreJoinedByLineFeeds() {
    assertThat(text(parse("data: a\r\ndata: b\rdata:c\ndata\ndata:\ndata: d\n\n")))
        .isEqualTo("a\nb\nc\n\n\nd");
    assertThat(text(parse("data\ndata\n\n"))).isEqualTo("\n");
    assertThat(text(parse("data: a\nevent: x\n: c\ndata: b"))).isEqualTo("a\nb");
  }

  @Test
  void anEmptyDataLineIsDataAndNoDataLineIsNone() {
    assertThat(parse("data:\n\n").hasData()).isTrue();
    assertThat(parse("data\n\n").hasData()).isTrue();
    assertThat(parse("event: x\n\n").hasData()).isFalse();
    assertThat(parse("event: x\n\n").dataIs(new byte[0])).isFalse();
    assertThat(parse("\n").hasData()).isFalse();
    assertThat(text(parse("data:\n\n"))).isEmpty();
  }

  @Test
  void theLastEventNameCountsAndOtherFieldsAreIgnored() {
    SseEvent event =
        parse(
            "event: a\nevent:message_stop\nid: 1\nretry: 2\nfoo: x\nDATA: y\n data: z\ndatax: w\n\n");

    assertThat(event.name()).isEqualTo("message_stop");
    assertThat(event.hasData()).isFalse();
    assertThat(event.isComment()).isFalse();
    assertThat(parse("event: a\nevent\n\n").name()).isEmpty();
  }

  @Test
  void onlyCommentsMakeAComment() {
    assertThat(parse(": ping\n\n").isComment()).isTrue();
    assertThat(parse(":\r\n:\r\n\r\n").isComment()).isTrue();
    assertThat(parse("\n").isComment()).isFalse();
    assertThat(parse(": ping\ndata: x\n\n").isComment()).isFalse();
    assertThat(text(parse(": ping\ndata: x\n\n"))).isEqualTo("x");
  }

  @Test
  void aByteOrderMarkAtTheStartIsSkipped() {
    assertThat(text(parse("\ufeffdata: x\n\n"))).isEqualTo("x");
    assertThat(text(parse("\ufeff\ndata: x\n\n"))).isEqualTo("x");
    assertThat(parse("data: x\n\ufeffdata: y\n\n").hasData()).isTrue();
    assertThat(text(parse("data: x\n\ufeffdata: y\n\n"))).isEqualTo("x");
  }

  @Test
  void anyBytesAreAnEvent() {
    Random random = new Random(5);
    byte[] alphabet = "data:event: \n\r\u0000\u00ff".getBytes(UTF_8);
    for (int round = 0; round < 20_000; round++) {
      byte[] raw = new byte[random.nextInt(40)];
      for (int i = 0; i < raw.length; i++) {
        raw[i] = alphabet[random.nextInt(alphabet.length)];
      }
      SseEvent event = SseEvent.parse(raw, 0, raw.length);
      assertThat(event.data().length).isLessThanOrEqualTo(raw.length);
    }
  }

  @Test
  void findsANeedleWhereTheNaiveSearchFindsIt() {
    Random random = new Random(3);
    for (int round = 0; round < 50_000; round++) {
      byte[] hay = letters(random, random.nextInt(60));
      byte[] needle = letters(random, random.nextInt(7));
      int start = random.nextInt(hay.length + 1);
      int end = start + random.nextInt(hay.length - start + 1);
      int expected = new String(hay, start, end - start, UTF_8).indexOf(new String(needle, UTF_8));

      assertThat(SseEvent.indexOf(hay, start, end, needle))
          .isEqualTo(expected < 0 ? -1 : start + expected);
    }
  }

  private static byte[] letters(Random random, int length) {
    byte[] letters = new byte[length];
    for (int i = 0; i < length; i++) {
      letters[i] = (byte) ('a' + random.nextInt(3));
    }
    return letters;
  }

  /**
   * The published parser suite is TypeScript; its streams are written as string literals in
   * functions, its facts as literals in tests. Those that are plain literals are read from there.
   */
  @Tag("recorded")
  @Test
  void agreesWithThePublishedEventSourceSuite() throws IOException {
    for (Path fixtures : Shared.files("suites/eventsource-parser", "fixtures.ts")) {
      if (!fixtures.endsWith("test/fixtures.ts")) {
        continue;
      }
      String streams = Files.readString(fixtures);
      String facts = Files.readString(fixtures.resolveSibling("parse.test.ts"));
      for (String stream :
          List.of(
              "Multiline",
              "MultibyteEmptyLine",
              "CarriageReturn",
              "LineFeed",
              "CarriageReturnLineFeed",
              "EmptyEvents",
              "DataFieldParsing",
              "UnknownFields")) {
        String function = between(streams, "function get" + stream + "FixtureStream(", "\n}");
        String test = between(facts, "await get" + stream + "FixtureStream(", "\n})");
        List<String> expected = literals(test, "data: '((?:[^'\\\\]|\\\\.)*)'");
        List<String> seen = new ArrayList<>();
        SseSplitter.Sink sink =
            (buffer, start, end) -> {
              SseEvent event = SseEvent.parse(buffer, start, end);
              if (event.hasData()) {
                seen.add(text(event));
              }
            };
        SseSplitter splitter = new SseSplitter();
        for (String chunk : literals(function, "onChunk\\('((?:[^'\\\\]|\\\\.)*)'\\)")) {
          byte[] bytes = chunk.getBytes(UTF_8);
          splitter.feed(bytes, 0, bytes.length, sink);
        }
        splitter.finish(sink);
        expected.remove("\u2714"); // the closing event, which the suite encodes by a library
        assertThat(seen).as(stream).isNotEmpty().isEqualTo(expected);
      }
    }
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start);
    assertThat(from).as(start).isNotNegative();
    return text.substring(from, text.indexOf(end, from));
  }

  private static List<String> literals(String text, String pattern) {
    List<String> literals = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      literals.add(matcher.group(1).translateEscapes());
    }
    return literals;
  }

  private static SseEvent parse(String raw) {
    byte[] bytes = raw.getBytes(UTF_8);
    return SseEvent.parse(bytes, 0, bytes.length);
  }

  private static String text(SseEvent event) {
    assertThat(event.data()).hasSize(event.dataEnd() - event.dataStart());
    return new String(event.data(), UTF_8);
  }
}
