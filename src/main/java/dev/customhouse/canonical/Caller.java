package dev.customhouse.canonical;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling: a downstream key and what it may do.
 *
 * @param keyId stable, not secret
 * @param project what the use is booked to; null: none
 * @param models what it may ask for; empty: everything
 * @param requestsPerMinute null: no limit
 * @param concurrentStreams requests under way at once
 * @param onUnsupported what becomes of what the target's dialect cannot carry; null: as the route
 *     has it
 */
public record Caller(
    String keyId,
    String keyName,
    @Nullable String project,
    List<Glob> models,
    @Nullable Integer requestsPerMinute,
    int concurrentStreams,
    @Nullable OnUnsupported onUnsupported) {

  /** A caller for whom losses are as the route has them. */
  public Caller(
      String keyId,
      String keyName,
      @Nullable String project,
      List<Glob> models,
      @Nullable Integer requestsPerMinute,
      int concurrentStreams) {
    this(keyId, keyName, project, models, requestsPerMinute, concurrentStreams, null);
  }

  /** True when the key may use the model. */
  public boolean mayUse(String model) {
    if (models.isEmpty()) {
      return true;
    }
    for (Glob glob : models) {
      if (glob.matches(model)) {
        return true;
      }
    }
    return false;
  }
}
