package dev.customhouse.provider.sandbox;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hands out the chunks of an answer at its pace. */
final class SandboxAnswer implements UpstreamAnswer {
  private final int status;
  private final Headers headers;
  private final List<byte[]> chunks;
  private final boolean cut;
  private final Pause pause;
  private final Duration chunkPace;
  private int next;
  private Duration left = Duration.ZERO;
  private boolean closed;

  SandboxAnswer(Spoken spoken, Headers headers, Pause pause, Duration chunkPace) {
    this.status = spoken.status();
    this.headers = headers;
    this.chunks = spoken.chunks();
    this.cut = spoken.cut();
    this.pause = pause;
    this.chunkPace = chunkPace;
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
  public byte @Nullable [] next(Duration timeout) throws TransportException, InterruptedException {
    if (closed) {
      throw new TransportException(
          TransportException.Reason.CUT, "the sandbox's answer was closed before its end");
    }
    if (next == chunks.size()) {
      if (cut) {
        throw new TransportException(
            TransportException.Reason.CUT, "the sandbox broke the answer off, as it was asked");
      }
      return null;
    }
    if (left.compareTo(timeout) > 0) {
      pause.sleep(timeout);
      left = left.minus(timeout);
      throw new TransportException(
          TransportException.Reason.TIMEOUT,
          "the sandbox sent nothing for " + timeout.toMillis() + " ms");
    }
    if (!left.isZero()) {
      pause.sleep(left);
    }
    left = chunkPace;
    return chunks.get(next++);
  }

  @Override
  public void close() {
    closed = true;
  }
}
