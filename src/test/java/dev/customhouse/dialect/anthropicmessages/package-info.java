@NullMarked
package dev.customhouse.dialect.anthropicmessages;

import org.jspecify.annotations.NullMarked;
