/**
 * HTTP messages, server-sent events and JSON that keeps raw bytes. The only package, beside the
 * assembly, that knows the HTTP engine.
 */
@NullMarked
package dev.customhouse.wire;

import org.jspecify.annotations.NullMarked;
