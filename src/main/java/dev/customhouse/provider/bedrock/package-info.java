/**
 * Amazon Bedrock: Converse for all models, InvokeModel for Claude in Anthropic's own dialect.
 *
 * <p>Checked on 2026-11-21 against docs.aws.amazon.com/bedrock/latest/APIReference and
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html.
 */
@NullMarked
package dev.customhouse.provider.bedrock;

import org.jspecify.annotations.NullMarked;
