package dev.customhouse.provider;

import dev.customhouse.secret.Secret;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One upstream key and how it fares. A key that was told to wait rests; a key that was refused is
 * set aside. Neither is used until its time is over.
 */
public final class UpstreamKey {
  private static final long READY = Long.MIN_VALUE;

  private final String id;
  private final @Nullable Secret secret;
  private final int weight;
  private final AtomicLong readyAtNanos = new AtomicLong(READY);
  private volatile boolean setAside;

  /**
   * A key that is ready.
   *
   * @param id what logs call it, such as {@code openai#2}; never the key
   * @param secret null for hosts that need no key
   */
  UpstreamKey(String id, @Nullable Secret secret, int weight) {
    this.id = id;
    this.secret = secret;
    this.weight = weight;
  }

  /** What logs call it. */
  public String id() {
    return id;
  }

  /** The key; null when none is needed. */
  public @Nullable Secret secret() {
    return secret;
  }

  int weight() {
    return weight;
  }

  /** Rests until then, or longer where it rests longer already. */
  public void rest(long untilNanos) {
    readyAtNanos.accumulateAndGet(untilNanos, (a, b) -> a == READY || b - a > 0 ? b : a);
  }

  /** Is not used until then: the provider refused it. */
  public void setAside(long untilNanos) {
    setAside = true;
    rest(untilNanos);
  }

  /** It served a request. */
  public void served() {
    if (setAside) {
      setAside = false;
    }
  }

  /** True while the provider is believed to refuse it. */
  public boolean isSetAside(long nowNanos) {
    return setAside && !isReady(nowNanos);
  }

  boolean isReady(long nowNanos) {
    long at = readyAtNanos.get();
    return at == READY || nowNanos - at >= 0;
  }

  /** How long until it may be used again, in nanoseconds; 0 when it may be used now. */
  public long waitNanos(long nowNanos) {
    long at = readyAtNanos.get();
    return at == READY ? 0 : Math.max(0, at - nowNanos);
  }
}
