/**
 * What a request used, counted or estimated. The door is {@link
 * dev.customhouse.flow.usage.Counter}.
 */
@NullMarked
package dev.customhouse.flow.usage;

import org.jspecify.annotations.NullMarked;
