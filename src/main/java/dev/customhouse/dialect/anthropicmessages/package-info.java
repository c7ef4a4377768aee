/**
 * Anthropic Messages, versions 2023-06-01 and 2026-10-21.
 *
 * <p>Checked on 2026-11-21 against docs.claude.com/en/api/messages as of anthropic SDK 1.11.0
 * (2026-11-19).
 */
@NullMarked
package dev.customhouse.dialect.anthropicmessages;

import org.jspecify.annotations.NullMarked;
