/** What goes wrong on the way to a provider and back, over real sockets. */
@NullMarked
package dev.customhouse.faults;

import org.jspecify.annotations.NullMarked;
