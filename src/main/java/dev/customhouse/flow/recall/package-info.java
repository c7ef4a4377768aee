/**
 * What the caller refers to and the gateway keeps: earlier responses of OpenAI's Responses, where
 * the provider that made them does not keep them itself, those that are still being made in the
 * background, and summaries of conversations that clients carry. The door is {@link
 * dev.customhouse.flow.recall.Recall}.
 */
@NullMarked
package dev.customhouse.flow.recall;

import org.jspecify.annotations.NullMarked;
