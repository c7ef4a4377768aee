/**
 * OpenAI Chat Completions and its sister operations: completions, embeddings, moderations, images,
 * audio, and rerank as the compatible hosts offer it.
 *
 * <p>{@link dev.customhouse.dialect.openaichat.OpenAiChat} is the door for traffic whose two ends
 * speak this dialect, {@link dev.customhouse.dialect.openaichat.ChatCodec} for chats that are
 * translated.
 *
 * <p>Checked on 2026-11-21 against OpenAI's API description of 2026-08-21
 * (platform.openai.com/docs/api-reference).
 */
@NullMarked
package dev.customhouse.dialect.openaichat;

import org.jspecify.annotations.NullMarked;
