package dev.customhouse.wire;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Finds the addresses of a host. */
public interface Resolver {
  /**
   * All addresses of the host, in the order to try them.
   *
   * @param timeout how long that may take
   * @return empty when there are none, or none came in time
   */
  List<InetAddress> resolve(String host, Duration timeout) throws InterruptedException;
}
