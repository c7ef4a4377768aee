/** OpenAI itself: {@code api.openai.com}. */
@NullMarked
package dev.customhouse.provider.openai;

import org.jspecify.annotations.NullMarked;
