package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/**
 * One try at one upstream.
 *
 * @param spanId of this try in the caller's distributed trace
 * @param upstreamKey the label of the key used, never the key; empty where none is needed
 * @param status the upstream's HTTP status; 0 when no answer came
 * @param error null when it succeeded
 * @param detail why it failed, without anything the client or the upstream wrote
 */
public record Attempt(
    int number,
    String spanId,
    String provider,
    String model,
    String upstreamKey,
    int status,
    @Nullable ErrorKind error,
    @Nullable String detail,
    long startedMicros,
    long durationMicros) {}
