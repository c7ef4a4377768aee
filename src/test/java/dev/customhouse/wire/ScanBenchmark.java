package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reading the head of a chat body and replacing its model, with Jackson's reader beside it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScanBenchmark {
  private static final Names HEAD =
      Names.of(
          "model",
          "stream",
          "stream_options",
          "max_tokens",
          "max_completion_tokens",
          "n",
          "user",
          "tools");
  private static final byte[] REPLACEMENT = JsonScan.quote("gpt-4o-mini-2024-07-18");
  private static final JsonFactory JACKSON = new JsonFactory();

  final byte[] small = chat("Say hello in one short sentence.").getBytes(UTF_8);
  final byte[] plain =
      chat("The quick brown fox jumps over the lazy dog. ".repeat(2276)).getBytes(UTF_8);
  final byte[] escaped = chat(code()).getBytes(UTF_8);
  private final Range smallModel = range(small);
  private final Range plainModel = range(plain);

  private static String chat(String prompt) {
    return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"You are"
        + " helpful.\"},{\"role\":\"user\",\"content\":\""
        + prompt
        + "\"}],\"temperature\":0.7,\"max_tokens\":256,\"stream\":true,"
        + "\"stream_options\":{\"include_usage\":true},\"user\":\"u-1\"}";
  }

  /** 100 KB that look like a program in a JSON string: uneven lines, quotes here and there. */
  private static String code() {
    Random random = new Random(1);
    StringBuilder code = new StringBuilder();
    while (code.length() < 100_000) {
      code.append("    ".repeat(random.nextInt(4)));
      for (int words = random.nextInt(9); words >= 0; words--) {
        String word = "abcdefghijklmn".substring(random.nextInt(12));
        code.append(random.nextInt(6) == 0 ? "\\\"" + word + "\\\"" : word).append(' ');
      }
      code.append("\\n");
    }
    return code.toString();
  }

  private static Range range(byte[] body) {
    Range range = JsonScan.of(body, HEAD).range("model");
    return range == null ? new Range(0, 0) : range;
  }

  /** The scan of a small body and what the flow asks of it. */
  @Benchmark
  public int smallHead() {
    JsonScan scan = JsonScan.of(small, HEAD);
    String model = scan.string("model");
    Long maxTokens = scan.integer("max_tokens");
    return (model == null ? 0 : model.length())
        + (maxTokens == null ? 0 : maxTokens.intValue())
        + (scan.isTrue("stream") ? 1 : 0);
  }

  /** The scan of a 100 KB prompt without escapes. */
  @Benchmark
  public JsonScan plain100k() {
    return JsonScan.of(plain, HEAD);
  }

  /** The scan of a 100 KB prompt of code: an escape every fifteen bytes or so. */
  @Benchmark
  public JsonScan escaped100k() {
    return JsonScan.of(escaped, HEAD);
  }

  /** The small body with another model. */
  @Benchmark
  public byte[] smallSplice() {
    return JsonScan.splice(small, smallModel.start(), smallModel.end(), REPLACEMENT);
  }

  /** The 100 KB body with another model. */
  @Benchmark
  public byte[] plainSplice100k() {
    return JsonScan.splice(plain, plainModel.start(), plainModel.end(), REPLACEMENT);
  }

  /** Jackson over the small body. */
  @Benchmark
  public int smallJackson() throws IOException {
    return jackson(small);
  }

  /** Jackson over the 100 KB body. */
  @Benchmark
  public int plainJackson100k() throws IOException {
    return jackson(plain);
  }

  /** Jackson over the 100 KB body with escapes. */
  @Benchmark
  public int escapedJackson100k() throws IOException {
    return jackson(escaped);
  }

  private static int jackson(byte[] body) throws IOException {
    int tokens = 0;
    try (JsonParser parser = JACKSON.createParser(body)) {
      while (parser.nextToken() != null) {
        tokens++;
      }
    }
    return tokens;
  }
}
