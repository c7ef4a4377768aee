/**
 * One request's way. {@link dev.customhouse.flow.Flow} is the only file that calls the stages; the
 * folders below are the stages, and sort by name in the order they run.
 */
@NullMarked
package dev.customhouse.flow;

import org.jspecify.annotations.NullMarked;
