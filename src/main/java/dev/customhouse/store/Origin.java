package dev.customhouse.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Which upstream made a response.
 *
 * @param keyId the downstream key it was made for; nobody else finds it
 * @param upstreamKeyId names the upstream key, it is not the key
 * @param at whole milliseconds: more is cut off
 */
public record Origin(
    String keyId, String provider, String upstreamKeyId, String upstreamModel, Instant at) {
  /** Cuts the time. */
  public Origin {
    at = at.truncatedTo(ChronoUnit.MILLIS);
  }
}
