/** Anthropic itself: {@code api.anthropic.com}. */
@NullMarked
package dev.customhouse.provider.anthropic;

import org.jspecify.annotations.NullMarked;
