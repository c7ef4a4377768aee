package dev.customhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class SharedRandomTest {
  @Test
  void itGivesTheNumbersOfSplitMix64() {
    SharedRandom random = new SharedRandom(42);
    SplittableRandom platform = new SplittableRandom(42);

    for (int i = 0; i < 1_000; i++) {
      assertThat(random.nextLong()).isEqualTo(platform.nextLong());
    }
  }

  @Test
  void threadsThatShareItNeverGetTheSameNumber() throws InterruptedException {
    SharedRandom random = new SharedRandom(7);
    Set<Long> seen = ConcurrentHashMap.newKeySet();
    Thread[] threads = new Thread[8];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          Thread.startVirtualThread(() -> {
            for (int n = 0; n < 10_000; n++) {
              seen.add(random.nextLong());
            }
          });
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(seen).hasSize(80_000);
  }
}
