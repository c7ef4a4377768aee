/** Customhouse: the assembly of the house ({@link dev.customhouse.Main}). */
@NullMarked
package dev.customhouse;

import org.jspecify.annotations.NullMarked;
