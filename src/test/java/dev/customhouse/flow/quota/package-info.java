/** Tests of how much a key may ask for. */
@NullMarked
package dev.customhouse.flow.quota;

import org.jspecify.annotations.NullMarked;
