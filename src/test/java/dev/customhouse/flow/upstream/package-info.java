/** Tests of attempts. */
@NullMarked
package dev.customhouse.flow.upstream;

import org.jspecify.annotations.NullMarked;
