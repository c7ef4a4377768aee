/** Tests. */
@NullMarked
package dev.customhouse;

import org.jspecify.annotations.NullMarked;
