/**
 * One attempt after another: keys, retries, fallbacks, deadlines, and the relay of the answer. The
 * door is {@link dev.customhouse.flow.upstream.Upstream}.
 */
@NullMarked
package dev.customhouse.flow.upstream;

import org.jspecify.annotations.NullMarked;
