/** Tests of the Responses codec. */
@NullMarked
package dev.customhouse.dialect.openairesponses;

import org.jspecify.annotations.NullMarked;
