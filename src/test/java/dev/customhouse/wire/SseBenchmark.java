package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Cutting and reading a stream of 50 chat chunks, as it comes whole and as it comes split. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SseBenchmark {
  private static final Names CHUNK = Names.of("usage", "choices");
  private static final byte[] USAGE = "\"usage\":{".getBytes(UTF_8);
  private static final byte[] DONE = "[DONE]".getBytes(UTF_8);

  private final byte[] stream = stream();
  private int found;

  private static byte[] stream() {
    String start =
        "data: {\"id\":\"chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY\",\"object\":"
            + "\"chat.completion.chunk\",\"created\":1755137921,\"model\":\"gpt-4o-mini\","
            + "\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
    String end = " token\"},\"finish_reason\":null}]}\n\n";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 49; i++) {
      text.append(start).append(i).append(end);
    }
    text.append("data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":9}}\n\n");
    return text.append("data: [DONE]\n\n").toString().getBytes(UTF_8);
  }

  /** One write per event, the usual case: only the cuts. */
  @Benchmark
  public int cutWhole() {
    return feed(stream.length, (buffer, start, end) -> found++);
  }

  /** The stream in pieces of 100 bytes: every event is put together again. */
  @Benchmark
  public int cutSplit() {
    return feed(100, (buffer, start, end) -> found++);
  }

  /** The relay's observer: cut, parse, look for usage without reading JSON. */
  @Benchmark
  public int observe() {
    return feed(stream.length, this::look);
  }

  /** The same with each chunk's JSON scanned. */
  @Benchmark
  public int observeScanned() {
    return feed(stream.length, this::scan);
  }

  private void look(byte[] buffer, int start, int end) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (SseEvent.indexOf(buffer, event.dataStart(), event.dataEnd(), USAGE) >= 0) {
      found++;
    }
  }

  private void scan(byte[] buffer, int start, int end) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.dataIs(DONE)
        && JsonScan.of(event.dataBuffer(), event.dataStart(), event.dataEnd(), CHUNK)
            .has("usage")) {
      found++;
    }
  }

  private int feed(int pieceBytes, SseSplitter.Sink sink) {
    SseSplitter splitter = new SseSplitter();
    for (int at = 0; at < stream.length; at += pieceBytes) {
      splitter.feed(stream, at, Math.min(pieceBytes, stream.length - at), sink);
    }
    return splitter.restLength() + found;
  }
}
