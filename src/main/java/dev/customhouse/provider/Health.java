package dev.customhouse.provider;

/**
 * How one model at one provider fares: a circuit breaker that opens after failures in a row and
 * lets one request through to see whether it is better, and the average time to the first byte.
 */
public final class Health {
  /** Failures in a row that open the circuit. */
  static final int FAILURES = 5;

  /** How long an open circuit stays open at first; each further failure doubles it. */
  static final long OPEN_NANOS = 5_000_000_000L;

  static final long OPEN_MAX_NANOS = 60_000_000_000L;

  /** The weight of the newest measurement in the average. */
  private static final double NEWEST = 0.2;

  private int failures;
  private long openUntilNanos;
  private boolean open;
  private boolean probing;
  private double firstByteNanos = Double.NaN;

  /** True when a request may go there. An open circuit whose time is over lets one through. */
  public synchronized boolean admits(long nowNanos) {
    if (!open) {
      return true;
    }
    if (probing || nowNanos - openUntilNanos < 0) {
      return false;
    }
    probing = true;
    return true;
  }

  /** True while requests are kept away. */
  public synchronized boolean isOpen(long nowNanos) {
    return open && (probing || nowNanos - openUntilNanos < 0);
  }

  /** A request went well. */
  public synchronized void succeeded(long tookNanos) {
    failures = 0;
    open = false;
    probing = false;
    firstByteNanos =
        Double.isNaN(firstByteNanos)
            ? tookNanos
            : firstByteNanos + NEWEST * (tookNanos - firstByteNanos);
  }

  /** The upstream failed: an error of its own, a time-out, a broken connection. */
  public synchronized void failed(long nowNanos) {
    failures++;
    probing = false;
    if (failures >= FAILURES) {
      open = true;
      int doublings = Math.min(10, failures - FAILURES);
      openUntilNanos = nowNanos + Math.min(OPEN_MAX_NANOS, OPEN_NANOS << doublings);
    }
  }

  /** Nothing is known about the upstream from this request (the client left, a bad request). */
  public synchronized void undecided() {
    probing = false;
  }

  /** The average time to the first byte, in nanoseconds; 0 when none was measured. */
  public synchronized double firstByteNanos() {
    return Double.isNaN(firstByteNanos) ? 0 : firstByteNanos;
  }
}
