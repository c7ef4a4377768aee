/** Azure OpenAI: deployments with an {@code api-version}, or the v1 API. */
@NullMarked
package dev.customhouse.provider.azure;

import org.jspecify.annotations.NullMarked;
