package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/**
 * One way a request may take: a provider and the name it knows the model by.
 *
 * @param route the configured model this leg belongs to
 * @param attempts how often it may be tried, the first time included
 * @param upstreamKeyId the only upstream key that will do; null: any
 * @param dialect in which the provider is spoken to
 */
public record Leg(
    String route,
    String provider,
    String model,
    int attempts,
    @Nullable String upstreamKeyId,
    DialectId dialect) {

  /** True when the other leads to the same model at the same provider. */
  public boolean goesTheWayOf(Leg other) {
    return provider.equals(other.provider) && model.equals(other.model);
  }
}
