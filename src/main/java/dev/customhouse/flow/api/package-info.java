/**
 * Listen, read, answer in the client's own dialect, errors included. The door is {@link
 * dev.customhouse.flow.api.Api}.
 */
@NullMarked
package dev.customhouse.flow.api;

import org.jspecify.annotations.NullMarked;
