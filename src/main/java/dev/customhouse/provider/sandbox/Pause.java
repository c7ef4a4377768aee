package dev.customhouse.provider.sandbox;

import java.time.Duration;

/** Waits. Comes in from outside so that tests need not. */
@FunctionalInterface
public interface Pause {
  /** Waits by the machine's clock; parks a virtual thread without holding its carrier. */
  Pause REAL = Thread::sleep;

  /**
   * Returns after the time; at once when it is zero.
   *
   * @throws InterruptedException when the thread was interrupted while it waited
   */
  void sleep(Duration time) throws InterruptedException;
}
