package dev.customhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes. Writes with a waiting caller share a commit with all others that came
 * while the last commit ran (group commit without a delay), each in a savepoint of its own, so that
 * one that fails takes no other with it. Between them it writes the {@link Backlog}s, whose callers
 * do not wait.
 */
final class Writer implements AutoCloseable {
  /** Something to do with the core database within a transaction that this thread commits. */
  interface Work<T extends @Nullable Object> {
    T run(Connection core) throws SQLException;
  }

  /** Opens the core database anew, at the start and after a failure. */
  interface CoreOpener {
    Connection open() throws SQLException;
  }

  private final StoreLimits limits;
  private final CoreOpener opener;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;

  // Guarded by the lock.
  private final Queue<Task<?>> tasks = new ArrayDeque<>();
  private final List<Backlog<?>> backlogs = new ArrayList<>();
  private boolean closing;

  // Of the thread alone, once it runs.
  private @Nullable Connection core;

  /** Opens the core database in the caller's thread, so that what fails is told at once. */
  Writer(StoreLimits limits, CoreOpener opener) throws SQLException {
    this.limits = limits;
    this.opener = opener;
    this.core = opener.open();
    this.thread = Thread.ofPlatform().name("store-writer").daemon().unstarted(this::run);
  }

  /** Starts the thread: after all backlogs are made. */
  void start() {
    thread.start();
  }

  /** A queue of rows that this thread writes in batches. */
  <R> Backlog<R> backlog(int queuedRows, Backlog.Sink<R> sink) {
    Backlog<R> backlog = new Backlog<>(limits, queuedRows, sink, lock, changed);
    backlogs.add(backlog);
    return backlog;
  }

  /**
   * Does something in a transaction and returns when it is committed.
   *
   * @throws StoreException when it failed, was refused, or the waiting was interrupted (it may
   *     happen all the same then)
   */
  <T extends @Nullable Object> T write(Work<T> work) {
    Task<T> task = new Task<>(work);
    lock.lock();
    try {
      if (closing) {
        throw new StoreException("the store is closed");
      }
      if (tasks.size() >= limits.queuedWrites()) {
        throw new StoreException(
            "the store is overloaded: " + limits.queuedWrites() + " writes are waiting");
      }
      tasks.add(task);
      changed.signal();
    } finally {
      lock.unlock();
    }
    return await(task.done);
  }

  /** Waits for what another thread does and unwraps its failure. */
  static <T extends @Nullable Object> T await(CompletableFuture<T> done) {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting for the store", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof RuntimeException unchecked && !(cause instanceof StoreException)) {
        throw unchecked;
      }
      throw new StoreException("the store failed: " + cause.getMessage(), cause);
    }
  }

  /** Does something in a transaction of its own. Only this writer's thread may call it. */
  void transact(Work<?> work) throws SQLException {
    boolean committed = false;
    try {
      Connection connection = core();
      work.run(connection);
      connection.commit();
      committed = true;
    } finally {
      if (!committed) {
        discardCore();
      }
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        commitTasks();
        for (Backlog<?> backlog : backlogs) {
          backlog.writeDue();
        }
      }
      while (commitTasks()) {
        // Until none is left: no more are let in.
      }
      for (Backlog<?> backlog : backlogs) {
        backlog.writeLast();
      }
    } finally {
      discardCore();
    }
  }

  /** Waits until something is to be done; false when the store closes. */
  private boolean awaitWork() {
    lock.lock();
    try {
      while (!closing && tasks.isEmpty()) {
        long waitNanos = Long.MAX_VALUE;
        for (Backlog<?> backlog : backlogs) {
          waitNanos = Math.min(waitNanos, backlog.dueInNanos());
        }
        if (waitNanos <= 0) {
          return true;
        }
        changed.awaitNanos(waitNanos);
      }
      return !closing;
    } catch (InterruptedException e) {
      closing = true; // Nobody interrupts this thread; if someone does, it stops in good order.
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Runs and commits what is waiting; false when nothing was. */
  private boolean commitTasks() {
    List<Task<?>> batch = new ArrayList<>();
    lock.lock();
    try {
      while (batch.size() < limits.commitWrites()) {
        Task<?> task = tasks.poll();
        if (task == null) {
          break;
        }
        batch.add(task);
      }
    } finally {
      lock.unlock();
    }
    if (batch.isEmpty()) {
      return false;
    }
    try {
      Connection connection = core();
      for (Task<?> task : batch) {
        task.run(connection);
      }
      connection.commit();
      batch.forEach(Task::acknowledge);
    } catch (Throwable e) {
      discardCore();
      batch.forEach(task -> task.done.completeExceptionally(e));
    }
    return true;
  }

  private Connection core() throws SQLException {
    Connection present = core;
    if (present == null) {
      present = opener.open();
      core = present;
    }
    return present;
  }

  /**
   * After a failure the state of a connection is not worth guessing: the next use opens another.
   */
  private void discardCore() {
    SqliteFile.closeQuietly(core);
    core = null;
  }

  /** Writes all that is waiting and ends the thread. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    if (thread.getState() == Thread.State.NEW) {
      discardCore();
      return;
    }
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // Rows would be lost: the end of the writing is waited for.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Task<T extends @Nullable Object> {
    private final Work<T> work;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private @Nullable Runnable outcome;

    Task(Work<T> work) {
      this.work = work;
    }

    /** Runs the work; a failure of it is kept for its caller and undone. */
    void run(Connection connection) throws SQLException {
      Savepoint before = connection.setSavepoint();
      try {
        T result = work.run(connection);
        connection.releaseSavepoint(before);
        outcome = () -> done.complete(result);
      } catch (SQLException | RuntimeException e) {
        connection.rollback(before); // Fails where SQLite has given up the whole transaction.
        outcome = () -> done.completeExceptionally(e);
      }
    }

    void acknowledge() {
      if (outcome != null) {
        outcome.run();
      }
    }
  }
}
