package dev.customhouse.flow.upstream;

import java.time.Duration;

/** When a request must be over. */
record Deadline(long atNanos) {
  /** The time given, or less when the end is nearer. */
  Duration within(Duration time) {
    long left = Math.max(0, atNanos - System.nanoTime());
    return time.toNanos() <= left ? time : Duration.ofNanos(left);
  }

  boolean isOver() {
    return System.nanoTime() - atNanos >= 0;
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
  }
}
