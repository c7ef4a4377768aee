/** Tests of finding ways. */
@NullMarked
package dev.customhouse.flow.route;

import org.jspecify.annotations.NullMarked;
