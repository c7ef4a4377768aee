/**
 * What others see of the gateway: {@link dev.customhouse.observe.AccessLog} (one JSON line a
 * request) with its {@link dev.customhouse.observe.EventLog}, {@link
 * dev.customhouse.observe.Meters} (Prometheus) and {@link dev.customhouse.observe.Spans} (OTLP).
 * Each is fed with closed records; {@link dev.customhouse.observe.Observers} is the door that feeds
 * them all. What a request pays is handing its record over: writing and sending happen on threads
 * of this package, from bounded queues whose losses are counted.
 *
 * <p>No prompt, no answer, no header and no key gets here. Texts that a client chooses (the path,
 * the model's name) are bounded in length, and never become a label unless they are known.
 */
@NullMarked
package dev.customhouse.observe;

import org.jspecify.annotations.NullMarked;
