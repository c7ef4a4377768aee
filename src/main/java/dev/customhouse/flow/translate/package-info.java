/**
 * What a provider is sent: the client's bytes where both ends speak one dialect. The door is {@link
 * dev.customhouse.flow.translate.Translator}.
 */
@NullMarked
package dev.customhouse.flow.translate;

import org.jspecify.annotations.NullMarked;
