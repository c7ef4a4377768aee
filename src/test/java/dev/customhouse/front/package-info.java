/** The front door as clients and attackers meet it, over sockets. */
@NullMarked
package dev.customhouse.front;

import org.jspecify.annotations.NullMarked;
