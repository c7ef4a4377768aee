package dev.customhouse.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Whether requests should be sent here; each is asked anew for each probe.
 *
 * @param started the listeners are open
 * @param draining a stop was asked for
 * @param configured a configuration is loaded
 */
public record Readiness(
    BooleanSupplier started, BooleanSupplier draining, BooleanSupplier configured) {

  /** Why no requests should be sent here; empty when they should. */
  List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    if (!started.getAsBoolean()) {
      reasons.add("not_started");
    }
    if (draining.getAsBoolean()) {
      reasons.add("draining");
    }
    if (!configured.getAsBoolean()) {
      reasons.add("configuration_not_loaded");
    }
    return reasons;
  }
}
