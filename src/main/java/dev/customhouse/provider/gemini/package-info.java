/** Google's Gemini API: {@code generativelanguage.googleapis.com}. */
@NullMarked
package dev.customhouse.provider.gemini;

import org.jspecify.annotations.NullMarked;
