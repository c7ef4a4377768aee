/** The vendors' own Java SDKs against the gateway: a base URL and a key, and nothing else. */
@NullMarked
package dev.customhouse.sdk;

import org.jspecify.annotations.NullMarked;
