package dev.customhouse.provider;

import dev.customhouse.secret.Secret;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One upstream key and how it fares. A key that was told to wait rests; a key that was refused is
 * set aside, for everything or for one model. It is not used until its time is over.
 */
public final class UpstreamKey {
  /** Models a key is remembered to be refused for; names come from clients where a glob is. */
  static final int REFUSED_MODELS = 256;

  private static final long READY = Long.MIN_VALUE;

  private final String id;
  private final @Nullable Secret secret;
  private final int weight;
  private final AtomicLong readyAtNanos = new AtomicLong(READY);
  private final Map<String, Long> refusedUntilNanos = new ConcurrentHashMap<>();
  private volatile boolean setAside;

  /**
   * A key that is ready.
   *
   * @param id what logs call it, such as {@code openai#2}; never the key
   * @param secret null for hosts that need no key
   * @param weight its share of the turns; 0: it gets none
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

  /**
   * Is not used for this model until then: the provider refused it, and what it refused may be the
   * model alone. (A client that asks for a model the account may not use must not take the key away
   * from everybody.)
   */
  public void setAside(String model, long untilNanos, long nowNanos) {
    if (refusedUntilNanos.size() >= REFUSED_MODELS) {
      refusedUntilNanos.values().removeIf(at -> nowNanos - at >= 0);
    }
    if (refusedUntilNanos.size() < REFUSED_MODELS) {
      refusedUntilNanos.put(model, untilNanos);
    }
  }

  /** It served a request. */
  public void served() {
    if (setAside) {
      setAside = false;
    }
  }

  /** True while the provider is believed to refuse it, whatever the model. */
  public boolean isSetAside(long nowNanos) {
    return setAside && waitNanos(nowNanos) > 0;
  }

  boolean isSetAside(String model, long nowNanos) {
    return isSetAside(nowNanos) || refusedNanos(model, nowNanos) > 0;
  }

  boolean isReady(String model, long nowNanos) {
    return waitNanos(model, nowNanos) == 0;
  }

  /** How long until it may be used again, in nanoseconds; 0 when it may be used now. */
  public long waitNanos(long nowNanos) {
    long at = readyAtNanos.get();
    return at == READY ? 0 : Math.max(0, at - nowNanos);
  }

  long waitNanos(String model, long nowNanos) {
    return Math.max(waitNanos(nowNanos), refusedNanos(model, nowNanos));
  }

  private long refusedNanos(String model, long nowNanos) {
    if (refusedUntilNanos.isEmpty()) {
      return 0;
    }
    Long at = refusedUntilNanos.get(model);
    return at == null ? 0 : Math.max(0, at - nowNanos);
  }
}
