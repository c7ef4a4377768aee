package dev.customhouse.flow.upstream;

import java.time.Duration;

/** Waits between two attempts. */
public interface Pause {
  /** Lets the time pass; ends early, with the exception, when the client has left. */
  void pause(Duration time) throws InterruptedException;
}
