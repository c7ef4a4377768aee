/** The nouns of the house. They know nobody: every other package may use them. */
@NullMarked
package dev.customhouse.canonical;

import org.jspecify.annotations.NullMarked;
