/** Where rows live: the embedded SQLite database, its migrations, and the batched writers. */
@NullMarked
package dev.customhouse.store;

import org.jspecify.annotations.NullMarked;
