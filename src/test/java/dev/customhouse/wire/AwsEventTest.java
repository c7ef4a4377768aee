package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Frames of Amazon's event streams: cutting, reading and writing. */
class AwsEventTest {
  /**
   * Made with Python's struct and zlib: {@code :event-type} is {@code a}, the payload {@code {}}.
   */
  private static final byte[] BY_ANOTHER_HAND =
      HexFormat.of()
          .parseHex("0000002200000010c394b3690b3a6576656e742d74797065070001617b7de3688202");

  private static final byte[] HELLO = AwsEvent.event("hello", "{\"a\":1}".getBytes(UTF_8));

  @Test
  void aFrameIsWrittenAsOthersWriteIt() {
    assertThat(AwsEvent.frame(Map.of(":event-type", "a"), "{}".getBytes(UTF_8)))
        .isEqualTo(BY_ANOTHER_HAND);
  }

  @Test
  void aFrameIsReadBackAsItWasWritten() {
    AwsEvent event = AwsEvent.parse(HELLO, 0, HELLO.length);

    assertThat(event.messageType()).isEqualTo("event");
    assertThat(event.type()).isEqualTo("hello");
    assertThat(event.isFailure()).isFalse();
    assertThat(event.header(":content-type")).isEqualTo("application/json");
    assertThat(event.header("other")).isNull();
    assertThat(event.payload()).isEqualTo("{\"a\":1}".getBytes(UTF_8));
  }

  @Test
  void exceptionsAndErrorsAreFailures() {
    byte[] exception = AwsEvent.exception("throttlingException", "{}".getBytes(UTF_8));
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(":message-type", "error");
    headers.put(":error-code", "InternalError");
    byte[] error = AwsEvent.frame(headers, new byte[0]);

    AwsEvent first = AwsEvent.parse(exception, 0, exception.length);
    AwsEvent second = AwsEvent.parse(error, 0, error.length);

    assertThat(first.isFailure()).isTrue();
    assertThat(first.type()).isEqualTo("throttlingException");
    assertThat(second.isFailure()).isTrue();
    assertThat(second.type()).isEqualTo("InternalError");
    assertThat(second.payload()).isEmpty();
  }

  @Test
  void headersOfOtherTypesThanTextAreSteppedOver() {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    int[][] types = {{0, 0}, {1, 0}, {2, 1}, {3, 2}, {4, 4}, {5, 8}, {8, 8}, {9, 16}};
    for (int[] type : types) {
      headers.write(1);
      headers.write('x');
      headers.write(type[0]);
      headers.writeBytes(new byte[type[1]]);
    }
    headers.writeBytes(new byte[] {1, 'x', 6, 0, 2, 7, 7});
    headers.writeBytes(new byte[] {1, 'y', 7, 0, 1, 'z'});
    byte[] frame = framed(headers.toByteArray());

    assertThat(AwsEvent.parse(frame, 0, frame.length).header("y")).isEqualTo("z");
    assertThat(AwsEvent.parse(frame, 0, frame.length).header("x")).isNull();
  }

  @Test
  void headersThatMakeNoSenseAreNotThere() {
    for (byte[] headers :
        List.of(
            new byte[] {9},
            new byte[] {1, 'x', 77, 1, 1},
            new byte[] {1, 'x', 7, 0},
            new byte[] {1, 'x', 7, 0, 9, 'y'},
            new byte[] {1, 'x', 5, 0})) {
      byte[] frame = framed(headers);
      assertThat(AwsEvent.parse(frame, 0, frame.length).header("x")).isNull();
    }
    assertThat(AwsEvent.parse(HELLO, 0, 5).payload()).isEmpty();
  }

  private static byte[] framed(byte[] headers) {
    int length = 16 + headers.length;
    ByteBuffer frame = ByteBuffer.allocate(length).putInt(length).putInt(headers.length);
    frame.putInt(sum(frame)).put(headers);
    return frame.putInt(sum(frame)).array();
  }

  private static int sum(ByteBuffer written) {
    CRC32 sum = new CRC32();
    sum.update(written.array(), 0, written.position());
    return (int) sum.getValue();
  }

