package dev.customhouse.provider;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.secret.Secret;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A configured upstream: a host, its address, its keys, and how it fares. */
public final class Provider {
  /** Addresses that are kept; clients choose names of models. */
  private static final int ADDRESSES = 1_000;

  /** Models whose health is kept; names come from clients where a glob passes them through. */
  private static final int MODELS = 1_000;

  /** Turns after which the keys' order begins anew; keys beyond that many get one each. */
  private static final int TURNS = 1_000;

  private final String id;
  private final Host host;
  private final URI baseUrl;
  private final Headers headers;
  private final List<UpstreamKey> keys;
  private final Transport transport;
  private final @Nullable Duration totalTimeout;
  private final int concurrent;
  private final Semaphore permits;
  private final int queueLimit;
  private final AtomicInteger queued = new AtomicInteger();
  private final Map<String, Health> health = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final int[] rota;

  /** Addresses used before: to make one takes longer than all else here. */
  private final Map<Address, URI> addresses = new ConcurrentHashMap<>();

  /**
   * A provider that is ready.
   *
   * @param headers more fields for every request
   * @param secrets the keys, at least one of a weight above 0; empty for hosts that need none
   * @param weights one for each secret
   * @param concurrent requests under way at once; more wait
   * @param queueLimit how many may wait
   */
  public Provider(
      String id,
      Host host,
      URI baseUrl,
      Headers headers,
      List<Secret> secrets,
      List<Integer> weights,
      Transport transport,
      @Nullable Duration totalTimeout,
      int concurrent,
      int queueLimit) {
    this.id = id;
    this.host = host;
    this.baseUrl = baseUrl;
    this.headers = headers;
    this.transport = transport;
    this.totalTimeout = totalTimeout;
    this.concurrent = concurrent;
    this.permits = new Semaphore(concurrent, true);
    this.queueLimit = queueLimit;
    this.keys = keys(id, secrets, weights);
    this.rota = rota(keys);
  }

  private static List<UpstreamKey> keys(String id, List<Secret> secrets, List<Integer> weights) {
    if (secrets.isEmpty()) {
      return List.of(new UpstreamKey(id, null, 1));
    }
    UpstreamKey[] keys = new UpstreamKey[secrets.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new UpstreamKey(id + "#" + (i + 1), secrets.get(i), weights.get(i));
    }
    return List.of(keys);
  }

  /**
   * The order of turns: smooth weighted round robin, so that a heavy key's turns are spread.
   * Weights that add up to more than {@link #TURNS} are scaled down; none but 0 becomes 0 by that.
   */
  private static int[] rota(List<UpstreamKey> keys) {
    long total = keys.stream().mapToLong(UpstreamKey::weight).sum();
    long divisor = Math.max(1, total / TURNS);
    long[] weights = new long[keys.size()];
    int sum = 0;
    for (int i = 0; i < weights.length; i++) {
      int weight = keys.get(i).weight();
      weights[i] = weight == 0 ? 0 : Math.max(1, weight / divisor);
      sum += (int) weights[i];
    }
    long[] current = new long[weights.length];
    int[] order = new int[sum];
    for (int turn = 0; turn < sum; turn++) {
      int best = 0;
      for (int i = 0; i < weights.length; i++) {
        current[i] += weights[i];
        best = current[i] > current[best] ? i : best;
      }
      current[best] -= sum;
      order[turn] = best;
    }
    return order;
  }

  /** The id in configuration. */
  public String id() {
    return id;
  }

  /** How it is spoken to. */
  public Host host() {
    return host;
  }

  /** Where it is, as configured; it may hold credentials that nobody is to see. */
  public URI baseUrl() {
    return baseUrl;
  }

  /** Header fields of every request, from configuration. */
  public Headers headers() {
    return headers;
  }

  /** How requests get there. */
  public Transport transport() {
    return transport;
  }

  /** The longest time of one request; null: as the gateway's limits have it. */
  public @Nullable Duration totalTimeout() {
    return totalTimeout;
  }

  /** Where the call goes. */
  public URI uri(Call call, String model) {
    if (call.query() != null || call.resourceId() != null) {
      return host.uri(baseUrl, call, model);
    }
    Address wanted = new Address(call.dialect(), call.path(), model);
    URI known = addresses.get(wanted);
    if (known == null) {
      known = host.uri(baseUrl, call, model);
      if (addresses.size() < ADDRESSES) {
        addresses.put(wanted, known);
      }
    }
    return known;
  }

  /** What an address depends on, where a call has no query and no id. */
  private record Address(DialectId dialect, String path, String model) {}

  /**
   * Sends a request with the key's credential, as the host wants it, and waits for the answer's
   * head.
   *
   * @throws Refusal of kind UNAUTHORIZED when the credential cannot be used
   * @throws TransportException when no head arrived, or no token for the request
   */
  public UpstreamAnswer send(UpstreamRequest request, DialectId dialect, UpstreamKey key)
      throws TransportException, InterruptedException {
    Secret secret = key.secret();
    UpstreamRequest prepared =
        host.prepared(request, dialect, secret == null ? null : secret.reveal());
    return host.received(transport.send(prepared), prepared, dialect);
  }

  /** Its keys, in the order of configuration. */
  public List<UpstreamKey> keys() {
    return keys;
  }

