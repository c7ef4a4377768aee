/**
 * The settings of the house: {@code customhouse.yaml} or the environment, checked against the
 * published JSON Schema, as records. The door is {@link dev.customhouse.config.SettingsReader}.
 */
@NullMarked
package dev.customhouse.config;

import org.jspecify.annotations.NullMarked;
