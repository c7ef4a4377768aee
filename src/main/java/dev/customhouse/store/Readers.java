package dev.customhouse.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A few platform threads that read, and the connections they read with. The driver is native code,
 * which would pin a virtual thread to its carrier; a virtual thread that waits for one of these
 * does not.
 */
final class Readers implements AutoCloseable {
  private static final int IDLE_SECONDS = 10;
  private static final int CLOSE_SECONDS = 10;

  /** Something to read on one of the threads. */
  interface Reading<T extends @Nullable Object> {
    T run() throws SQLException;
  }

  /** Something to read from one file. */
  interface Query<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private record Idle(Path file, Connection connection) {}

  private final StoreLimits limits;
  private final ThreadPoolExecutor threads;
  private final Deque<Idle> idle = new ArrayDeque<>();
  private boolean closed;

  Readers(StoreLimits limits) {
    this.limits = limits;
    this.threads =
        new ThreadPoolExecutor(
            limits.readers(),
            limits.readers(),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(limits.queuedReads()),
            Thread.ofPlatform().name("store-reader-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** Reads on one of the threads and waits for the outcome. */
  <T extends @Nullable Object> T read(Reading<T> reading) {
    CompletableFuture<T> done = new CompletableFuture<>();
    try {
      threads.execute(() -> {
        try {
          done.complete(reading.run());
        } catch (Throwable e) {
          done.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      throw new StoreException(
          "the store is closed or overloaded: " + limits.queuedReads() + " reads may wait", e);
    }
    return Writer.await(done);
  }

  /** Asks one file; only within {@link #read}. */
  <T extends @Nullable Object> T on(Path file, Query<T> query) throws SQLException {
    Connection connection = borrow(file);
    boolean sound = false;
    try {
      T result = query.run(connection);
      sound = true;
      return result;
    } finally {
      giveBack(file, connection, sound);
    }
  }

  private Connection borrow(Path file) throws SQLException {
    synchronized (idle) {
      for (Iterator<Idle> rest = idle.iterator(); rest.hasNext(); ) {
        Idle candidate = rest.next();
        if (candidate.file().equals(file)) {
          rest.remove();
          return candidate.connection();
        }
      }
    }
    return SqliteFile.openReader(file);
  }

  private void giveBack(Path file, Connection connection, boolean sound) {
    @Nullable Connection surplus = connection;
    synchronized (idle) {
      if (sound && !closed && Files.exists(file)) {
        idle.addFirst(new Idle(file, connection));
        surplus =
            idle.size() > limits.idleReaderConnections() ? idle.removeLast().connection() : null;
      }
    }
    SqliteFile.closeQuietly(surplus);
  }

  /** Closes the idle connections to a file that is about to be deleted. */
  void forget(Path file) {
    synchronized (idle) {
      for (Iterator<Idle> rest = idle.iterator(); rest.hasNext(); ) {
        Idle candidate = rest.next();
        if (candidate.file().equals(file)) {
          rest.remove();
          SqliteFile.closeQuietly(candidate.connection());
        }
      }
    }
  }

  /** Lets no more reads in, waits a while for those under way, and closes the connections. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (idle) {
      closed = true;
      idle.forEach(connection -> SqliteFile.closeQuietly(connection.connection()));
      idle.clear();
    }
  }
}
