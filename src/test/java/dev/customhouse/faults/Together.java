package dev.customhouse.faults;

import dev.customhouse.House;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Work done side by side. */
final class Together {
  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

  /** As many requests earn a hundred retries, which is the most that is kept in hand. */
  private static final int EARNING_REQUESTS = 460;

  private Together() {}

  static <T> CompletableFuture<T> start(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, THREADS);
  }

  /** Does the work so many times at once; the results in order. */
  static <T> List<T> times(int count, IntFunction<T> work) {
    List<CompletableFuture<T>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      all.add(start(() -> work.apply(number)));
    }
    return all.stream().map(CompletableFuture::join).toList();
  }

  /** Has the house earn retries by requests to its sandbox, so that many faults can be tested. */
  static void earnRetries(House house) {
    times(
        20,
        lane -> {
          for (int i = 0; i < EARNING_REQUESTS / 20; i++) {
            house.post(
                "/v1/chat/completions",
                Speech.CHAT.request("sandbox/echo", false).replace("hello", "hi"));
          }
          return lane;
        });
  }
}
