/**
 * What happened to one request, written from the whole flow, also when it ends early. The door is
 * {@link dev.customhouse.audit.Trace}; what is closed becomes a {@link
 * dev.customhouse.audit.RequestRecord} for the log, the metrics, the spans and the usage rows.
 */
@NullMarked
package dev.customhouse.audit;

import org.jspecify.annotations.NullMarked;
