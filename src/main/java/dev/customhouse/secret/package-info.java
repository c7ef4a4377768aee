/**
 * Secrets of both sides. Upstream: references such as {@code ${env:NAME}} and {@code
 * ${file:/path}}. Downstream: {@link dev.customhouse.secret.KeyFormat} says how a key is written,
 * {@link dev.customhouse.secret.KeyHasher} makes of it what may be stored.
 */
@NullMarked
package dev.customhouse.secret;

import org.jspecify.annotations.NullMarked;
