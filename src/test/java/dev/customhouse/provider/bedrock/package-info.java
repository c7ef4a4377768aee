/** The host of that name. */
@NullMarked
package dev.customhouse.provider.bedrock;

import org.jspecify.annotations.NullMarked;
