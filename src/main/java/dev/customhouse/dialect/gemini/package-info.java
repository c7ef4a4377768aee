/**
 * Google Gemini generateContent, under v1 and v1beta: the dialect as it passes through, and its
 * codec to and from the hub. Doors: {@code Gemini} and {@code GeminiCodec}.
 *
 * <p>Checked on 2026-11-21 against Google's discovery document v1beta, revision 20260717
 * (ai.google.dev/api).
 */
@NullMarked
package dev.customhouse.dialect.gemini;

import org.jspecify.annotations.NullMarked;
