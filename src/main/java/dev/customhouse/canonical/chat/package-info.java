/**
 * The hub: one small form of a chat that every dialect is read into and written from. What a
 * dialect has and the hub does not know travels beside it as {@link
 * dev.customhouse.canonical.chat.Extras} and returns only to that dialect.
 *
 * <p>JSON trees in these records ({@code JsonNode}) are never written to after they were read.
 */
@NullMarked
package dev.customhouse.canonical.chat;

import org.jspecify.annotations.NullMarked;