  /** How the model fares here. */
  public Health health(String model) {
    Health known = health.get(model);
    if (known != null) {
      return known;
    }
    return health.computeIfAbsent(health.size() < MODELS ? model : "*", any -> new Health());
  }

  /** How the models asked for so far fare here, by name, in the order of the alphabet; a copy. */
  public SortedMap<String, Health> knownHealth() {
    return new TreeMap<>(health);
  }

  /**
   * A key that is ready.
   *
   * @param conversation requests of one conversation get the same key while it is ready; null: any
   * @param only the id of the only key that will do, if it is still there; null: any
   * @param tried keys that are not wanted again while there are others
   * @return null when all are resting or set aside
   */
  public @Nullable UpstreamKey pick(
      long nowNanos,
      String model,
      @Nullable String conversation,
      @Nullable String only,
      Set<UpstreamKey> tried) {
    UpstreamKey bound = bound(only);
    if (bound != null) {
      return bound.isReady(model, nowNanos) ? bound : null;
    }
    UpstreamKey fresh = pick(nowNanos, model, conversation, tried);
    return fresh != null || tried.isEmpty() ? fresh : pick(nowNanos, model, conversation, Set.of());
  }

  /**
   * True when there is a ready key that was not tried. The parameters are those of {@link #pick}.
   */
  public boolean hasReady(
      long nowNanos, String model, @Nullable String only, Set<UpstreamKey> tried) {
    UpstreamKey bound = bound(only);
    for (UpstreamKey key : bound == null ? keys : List.of(bound)) {
      if ((bound != null || key.weight() > 0)
          && key.isReady(model, nowNanos)
          && !tried.contains(key)) {
        return true;
      }
    }
    return false;
  }

  /** Null when no key in particular is wanted, or it has been taken out of the configuration. */
  private @Nullable UpstreamKey bound(@Nullable String only) {
    if (only != null) {
      for (UpstreamKey key : keys) {
        if (key.id().equals(only)) {
          return key;
        }
      }
    }
    return null;
  }

  private @Nullable UpstreamKey pick(
      long nowNanos, String model, @Nullable String conversation, Set<UpstreamKey> tried) {
    if (conversation != null && keys.size() > 1) {
      return byConversation(nowNanos, model, conversation, tried);
    }
    int start = rota.length == 1 ? 0 : turn.getAndIncrement();
    for (int i = 0; i < rota.length; i++) {
      UpstreamKey key = keys.get(rota[Math.floorMod(start + i, rota.length)]);
      if (key.isReady(model, nowNanos) && !tried.contains(key)) {
        return key;
      }
    }
    return null;
  }

  /** Rendezvous hashing: a key that drops out moves only the conversations it had. */
  private @Nullable UpstreamKey byConversation(
      long nowNanos, String model, String conversation, Set<UpstreamKey> tried) {
    UpstreamKey best = null;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (UpstreamKey key : keys) {
      if (key.weight() == 0 || !key.isReady(model, nowNanos) || tried.contains(key)) {
        continue;
      }
      long hash = mix(31L * conversation.hashCode() + key.id().hashCode());
      double unit = ((hash >>> 11) + 1) * 0x1.0p-53;
      double score = key.weight() / -Math.log(unit);
      if (score > bestScore) {
        bestScore = score;
        best = key;
      }
    }
    return best;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }

  /**
   * How long until a key is ready for the model, in nanoseconds; 0 when one is.
   *
   * @param only as for {@link #pick}
   */
  public long waitNanos(long nowNanos, String model, @Nullable String only) {
    UpstreamKey bound = bound(only);
    if (bound != null) {
      return bound.waitNanos(model, nowNanos);
    }
    long least = Long.MAX_VALUE;
    for (UpstreamKey key : keys) {
      least = key.weight() == 0 ? least : Math.min(least, key.waitNanos(model, nowNanos));
    }
    return least;
  }

  /** True when all keys that would do have been refused by the provider. */
  public boolean isLockedOut(long nowNanos, String model, @Nullable String only) {
    UpstreamKey bound = bound(only);
    for (UpstreamKey key : bound == null ? keys : List.of(bound)) {
      if ((bound != null || key.weight() > 0) && !key.isSetAside(model, nowNanos)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A place among the requests under way, to be closed; waits for one.
   *
   * @return null when too many wait already, or none became free in time
   */
  public @Nullable Permit enter(Duration timeout) throws InterruptedException {
    // Nobody overtakes those who wait.
    if (!permits.hasQueuedThreads() && permits.tryAcquire()) {
      return new Permit();
    }
    if (queued.incrementAndGet() > queueLimit) {
      queued.decrementAndGet();
      return null;
    }
    try {
      return permits.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS) ? new Permit() : null;
    } finally {
      queued.decrementAndGet();
    }
  }

  /**
   * A place for what may as well not happen: only while half of the places are free, and without
   * waiting.
   *
   * @return null when there is none to spare
   */
  public @Nullable Permit enterSpare() {
    boolean spare = 2 * permits.availablePermits() > concurrent + 1;
    return spare && permits.tryAcquire() ? new Permit() : null;
  }

  /** Requests that wait for a place now. */
  public int queued() {
    return queued.get();
  }

  /** A place among the requests under way. */
  public final class Permit implements AutoCloseable {
    private boolean open = true;

    private Permit() {}

    @Override
    public void close() {
      if (open) {
        open = false;
        permits.release();
      }
    }
  }
}
