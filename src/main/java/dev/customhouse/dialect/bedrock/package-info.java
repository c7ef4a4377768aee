/**
 * Amazon Bedrock Converse and ConverseStream.
 *
 * <p>Checked on 2026-11-21 against the service model of bedrock-runtime (botocore, 2026-08-07) and
 * docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
 */
@NullMarked
package dev.customhouse.dialect.bedrock;

import org.jspecify.annotations.NullMarked;
