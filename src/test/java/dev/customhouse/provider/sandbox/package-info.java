/** Tests of the sandbox. */
@NullMarked
package dev.customhouse.provider.sandbox;

import org.jspecify.annotations.NullMarked;
