/** Who is calling. The door is {@link dev.customhouse.flow.auth.Keyring}. */
@NullMarked
package dev.customhouse.flow.auth;

import org.jspecify.annotations.NullMarked;
