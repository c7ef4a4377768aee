/**
 * Hosts that speak OpenAI's or Anthropic's dialect as it is: rows of {@link
 * dev.customhouse.provider.compatible.CompatibleHosts}.
 */
@NullMarked
package dev.customhouse.provider.compatible;

import org.jspecify.annotations.NullMarked;
