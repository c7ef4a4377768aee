/** Where secrets come from: references such as {@code ${env:NAME}} and {@code ${file:/path}}. */
@NullMarked
package dev.customhouse.secret;

import org.jspecify.annotations.NullMarked;
