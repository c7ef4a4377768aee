/**
 * Traffic whose two ends speak one dialect or two, over real sockets: what real providers were
 * recorded to answer, and beside each behaviour a case of our own.
 */
@NullMarked
package dev.customhouse.recorded;

import org.jspecify.annotations.NullMarked;
