/**
 * OpenAI Responses.
 *
 * <p>Checked on 2026-11-21 against OpenAI's API description of 2026-08-21
 * (platform.openai.com/docs/api-reference/responses).
 */
@NullMarked
package dev.customhouse.dialect.openairesponses;

import org.jspecify.annotations.NullMarked;
