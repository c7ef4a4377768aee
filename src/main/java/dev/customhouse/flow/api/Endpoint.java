package dev.customhouse.flow.api;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What a path leads to.
 *
 * @param path the canonical path, by which alone everything is decided from here on
 * @param model the model the path names; null when the body names it
 * @param resourceId the stored thing the path names; null: none
 * @param guise the other service whose path it is; null: the dialect's own
 */
record Endpoint(
    Operation operation,
    DialectId dialect,
    String path,
    @Nullable String model,
    @Nullable String resourceId,
    @Nullable Guise guise) {
  /** A path of the dialect's own. */
  Endpoint(
      Operation operation,
      DialectId dialect,
      String path,
      @Nullable String model,
      @Nullable String resourceId) {
    this(operation, dialect, path, model, resourceId, null);
  }
}
