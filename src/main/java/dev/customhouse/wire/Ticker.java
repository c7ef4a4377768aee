package dev.customhouse.wire;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The waiters of one event loop; every tick those are woken whose time is up. */
final class Ticker {
  /** How late a time-out may be noticed. */
  static final long PERIOD_MILLIS = 20;

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Waiter first;

  void add(Waiter waiter) {
    lock.lock();
    try {
      Waiter head = first;
      waiter.next = head;
      if (head != null) {
        head.previous = waiter;
      }
      first = waiter;
    } finally {
      lock.unlock();
    }
  }

  void remove(Waiter waiter) {
    lock.lock();
    try {
      Waiter before = waiter.previous;
      Waiter after = waiter.next;
      if (before != null) {
        before.next = after;
      } else if (first == waiter) {
        first = after;
      }
      if (after != null) {
        after.previous = before;
      }
      waiter.previous = null;
      waiter.next = null;
    } finally {
      lock.unlock();
    }
  }

  /** Tells all waiters that the gateway ends. */
  void stop() {
    lock.lock();
    try {
      for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
        waiter.stop();
      }
    } finally {
      lock.unlock();
    }
  }

  void tick(long nowNanos) {
    lock.lock();
    try {
      for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
        waiter.tick(nowNanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
