/** Tests of what all dialects share. */
@NullMarked
package dev.customhouse.dialect;

import org.jspecify.annotations.NullMarked;
