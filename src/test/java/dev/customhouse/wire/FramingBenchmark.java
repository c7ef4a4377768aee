package dev.customhouse.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to read along with a small request, as an SDK sends it: 760 bytes of head. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramingBenchmark {
  private static final String REQUEST =
      """
      POST /v1/chat/completions HTTP/1.1
      Host: gateway.example:8080
      Accept: application/json
      Accept-Encoding: gzip, deflate, br, zstd
      Connection: keep-alive
      User-Agent: OpenAI/Python 2.8.1
      X-Stainless-Lang: python
      X-Stainless-Package-Version: 2.8.1
      X-Stainless-OS: Linux
      X-Stainless-Arch: x64
      X-Stainless-Runtime: CPython
      X-Stainless-Runtime-Version: 3.13.5
      X-Stainless-Async: false
      X-Stainless-Retry-Count: 0
      X-Stainless-Read-Timeout: 600
      Authorization: Bearer sk-ch-0123456789012345678901234567890123456789012345678
      Content-Type: application/json
      Content-Length: 100

      """
              .replace("\n", "\r\n")
          + "x".repeat(100);

  private final Framing framing = new Framing();
  private final byte[] window = new byte[2 * 1024];
  private final ByteBuf buffer =
      Unpooled.directBuffer().writeBytes(REQUEST.getBytes(StandardCharsets.US_ASCII));

  /** A request with its body, from the buffer of a socket. */
  @Benchmark
  public int request() {
    int at = 0;
    int end = buffer.writerIndex();
    while (at < end) {
      int passed = (int) Math.min(framing.body(), end - at);
      framing.passed(passed);
      at += passed;
      int length = Math.min(window.length, end - at);
      buffer.getBytes(at, window, 0, length);
      at += framing.read(window, 0, length);
    }
    if (framing.fault() != null) {
      throw new IllegalStateException(framing.fault().message());
    }
    return framing.heads();
  }
}
