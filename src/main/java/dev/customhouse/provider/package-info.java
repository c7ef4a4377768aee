/**
 * Upstream hosts: one small folder for each that needs code of its own, a row of {@code compatible}
 * for each that does not. The door is {@link dev.customhouse.provider.Fleet}: the hosts in use with
 * their keys and their health.
 */
@NullMarked
package dev.customhouse.provider;

import org.jspecify.annotations.NullMarked;
