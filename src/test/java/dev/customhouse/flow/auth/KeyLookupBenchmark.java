package dev.customhouse.flow.auth;

import dev.customhouse.canonical.Caller;
import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.KeyHasher;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Finding whose key it is among ten thousand. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyLookupBenchmark {
  private static final int KEYS = 10_000;

  private final Keyring keyring = new Keyring(new KeyHasher(new byte[32]), Clock.systemUTC());
  private final String key;

  /** Ten thousand keys, one of which is looked up. */
  public KeyLookupBenchmark() {
    Random random = new Random(1);
    String made = "";
    for (int i = 0; i < KEYS; i++) {
      made = KeyFormat.generate(random);
      Caller caller = new Caller("key_" + i, "key " + i, null, List.of(), null, 100);
      keyring.put(new Keyring.Entry(keyring.hash(made), caller, null, null, false));
    }
    key = made;
  }

  /** A key that is known. */
  @Benchmark
  public Caller known() {
    return keyring.identify(key);
  }
}
