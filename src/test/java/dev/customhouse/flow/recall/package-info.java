@NullMarked
package dev.customhouse.flow.recall;

import org.jspecify.annotations.NullMarked;
