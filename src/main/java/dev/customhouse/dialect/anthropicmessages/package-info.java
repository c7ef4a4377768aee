/**
 * Anthropic Messages, versions 2023-06-01 and 2026-10-21.
 *
 * <p>Checked on 2026-11-21 against docs.claude.com/en/api/messages as of anthropic SDK 1.11.0
 * (2026-11-19), and against Anthropic's OpenAPI specification of July 2026.
 *
 * <p>{@link dev.customhouse.dialect.anthropicmessages.AnthropicMessages} passes requests on as they
 * are, {@link dev.customhouse.dialect.anthropicmessages.MessagesCodec} takes them to the hub and
 * back, and {@link dev.customhouse.dialect.anthropicmessages.RehostedMessages} knows how Bedrock
 * and Vertex want them.
 */
@NullMarked
package dev.customhouse.dialect.anthropicmessages;

import org.jspecify.annotations.NullMarked;
