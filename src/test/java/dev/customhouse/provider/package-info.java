/** Tests of hosts, keys and health. */
@NullMarked
package dev.customhouse.provider;

import org.jspecify.annotations.NullMarked;
