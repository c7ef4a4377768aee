package dev.customhouse;

import dev.customhouse.observe.Meters;
import dev.customhouse.wire.Engine;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a gateway that need no settings, begun side by side before the settings are read: a
 * cold start is mostly the loading of their classes.
 */
final class HeadStart {
  /** For ids and for the choice between equals, never for secrets. */
  static final RandomGenerator RANDOM = new SharedRandom(new SecureRandom().nextLong());

  private final AtomicReference<Customhouse> house = new AtomicReference<>();
  private final CompletableFuture<Engine> engine;
  private final CompletableFuture<Meters> meters;

  HeadStart(Clock clock) {
    engine =
        beside(
            "engine",
            () ->
                new Engine(
                    Runtime.getRuntime().availableProcessors(), new RequestIds(clock, RANDOM)));
    meters =
        beside(
            "meters",
            () -> new Meters(model -> knows(house.get(), model), id -> name(house.get(), id)));
  }

  static <T> CompletableFuture<T> beside(String name, Supplier<T> work) {
    return CompletableFuture.supplyAsync(
        work, task -> Thread.ofPlatform().daemon().name("start-" + name).start(task));
  }

  private static boolean knows(@Nullable Customhouse house, String model) {
    return house != null && house.knows(model);
  }

  private static String name(@Nullable Customhouse house, String id) {
    return house == null ? id : house.providerName(id);
  }

  Engine engine() {
    return engine.join();
  }

  Meters meters() {
    return meters.join();
  }

  /** From now on the metrics know the gateway's models. */
  void finished(Customhouse started) {
    house.set(started);
  }
}
