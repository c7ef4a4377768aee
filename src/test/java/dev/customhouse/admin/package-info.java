@NullMarked
package dev.customhouse.admin;

import org.jspecify.annotations.NullMarked;
