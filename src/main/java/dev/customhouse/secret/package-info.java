/**
 * Where secrets come from: references such as {@code ${env:NAME}} and {@code ${file:/path}}. The
 * door is {@link dev.customhouse.secret.SecretResolver}.
 */
@NullMarked
package dev.customhouse.secret;

import org.jspecify.annotations.NullMarked;
