package dev.customhouse;

import dev.customhouse.audit.Events;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.observe.EventLog;
import dev.customhouse.observe.Meters;
import java.util.Map;

/** What happens beside requests, for the log and the metrics. */
record Signals(EventLog log, Meters meters) implements Events {
  @Override
  public void keySetAside(String provider, String upstreamKey, ErrorKind why) {
    meters.upstreamKeySetAside(provider);
    log.event(
        EventLog.Level.ALARM,
        "upstream_key_set_aside",
        Map.of("provider", provider, "upstream_key", upstreamKey, "error", why.label()));
  }

  @Override
  public void circuitOpened(String provider, String model) {
    log.event(EventLog.Level.WARN, "circuit_opened", Map.of("provider", provider, "model", model));
  }

  @Override
  public void shadowed(String provider, String model, int status, long durationMicros) {
    log.event(
        EventLog.Level.INFO,
        "shadow_answered",
        Map.of(
            "provider",
            provider,
            "model",
            model,
            "status",
            Integer.toString(status),
            "duration_ms",
            Long.toString(durationMicros / 1_000)));
  }

  @Override
  public void shadowSkipped(String provider, String model) {
    log.event(EventLog.Level.WARN, "shadow_skipped", Map.of("provider", provider, "model", model));
  }

  @Override
  public void shed(String where) {
    log.event(EventLog.Level.WARN, "request_shed", Map.of("where", where));
  }
}
