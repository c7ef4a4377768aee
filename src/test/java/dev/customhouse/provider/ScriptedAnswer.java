package dev.customhouse.provider;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.UpstreamAnswer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** An answer whose pieces are known beforehand. */
public final class ScriptedAnswer implements UpstreamAnswer {
  private final int status;
  private final Headers headers;
  private final Queue<byte[]> pieces;

  /** An answer of these pieces. */
  public ScriptedAnswer(int status, Headers headers, List<byte[]> pieces) {
    this.status = status;
    this.headers = headers;
    this.pieces = new ArrayDeque<>(pieces);
  }

  /** An answer of a media type. */
  public static ScriptedAnswer of(int status, String contentType, String... pieces) {
    List<byte[]> bytes = new ArrayList<>();
    for (String piece : pieces) {
      bytes.add(piece.getBytes(StandardCharsets.UTF_8));
    }
    return new ScriptedAnswer(status, Headers.of("content-type", contentType), bytes);
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public byte @Nullable [] next(Duration timeout) {
    return pieces.poll();
  }

  @Override
  public void close() {
    pieces.clear();
  }
}
