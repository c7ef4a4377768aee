package dev.customhouse.provider.bedrock;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A short answer whose body is read to its end and given in another form. */
final class RewrittenAnswer implements UpstreamAnswer {
  /** Errors and counts are short; a longer body passes as it is. */
  private static final int BODY_BYTES = 256 * 1024;

  private final UpstreamAnswer answer;
  private final UnaryOperator<byte[]> form;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private boolean passing;
  private boolean over;

  RewrittenAnswer(UpstreamAnswer answer, UnaryOperator<byte[]> form) {
    this.answer = answer;
    this.form = form;
  }

  @Override
  public int status() {
    return answer.status();
  }

  /** Without the length, which is another one now. */
  @Override
  public Headers headers() {
    return answer.headers().toBuilder().remove("content-length").build();
  }

  @Override
  public byte @Nullable [] next(Duration timeout) throws TransportException, InterruptedException {
    if (over) {
      return null;
    }
    long untilNanos = System.nanoTime() + timeout.toNanos();
    while (!passing) {
      byte[] piece = answer.next(Duration.ofNanos(Math.max(1, untilNanos - System.nanoTime())));
      if (piece == null) {
        over = true;
        byte[] whole = body.toByteArray();
        return whole.length == 0 ? null : form.apply(whole);
      }
      body.writeBytes(piece);
      if (body.size() > BODY_BYTES) {
        passing = true;
        return body.toByteArray();
      }
    }
    return answer.next(timeout);
  }

  @Override
  public void close() {
    answer.close();
  }
}
