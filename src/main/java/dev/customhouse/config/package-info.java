/**
 * The settings of the house: {@code customhouse.yaml} or the environment, checked against the
 * published JSON Schema, as records. The door is {@link dev.customhouse.config.SettingsReader}.
 *
 * <p>The way of a file: {@code YamlFile} reads the text to nodes that know their line, {@code
 * SchemaCheck} walks them along the schema and makes plain values of them, {@code SettingsRules}
 * checks what no schema can say, {@code SettingsBuilder} makes the records. Every step adds its
 * problems to one list; the records are made only when the list is empty.
 */
@NullMarked
package dev.customhouse.config;

import org.jspecify.annotations.NullMarked;
