/**
 * Where rows live: embedded SQLite files in the data folder, their migrations, and the one thread
 * that writes them. The door is {@link dev.customhouse.store.Storage}; it hands out the stores.
 *
 * <p>The SQL keeps to what SQLite and PostgreSQL share: times as BIGINT milliseconds, {@code ON
 * CONFLICT}, row values, {@code ->>} for members of JSON, no vendor functions but in migrations.
 */
@NullMarked
package dev.customhouse.store;

import org.jspecify.annotations.NullMarked;
