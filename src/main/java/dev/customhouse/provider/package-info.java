/** Upstream hosts, one small file each; compatible hosts are rows of a table. */
@NullMarked
package dev.customhouse.provider;

import org.jspecify.annotations.NullMarked;
