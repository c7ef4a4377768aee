/**
 * Wire formats. Each folder below is one of them, in both directions; the door is {@link
 * dev.customhouse.dialect.Dialect}.
 */
@NullMarked
package dev.customhouse.dialect;

import org.jspecify.annotations.NullMarked;
