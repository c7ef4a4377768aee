package dev.customhouse.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue with one daemon thread that handles what is in it, batch by batch. Putting in
 * never waits for the handler. To wake a thread costs more than all else here, so the thread is
 * woken by the first item after a pause and then lets items gather for a while; a second waking
 * comes only when many have gathered or at the end.
 */
final class BatchQueue<T> implements AutoCloseable {
  /** Handles a batch on the queue's thread; the list is valid during the call. */
  interface Handler<T> {
    /** What is thrown loses the batch, which is counted, and nothing else. */
    void handle(List<T> batch) throws Exception;
  }

  private final int gatherItems;
  private final Duration gather;
  private final Duration closing;
  private final Handler<T> handler;
  private final Thread thread;
  private final AtomicLong lost = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private List<T> waiting = new ArrayList<>();
  private boolean idle;
  private boolean closed;

  /**
   * A queue whose thread runs.
   *
   * @param gatherItems how many items end the gathering early
   * @param gather how long items gather, so how late one may be handled
   * @param closing how long {@link #close()} waits for what is left to be handled
   */
  BatchQueue(String name, int gatherItems, Duration gather, Duration closing, Handler<T> handler) {
    this.gatherItems = gatherItems;
    this.gather = gather;
    this.closing = closing;
    this.handler = handler;
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** Puts an item in; false when {@code capacity} items wait already or the queue is closed. */
  boolean offer(T item, int capacity) {
    lock.lock();
    try {
      int size = waiting.size();
      if (closed || size >= capacity) {
        return false;
      }
      waiting.add(item);
      if (idle || size + 1 == gatherItems) {
        idle = false;
        work.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Items that were taken in and then not handled. */
  long lost() {
    return lost.get();
  }

  /**
   * Takes no more and waits until all is handled, but not longer than said; what is left by then is
   * counted as lost. The thread is a daemon: it keeps no process alive.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    try {
      if (!thread.join(closing)) {
        lost.addAndGet(abandoned());
      }
    } catch (InterruptedException e) {
      lost.addAndGet(abandoned());
      Thread.currentThread().interrupt();
    }
  }

  private int abandoned() {
    lock.lock();
    try {
      int left = waiting.size();
      waiting = new ArrayList<>();
      return left;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    List<T> batch = new ArrayList<>();
    while (true) {
      try {
        batch = next(batch);
      } catch (InterruptedException e) {
        continue; // nobody interrupts this thread but by accident; close() ends it
      }
      if (batch.isEmpty()) {
        return;
      }
      try {
        handler.handle(Collections.unmodifiableList(batch));
      } catch (Throwable e) { // the thread outlives whatever the handler meets
        lost.addAndGet(batch.size());
      }
      batch.clear();
    }
  }

  /** All that waits, once some has gathered; {@code spare} gathers next. Empty at the end. */
  private List<T> next(List<T> spare) throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        idle = true;
        work.await();
      }
      idle = false;
      long left = gather.toNanos();
      while (left > 0 && waiting.size() < gatherItems && !closed) {
        left = work.awaitNanos(left);
      }
      List<T> full = waiting;
      waiting = spare;
      return full;
    } finally {
      lock.unlock();
    }
  }
}
