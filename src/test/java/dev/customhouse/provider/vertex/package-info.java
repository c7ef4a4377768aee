/** The host of that name. */
@NullMarked
package dev.customhouse.provider.vertex;

import org.jspecify.annotations.NullMarked;
