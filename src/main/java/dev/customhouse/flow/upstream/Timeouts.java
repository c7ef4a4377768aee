package dev.customhouse.flow.upstream;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param firstByte until the first event or the whole head of an answer, for each attempt
 * @param idle between two pieces of an answer
 * @param total the whole request, all attempts together
 * @param answerBytes an answer that is held whole
 */
public record Timeouts(Duration firstByte, Duration idle, Duration total, int answerBytes) {}
