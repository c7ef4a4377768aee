package dev.customhouse.flow;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.flow.api.Answered;
import dev.customhouse.flow.api.Door;
import dev.customhouse.flow.quota.Quota;
import dev.customhouse.flow.recall.Work;
import dev.customhouse.flow.translate.Translator;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The way of a request whose client does not wait for the answer: the client is told at once that
 * it is being made, and the request goes on without it, on a thread of its own, with the place and
 * the record that it has.
 */
final class Unattended {
  /** How long those that are interrupted may take to say so. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final Flow.Stages stages;
  private final Consumer<Runnable> starter;
  private final Way way;
  private int running;

  /** Requests go on along the way, on threads of {@code starter}. */
  Unattended(Flow.Stages stages, Consumer<Runnable> starter, Way way) {
    this.stages = stages;
    this.starter = starter;
    this.way = way;
  }

  /** What is done for an answer. */
  interface Way {
    void travel(Errand errand, Translator.Letter letter, Answered client, Trace trace)
        throws InterruptedException;
  }

  /**
   * Answers the client: with the response as it begins, or with its events until it leaves.
   *
   * @throws Refusal when the request cannot be begun; nothing is done then
   */
  void begin(Errand asked, boolean stream, Door door, Trace trace, Quota.Reservation place)
      throws InterruptedException {
    Errand errand = asked.withoutLegsOfItsDialect();
    Translator.Letter letter = errand.letter(stages.translate());
    Work work = errand.memory().begin(letter.queued(errand.journey().legs()));
    Trace own = trace.handedOn();
    own.answered(200);
    Quota.Reservation ownPlace = place.handedOn();
    count(1);
    Runnable task = () -> run(errand, letter, work, own, ownPlace);
    try {
      starter.accept(task);
    } catch (RuntimeException e) {
      // The gateway is being closed: the task only says so.
      work.fail(ErrorKind.UNAVAILABLE, "The gateway is being stopped.");
      task.run();
    }
    if (stream) {
      door.answer(work.events());
    } else {
      door.answer(work.response());
    }
  }

  private void run(
      Errand errand, Translator.Letter letter, Work work, Trace trace, Quota.Reservation place) {
    try (trace;
        place) {
      travel(errand, letter, work, trace);
    } finally {
      count(-1);
    }
  }

  private void travel(Errand errand, Translator.Letter letter, Work work, Trace trace) {
    try {
      if (work.take()) {
        way.travel(errand, letter, new Absent(work.transcript(), trace), trace);
      } else {
        ended(work, trace);
      }
    } catch (Refusal refusal) {
      trace.failed(refusal.kind(), refusal.code());
      work.fail(refusal.kind(), refusal.getMessage());
    } catch (InterruptedException e) {
      ended(work, trace);
    } catch (RuntimeException e) {
      trace.failed(ErrorKind.INTERNAL, "internal_error");
      work.fail(ErrorKind.INTERNAL, Faults.report(e, trace.requestId()));
    } finally {
      work.fail(ErrorKind.INTERNAL, "The answer ended before its end.");
    }
  }

  /** Somebody else has ended it: its client, or the end of the gateway. */
  private static void ended(Work work, Trace trace) {
    if (work.isCancelled()) {
      trace.clientGone();
    } else {
      trace.failed(ErrorKind.UNAVAILABLE, "gateway_stopping");
    }
  }

  private synchronized void count(int more) {
    running += more;
    notifyAll();
  }

  /** Waits for those under way; when the time is up they fail. */
  void stop(Duration patience) throws InterruptedException {
    stages.recall().stop(patience);
    long untilNanos = System.nanoTime() + FAREWELL.toNanos();
    synchronized (this) {
      long leftMillis = FAREWELL.toMillis();
      while (running > 0 && leftMillis > 0) {
        wait(leftMillis);
        leftMillis = (untilNanos - System.nanoTime()) / 1_000_000;
      }
    }
  }
}
