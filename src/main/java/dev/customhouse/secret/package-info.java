/**
 * Secrets: references such as {@code ${env:NAME}} and {@code ${file:/path}} and what they lead to
 * ({@link dev.customhouse.secret.SecretResolver}); the form of downstream keys ({@link
 * dev.customhouse.secret.KeyFormat}) and the hash they are kept as ({@link
 * dev.customhouse.secret.KeyHasher}).
 */
@NullMarked
package dev.customhouse.secret;

import org.jspecify.annotations.NullMarked;
