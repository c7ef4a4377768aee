/**
 * Google Gemini generateContent, under v1 and v1beta.
 *
 * <p>Checked on 2026-11-21 against Google's discovery document v1beta, revision 20260717
 * (ai.google.dev/api).
 */
@NullMarked
package dev.customhouse.dialect.gemini;

import org.jspecify.annotations.NullMarked;
