package dev.customhouse.wire;

import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One thread's place to wait for what an event loop will bring. Waiting is a bare park; the loop's
 * {@link Ticker} ends it at the deadline. (A timed park of a virtual thread would go through the
 * JDK's one timer thread: a change of thread for every wait.)
 */
class Waiter {
  private static final long NEVER = Long.MAX_VALUE;

  private @Nullable Thread thread;
  private volatile long deadlineNanos = NEVER;
  private volatile boolean signalled;

  @Nullable Waiter previous;
  @Nullable Waiter next;

  /** Names the thread that waits here; once, before anybody signals. */
  final void thread(Thread waiting) {
    thread = waiting;
  }

  final Thread thread() {
    return Objects.requireNonNull(thread);
  }

  /** Wakes the thread; it looks for itself what has come. Any thread may call this. */
  final void signal() {
    signalled = true;
    LockSupport.unpark(thread);
  }

  /**
   * Waits until signalled or the time is up.
   *
   * @param untilNanos on {@link System#nanoTime()}'s clock
   * @return false when the time was up
   */
  final boolean await(long untilNanos) throws InterruptedException {
    deadlineNanos = untilNanos;
    try {
      while (!signalled) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (System.nanoTime() - untilNanos >= 0) {
          return false;
        }
        LockSupport.park(this);
      }
      return true;
    } finally {
      deadlineNanos = NEVER;
      signalled = false;
    }
  }

  /** The gateway ends and has waited long enough. Any thread may call this. */
  void stop() {}

  /** Called by the ticker. */
  void tick(long nowNanos) {
    long deadline = deadlineNanos;
    if (deadline != NEVER && nowNanos - deadline >= 0) {
      LockSupport.unpark(thread);
    }
  }
}
