package dev.customhouse.flow.upstream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a request, or a part of it, must be over.
 *
 * @param atNanos on {@link System#nanoTime()}'s clock
 */
record Deadline(long atNanos) {
  /** This one, or the end of the time given from now on when that comes sooner. */
  Deadline orWithin(@Nullable Duration time) {
    if (time == null) {
      return this;
    }
    long at = System.nanoTime() + time.toNanos();
    return at - atNanos < 0 ? new Deadline(at) : this;
  }

  /** The time given, or less when the end is nearer. */
  Duration within(Duration time) {
    Duration left = left();
    return time.compareTo(left) <= 0 ? time : left;
  }

  boolean isOver() {
    return System.nanoTime() - atNanos >= 0;
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
  }
}
