package dev.customhouse.audit;

import dev.customhouse.canonical.ErrorKind;

/** What happens beside requests and somebody should know. Implementations never block. */
public interface Events {
  /** An upstream key was refused by its provider and is not used for a while: an alarm. */
  void keySetAside(String provider, String upstreamKey, ErrorKind why);

  /** A model at a provider failed so often that requests are kept away for a while. */
  void circuitOpened(String provider, String model);

  /** A shadow copy has been answered; {@code status} 0 when it was not. */
  void shadowed(String provider, String model, int status, long durationMicros);

  /** A shadow copy was not sent because too many are under way. */
  void shadowSkipped(String provider, String model);

  /** A request was turned away because the gateway or a provider has no room. */
  void shed(String where);
}
