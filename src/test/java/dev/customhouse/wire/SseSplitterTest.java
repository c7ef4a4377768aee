package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SseSplitterTest {
  @Test
  void cutsBehindEveryBlankLineWhateverTheLineEnds() {
    assertThat(split("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\ndata: e\r\n\ndata: f\n\rx"))
        .containsExactly(
            "data: a\n\n",
            "data: b\r\n\r\n",
            "data: c\r\r",
            "data: d\n\r\n",
            "data: e\r\n\n",
            "data: f\n\r",
            "x");
  }

  @Test
  void blankLinesAndCommentsAreEventsToo() {
    assertThat(split("\n\n: ping\n\n:\n\n\r\n\r\r"))
        .containsExactly("\n", "\n", ": ping\n\n", ":\n\n", "\r\n", "\r", "\r", "");
  }

  @Test
  void oneLineEndIsNoBlankLine() {
    assertThat(split("data: a\ndata: b\rdata: c\r\ndata: d"))
        .containsExactly("data: a\ndata: b\rdata: c\r\ndata: d");
  }

  @Test
  void aCarriageReturnAtTheEndOfAChunkWaitsForItsLineFeed() {
    assertThat(split("data: a\r\n\r", "\ndata: b\n\n"))
        .containsExactly("data: a\r\n\r\n", "data: b\n\n", "");
    assertThat(split("data: a\r", "\n\r", "\n")).containsExactly("data: a\r\n\r\n", "");
    assertThat(split("data: a\r", "data: b\r", "\r", "\n"))
        .containsExactly("data: a\rdata: b\r\r\n", "");
    assertThat(split("data: a\r\r", "data: b\r\r", "data: c"))
        .containsExactly("data: a\r\r", "data: b\r\r", "data: c");
    assertThat(split("data: A\r\n", "data: B\r", "\n", "data: C\r\n", "\n"))
        .containsExactly("data: A\r\ndata: B\r\ndata: C\r\n\n", "");
  }

  @Test
  void theEndOfTheStreamGivesTheEventThatACarriageReturnEnded() {
    SseSplitter splitter = new SseSplitter();
    List<String> events = new ArrayList<>();
    SseSplitter.Sink sink =
        (buffer, start, end) -> events.add(new String(buffer, start, end - start, UTF_8));
    splitter.feed("data: a\r\r".getBytes(UTF_8), 0, 9, sink);
    assertThat(events).isEmpty();
    assertThat(splitter.restLength()).isEqualTo(9);

    splitter.finish(sink);
    splitter.finish(sink);

    assertThat(events).containsExactly("data: a\r\r");
    assertThat(splitter.restLength()).isZero();
  }

  @Test
  void givesEventsFromTheChunkItselfWhenNothingWasPending() {
    byte[] chunk = "??data: a\n\ndata: b\n\ndata".getBytes(UTF_8);
    List<Range> ranges = new ArrayList<>();
    SseSplitter splitter = new SseSplitter();
    splitter.feed(
        chunk,
        2,
        chunk.length - 2,
        (buffer, start, end) -> {
          assertThat(buffer).isSameAs(chunk);
          ranges.add(new Range(start, end));
        });

    assertThat(ranges).containsExactly(new Range(2, 11), new Range(11, 20));
    assertThat(new String(splitter.rest(), UTF_8)).isEqualTo("data");
    splitter.feed(chunk, 0, 0, (buffer, start, end) -> Assertions.fail());
    splitter.feed(
        chunk,
        9,
        11,
        (buffer, start, end) -> assertThat(buffer).isNotSameAs(start == 0 ? chunk : null));
  }

  @Test
  void everyByteComesOutOnceAndTheCutsDoNotDependOnTheChunks() {
    Random random = new Random(42);
    String[] pieces = {
      "data: {\"a\":1}",
      "\n",
      "\n\n",
      "\r",
      "\r\n",
      "\r\r",
      ":",
      "event: x",
      "\ufeff",
      "é",
      "data: " + "x".repeat(50),
      "\r\n\r\n"
    };
    for (int round = 0; round < 3000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(30); i >= 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      byte[] input = text.toString().getBytes(UTF_8);
      List<String> whole = split(text.toString());
      List<byte[]> chunks = new ArrayList<>();
      for (int at = 0; at < input.length; ) {
        int length = Math.min(input.length - at, random.nextInt(round % 2 == 0 ? 4 : 40));
        chunks.add(Arrays.copyOfRange(input, at, at + length));
        at += length;
      }
      assertThat(feed(chunks)).isEqualTo(whole);
      assertThat(String.join("", whole)).isEqualTo(text.toString());
    }
  }

  @Test
  void anEventLongerThanTheLimitIsRefusedHoweverItComes() {
    byte[] event = "data: 0123456789\n\n".getBytes(UTF_8);
    new SseSplitter(18).feed(event, 0, 18, (buffer, start, end) -> {});
    for (int first : new int[] {1, 9, 17, 18}) {
      SseSplitter splitter = new SseSplitter(17);
      assertThatThrownBy(
              () -> {
                splitter.feed(event, 0, first, (buffer, start, end) -> {});
                splitter.feed(event, first, 18 - first, (buffer, start, end) -> {});
              })
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.BAD_GATEWAY))
          .hasMessageContaining("17 at most");
    }
  }

  @Test
  void aLineThatDripsInIsReadInLinearTime() {
    byte[] drip = "xxxxxxxx".getBytes(UTF_8);
    SseSplitter splitter = new SseSplitter();
    Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          for (int i = 0; i < SseSplitter.EVENT_BYTES_MAX / drip.length; i++) {
            splitter.feed(drip, 0, drip.length, (buffer, start, end) -> Assertions.fail());
          }
        });
    assertThat(splitter.restLength()).isEqualTo(SseSplitter.EVENT_BYTES_MAX);
  }

  @Tag("recorded")
  @Test
  void recordedStreamsComeOutWholeInAnyChunking() throws IOException {
    Random random = new Random(1);
    for (Path file : Shared.files("fixtures", "stream.txt")) {
      byte[] input = Files.readAllBytes(file);
      List<String> whole = feed(List.of(input));
      List<byte[]> chunks = new ArrayList<>();
      for (int at = 0; at < input.length; ) {
        int length = Math.min(input.length - at, 1 + random.nextInt(300));
        chunks.add(Arrays.copyOfRange(input, at, at + length));
        at += length;
      }
      assertThat(feed(chunks)).as(file.toString()).isEqualTo(whole);
    }
  }

  /** The events and, last, the rest. */
  private static List<String> split(String... chunks) {
    return feed(Arrays.stream(chunks).map(chunk -> chunk.getBytes(UTF_8)).toList());
  }

  /** The events and, last, the rest; checks on the way that no byte is lost. */
  private static List<String> feed(List<byte[]> chunks) {
    SseSplitter splitter = new SseSplitter();
    List<String> events = new ArrayList<>();
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    SseSplitter.Sink sink =
        (buffer, start, end) -> {
          assertThat(start).isLessThan(end);
          output.write(buffer, start, end - start);
          events.add(new String(buffer, start, end - start, UTF_8));
        };
    for (byte[] chunk : chunks) {
      input.writeBytes(chunk);
      splitter.feed(chunk, 0, chunk.length, sink);
    }
    splitter.finish(sink);
    output.writeBytes(splitter.rest());
    assertThat(output.toByteArray()).isEqualTo(input.toByteArray());
    events.add(new String(splitter.rest(), UTF_8));
    return events;
  }
}
