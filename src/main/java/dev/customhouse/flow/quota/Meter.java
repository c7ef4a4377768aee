package dev.customhouse.flow.quota;

import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One key's requests: how many are under way, and when the last ones of the minute came. */
final class Meter {
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  private int underWay;

  /**
   * The times of the last requests, a ring as long as the limit: the oldest tells if there is room.
   */
  private long @Nullable [] times;

  private int oldest;
  private int count;

  synchronized void take(Caller caller, boolean counted, long nowNanos) {
    if (underWay >= caller.concurrentStreams()) {
      throw limited(
          "concurrent_requests_exceeded",
          "The API key '%s' has %d requests under way, as many as it may."
              .formatted(caller.keyName(), underWay),
          COME_AGAIN);
    }
    Integer limit = caller.requestsPerMinute();
    if (counted && limit != null) {
      long[] ring = ring(limit);
      if (count == ring.length) {
        long waitNanos = ring[oldest] + MINUTE_NANOS - nowNanos;
        if (waitNanos > 0) {
          throw limited(
              "rate_limit_exceeded",
              "The API key '%s' may make %d requests a minute.".formatted(caller.keyName(), limit),
              Duration.ofNanos(waitNanos));
        }
        oldest = (oldest + 1) % ring.length;
        count--;
      }
      ring[(oldest + count) % ring.length] = nowNanos;
      count++;
    }
    underWay++;
  }

  /** A changed limit keeps the newest times. */
  private long[] ring(int limit) {
    long[] ring = times;
    if (ring == null || ring.length != limit) {
      long[] changed = new long[limit];
      int kept = Math.min(count, limit);
      for (int i = 0; i < kept && ring != null; i++) {
        changed[i] = ring[(oldest + count - kept + i) % ring.length];
      }
      oldest = 0;
      count = kept;
      times = changed;
      return changed;
    }
    return ring;
  }

  synchronized void giveBack() {
    underWay--;
  }

  private static Refusal limited(String code, String message, Duration retryAfter) {
    return new Refusal(ErrorKind.RATE_LIMITED, code, message, null, retryAfter);
  }
}
