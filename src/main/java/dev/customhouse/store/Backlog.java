package dev.customhouse.store;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Rows that wait to be written in batches by the {@link Writer}. It is bounded in rows and bytes:
 * who finds it full waits for a short time, and only then is the row lost, and counted. What cannot
 * be written (the disk is full) stays and is tried again.
 */
final class Backlog<R> {
  /** Where the rows go. All but {@link #weightBytes} is called by the writer's thread only. */
  interface Sink<R> extends AutoCloseable {
    /** What the row holds of the heap, about. */
    long weightBytes(R row);

    /** Rows of equal partitions are written together. */
    Object partition(R row);

    /** Writes rows of one partition in one transaction, all or none. */
    void write(List<R> rows) throws SQLException;

    @Override
    void close();
  }

  private final StoreLimits limits;
  private final int queuedRows;
  private final Sink<R> sink;
  private final ReentrantLock lock;
  private final Condition changed;
  private final Condition room;

  // Guarded by the lock.
  private final ArrayDeque<R> rows = new ArrayDeque<>();
  private final List<CompletableFuture<@Nullable Void>> flushes = new ArrayList<>();
  private int heldRows;
  private long heldBytes;
  private long dueAtNanos;
  private boolean resting;
  private boolean closed;
  private long lostRows;

  Backlog(StoreLimits limits, int queuedRows, Sink<R> sink, ReentrantLock lock, Condition changed) {
    this.limits = limits;
    this.queuedRows = queuedRows;
    this.sink = sink;
    this.lock = lock;
    this.changed = changed;
    this.room = lock.newCondition();
  }

  /** Queues a row; false when it is lost. */
  boolean add(R row) {
    long bytes = sink.weightBytes(row);
    lock.lock();
    try {
      long waitNanos = limits.appendWait().toNanos();
      while (!closed && isFull(bytes) && waitNanos > 0) {
        waitNanos = room.awaitNanos(waitNanos);
      }
      if (closed || isFull(bytes)) {
        lostRows++;
        return false;
      }
      accept(row, bytes);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      lostRows++;
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFull(long bytes) {
    return heldRows >= queuedRows || (heldRows > 0 && heldBytes + bytes > limits.queuedBytes());
  }

  private void accept(R row, long bytes) {
    rows.add(row);
    heldRows++;
    heldBytes += bytes;
    if (rows.size() == 1 && !resting) {
      dueAtNanos = System.nanoTime() + limits.batchAge().toNanos();
      changed.signal();
    } else if (rows.size() == limits.batchRows()) {
      changed.signal();
    }
  }

  /** Waits until all rows added before are committed. */
  void flush() {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    lock.lock();
    try {
      if (closed) {
        throw new StoreException("the store is closed");
      }
      flushes.add(done);
      changed.signal();
    } finally {
      lock.unlock();
    }
    Writer.await(done);
  }

  /** Rows lost since the start: the queue was full, or the last write at the end failed. */
  long lostRows() {
    lock.lock();
    try {
      return lostRows;
    } finally {
      lock.unlock();
    }
  }

  /** How long the writer may sleep; 0 or less: not at all. The caller has the lock. */
  long dueInNanos() {
    if (!flushes.isEmpty()) {
      return 0;
    }
    if (rows.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (!resting && rows.size() >= limits.batchRows()) {
      return 0;
    }
    return dueAtNanos - System.nanoTime();
  }

  /** Writes one batch if it is due, or everything if somebody waits for it. */
  void writeDue() {
    List<CompletableFuture<@Nullable Void>> waiting;
    int count;
    lock.lock();
    try {
      if (dueInNanos() > 0) {
        return;
      }
      waiting = List.copyOf(flushes);
      flushes.clear();
      count = waiting.isEmpty() ? Math.min(rows.size(), limits.batchRows()) : rows.size();
    } finally {
      lock.unlock();
    }
    Throwable failure = write(count);
    for (CompletableFuture<@Nullable Void> flush : waiting) {
      if (failure == null) {
        flush.complete(null);
      } else {
        flush.completeExceptionally(failure);
      }
    }
  }

  /** Writes everything and lets no more in: the store closes. What still fails is lost. */
  void writeLast() {
    lock.lock();
    try {
      closed = true;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    Throwable failure = write(Integer.MAX_VALUE);
    lock.lock();
    try {
      lostRows += rows.size();
      rows.clear();
      for (CompletableFuture<@Nullable Void> flush : flushes) {
        if (failure == null) {
          flush.complete(null);
        } else {
          flush.completeExceptionally(failure);
        }
      }
    } finally {
      lock.unlock();
    }
    sink.close();
  }

  /** Writes up to so many rows; null when all went well. */
  private @Nullable Throwable write(int count) {
    @Nullable Throwable failure = null;
    List<R> unwritten = new ArrayList<>();
    for (int rest = count; rest > 0; ) {
      List<R> batch = take(Math.min(rest, limits.batchRows()));
      if (batch.isEmpty()) {
        break;
      }
      rest -= batch.size();
      Map<Object, List<R>> partitions = new LinkedHashMap<>();
      for (R row : batch) {
        partitions.computeIfAbsent(sink.partition(row), key -> new ArrayList<>()).add(row);
      }
      for (List<R> part : partitions.values()) {
        try {
          sink.write(part);
          release(part);
        } catch (SQLException | RuntimeException | Error e) {
          failure = e;
          unwritten.addAll(part);
        }
      }
    }
    rest(unwritten, failure);
    return failure;
  }

  private List<R> take(int count) {
    lock.lock();
    try {
      List<R> batch = new ArrayList<>(Math.min(count, rows.size()));
      while (batch.size() < count && !rows.isEmpty()) {
        batch.add(rows.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void release(List<R> written) {
    long bytes = 0;
    for (R row : written) {
      bytes += sink.weightBytes(row);
    }
    lock.lock();
    try {
      heldRows -= written.size();
      heldBytes -= bytes;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts back what failed, to be tried again after a while. */
  private void rest(List<R> unwritten, @Nullable Throwable failure) {
    boolean first;
    lock.lock();
    try {
      rows.addAll(unwritten);
      first = failure != null && !resting;
      resting = failure != null;
      if (resting) {
        dueAtNanos = System.nanoTime() + limits.batchAge().toNanos();
      }
    } finally {
      lock.unlock();
    }
    if (first) {
      System.getLogger("dev.customhouse.store")
          .log(
              System.Logger.Level.ERROR,
              "rows cannot be written and are kept in memory: " + failure);
    }
  }
}
