package dev.customhouse.store;

import java.time.Duration;

/**
 * The limits of the store, all in one place.
 *
 * @param queuedRows usage rows, and as many origins, that may wait to be written
 * @param queuedBytes what the waiting usage rows may weigh together
 * @param batchRows rows of one transaction; a full batch is written at once
 * @param batchAge how long a row waits for others before it is written
 * @param appendWait how long an append waits for room in a full queue before its row is lost
 * @param queuedWrites writes with a waiting caller; beyond it they are refused
 * @param commitWrites such writes that share one commit
 * @param readers threads that read
 * @param queuedReads reads that may wait for such a thread; beyond it they are refused
 * @param idleReaderConnections connections kept open for later reads
 * @param cachedOrigins origins kept in memory
 */
record StoreLimits(
    int queuedRows,
    long queuedBytes,
    int batchRows,
    Duration batchAge,
    Duration appendWait,
    int queuedWrites,
    int commitWrites,
    int readers,
    int queuedReads,
    int idleReaderConnections,
    int cachedOrigins) {

  static final StoreLimits DEFAULT =
      new StoreLimits(
          200_000,
          128L << 20,
          512,
          Duration.ofSeconds(1),
          Duration.ofMillis(20),
          10_000,
          256,
          4,
          1_000,
          8,
          10_000);

  /** The rows of one page of any list. */
  static final int PAGE_ROWS = 1_000;

  /** Checks the rows asked for against {@link #PAGE_ROWS}. */
  static void checkPage(int limit) {
    if (limit < 1 || limit > PAGE_ROWS) {
      throw new IllegalArgumentException("limit " + limit + "; expected 1 to " + PAGE_ROWS);
    }
  }
}
