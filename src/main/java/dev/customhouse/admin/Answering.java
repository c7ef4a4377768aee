package dev.customhouse.admin;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.store.StoreException;
import dev.customhouse.wire.Exchange;
import java.lang.System.Logger.Level;

/** Sends what was made, or the error of what could not be made, with what every answer carries. */
final class Answering {
  private static final System.Logger LOG = System.getLogger("dev.customhouse.admin");
  private static final byte[] NOTHING = {};
  private static final int FRAMES = 12;

  private Answering() {}

  /** Makes an answer. */
  interface Making {
    Answer make() throws InterruptedException;
  }

  static void serve(Exchange exchange, Making making) {
    try {
      send(exchange, made(exchange, making));
    } catch (InterruptedException e) {
      exchange.abort(); // The client has left.
    }
  }

  private static Answer made(Exchange exchange, Making making) throws InterruptedException {
    try {
      return making.make();
    } catch (Refusal refusal) {
      return Answer.error(refusal);
    } catch (StoreException e) {
      LOG.log(Level.ERROR, "request " + exchange.id() + ": " + e.getMessage());
      return Answer.error(
          new Refusal(
              ErrorKind.UNAVAILABLE,
              "storage_unavailable",
              "The storage could not be read or written; the log says more under the request's"
                  + " id."));
    } catch (RuntimeException e) {
      report(exchange, e);
      return Answer.error(
          new Refusal(
              ErrorKind.INTERNAL,
              "internal_error",
              "The gateway failed on this request; the log says more under the request's id."));
    }
  }

  /** Logs where it happened, without the message, which may hold what a client wrote. */
  private static void report(Exchange exchange, RuntimeException fault) {
    StringBuilder where = new StringBuilder(fault.getClass().getName());
    StackTraceElement[] frames = fault.getStackTrace();
    for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
      where.append("\n  at ").append(frames[i]);
    }
    LOG.log(Level.ERROR, "request " + exchange.id() + " failed: " + where);
  }

  private static void send(Exchange exchange, Answer answer) {
    Headers headers =
        answer.headers().toBuilder()
            .add("x-request-id", exchange.id())
            .add("cache-control", "no-store")
            .add("x-content-type-options", "nosniff")
            .build();
    byte[] body = exchange.method().equals("HEAD") ? NOTHING : answer.body();
    exchange.answer(answer.status(), headers, body);
  }
}
