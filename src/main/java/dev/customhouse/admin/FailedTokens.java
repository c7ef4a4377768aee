package dev.customhouse.admin;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Wrong admin tokens by remote address, counted over fixed minutes. Safe for many threads. */
final class FailedTokens {
  /** Wrong tokens a minute from one address before it is told to wait. */
  static final int FAILURES_PER_MINUTE = 10;

  /** Addresses remembered; beyond it the one that failed first is forgotten. */
  static final int ADDRESSES = 10_000;

  private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;

  @SuppressWarnings("serial")
  private final Map<String, Window> windows =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
          return size() > ADDRESSES;
        }
      };

  FailedTokens(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  private record Window(long startNanos, int failures) {}

  /** Counts a failure; returns how long the address is to wait, null when it may try again now. */
  synchronized @Nullable Duration count(String address) {
    long now = nanoTime.getAsLong();
    Window window = windows.get(address);
    if (window == null || now - window.startNanos() >= WINDOW_NANOS) {
      windows.remove(address);
      window = new Window(now, 0);
    }
    if (window.failures() >= FAILURES_PER_MINUTE) {
      return Duration.ofNanos(window.startNanos() + WINDOW_NANOS - now);
    }
    windows.put(address, new Window(window.startNanos(), window.failures() + 1));
    return null;
  }
}
