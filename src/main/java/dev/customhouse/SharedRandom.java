package dev.customhouse;

import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Random numbers for all threads at once, by SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014) with a counter that is shared: no lock. A virtual
 * thread lives for one request, so a generator of its own would be seeded anew for each.
 */
final class SharedRandom implements RandomGenerator {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final AtomicLong counter;

  SharedRandom(long seed) {
    counter = new AtomicLong(seed);
  }

  @Override
  public long nextLong() {
    long mixed = counter.addAndGet(GOLDEN_GAMMA);
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }
}
