package dev.customhouse.flow.upstream;

/**
 * Keeps retries to a share of the traffic, so that an upstream in trouble is not buried under them.
 * Each request earns a part of a retry; some are in hand from the start and for quiet times.
 */
final class RetryBudget {
  /** Retries to requests, in percent. */
  static final int PERCENT = 20;

  /** Retries in hand at most, in percent of one. */
  private static final int CAP = 100 * 100;

  private static final int RETRY = 100;
  private int balance = 10 * RETRY;

  synchronized void request() {
    balance = Math.min(CAP, balance + PERCENT);
  }

  synchronized boolean retry() {
    if (balance < RETRY) {
      return false;
    }
    balance -= RETRY;
    return true;
  }
}
