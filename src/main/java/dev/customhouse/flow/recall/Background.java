package dev.customhouse.flow.recall;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.store.KeptResponses;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The responses that are being made in the background. */
final class Background {
  /** So many at once; each holds its events in memory. */
  static final int WORKS = 1_000;

  private static final Duration COME_AGAIN = Duration.ofSeconds(5);

  private final KeptResponses kept;
  private final Map<Id, Work> works = new ConcurrentHashMap<>();
  private boolean stopped;

  private record Id(String owner, String id) {}

  Background(KeptResponses kept) {
    this.kept = kept;
  }

  /**
   * Begins a response, which is kept from now on.
   *
   * @throws Refusal of kind UNAVAILABLE when there are too many, or the gateway is being stopped
   */
  synchronized Work begin(KeptResponse asked) {
    if (stopped || works.size() >= WORKS) {
      throw new Refusal(
          ErrorKind.UNAVAILABLE,
          stopped ? "gateway_stopping" : "gateway_busy",
          stopped
              ? "The gateway is being stopped."
              : "The gateway makes %d responses in the background, as many as it may."
                  .formatted(WORKS),
          null,
          COME_AGAIN);
    }
    kept.put(asked);
    Work work = new Work(asked, this);
    works.put(new Id(asked.owner(), asked.id()), work);
    return work;
  }

  /** The response that is being made; null when it is over, or never was. */
  @Nullable Work find(String owner, String id) {
    return works.get(new Id(owner, id));
  }

  /** Keeps what became of a response. */
  void keep(KeptResponse asked, byte[] response, byte[] events) {
    kept.put(
        new KeptResponse(
            asked.owner(),
            asked.id(),
            asked.previousId(),
            asked.at(),
            asked.input(),
            response,
            Items.ids(response, Items.ofOutput(response)),
            events));
  }

  synchronized void ended(Work work) {
    works.remove(new Id(work.asked().owner(), work.asked().id()), work);
    notifyAll();
  }

  /** Begins none any more, waits for those under way, and then fails what is left. */
  void stop(Duration patience) throws InterruptedException {
    List<Work> left;
    synchronized (this) {
      stopped = true;
      long untilNanos = System.nanoTime() + patience.toNanos();
      long leftMillis = patience.toMillis();
      while (!works.isEmpty() && leftMillis > 0) {
        wait(leftMillis);
        leftMillis = (untilNanos - System.nanoTime()) / 1_000_000;
      }
      left = List.copyOf(works.values());
    }
    for (Work work : left) {
      work.fail(ErrorKind.UNAVAILABLE, Recall.STOPPED);
    }
  }
}
