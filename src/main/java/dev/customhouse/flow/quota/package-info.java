/**
 * How much a key may ask for: requests a minute, requests at once. The door is {@link
 * dev.customhouse.flow.quota.Quota}.
 */
@NullMarked
package dev.customhouse.flow.quota;

import org.jspecify.annotations.NullMarked;
