/** Tests of what all dialects have in common. */
@NullMarked
package dev.customhouse.dialect;

import org.jspecify.annotations.NullMarked;
