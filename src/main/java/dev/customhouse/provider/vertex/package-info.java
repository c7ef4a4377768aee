/**
 * Google Vertex AI: Gemini by generateContent, Claude by rawPredict.
 *
 * <p>Checked on 2026-11-21 against docs.cloud.google.com/vertex-ai/generative-ai/docs, RFC 7523
 * (tokens for a signed assertion), RFC 8693 (token exchange) and google.aip.dev/auth.
 */
@NullMarked
package dev.customhouse.provider.vertex;

import org.jspecify.annotations.NullMarked;