  @Test
  void givesFramesFromTheChunkItselfWhenNothingWasPending() {
    byte[] chunk = join(List.of(new byte[] {1, 2}, HELLO, HELLO, Arrays.copyOf(HELLO, 20)));
    List<Range> ranges = new ArrayList<>();
    AwsEventSplitter splitter = new AwsEventSplitter();

    splitter.feed(
        chunk,
        2,
        chunk.length - 2,
        (buffer, start, end) -> {
          assertThat(buffer).isSameAs(chunk);
          ranges.add(new Range(start, end));
        });

    assertThat(ranges)
        .containsExactly(
            new Range(2, 2 + HELLO.length), new Range(2 + HELLO.length, 2 + 2 * HELLO.length));
    assertThat(splitter.rest()).isEqualTo(Arrays.copyOf(HELLO, 20));
    assertThat(splitter.restLength()).isEqualTo(20);
    splitter.finish((buffer, start, end) -> Assertions.fail());
  }

  @Test
  void theSameFramesComeOutInAnyChunking() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      List<byte[]> frames = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        byte[] payload = new byte[random.nextInt(round % 10 == 0 ? 5_000 : 60)];
        random.nextBytes(payload);
        frames.add(AwsEvent.event("type" + i, payload));
      }
      byte[] input = join(frames);
      AwsEventSplitter splitter = new AwsEventSplitter();
      List<byte[]> seen = new ArrayList<>();
      for (int at = 0; at < input.length; ) {
        int length = Math.min(input.length - at, random.nextInt(round % 2 == 0 ? 4 : 400));
        splitter.feed(
            input,
            at,
            length,
            (buffer, start, end) -> seen.add(Arrays.copyOfRange(buffer, start, end)));
        at += length;
      }
      assertThat(seen).containsExactlyElementsOf(frames);
      assertThat(splitter.restLength()).isZero();
    }
  }

  @Test
  void aChangedByteIsNeverHandedOut() {
    for (int i = 0; i < HELLO.length; i++) {
      byte[] changed = HELLO.clone();
      changed[i] ^= 4;
      AwsEventSplitter splitter = new AwsEventSplitter();
      assertThatThrownBy(
              () -> splitter.feed(changed, 0, changed.length, (b, s, e) -> Assertions.fail()))
          .as("byte " + i)
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.BAD_GATEWAY));
    }
  }

  @Test
  void randomBytesAreRefusedAtOnceAndTakeNoMemory() {
    Random random = new Random(3);
    for (int round = 0; round < 2_000; round++) {
      byte[] noise = new byte[12 + random.nextInt(200)];
      random.nextBytes(noise);
      AwsEventSplitter splitter = new AwsEventSplitter();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < noise.length; i++) {
                  splitter.feed(noise, i, 1, (b, s, e) -> Assertions.fail());
                }
              })
          .isInstanceOf(Refusal.class);
      assertThat(splitter.restLength()).isLessThanOrEqualTo(12);
    }
  }

  @Test
  void aFrameLongerThanTheLimitIsRefusedBeforeItsBytesCome() {
    ByteBuffer prelude = ByteBuffer.allocate(12).putInt(Integer.MAX_VALUE).putInt(0);
    prelude.putInt(sum(prelude));
    assertThatThrownBy(() -> new AwsEventSplitter().feed(prelude.array(), 0, 12, (b, s, e) -> {}))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("16777216 at most");

    new AwsEventSplitter(HELLO.length).feed(HELLO, 0, HELLO.length, (b, s, e) -> {});
    assertThatThrownBy(() ->
            new AwsEventSplitter(HELLO.length - 1).feed(HELLO, 0, HELLO.length, (b, s, e) -> {}))
        .hasMessageContaining((HELLO.length - 1) + " at most");
  }

  @Test
  void aFrameShorterThanItsHeadersIsRefused() {
    ByteBuffer prelude = ByteBuffer.allocate(12).putInt(20).putInt(5);
    prelude.putInt(sum(prelude));
    assertThatThrownBy(() -> new AwsEventSplitter().feed(prelude.array(), 0, 12, (b, s, e) -> {}))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("20 bytes has headers of 5");
  }

  @Tag("recorded")
  @Test
  void recordedStreamsComeOutWholeInAnyChunking() throws IOException {
    Random random = new Random(1);
    for (Path file : Shared.files("fixtures", "stream.bin")) {
      byte[] input = Files.readAllBytes(file);
      AwsEventSplitter splitter = new AwsEventSplitter();
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      for (int at = 0; at < input.length; ) {
        int length = Math.min(input.length - at, 1 + random.nextInt(300));
        splitter.feed(
            input,
            at,
            length,
            (buffer, start, end) -> {
              assertThat(AwsEvent.parse(buffer, start, end).type()).isNotEmpty();
              output.write(buffer, start, end - start);
            });
        at += length;
      }
      assertThat(output.toByteArray()).as(file.toString()).isEqualTo(input);
    }
  }

  private static byte[] join(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }
}
