package dev.customhouse.flow;

import java.lang.System.Logger.Level;

/** Faults of our own: the log gets the place, the client an id to name. */
final class Faults {
  private static final System.Logger LOG = System.getLogger("dev.customhouse.flow");

  private Faults() {}

  /** Logs where it happened, without the message, which may hold what a client wrote. */
  static String report(RuntimeException fault, String requestId) {
    StringBuilder where = new StringBuilder(fault.getClass().getName());
    StackTraceElement[] frames = fault.getStackTrace();
    for (int i = 0; i < Math.min(12, frames.length); i++) {
      where.append("\n  at ").append(frames[i]);
    }
    LOG.log(Level.ERROR, "request " + requestId + " failed: " + where);
    return "The gateway failed on this request; its log says more under the request's id.";
  }
}
