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
 */
record Endpoint(
    Operation operation,
    DialectId dialect,
    String path,
    @Nullable String model,
    @Nullable String resourceId) {}
