package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers every request it can read with 200 and what it read: the method, the
 * target, the number of header fields and the body. Whatever else is answered, the engine did.
 */
final class Yes implements AutoCloseable {
  /** The largest body. */
  static final int BODY_BYTES = 1_000;

  private final AtomicInteger ids = new AtomicInteger();
  private final Engine engine = new Engine(1, () -> "req_" + ids.incrementAndGet());
  private final int port;

  /** One with time-outs of half a second. */
  Yes() {
    this(
        new Listener(
            "127.0.0.1",
            0,
            null,
            new Listener.Timeouts(
                Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofMillis(500)),
            1_000));
  }

  Yes(Listener listener) {
    try {
      port = engine.listen(listener, Yes::answer, (status, message) -> ascii(message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  int port() {
    return port;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void answer(Exchange exchange) {
    try {
      byte[] body = exchange.body(BODY_BYTES);
      String query = exchange.rawQuery();
      exchange.answer(
          200,
          Headers.of("content-type", "text/plain"),
          ascii(
              "%s %s%s %d %s"
                  .formatted(
                      exchange.method(),
                      exchange.rawPath(),
                      query == null ? "" : "?" + query,
                      exchange.headers().size(),
                      new String(body, StandardCharsets.ISO_8859_1))));
    } catch (Refusal refusal) {
      int status =
          switch (refusal.kind()) {
            case TOO_LARGE -> 413;
            case TIMEOUT -> 408;
            default -> 400;
          };
      exchange.answer(status, Headers.EMPTY, ascii(refusal.getMessage()));
    } catch (InterruptedException e) {
      // The client went away.
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}
