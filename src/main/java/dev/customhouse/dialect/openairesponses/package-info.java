/**
 * OpenAI Responses. {@link dev.customhouse.dialect.openairesponses.OpenAiResponses} is the door for
 * requests that stay in the dialect, {@link dev.customhouse.dialect.openairesponses.ResponsesCodec}
 * the one for those that are translated.
 *
 * <p>Checked on 2026-11-21 against OpenAI's API description of 2026-08-21
 * (platform.openai.com/docs/api-reference/responses) and Open Responses of 2026-04-24
 * (openresponses.org).
 */
@NullMarked
package dev.customhouse.dialect.openairesponses;

import org.jspecify.annotations.NullMarked;
