package dev.customhouse;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/** Ctrl-C and the like: the first asks to stop in order, the second ends the process at once. */
final class StopSignal {
  private static final int INTERRUPTED = 130;

  private final CountDownLatch asked = new CountDownLatch(1);

  StopSignal() {
    Signal.handle(new Signal("INT"), this::received);
    Signal.handle(new Signal("TERM"), this::received);
  }

  private void received(Signal signal) {
    if (asked.getCount() == 0) {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
    asked.countDown();
  }

  /** Waits until somebody asks to stop. */
  void await() throws InterruptedException {
    asked.await();
  }
}
