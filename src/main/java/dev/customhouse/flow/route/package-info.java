/**
 * From a model's name to the ways a request may take. The door is {@link
 * dev.customhouse.flow.route.Router}.
 */
@NullMarked
package dev.customhouse.flow.route;

import org.jspecify.annotations.NullMarked;
