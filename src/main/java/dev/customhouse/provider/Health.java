package dev.customhouse.provider;

import org.jspecify.annotations.Nullable;

/**
 * How one model at one provider fares: a circuit breaker that opens after failures in a row and
 * lets one request through to see whether it is better, and the average time to the first byte.
 */
public final class Health {
  /** Failures in a row that open the circuit. */
  static final int FAILURES = 5;

  /** How long an open circuit stays open at first; each probe that fails doubles it. */
  static final long OPEN_NANOS = 5_000_000_000L;

  static final long OPEN_MAX_NANOS = 60_000_000_000L;

  /** The weight of the newest measurement in the average. */
  private static final double NEWEST = 0.2;

  private int failures;
  private int probesFailed;
  private long openUntilNanos;
  private boolean open;
  private @Nullable Turn probe;
  private double firstByteNanos = Double.NaN;

  /**
   * A turn for one request, to be closed; null while requests are kept away. An open circuit whose
   * time is over gives one turn, and no other until that one is over.
   */
  public synchronized @Nullable Turn enter(long nowNanos) {
    if (isOpen(nowNanos)) {
      return null;
    }
    Turn turn = new Turn();
    if (open) {
      probe = turn;
    }
    return turn;
  }

  /** A turn although requests are kept away: for when all the other ways seem no better. */
  public Turn enterAnyway() {
    return new Turn();
  }

  /** True while requests are kept away. */
  public synchronized boolean isOpen(long nowNanos) {
    return open && (probe != null || nowNanos - openUntilNanos < 0);
  }

  /** How long requests are still kept away, in nanoseconds; 0 when they are not. */
  public synchronized long waitNanos(long nowNanos) {
    return open ? Math.max(0, openUntilNanos - nowNanos) : 0;
  }

  /** The average time to the first byte, in nanoseconds; 0 when none was measured. */
  public synchronized double firstByteNanos() {
    return Double.isNaN(firstByteNanos) ? 0 : firstByteNanos;
  }

  /**
   * One request's turn. What is learnt from it counts once; closed without a verdict (the client
   * left, a key was refused) it tells nothing about the upstream.
   */
  public final class Turn implements AutoCloseable {
    private boolean over;

    private Turn() {}

    /** The request went well. */
    public void succeeded(long tookNanos) {
      synchronized (Health.this) {
        if (!over) {
          firstByteNanos =
              Double.isNaN(firstByteNanos)
                  ? tookNanos
                  : firstByteNanos + NEWEST * (tookNanos - firstByteNanos);
        }
        answered();
      }
    }

    /** The upstream refused the request, and so is well. */
    public void answered() {
      synchronized (Health.this) {
        if (!over) {
          failures = 0;
          probesFailed = 0;
          open = false;
          probe = null;
          over = true;
        }
      }
    }

    /**
     * The upstream failed: an error of its own, a time-out, a broken connection. Of an open circuit
     * only the probe's failure counts: the others began before it opened.
     *
     * @return true when this opened the circuit
     */
    public boolean failed(long nowNanos) {
      synchronized (Health.this) {
        if (over) {
          return false;
        }
        boolean probed = probe == this;
        close();
        if (probed) {
          probesFailed++;
          keepAway(nowNanos);
          return false;
        }
        failures++;
        if (open || failures < FAILURES) {
          return false;
        }
        keepAway(nowNanos);
        return true;
      }
    }

    @Override
    public void close() {
      synchronized (Health.this) {
        over = true;
        if (probe == this) {
          probe = null;
        }
      }
    }
  }

  private void keepAway(long nowNanos) {
    open = true;
    openUntilNanos = nowNanos + Math.min(OPEN_MAX_NANOS, OPEN_NANOS << Math.min(10, probesFailed));
  }
}
