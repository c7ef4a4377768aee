/**
 * The built-in provider: a first run, a demonstration and a test need no account and no socket.
 *
 * <p>It speaks all four dialects in process and is deterministic: ids come from a hash of the
 * request, times from the clock it is given, and the same request gets the same bytes. Its door is
 * {@link dev.customhouse.provider.sandbox.Sandbox}.
 *
 * <p>How a request goes through: {@code Sandbox} finds the operation by path; an {@code ...Ask}
 * reads the dialect's body into one {@code Ask}; {@code Script} decides what is said; a {@code
 * ...Voice} says it in the dialect. Shapes were checked on 2026-11-20 against OpenAI's OpenAPI
 * 2.3.0, the Open Responses specification of 2026-04-24, Anthropic's API of version 2023-06-01 and
 * Google's discovery document v1beta of 2026-07-17.
 */
@NullMarked
package dev.customhouse.provider.sandbox;

import org.jspecify.annotations.NullMarked;
